"""Weights and limits of the search, read from the data file that the calibration writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from knowledge.search.head import Training
from knowledge.search.logistic import Logistic
from knowledge.search.wording import WordingTraining
from knowledge.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts for entries with questions, with a body, and with both."""

    asked: Mapping[str, float]
    told: Mapping[str, float]
    both: Mapping[str, float]

    def mixed(self, with_questions: float, with_body: float) -> dict[str, float]:
        """The weights for a base of which these shares of the entries have example questions and a body."""
        shares = (
            (self.asked, with_questions * (1 - with_body)),
            (self.told, 1 - with_questions),
            (self.both, with_questions * with_body),
        )
        names = dict.fromkeys(name for weights, _ in shares for name in weights)
        return {name: sum(share * weights.get(name, 0.0) for weights, share in shares) for name in names}


@dataclass(frozen=True, slots=True)
class Chances:
    """`right` that the first entry found is the right one; `scope` that the question is about any of them at all."""

    right: Logistic
    scope: Logistic


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was chosen by measuring."""

    added_weight: float
    large: int
    many: int
    near: int
    skill_evidence: float
    skill_ahead: float
    wording: WordingTraining
    training: Training
    with_model: Weights
    without_model: Weights
    chances_with_model: Chances
    chances_without_model: Chances


@cache
def load_settings() -> Settings:
    """The settings in knowledge/data: settings.yaml, and the chances in search.yaml."""
    read, chances = read_shipped("data/settings.yaml"), read_shipped("data/search.yaml")
    return Settings(
        large=int(read["reading"]["large"]),
        many=int(read["reading"]["many"]),
        near=int(read["reading"]["near"]),
        added_weight=float(read["reading"]["added_weight"]),
        skill_evidence=float(read["skills"]["evidence"]),
        skill_ahead=float(read["skills"]["ahead"]),
        wording=WordingTraining(**_without_procedure(read["wording"])),
        training=Training(**_without_procedure(read["head"])),
        with_model=Weights(**read["weights"]["with_model"]),
        without_model=Weights(**read["weights"]["without_model"]),
        chances_with_model=_chances(chances["with_model"]),
        chances_without_model=_chances(chances["without_model"]),
    )


def _without_procedure(read: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in read.items() if name != "procedure"}


def _chances(read: Mapping[str, Any]) -> Chances:
    return Chances(**{name: Logistic(**read[name]) for name in ("right", "scope")})
