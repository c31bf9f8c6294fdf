"""Word evidence: BM25 over whole entries, and likeness by character n-grams."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from zlib import crc32

import numpy as np
import numpy.typing as npt

from knowledge.search.postings import MANY_ROWS, FloatArray, IntArray, Postings, Table, Words
from knowledge.search.text import ngrams, stem, words

# The usual saturation of repeated words, and a length correction softer than the usual 0.75:
# a long article is long because it covers more, not because it is padded.
_K1 = 1.2
_B = 0.6
_WORDS_KEPT = 2_000
_COLUMNS_AT_ONCE = 500
_Floats = npt.NDArray[np.floating]


def stems_of(documents: Words) -> Table:
    """How often each stem stands in each document."""
    return documents.counted([(stem(word),) for word in documents.distinct])


def rarity_of(holding: npt.NDArray[np.integer], row_count: int) -> _Floats:
    """Inverse document frequency of terms that so many of the documents hold each."""
    result: _Floats = np.log(1 + (row_count - holding + 0.5) / (holding + 0.5))
    return result


def saturated(often: _Floats, lengths: _Floats) -> _Floats:
    """What terms count that stand so often in documents of these lengths, of which 1 is the average."""
    result: _Floats = often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * lengths))
    return result


def letters_of(texts: Words, shortest: int, longest: int) -> Table:
    """What each character n-gram counts in each text, before it is known how rare it is."""
    table = texts.counted([ngrams(word, shortest, longest) for word in texts.distinct])
    return replace(table, weights=(1 + np.log(table.weights)).astype(np.float32))


class Bm25:
    """Okapi BM25 over stems."""

    def __init__(self, table: Table) -> None:
        """From a table made by `stems_of`."""
        lengths = np.bincount(table.rows, table.weights, minlength=table.row_count).astype(np.float32)
        average = float(lengths.mean()) if lengths.any() else 1.0
        rarity = rarity_of(table.holding, table.row_count).astype(np.float32)
        weights = np.repeat(rarity, table.holding) * saturated(table.weights, lengths[table.rows] / average)
        self._columns, self._rarity = table.columns, rarity.tolist()
        self._unseen = math.log(1 + table.row_count + 0.5)
        self._postings = Postings(table, weights.astype(np.float32))

    def scores(self, weights: Mapping[str, float]) -> FloatArray:
        """BM25 of each document for the stems of a question and the weight of each."""
        known = [term for term in weights if term in self._columns]
        columns = np.asarray([self._columns[term] for term in known], dtype=np.int64)
        return self._postings.scores(columns, [weights[term] for term in known])

    def rarity(self, term: str) -> float:
        """Inverse document frequency; a stem no document holds counts as the rarest."""
        return float(self._rarity[self._columns[term]]) if self.known(term) else self._unseen

    def known(self, term: str) -> bool:
        """Whether any document holds the stem."""
        column = self._columns.get(term)
        return column is not None and self._postings.known(column)

    def holds(self, row: int, term: str) -> bool:
        """Whether the document at `row` holds the stem."""
        column = self._columns.get(term)
        return column is not None and self._postings.holds(row, column)


class CharacterLikeness:
    """Cosine of TF-IDF weights over character n-grams: finds a word through its misspelling."""

    def __init__(self, table: Table, shortest: int, longest: int, many_rows: int = MANY_ROWS) -> None:
        """From a table made by `letters_of` with the same `shortest` and `longest`."""
        # People use the same few thousand words most of the time.
        self._columns_of = lru_cache(_WORDS_KEPT)(partial(_columns_of, table.columns, shortest, longest))
        rarity = (np.log((1 + table.row_count) / (1 + table.holding)) + 1).astype(np.float32)
        self._lengths = _lengths(table, rarity)
        # An n-gram no text holds still lengthens the question: what it says is not here.
        self._rarity = np.append(rarity, np.float32(math.log(1 + table.row_count) + 1))
        # As they are: how rare a term is, and how long a text, is multiplied in when a question is asked.
        self._postings = Postings(table, table.weights, many_rows)

    def scores(self, text: str) -> FloatArray:
        """Cosine with each text, 0 to 1."""
        parts = [np.zeros(0, dtype=np.int64), *map(self._columns_of, words(text))]
        columns, often = np.unique(np.concatenate(parts), return_counts=True)
        unseen = len(self._rarity) - 1
        rarity = self._rarity[np.minimum(columns, unseen)]
        weights = (1 + np.log(often)) * rarity
        known = columns < unseen
        scores = self._postings.scores(columns[known], (weights * rarity)[known])
        scores /= self._lengths * np.float32(np.linalg.norm(weights) or 1.0)
        return scores


def _lengths(table: Table, rarity: FloatArray) -> FloatArray:
    """How long each row is as a vector, once its weights are multiplied with how rare each term is."""
    squares, starts = np.zeros(table.row_count), table.starts
    # Some at a time: memory for all of them takes longer to get from the system than to fill.
    for first in range(0, len(rarity), _COLUMNS_AT_ONCE):
        some = slice(first, first + _COLUMNS_AT_ONCE)
        run = slice(starts[first], starts[min(some.stop, len(rarity))])
        weighed = np.repeat(rarity[some], table.holding[some]) * table.weights[run]
        squares += np.bincount(table.rows[run], weighed * weighed, minlength=table.row_count)
    return np.maximum(np.sqrt(squares), 1e-9).astype(np.float32)


def _columns_of(columns: Mapping[str, int], shortest: int, longest: int, word: str) -> IntArray:
    """The columns of a word's n-grams; one that there is not gets a number above them, always the same."""
    parts = ngrams(word, shortest, longest)
    found = [columns.get(part, -1) for part in parts]
    if -1 in found:
        above = (len(columns) + crc32(part.encode(errors="replace")) for part in parts)
        found = [other if column < 0 else column for column, other in zip(found, above, strict=True)]
    return np.asarray(found, dtype=np.int64)
