"""Evidence from embeddings: the nearest question, title and section, and the trained head."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge.search import disk
from knowledge.search.entry import Entry
from knowledge.search.head import Training, train
from knowledge.search.model import DIMENSIONS, EmbeddingModel
from knowledge.search.postings import FloatArray, IntArray
from knowledge.search.text import passages, plain, words
from knowledge.search.vectors import VectorStore

# An example is also given as its rarest words, so that terse questions are recognised.
_TERSE_WORDS = 3
_LEAST_WORDS = 4
# Words of a body embedded at once: with the title and heading before them, about as much as the model reads of a text.
_PIECE_WORDS = 60
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+")
# Heads of earlier states of the base that are kept, so that going back to one is quick.
_HEADS_KEPT = 6
_VECTORS_KEPT = 32


class Best:
    """The best score among the texts of each entry."""

    def __init__(self, owners: Sequence[int], entries: int) -> None:
        numbers = np.asarray(owners, dtype=np.int64)
        self._with, self._starts = np.unique(numbers, return_index=True)  # owners come in order
        self._entries = entries
        self.missing = np.ones(entries, dtype=bool)
        self.missing[self._with] = False

    def of(self, scores: FloatArray, otherwise: FloatArray | float = 0.0) -> FloatArray:
        """One figure an entry; `otherwise` for an entry without any text."""
        best = np.broadcast_to(np.asarray(otherwise, dtype=np.float32), (self._entries,)).copy()
        if len(self._with):
            best[self._with] = np.maximum.reduceat(scores, self._starts)
        return best


class Nearest:
    """Vectors of texts, each of an entry: how near the nearest text of each entry is to a question."""

    def __init__(self, texts: Sequence[tuple[int, str]], store: VectorStore, entries: int) -> None:
        """From (row of the entry, text), in order of the rows."""
        self.vectors = store.of([text for _, text in texts])
        self.rows: IntArray = np.asarray([row for row, _ in texts], dtype=np.int64)
        self._starts = np.searchsorted(self.rows, np.arange(entries + 1))

    def to(self, vector: FloatArray, among: IntArray, otherwise: FloatArray) -> FloatArray:
        """The highest cosine of each entry; `otherwise` for one that is not `among`, or has no text."""
        nearest = otherwise.copy()
        sizes = self._starts[among + 1] - self._starts[among]
        among, sizes = among[sizes > 0], sizes[sizes > 0]
        if not len(among):
            return nearest
        ends = np.cumsum(sizes)
        texts = np.arange(ends[-1]) + np.repeat(self._starts[among] - (ends - sizes), sizes)
        # Row by row: for a product of this size BLAS would wake a thread on every core, and each of them spins.
        whole = len(texts) == len(self.vectors)
        cosines = np.vecdot(self.vectors if whole else self.vectors[texts], vector)
        nearest[among] = np.maximum.reduceat(cosines, ends - sizes)
        return nearest


class Meaning:
    """Vectors of a set of entries and the head over them."""

    def __init__(
        self,
        entries: Sequence[Entry],
        model: EmbeddingModel,
        folder: Path | None,
        how: Training,
        *,
        near: int,
        others: Sequence[str] = (),
    ) -> None:
        """`near` is how many entries are compared text by text: those that title and head put first.

        `others` are texts of no entry whose vectors are wanted as well.
        """
        self._kept = lru_cache(_VECTORS_KEPT)(lambda text: model.encode([text])[0])
        self._near = near
        store = VectorStore(model, folder)
        asked = [(row, text) for row, entry in enumerate(entries) for text in entry.questions]
        told = [(row, text) for row, entry in enumerate(entries) for text in section_texts(entry)]
        self._titles = store.of([entry.title for entry in entries])
        self._questions = Nearest(asked, store, len(entries))
        self._sections = Nearest(told, store, len(entries))
        self.other_vectors = store.of(others)
        self._head = _head(_examples(entries, told, how), store, len(entries), how, folder)
        store.save()

    def vector(self, text: str) -> FloatArray:
        """The unit vector of a text; the last few are kept, since one message is often read several ways."""
        vector: FloatArray = self._kept(text)
        return vector

    @property
    def asked_vectors(self) -> FloatArray:
        """The vectors of every entry's questions, in order, and then of the titles."""
        return np.concatenate([self._questions.vectors, self._titles])

    def evidence(self, vector: FloatArray) -> dict[str, FloatArray]:
        """Cosines by kind of text and the head's score, one figure an entry each."""
        title, head = np.vecdot(self._titles, vector), np.vecdot(self._head, vector)
        near = np.arange(len(head))
        if len(near) > self._near:
            # The rest could not come first, and to fetch all their texts from memory takes the most time.
            near = np.sort(np.argpartition(-(title + head), self._near)[: self._near])
        question = self._questions.to(vector, near, title)
        section = self._sections.to(vector, near, title)
        return {"head": head, "title": title, "question": question, "section": section}


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


def terse(texts: Sequence[str]) -> list[str]:
    """Each text as its rarest words, in their order."""
    taken = [list(dict.fromkeys(words(text))) for text in texts]
    holding = Counter(word for one in taken for word in one)
    short = []
    for one in taken:
        rarest = sorted(range(len(one)), key=lambda place, one=one: (holding[one[place]], place))  # type: ignore[misc]
        short.append(" ".join(one[place] for place in sorted(rarest[:_TERSE_WORDS])))
    return short


def _examples(
    entries: Sequence[Entry], told: Sequence[tuple[int, str]], how: Training
) -> list[tuple[int, str, float]]:
    """(row, text, weight) of everything the head learns from: how people ask, and what the body says."""
    asked = [(row, text) for row, entry in enumerate(entries) for text in (entry.title, *entry.questions)]
    short = terse([text for _, text in asked])
    examples = [(row, text, 1.0) for row, text in asked]
    examples += [(row, text, how.terse) for (row, _), text in zip(asked, short, strict=True)]
    examples += [(row, text, how.section) for row, text in told]
    if len(entries) <= how.sentences_up_to:
        for row, entry in enumerate(entries):
            examples += [(row, text, how.sentence) for text in sentences(entry.body)]
    return examples


def sentences(body: str) -> list[str]:
    """The sentences and list items of a body that say something by themselves."""
    lines = (plain(part) for line in body.splitlines() for part in _SENTENCE.split(line))
    return [line for line in lines if len(line.split()) >= _LEAST_WORDS]


def _head(
    examples: Sequence[tuple[int, str, float]],
    store: VectorStore,
    entries: int,
    how: Training,
    folder: Path | None,
) -> FloatArray:
    owners: IntArray = np.asarray([row for row, _, _ in examples], dtype=np.int64)
    weights = np.asarray([weight for _, _, weight in examples], dtype=np.float32)
    texts = [text for _, text, _ in examples]
    mark = hashlib.blake2b(store.mark(texts), digest_size=16)
    mark.update(repr((astuple(how), entries)).encode())
    for part in (owners, weights):
        mark.update(part.data)
    name = f"head-{mark.hexdigest()}"
    kept = (disk.read(folder, name) or {}).get("head")
    if kept is not None and kept.shape == (entries, DIMENSIONS):
        return kept.astype(np.float32)
    vectors = store.of(texts)
    head = train(vectors, owners, weights, entries, how)
    disk.write(folder, name, {"head": head})
    disk.forget_older(folder, "head-*.npz", _HEADS_KEPT)
    return head
