"""How sure Covenant may be: calibrated chances, and the limits they are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from knowledge.search.logistic import Figures, Logistic
from knowledge.shipped import parse_yaml

CALIBRATION = "data/calibration.yaml"


@dataclass(frozen=True, slots=True)
class Limits:
    """`sure` for answering, `choose` for asking back rather than refusing, `skill` for taking it for a command."""

    sure: float
    choose: float
    skill: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Chances that a message is about an article, is a skill, and that the first article is the right one."""

    in_scope: Logistic
    skill: Logistic
    right: Logistic
    limits: Limits

    def inside(self, scope: Figures) -> float:
        """The chance that a message is about an article or a skill, rather than about something else."""
        return min(self.in_scope.chance(scope) + self.skill.chance(scope), 1.0)

    def confidence(self, scope: Figures, standing: Figures) -> float:
        """The chance that the first article answers the message."""
        return self.in_scope.chance(scope) * self.right.chance(standing)

    def to_data(self) -> dict[str, Any]:
        """Plain values for the data file."""
        return {
            "limits": {
                "sure": round(self.limits.sure, 4),
                "choose": round(self.limits.choose, 4),
                "skill": round(self.limits.skill, 4),
            },
            **{name: _plain(getattr(self, name)) for name in ("in_scope", "skill", "right")},
        }


def from_data(read: Mapping[str, Any]) -> Judgement:
    """The judgement written by `to_data`."""
    parts = {
        name: Logistic(float(read[name]["start"]), dict(read[name]["weights"]))
        for name in ("in_scope", "skill", "right")
    }
    return Judgement(**parts, limits=Limits(**read["limits"]))


def load_judgement(*, with_model: bool, path: Path | None = None) -> Judgement:
    """The calibrated judgement for answering with or without the embedding model.

    It is read from `path`, where one was calibrated on the house's own articles, or else from the shipped file.
    """
    file = path or resources.files("knowledge").joinpath(CALIBRATION)
    text = file.read_text(encoding="utf-8")
    return from_data(parse_yaml(text)["with_model" if with_model else "without_model"])


def _plain(model: Logistic) -> dict[str, Any]:
    return {
        "start": round(model.start, 4),
        "weights": {name: round(weight, 4) for name, weight in model.weights.items()},
    }
