"""What handlers work with beside the records: given to them once, by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.answer import Answerer
from knowledge.library import Library


@dataclass(frozen=True, slots=True)
class Services:
    """The knowledge base and the finder of answers in it."""

    library: Library
    answerer: Answerer
