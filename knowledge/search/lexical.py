"""Word evidence: BM25 over whole entries, and likeness by character n-grams."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from knowledge.search.postings import MANY_ROWS, FloatArray, Postings, Words
from knowledge.search.text import ngrams, stem, words

# The usual saturation of repeated words, and a length correction softer than the usual 0.75:
# a long article is long because it covers more, not because it is padded.
_K1 = 1.2
_B = 0.6


class Bm25:
    """Okapi BM25 over stems, one row a document."""

    def __init__(self, documents: Words) -> None:
        columns, counts = documents.counted([(stem(word),) for word in documents.distinct])
        lengths = np.bincount(documents.rows, minlength=documents.row_count).astype(np.float32)
        average = float(lengths.mean()) if len(lengths) and lengths.any() else 1.0
        total = documents.row_count
        rarity = np.log(1 + (total - counts.holding + 0.5) / (counts.holding + 0.5))
        self._rarity = dict(zip(columns, rarity.tolist(), strict=True))
        self._unseen = math.log(1 + total + 0.5)
        saturation = counts.often + _K1 * (1 - _B + _B * lengths[counts.rows] / average)
        weights = rarity[counts.terms] * counts.often * (_K1 + 1) / saturation
        self._postings = Postings(columns, counts, weights.astype(np.float32))

    def scores(self, weights: Mapping[str, float]) -> FloatArray:
        """BM25 of each document for the stems of a question and the weight of each."""
        return self._postings.scores(weights)

    def rarity(self, term: str) -> float:
        """Inverse document frequency; a stem no document holds counts as the rarest."""
        return float(self._rarity.get(term, self._unseen))

    def known(self, term: str) -> bool:
        """Whether any document holds the stem."""
        return term in self._rarity

    def holds(self, row: int, term: str) -> bool:
        """Whether the document at `row` holds the stem."""
        return self._postings.holds(row, term)


class CharacterLikeness:
    """Cosine of TF-IDF weights over character n-grams: finds a word through its misspelling."""

    def __init__(self, texts: Words, shortest: int, longest: int, many_rows: int = MANY_ROWS) -> None:
        self._sizes = (shortest, longest)
        columns, counts = texts.counted([ngrams(word, shortest, longest) for word in texts.distinct])
        rarity = (np.log((1 + texts.row_count) / (1 + counts.holding)) + 1).astype(np.float32)
        self._rarity = dict(zip(columns, rarity.tolist(), strict=True))
        # An n-gram no text holds still lengthens the question: what it says is not here.
        self._unseen = math.log(1 + texts.row_count) + 1
        weights = (1 + np.log(counts.often)) * rarity[counts.terms]
        lengths = np.sqrt(np.bincount(counts.rows, weights * weights, minlength=texts.row_count))
        unit = weights / np.maximum(lengths[counts.rows], 1e-9)
        self._postings = Postings(columns, counts, unit.astype(np.float32), many_rows)

    def scores(self, text: str) -> FloatArray:
        """Cosine with each text, 0 to 1."""
        count = Counter(part for word in words(text) for part in ngrams(word, *self._sizes))
        weights = {
            term: (1 + math.log(n)) * self._rarity.get(term, self._unseen) for term, n in count.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return self._postings.scores({term: weight / length for term, weight in weights.items()})
