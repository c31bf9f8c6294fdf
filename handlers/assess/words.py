"""How dates and scores are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from knowledge.assessment import QuestionSet


def day(value: date) -> str:
    """`3 March 2027`."""
    return f"{value.day} {value:%B %Y}"


def level(questions: QuestionSet, score: int | None) -> str:
    """A score with its name; nobody being sure is a word of its own."""
    return "Unknown" if score is None else f"{score}: {questions.levels[score].lower()}"


def plural(count: int, thing: str) -> str:
    """`1 review`, `2 reviews`."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def all_of(names: Sequence[str]) -> str:
    """`Silver, Gold and Platinum`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
