"""An index over any set of entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from knowledge.search.changes import Changes
from knowledge.search.entry import Entry, Hit
from knowledge.search.fulltext import FullText
from knowledge.search.lexical import Bm25, CharacterLikeness
from knowledge.search.meaning import Best, Meaning
from knowledge.search.memory import give_back
from knowledge.search.model import EmbeddingModel, ModelUnavailable
from knowledge.search.postings import FloatArray
from knowledge.search.reading import Lexicon, Reader, Reading
from knowledge.search.settings import Settings, load_settings
from knowledge.search.spelling import english
from knowledge.search.standing import Rows, belonging, ranked, standing
from knowledge.search.wordbook import ASKED_LETTERS, TOLD_LETTERS, Wordbook, wordbook_of, words_of

# A body has many parts of words in it: from so many bodies on, those that stand in most are passed over for speed.
_MANY_BODIES = 800


class Choice(Enum):
    """A choice left to the index."""

    PACKAGED = "the packaged model, or none where it is not installed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each entry: by kind (one figure an entry), and fused into one figure.

    `vector` is the question's own, where there is a model.
    """

    reading: Reading
    kinds: Mapping[str, FloatArray]
    fused: FloatArray
    vector: FloatArray | None


class Letters:
    """How like a question is to each entry by its letters: to the likest of its questions, and to all of it."""

    def __init__(self, entries: Sequence[Entry], read: Wordbook) -> None:
        self._asked = CharacterLikeness(read.asked, *ASKED_LETTERS)
        self._told = CharacterLikeness(read.told, *TOLD_LETTERS, _MANY_BODIES)
        self._best = Best([row for row, entry in enumerate(entries) for _ in entry.asked], len(entries))

    def evidence(self, text: str) -> tuple[FloatArray, FloatArray]:
        """The likeness to the likest question or title, and to the whole, one figure an entry each."""
        return self._best.of(self._asked.scores(text)), self._told.scores(text)


