"""Messages that go on from the one before: telling them, and reading both together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from knowledge.search.text import words
from knowledge.shipped import read_shipped


class Leaning(Enum):
    """How much a message needs the one before to be understood."""

    NOT = "it stands by itself"
    PERHAPS = "a word of it points back, or it says little of its own"
    WHOLLY = "it has no subject of its own"


@dataclass(frozen=True, slots=True)
class FollowUps:
    """How a message shows that it goes on from another."""

    openings: tuple[tuple[str, ...], ...]
    references: frozenset[str]
    longest: int
    message_beside: float
    earlier_beside: float
    tiers: frozenset[str]
    beside_a_tier: frozenset[str]
    examples: frozenset[tuple[str, ...]]
    vocabulary: frozenset[str]

    def leaning(self, text: str) -> Leaning:
        """How much a message needs the one before."""
        said = tuple(words(text))
        if not said or len(said) > self.longest:
            return Leaning.NOT
        refers = not self.references.isdisjoint(said)
        own = self.own_words(text)
        if said in self.examples or (len(said) > 1 and (not own or (refers and len(own) == 1))):
            return Leaning.WHOLLY
        if self.points_back(text) or (len(said) > len(own) == 1):
            return Leaning.PERHAPS
        return Leaning.NOT

    def points_back(self, text: str) -> bool:
        """Whether a word of a message refers to something said before."""
        said = tuple(words(text))
        opened = any(said[: len(opening)] == opening for opening in self.openings)
        return len(said) <= self.longest and (opened or not self.references.isdisjoint(said))

    def own_words(self, text: str) -> list[str]:
        """The words of a message that would not do after just any other."""
        return [word for word in words(text) if word not in self.vocabulary]

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


@cache
def load_follow_ups() -> FollowUps:
    """The signs in knowledge/data/followups.yaml."""
    read = read_shipped("data/followups.yaml")
    openings = tuple(tuple(words(opening)) for opening in read["openings"])
    examples = frozenset(tuple(words(example)) for example in read["examples"])
    references = frozenset(read["references"])
    return FollowUps(
        openings,
        references,
        int(read["longest"]),
        float(read["beside"]["message"]),
        float(read["beside"]["earlier"]),
        frozenset(read["tiers"]),
        frozenset(read["beside_a_tier"]),
        examples,
        references | {word for said in (*openings, *examples) for word in said},
    )


def joined(earlier: str, text: str) -> str:
    """Both messages as one question."""
    return f"{earlier.rstrip('?!. ')}? {text}"
