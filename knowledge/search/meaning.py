"""Evidence from embeddings: the nearest question, title and section, and the trained head."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np

from knowledge.search import disk
from knowledge.search.changes import Changes
from knowledge.search.entry import Entry
from knowledge.search.head import Training, Weighed, learn_one, train
from knowledge.search.lessons import Lesson, held_in, lessons_of, section_texts
from knowledge.search.model import DIMENSIONS, EmbeddingModel
from knowledge.search.postings import FloatArray, IntArray
from knowledge.search.vectors import VectorStore

# Heads of earlier states of the base that are kept, so that going back to one is quick.
_HEADS_KEPT = 6
_VECTORS_KEPT = 32
# Of the texts of the other entries, a new one is learned against so many of each kind: those that are nearest to it.
_RIVALS = 200


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

    def __init__(self, vectors: FloatArray, sizes: Sequence[int] | IntArray) -> None:
        """From the vectors, in order of the entries, and how many texts each entry has."""
        self.vectors, self.sizes = vectors, np.asarray(sizes, dtype=np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self.sizes)])

    def changed(self, changes: Changes, fresh: Sequence[FloatArray]) -> Nearest:
        """The same once some entries are others; `fresh` has the vectors of each new one."""
        sizes = [len(vectors) for vectors in fresh]
        moved = changes.of_texts(self.sizes, sizes)
        return Nearest(
            moved.array(self.vectors, _stacked(fresh)), changes.of_entries().array(self.sizes, sizes)
        )

    def near_to(self, vector: FloatArray, row: int) -> FloatArray:
        """The vectors of other entries' texts that are nearest to one of the entry at `row`."""
        cosines = np.vecdot(self.vectors, vector)
        cosines[self._starts[row] : self._starts[row + 1]] = -1.0
        return self.vectors[np.argsort(-cosines)[:_RIVALS]]

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


@dataclass(frozen=True, slots=True)
class Learned:
    """What a head has learned from: in how many of the questions each word stands, and what all lessons count."""

    held: Mapping[str, int]
    whole: float


@dataclass(frozen=True, slots=True)
class _Read:
    """The lessons of one new entry: their vectors, of which the first are its title's and questions'."""

    lessons: Weighed
    questions: FloatArray
    sections: FloatArray


class Meaning:
    """Vectors of a set of entries and the head over them."""

    def __init__(
        self,
        model: EmbeddingModel,
        how: Training,
        *,
        titles: FloatArray,
        questions: Nearest,
        sections: Nearest,
        others: FloatArray,
        head: FloatArray,
        learned: Learned,
        near: int,
    ) -> None:
        """`near` is how many entries are compared text by text: those that title and head put first.

        `others` are the vectors of texts of no entry.
        """
        self._kept = lru_cache(_VECTORS_KEPT)(lambda text: model.encode([text])[0])
        self._model, self._how, self._near = model, how, near
        self._titles, self._questions, self._sections = titles, questions, sections
        self.other_vectors = others
        self._head, self._learned = head, learned

    @classmethod
    def build(
        cls,
        entries: Sequence[Entry],
        model: EmbeddingModel,
        folder: Path | None,
        how: Training,
        *,
        near: int,
        others: Sequence[str] = (),
    ) -> Meaning:
        """The meaning of entries, and the vectors of texts of no entry that are wanted as well."""
        store = VectorStore(model, folder)
        asked = [text for entry in entries for text in entry.questions]
        told = [section_texts(entry) for entry in entries]
        titles = store.of([entry.title for entry in entries])
        questions = Nearest(store.of(asked), [len(entry.questions) for entry in entries])
        sections = Nearest(store.of(list(chain.from_iterable(told))), [len(texts) for texts in told])
        held = held_in(text for entry in entries for text in entry.asked)
        lessons = lessons_of(entries, told, held, how, with_sentences=len(entries) <= how.sentences_up_to)
        made = cls(
            model,
            how,
            titles=titles,
            questions=questions,
            sections=sections,
            others=store.of(others),
            head=_head(lessons, store, len(entries), how, folder),
            learned=Learned(held, sum(one.weight for one in lessons)),
            near=near,
        )
        store.save()
        return made

    def changed(self, changes: Changes, near: int) -> Meaning:
        """The meaning once some entries are others; only those are read and learned, beside the rest as it is."""
        read = [self._read(changes.now[row], len(changes.now)) for row in changes.fresh]
        entries = changes.of_entries()
        titles = _stacked([one.lessons.vectors[:1] for one in read])
        made = Meaning(
            self._model,
            self._how,
            titles=entries.array(self._titles, titles),
            questions=self._questions.changed(changes, [one.questions for one in read]),
            sections=self._sections.changed(changes, [one.sections for one in read]),
            others=self.other_vectors,
            head=entries.array(self._head, titles),
            learned=self._learned,
            near=near,
        )
        for row, one in zip(changes.fresh, read, strict=True):
            made._learn(row, one.lessons)
        return made

    def _read(self, entry: Entry, entries: int) -> _Read:
        told = section_texts(entry)
        lessons = lessons_of(
            [entry],
            [told],
            self._learned.held,
            self._how,
            with_sentences=entries <= self._how.sentences_up_to,
        )
        vectors = self._model.encode([one.text for one in lessons])
        asked = len(entry.asked)
        return _Read(
            Weighed(vectors, np.asarray([one.weight for one in lessons], dtype=np.float32)),
            vectors[1:asked],
            vectors[2 * asked : 2 * asked + len(told)],
        )

    def _learn(self, row: int, own: Weighed) -> None:
        """Learn the head's row of a new entry."""
        middle = own.weights @ own.vectors
        kinds = (
            (self._questions, 1.0),
            (self._sections, self._how.section),
            (Nearest(self._titles, np.ones(len(self._titles), dtype=np.int64)), 1.0),
        )
        rivals = [(near.near_to(middle, row), weight) for near, weight in kinds]
        others = Weighed(
            _stacked([vectors for vectors, _ in rivals]),
            np.concatenate([np.full(len(vectors), weight, np.float32) for vectors, weight in rivals]),
        )
        self._head[row] = learn_one(own, others, self._head, row, whole=self._learned.whole, how=self._how)

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


def _stacked(arrays: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate([np.zeros((0, DIMENSIONS), dtype=np.float32), *arrays])


def _head(
    lessons: Sequence[Lesson],
    store: VectorStore,
    entries: int,
    how: Training,
    folder: Path | None,
) -> FloatArray:
    owners: IntArray = np.asarray([one.row for one in lessons], dtype=np.int64)
    weights = np.asarray([one.weight for one in lessons], dtype=np.float32)
    texts = [one.text for one in lessons]
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
