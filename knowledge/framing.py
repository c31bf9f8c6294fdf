"""What stands around the subject of a message and says nothing of it: beginnings, thanks, "tell me about"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from knowledge.search.text import clean, words
from knowledge.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class Framed:
    """A message without what stood around its subject; `guidance` tells that it asks for nothing to be done."""

    text: str
    guidance: bool = False


@dataclass(frozen=True, slots=True)
class Framing:
    """How messages begin and end, whatever they are about."""

    beginnings: re.Pattern[str]
    endings: re.Pattern[str]
    asking: re.Pattern[str]
    guidance: re.Pattern[str]
    short: int
    asked_as: str
    own: frozenset[str]

    def subject(self, text: str) -> Framed:
        """What a message is about; all of it where nothing else would be left."""
        said = self.endings.sub("", self.beginnings.sub("", clean(text)))
        guidance = self.guidance.search(said) is not None
        about = (self.guidance if guidance else self.asking).sub("", said)
        if about != said and len(words(about)) <= self.short and self.own.isdisjoint(words(about)):
            about = f"{self.asked_as} {about}"
        return Framed(about, guidance)


@cache
def load_framing() -> Framing:
    """The patterns in knowledge/data/framing.yaml."""
    read = read_shipped("data/framing.yaml")
    return Framing(
        _pattern(read["beginnings"], r"^(?>(?>{})[\s,.!:;-]+)+(?=\w)"),
        _pattern(read["endings"], r"(?<=\w)(?:[\s,.!?;-]+(?:{}))+[\s.!?]*$"),
        _pattern(read["asking"], r"^(?:{})[\s:]+(?=\w)"),
        _pattern(read["guidance"], r"^(?:{})[\s:]+(?=\w)"),
        int(read["short"]["words"]),
        str(read["short"]["asked_as"]),
        frozenset(read["short"]["own"]),
    )


def _pattern(parts: Sequence[str], around: str) -> re.Pattern[str]:
    return re.compile(around.replace("{}", "|".join(f"(?:{part})" for part in parts)), re.IGNORECASE)