class Index:
    """Entries that can be searched from many threads at once; it never changes once built."""

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        reader: Reader,
        words: Bm25 | FullText,
        letters: Letters | None,
        meaning: Meaning | None,
        settings: Settings,
        book: Wordbook | None,
    ) -> None:
        """`book` is what the words come to, where they are held in full; with it a change can be taken up."""
        self.entries = tuple(entries)
        self.reader = reader
        self.words = words
        self._letters = letters
        self._book = book
        self._meaning = meaning
        self._chances = settings.chances_with_model if meaning else settings.chances_without_model
        self.settings = settings
        with_questions = sum(1 for entry in entries if entry.questions) / max(len(entries), 1)
        with_body = sum(1 for entry in entries if entry.body.strip()) / max(len(entries), 1)
        weights = settings.with_model if meaning else settings.without_model
        self._weights, self._as_asked = weights.mixed(with_questions, with_body), weights.mixed(1, 0)

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        model: EmbeddingModel | Choice | None = Choice.PACKAGED,
        cache_dir: Path | None = None,
        lexicon: Lexicon | None = None,
        settings: Settings | None = None,
        others: Sequence[str] = (),
    ) -> Index:
        """An index of the entries; vectors and words are kept in `cache_dir`, so that a second build is quick.

        `others` are texts of no entry whose vectors are wanted as well (`other_vectors`).

        A very large base is searched by its words alone (with spelling put right): letters and meaning of each
        text would cost more memory and time than they are worth there.
        """
        entries = list(entries)
        settings, lexicon = settings or load_settings(), lexicon or Lexicon()
        words: Bm25 | FullText
        if len(entries) > settings.large:
            words = FullText(words_of(entry) for entry in entries)
            reader = Reader(words.counted, english(), lexicon, settings.added_weight)
            index = cls(
                entries,
                reader=reader,
                words=words,
                letters=None,
                meaning=None,
                settings=settings,
                book=None,
            )
        else:
            chosen = _packaged() if isinstance(model, Choice) else model
            near = _near(entries, settings)
            meaning = (
                Meaning.build(entries, chosen, cache_dir, settings.training, near=near, others=others)
                if chosen and entries
                else None
            )
            index = cls._of(entries, wordbook_of(entries, cache_dir), meaning, lexicon, settings)
        give_back()
        return index

    @classmethod
    def _of(
        cls,
        entries: Sequence[Entry],
        book: Wordbook,
        meaning: Meaning | None,
        lexicon: Lexicon,
        settings: Settings,
    ) -> Index:
        return cls(
            entries,
            reader=Reader(book.counted, english(), lexicon, settings.added_weight),
            words=Bm25(book.whole),
            letters=Letters(entries, book),
            meaning=meaning,
            settings=settings,
            book=book,
        )

    def changed(self, entries: Iterable[Entry], lexicon: Lexicon | None = None) -> Index | None:
        """An index of these entries, most of which are as they are here: at once, since only the others are read.

        What was learned of the rest stays as it is, so the evidence of the head is not quite what an index that is
        built finds. None where too much is another, or stands in another order: build it.
        """
        entries = list(entries)
        if self._book is None or not 0 < len(entries) <= self.settings.large:
            return None
        changes = Changes.between(self.entries, entries)
        if changes is None or not changes.small:
            return None
        meaning = self._meaning.changed(changes, _near(entries, self.settings)) if self._meaning else None
        return self._of(entries, self._book.changed(changes), meaning, lexicon or Lexicon(), self.settings)

    def evidence(self, question: str, beside: Sequence[tuple[str, float]] = ()) -> Evidence:
        """Everything that speaks for each entry; texts `beside` the question count by the share given with each."""
        reading, kinds, vector = self._read(question)
        own = 1 - sum(share for _, share in beside)
        for place, (text, share) in enumerate(beside):
            _, others, _ = self._read(text)
            before = 1.0 if place else own
            kinds = {
                name: np.asarray(before * scores + share * others[name], dtype=np.float32)
                for name, scores in kinds.items()
            }
        return Evidence(reading, kinds, _fused(kinds, self._weights), vector)

    def as_asked(self, evidence: Evidence) -> FloatArray:
        """The evidence fused for entries that have example questions alone, whatever the others have."""
        return _fused(evidence.kinds, self._as_asked)

    def _read(self, question: str) -> tuple[Reading, dict[str, FloatArray], FloatArray | None]:
        reading = self.reader.read(question)
        kinds = {"words": self.words.scores(reading.stems)}
        nothing = np.zeros(len(self.entries), dtype=np.float32)
        kinds["letters"], kinds["body_letters"] = (
            self._letters.evidence(reading.text) if self._letters else (nothing, nothing)
        )
        if self._meaning is None:
            return reading, kinds, None
        vector = self._meaning.vector(reading.text)
        return reading, kinds | self._meaning.evidence(vector), vector

    def standing(self, evidence: Evidence, order: Rows) -> dict[str, float]:
        """Figures on how well the first of some ranked entries stands among them."""
        return standing(
            order,
            evidence.kinds,
            evidence.fused,
            evidence.reading,
            self.words,
            temperature=self.settings.training.temperature,
        )

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Every entry's questions, in order, and then the titles, each with the entry's id."""
        questions = [(entry.id, text) for entry in self.entries for text in entry.questions]
        return questions + [(entry.id, entry.title) for entry in self.entries]

    @property
    def asked_vectors(self) -> FloatArray | None:
        """The vectors of what is `asked`; None without a model."""
        return None if self._meaning is None else self._meaning.asked_vectors

    @property
    def other_vectors(self) -> FloatArray | None:
        """The vectors of the `others` that the index was built with; None without a model."""
        return None if self._meaning is None else self._meaning.other_vectors

    def belonging(self, evidence: Evidence) -> dict[str, float]:
        """Figures on whether a question is about any entry at all."""
        first = int(np.argmax(evidence.fused))
        return belonging(first, evidence.kinds, evidence.reading, self.words)

    def in_scope(self, text: str) -> float:
        """The chance that a question is about any of the entries at all, whichever it is: what refusing goes by."""
        evidence = self.evidence(text) if self.entries else None
        if evidence is None or not evidence.reading.stems:
            return 0.0
        return self._chances.scope.chance(self.belonging(evidence))

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """The entries that fit a question, best first; none where nothing fits at all.

        The first one's score is the chance that it is the right one, after the calibration in
        data/calibration.yaml; the others have it reduced by how far they stand behind.
        """
        if not self.entries or limit < 1:
            return []
        evidence = self.evidence(text)
        if not evidence.reading.stems:
            return []
        order = ranked(evidence.fused, np.arange(len(self.entries)))
        chance = self._chances.right.chance(self.standing(evidence, order))
        behind = evidence.fused[order[:limit]] - evidence.fused[order[0]]
        scores = chance * np.exp(behind)
        return [Hit(self.entries[row].id, float(score)) for row, score in zip(order, scores, strict=False)]


def _fused(kinds: Mapping[str, FloatArray], weights: Mapping[str, float]) -> FloatArray:
    """The weighted sum of the kinds of evidence, each put on one scale."""
    names = [name for name, weight in weights.items() if weight and name in kinds]
    shares = np.asarray([weights[name] for name in names], dtype=np.float32)
    return np.asarray(shares @ standard(np.stack([kinds[name] for name in names])), dtype=np.float32)


def standard(scores: FloatArray) -> FloatArray:
    """How many standard deviations each entry, in the last dimension, stands out among all."""
    middle, spread = scores.mean(axis=-1, keepdims=True), scores.std(axis=-1, keepdims=True)
    return np.asarray((scores - middle) / np.maximum(spread, 1e-6), dtype=np.float32)


def _near(entries: Sequence[Entry], settings: Settings) -> int:
    """How many entries are compared text by text."""
    return settings.near if len(entries) > settings.many else len(entries)


def _packaged() -> EmbeddingModel | None:
    try:
        return EmbeddingModel.load()
    except ModelUnavailable:
        return None
