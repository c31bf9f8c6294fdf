"""Sparse term weights, held by term, multiplied with a question in numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

# A term that stands in more than this share of many rows says little and takes most of the time.
_COMMON_SHARE = 0.2
_MANY_ROWS = 4_000


class Counts:
    """How often each term stands in each row: three arrays of the same length, in order of term, then row."""

    def __init__(self, terms: IntArray, rows: IntArray, row_count: int, term_count: int) -> None:
        """From one (term, row) pair for each time a term stands in a row."""
        pairs, often = np.unique(terms * np.int64(max(row_count, 1)) + rows, return_counts=True)
        self.terms = (pairs // max(row_count, 1)).astype(np.int32)
        self.rows = (pairs % max(row_count, 1)).astype(np.int32)
        self.often = often.astype(np.float32)
        self.row_count = row_count
        self.holding = np.bincount(self.terms, minlength=term_count)


class Postings:
    """Which rows hold a term, and how heavily: a sparse matrix, one column a term."""

    def __init__(self, columns: Mapping[str, int], counts: Counts, weights: FloatArray) -> None:
        self._columns = columns
        self._rows, self._weights = counts.rows, weights
        self._starts = np.concatenate([[0], np.cumsum(counts.holding)])
        self._row_count = counts.row_count

    def scores(self, question: Mapping[str, float]) -> FloatArray:
        """The sum of products with the question's weights, one figure a row."""
        places: list[npt.NDArray[np.int32]] = []
        products: list[FloatArray] = []
        most = self._row_count * _COMMON_SHARE if self._row_count > _MANY_ROWS else self._row_count
        for term, weight in question.items():
            where = self._where(term)
            if 0 < where.stop - where.start <= most:
                places.append(self._rows[where])
                products.append(self._weights[where] * np.float32(weight))
        if not places:
            return np.zeros(self._row_count, dtype=np.float32)
        summed = np.bincount(np.concatenate(places), np.concatenate(products), minlength=self._row_count)
        return summed.astype(np.float32)

    def holds(self, row: int, term: str) -> bool:
        """Whether the row holds the term."""
        rows = self._rows[self._where(term)]
        place = int(np.searchsorted(rows, row))
        return place < len(rows) and int(rows[place]) == row

    def _where(self, term: str) -> slice:
        column = self._columns.get(term)
        if column is None:
            return slice(0, 0)
        return slice(int(self._starts[column]), int(self._starts[column + 1]))


class Words:
    """The words of some texts, each text read once: numbers of distinct words, and of the row each is in."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        numbers: dict[str, int] = {}
        said = [numbers.setdefault(word, len(numbers)) for text in texts for word in text]
        self.distinct = list(numbers)
        self.said: IntArray = np.asarray(said, dtype=np.int64)
        lengths = np.asarray([len(text) for text in texts], dtype=np.int64)
        self.rows: IntArray = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
        self.row_count = len(texts)

    def counted(self, parts: Sequence[Sequence[str]]) -> tuple[dict[str, int], Counts]:
        """The terms that the distinct words are made of (`parts`, one list a word), and how often each stands."""
        columns: dict[str, int] = {}
        flat = np.asarray(
            [columns.setdefault(part, len(columns)) for one in parts for part in one], dtype=np.int64
        )
        sizes = np.asarray([len(one) for one in parts], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        each = sizes[self.said] if len(self.said) else np.zeros(0, dtype=np.int64)
        # For each word said, the run of its terms in `flat`: its start, and a counter from 0 within the run.
        within = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
        terms = flat[np.repeat(starts[self.said], each) + within] if len(within) else within
        return columns, Counts(terms, np.repeat(self.rows, each), self.row_count, len(columns))
