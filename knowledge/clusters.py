"""Questions that ask for the same thing, found by likeness of words: no model is needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

# rapidfuzz's likeness of the words that carry meaning, 0 to 100.
ALIKE = 72
_EMPTY = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "please",
        "should",
        "that",
        "the",
        "their",
        "there",
        "they",
        "this",
        "to",
        "us",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
    ]
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its number."""

    id: int
    text: str


def likeness(one: str, other: str) -> float:
    """How alike two questions are, 0 to 100, by their words in any order."""
    return fuzz.token_sort_ratio(_bare(one), _bare(other))


def clusters(questions: Sequence[Asked], alike: float = ALIKE) -> list[tuple[Asked, ...]]:
    """The questions in groups, the largest first; each is in the group whose first question it is most like."""
    groups: list[list[Asked]] = []
    for question in sorted(questions, key=lambda each: each.id):
        scored = [(likeness(question.text, group[0].text), place) for place, group in enumerate(groups)]
        score, place = max(scored, default=(0.0, 0), key=lambda each: (each[0], -each[1]))
        if scored and score >= alike:
            groups[place].append(question)
        else:
            groups.append([question])
    return [tuple(group) for group in sorted(groups, key=lambda each: (-len(each), each[0].id))]


def _bare(text: str) -> str:
    words = re.findall(r"[\w'’]+", text.casefold())
    return " ".join([word for word in words if word not in _EMPTY] or words)
