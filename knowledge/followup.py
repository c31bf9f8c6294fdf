"""Messages that go on from the one before: telling them, and reading both together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.search import Index
from knowledge.search.index import Evidence
from knowledge.search.text import words
from knowledge.search.wording import Wording
from knowledge.shipped import read_shipped

_GOES_ON, _STANDS = "goes on", "stands by itself"


@dataclass(frozen=True, slots=True)
class FollowUps:
    """How a message shows that it goes on from another."""

    examples: tuple[str, ...]
    even: float
    least: float
    wholly: float
    message_beside: float
    earlier_beside: float
    tiers: frozenset[str]
    beside_a_tier: frozenset[str]
    vocabulary: frozenset[str]

    def own_words(self, text: str) -> list[str]:
        """The words of a message that would not do after just any other."""
        return [word for word in words(text) if word not in self.vocabulary]

    def tier_alone(self, text: str) -> str | None:
        """The tier that a message names and does little beside, in lower case; else None."""
        said = words(text)
        named = [word for word in said if word in self.tiers]
        return named[-1] if named and set(said) <= self.tiers | self.beside_a_tier else None

    def for_tier(self, earlier: str, named: str) -> str:
        """The earlier question asked again for another tier.

        A tier that the earlier question did not name changes what is shown of an article, and not which.
        """
        for tier in self.tiers:
            earlier = re.sub(rf"\b{tier}\b", named, earlier, flags=re.IGNORECASE)
        return earlier


class GoingOn:
    """Whether a message goes on from the one before, by its wording; it never changes once it has learned."""

    def __init__(self, index: Index, follow_ups: FollowUps, folder: Path | None) -> None:
        """From the examples of `follow_ups`, which are the index's `others`, and all that can be asked of it."""
        standing = [text for _, text in index.asked]
        vectors = None
        if index.asked_vectors is not None and index.other_vectors is not None:
            vectors = np.concatenate([index.asked_vectors, index.other_vectors])
        labels = [_STANDS] * len(standing) + [_GOES_ON] * len(follow_ups.examples)
        self._wording = Wording(
            [*standing, *follow_ups.examples], vectors, labels, index.settings.wording, folder
        )
        self._place = self._wording.labels.index(_GOES_ON)
        self._even = follow_ups.even

    def share(self, evidence: Evidence) -> float:
        """How much a message goes on from the one before, 0 to 1."""
        chance = float(np.exp(self._wording.of(evidence.reading.text, evidence.vector)[self._place]))
        return chance / (chance + self._even)


@cache
def load_follow_ups() -> FollowUps:
    """The signs in knowledge/data/followups.yaml."""
    read = read_shipped("data/followups.yaml")
    return FollowUps(
        (*read["examples"], *read["naming"]),
        float(read["even"]),
        float(read["least"]),
        float(read["wholly"]),
        float(read["beside"]["message"]),
        float(read["beside"]["earlier"]),
        frozenset(read["tiers"]),
        frozenset(read["beside_a_tier"]),
        frozenset(read["empty"]) | {word for example in read["examples"] for word in words(example)},
    )


def joined(earlier: str, text: str) -> str:
    """Both messages as one question."""
    return f"{earlier.rstrip('?!. ')}? {text}"
