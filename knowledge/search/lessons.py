"""What the head over embeddings learns from: how people ask for an entry, and what its body says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.search.entry import Entry
from knowledge.search.head import Training
from knowledge.search.text import passages, plain, words

# An example is also given as its rarest words, so that terse questions are recognised.
_TERSE_WORDS = 3
_LEAST_WORDS = 4
# Words of a body embedded at once: with the title and heading before them, about as much as the model reads of a text.
_PIECE_WORDS = 60
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text that belongs to the entry at `row`, and what it counts."""

    row: int
    text: str
    weight: float


def lessons_of(
    entries: Sequence[Entry],
    told: Sequence[Sequence[str]],
    held: Mapping[str, int],
    how: Training,
    *,
    with_sentences: bool,
) -> list[Lesson]:
    """Of each entry its title and questions; the same in short; its sections (`told`); and its sentences."""
    asked = [(row, text) for row, entry in enumerate(entries) for text in entry.asked]
    lessons = [Lesson(row, text, 1.0) for row, text in asked]
    lessons += [Lesson(row, terse(text, held), how.terse) for row, text in asked]
    lessons += [Lesson(row, text, how.section) for row, texts in enumerate(told) for text in texts]
    if with_sentences:
        for row, entry in enumerate(entries):
            lessons += [Lesson(row, text, how.sentence) for text in sentences(entry.body)]
    return lessons


def held_in(texts: Iterable[str]) -> Counter[str]:
    """In how many of the texts each word stands."""
    return Counter(word for text in texts for word in dict.fromkeys(words(text)))


def terse(text: str, held: Mapping[str, int]) -> str:
    """The text as its words that fewest texts hold, in their order."""
    said = list(dict.fromkeys(words(text)))
    rarest = sorted(range(len(said)), key=lambda place: (held.get(said[place], 0), place))
    return " ".join(said[place] for place in sorted(rarest[:_TERSE_WORDS]))


def section_texts(entry: Entry) -> list[str]:
    """What of a body is embedded: each part, a long one in pieces, after the title and its heading."""
    return [
        ". ".join(part for part in (entry.title, heading, piece) if part)
        for heading, text in passages(entry.body)
        for piece in _pieces(text)
    ]


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces of whole sentences where they are short enough, so that the model reads all of it."""
    piece: list[str] = []
    for sentence in map(str.split, _SENTENCE.split(text)):
        for first in range(0, len(sentence), _PIECE_WORDS):
            some = sentence[first : first + _PIECE_WORDS]
            if piece and len(piece) + len(some) > _PIECE_WORDS:
                yield " ".join(piece)
                piece = []
            piece += some
    if piece:
        yield " ".join(piece)


def sentences(body: str) -> list[str]:
    """The sentences and list items of a body that say something by themselves."""
    lines = (plain(part) for line in body.splitlines() for part in _SENTENCE.split(line))
    return [line for line in lines if len(line.split()) >= _LEAST_WORDS]
