"""Several questions in one message, told apart."""

from __future__ import annotations

import re

_END_OF_QUESTION = re.compile(r"(?<=\?)\s+|\n+")
# Shorter pieces are a greeting, or the tail of the question before.
_FEWEST_WORDS = 3
MOST_QUESTIONS = 4


def questions_in(text: str) -> tuple[str, ...]:
    """The questions of a message in order; a message that can't be told apart is one question."""
    pieces = [piece.strip() for piece in _END_OF_QUESTION.split(text) if piece.strip()]
    asked = [piece for piece in pieces if piece.endswith("?")]
    apart = (
        2 <= len(asked) <= MOST_QUESTIONS
        and len(asked) == len(pieces)
        and all(len(piece.split()) >= _FEWEST_WORDS for piece in asked)
    )
    return tuple(asked) if apart else (text,)
