"""Word evidence: BM25 over whole entries, and likeness by character n-grams."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from knowledge.search.postings import MANY_ROWS, Counts, FloatArray, Postings, Table, Words
from knowledge.search.text import ngrams, stem, words

# The usual saturation of repeated words, and a length correction softer than the usual 0.75:
# a long article is long because it covers more, not because it is padded.
_K1 = 1.2
_B = 0.6
_Floats = npt.NDArray[np.floating]


def bm25_table(documents: Words) -> Table:
    """The weights of Okapi BM25 over stems, one row a document."""
    terms, counts = documents.counted([(stem(word),) for word in documents.distinct])
    lengths = np.bincount(documents.rows, minlength=documents.row_count).astype(np.float32)
    average = float(lengths.mean()) if len(lengths) and lengths.any() else 1.0
    rarity = rarity_of(counts.holding, documents.row_count)
    weights = rarity[counts.terms] * saturated(counts.often, lengths[counts.rows] / average)
    return _table(terms, rarity, counts, weights)


def rarity_of(holding: npt.NDArray[np.integer], row_count: int) -> _Floats:
    """Inverse document frequency of terms that so many of the documents hold each."""
    result: _Floats = np.log(1 + (row_count - holding + 0.5) / (holding + 0.5))
    return result


def saturated(often: _Floats, lengths: _Floats) -> _Floats:
    """What terms count that stand so often in documents of these lengths, of which 1 is the average."""
    result: _Floats = often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * lengths))
    return result


def likeness_table(texts: Words, shortest: int, longest: int) -> Table:
    """TF-IDF weights of character n-grams, each row's of length 1, one row a text."""
    terms, counts = texts.counted([ngrams(word, shortest, longest) for word in texts.distinct])
    rarity = (np.log((1 + texts.row_count) / (1 + counts.holding)) + 1).astype(np.float32)
    weights = (1 + np.log(counts.often)) * rarity[counts.terms]
    lengths = np.sqrt(np.bincount(counts.rows, weights * weights, minlength=texts.row_count))
    return _table(terms, rarity, counts, weights / np.maximum(lengths[counts.rows], 1e-9))


def _table(
    terms: list[str], rarity: npt.NDArray[np.floating], counts: Counts, weights: npt.NDArray[np.floating]
) -> Table:
    return Table(
        terms,
        rarity.astype(np.float32),
        counts.holding,
        counts.rows,
        weights.astype(np.float32),
        counts.row_count,
    )


class Bm25:
    """Okapi BM25 over stems."""

    def __init__(self, table: Table) -> None:
        self._rarity = dict(zip(table.terms, table.rarity.tolist(), strict=True))
        self._unseen = math.log(1 + table.row_count + 0.5)
        self._postings = Postings(table)

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

    def __init__(self, table: Table, shortest: int, longest: int, many_rows: int = MANY_ROWS) -> None:
        """From a table made with the same `shortest` and `longest`."""
        self._sizes = (shortest, longest)
        self._rarity = dict(zip(table.terms, table.rarity.tolist(), strict=True))
        # An n-gram no text holds still lengthens the question: what it says is not here.
        self._unseen = math.log(1 + table.row_count) + 1
        self._postings = Postings(table, many_rows)

    def scores(self, text: str) -> FloatArray:
        """Cosine with each text, 0 to 1."""
        count = Counter(part for word in words(text) for part in ngrams(word, *self._sizes))
        weights = {
            term: (1 + math.log(n)) * self._rarity.get(term, self._unseen) for term, n in count.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return self._postings.scores({term: weight / length for term, weight in weights.items()})
