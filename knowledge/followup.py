"""Messages that go on from the one before: telling them, and reading both together."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import yaml

from knowledge.search.text import words


@dataclass(frozen=True, slots=True)
class FollowUps:
    """How a message shows that it goes on from another."""

    openings: tuple[tuple[str, ...], ...]
    references: frozenset[str]
    longest: int

    def points_back(self, text: str) -> bool:
        """Whether a message may need the one before to be understood."""
        said = tuple(words(text))
        if not said or len(said) > self.longest:
            return False
        opened = any(said[: len(opening)] == opening for opening in self.openings)
        return opened or not self.references.isdisjoint(said)


def load_follow_ups() -> FollowUps:
    """The signs in knowledge/data/followups.yaml."""
    text = resources.files("knowledge").joinpath("data/followups.yaml").read_text(encoding="utf-8")
    read = yaml.safe_load(text)
    openings = tuple(tuple(words(opening)) for opening in read["openings"])
    return FollowUps(openings, frozenset(read["references"]), int(read["longest"]))


def joined(earlier: str, text: str) -> str:
    """Both messages as one question."""
    return f"{earlier.rstrip('?!. ')}? {text}"
