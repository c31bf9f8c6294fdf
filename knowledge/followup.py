"""Messages that go on from the one before: telling them, and reading both together."""

from __future__ import annotations

import re
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
    together: float
    tiers: frozenset[str]
    beside_a_tier: frozenset[str]

    def points_back(self, text: str) -> bool:
        """Whether a message may need the one before to be understood."""
        said = tuple(words(text))
        if not said or len(said) > self.longest:
            return False
        opened = any(said[: len(opening)] == opening for opening in self.openings)
        return opened or not self.references.isdisjoint(said)

    def another_tier(self, earlier: str, text: str) -> str | None:
        """The earlier question asked again for the tier that `text` names and does little beside; else None."""
        said = words(text)
        named = [word for word in said if word in self.tiers]
        opening = {word for opening in self.openings for word in opening}
        if not named or not set(said) <= opening | self.tiers | self.beside_a_tier:
            return None
        for tier in self.tiers:
            earlier = re.sub(rf"\b{tier}\b", named[-1], earlier, flags=re.IGNORECASE)
        return earlier if named[-1] in words(earlier) else f"{earlier.rstrip('?!. ')} ({named[-1]})"


def load_follow_ups() -> FollowUps:
    """The signs in knowledge/data/followups.yaml."""
    text = resources.files("knowledge").joinpath("data/followups.yaml").read_text(encoding="utf-8")
    read = yaml.safe_load(text)
    openings = tuple(tuple(words(opening)) for opening in read["openings"])
    return FollowUps(
        openings,
        frozenset(read["references"]),
        int(read["longest"]),
        float(read["together"]),
        frozenset(read["tiers"]),
        frozenset(read["beside_a_tier"]),
    )


def joined(earlier: str, text: str) -> str:
    """Both messages as one question."""
    return f"{earlier.rstrip('?!. ')}? {text}"
