"""What goes into an index, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found: its title, the ways people ask for it, and its text (plain or Markdown)."""

    id: str
    title: str
    questions: Sequence[str]
    body: str = ""

    @property
    def asked(self) -> tuple[str, ...]:
        """The title and the questions: what people may type to find it."""
        return (self.title, *self.questions)


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found; `score` is 0 to 1 and means the same from one question to the next."""

    id: str
    score: float
