"""What handlers work with beside the records: given to them once, by the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from knowledge.answer import Answerer
from knowledge.assessment import QuestionSets, load_question_sets
from knowledge.glossary import Glossary
from knowledge.library import Library
from knowledge.urgent import UrgentWords


@dataclass(slots=True)
class Services:
    """The knowledge base and the finder of answers in it. They change together when an article changes."""

    library: Library
    answerer: Answerer
    glossary: Glossary = field(default_factory=Glossary.load)
    urgent: UrgentWords = field(default_factory=UrgentWords.load)
    questions: QuestionSets = field(default_factory=load_question_sets)
    # Whose working hours count.
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))

    def renew(self, library: Library, answerer: Answerer) -> None:
        """Take a newer knowledge base; a turn under way goes on with what it has in hand."""
        self.library, self.answerer = library, answerer


@dataclass(frozen=True, slots=True)
class AreaScores:
    """What a picture of an assessment shows, area by area in the question set's order; nothing says whose."""

    now: tuple[int | None, ...]
    before: tuple[int | None, ...]
    medians: tuple[float | None, ...]


class Pictures(Protocol):
    """Where pictures can be fetched from."""

    def address(self, scores: AreaScores) -> str | None:
        """The address of the picture, or None where nobody outside could fetch one."""
        ...


class NoPictures:
    """For a Covenant that nobody can fetch anything from: the text carries everything."""

    def address(self, scores: AreaScores) -> str | None:  # noqa: ARG002
        """None."""
        return None
