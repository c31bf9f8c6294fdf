"""An index over any set of entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from knowledge.search.entry import Entry, Hit
from knowledge.search.lexical import Bm25, CharacterLikeness
from knowledge.search.meaning import Best, Meaning
from knowledge.search.model import EmbeddingModel, ModelUnavailable, vocabulary
from knowledge.search.postings import FloatArray
from knowledge.search.reading import Lexicon, Reader, Reading
from knowledge.search.settings import Settings, load_settings
from knowledge.search.standing import Rows, ranked, standing
from knowledge.search.text import plain, words


class Choice(Enum):
    """A choice left to the index."""

    PACKAGED = "the packaged model, or none where it is not installed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each entry: by kind (one figure an entry), and fused into one figure."""

    reading: Reading
    kinds: Mapping[str, FloatArray]
    fused: FloatArray


class Index:
    """Entries that can be searched from many threads at once; it never changes once built."""

    def __init__(
        self, entries: Sequence[Entry], meaning: Meaning | None, lexicon: Lexicon, settings: Settings
    ) -> None:
        self.entries = tuple(entries)
        self.bodies = [plain(entry.body) for entry in entries]
        whole = [
            " ".join((entry.title, *entry.questions, body))
            for entry, body in zip(entries, self.bodies, strict=True)
        ]
        counted = Counter(word for text in whole for word in words(text))
        self.reader = Reader(counted, _general_words(), lexicon, settings.added_weight)
        self.words = Bm25(whole)
        asked = [(row, text) for row, entry in enumerate(entries) for text in (entry.title, *entry.questions)]
        self._letters = CharacterLikeness([text for _, text in asked], 2, 4)
        self._best_asked = Best([row for row, _ in asked], len(entries))
        self._body_letters = CharacterLikeness(whole, 3, 5)
        self._meaning = meaning
        self._right = settings.right_with_model if meaning else settings.right_without_model
        self._temperature = settings.training.temperature
        with_questions = sum(1 for entry in entries if entry.questions) / max(len(entries), 1)
        with_body = sum(1 for body in self.bodies if body) / max(len(entries), 1)
        self._weights = (settings.with_model if meaning else settings.without_model).mixed(
            with_questions, with_body
        )

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        model: EmbeddingModel | None | Choice = Choice.PACKAGED,
        cache_dir: Path | None = None,
        lexicon: Lexicon | None = None,
        settings: Settings | None = None,
    ) -> Index:
        """An index of the entries; vectors are kept in `cache_dir`, so that a second build is quick."""
        entries = list(entries)
        settings = settings or load_settings()
        chosen = _packaged() if isinstance(model, Choice) else model
        meaning = Meaning(entries, chosen, cache_dir, settings.training) if chosen and entries else None
        return cls(entries, meaning, lexicon or Lexicon(), settings)

    def evidence(self, question: str, beside: str | None = None, share: float = 1.0) -> Evidence:
        """Everything that speaks for each entry: by this share for the question, by the rest for `beside`."""
        reading, kinds = self._read(question)
        if beside is not None:
            _, others = self._read(beside)
            kinds = {
                name: np.asarray(share * kinds[name] + (1 - share) * others[name], dtype=np.float32)
                for name in kinds
            }
        return Evidence(reading, kinds, self._fused(kinds))

    def _read(self, question: str) -> tuple[Reading, dict[str, FloatArray]]:
        reading = self.reader.read(question)
        kinds = {
            "words": self.words.scores(reading.stems),
            "letters": self._best_asked.of(self._letters.scores(reading.text)),
            "body_letters": self._body_letters.scores(reading.text),
        }
        if self._meaning:
            kinds |= self._meaning.evidence(reading.text)
        return reading, kinds

    def standing(self, evidence: Evidence, order: Rows) -> dict[str, float]:
        """Figures on how well the first of some ranked entries stands among them."""
        return standing(
            order, evidence.kinds, evidence.fused, evidence.reading, self.words, self._temperature
        )

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
        chance = self._right.chance(self.standing(evidence, order))
        behind = evidence.fused[order[:limit]] - evidence.fused[order[0]]
        scores = chance * np.exp(behind)
        return [Hit(self.entries[row].id, float(score)) for row, score in zip(order, scores, strict=False)]

    def _fused(self, kinds: Mapping[str, FloatArray]) -> FloatArray:
        fused = np.zeros(len(self.entries), dtype=np.float32)
        for name, weight in self._weights.items():
            if weight and name in kinds:
                fused += np.float32(weight) * _standard(kinds[name])
        return fused


def _standard(scores: FloatArray) -> FloatArray:
    """How many standard deviations each entry stands out among all."""
    return np.asarray((scores - scores.mean()) / max(float(scores.std()), 1e-6), dtype=np.float32)


def _packaged() -> EmbeddingModel | None:
    try:
        return EmbeddingModel.load()
    except ModelUnavailable:
        return None


def _general_words() -> list[str]:
    """Whole words of the model's vocabulary, frequent ones first: what is a word although no entry uses it."""
    return [piece for piece in vocabulary() if piece.isascii() and piece.isalpha()]
