"""Sparse term weights, held by term, multiplied with a question in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
import numpy.typing as npt

_Kind = TypeVar("_Kind", bound=np.generic)
FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

# A term that stands in more than this share of many rows says little and takes most of the time.
_COMMON_SHARE = 0.2
MANY_ROWS = 4_000


# So many words are counted at once: what is needed in between is many times larger than what comes out.
_WORDS_AT_ONCE = 50_000
# A term and a row as one number, since numbers are sorted faster than pairs.
_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1


def left(taken: IntArray, count: int) -> IntArray:
    """Those of the first so many rows that are not taken; -1 takes none."""
    free = np.ones(count, dtype=bool)
    free[taken[taken >= 0]] = False
    return np.flatnonzero(free)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where texts are now: `rows` for each that there was, -1 where it is gone, and `fresh` those that are new."""

    rows: IntArray
    fresh: IntArray
    count: int

    def array(self, held: npt.NDArray[_Kind], fresh: npt.ArrayLike) -> npt.NDArray[_Kind]:
        """An array with a row a text, as it is now, from what it was and from the rows of the new texts."""
        result = np.empty((self.count, *held.shape[1:]), dtype=held.dtype)
        kept = np.flatnonzero(self.rows >= 0)
        parted = np.flatnonzero((np.diff(kept) != 1) | (np.diff(self.rows[kept]) != 1)) + 1
        # Run by run: to pick out the rows would copy them twice.
        for run in np.split(kept, parted) if len(kept) else ():
            first, last = run[0], run[-1]
            result[self.rows[first] : self.rows[last] + 1] = held[first : last + 1]
        result[self.fresh] = fresh
        return result


@dataclass(frozen=True, slots=True)
class Table:
    """Which terms stand in which rows: the rows of one term after another's, each run in order.

    `columns` numbers the terms, `holding` says how many rows hold each, and `weights` what it counts in each of them.
    """

    columns: Mapping[str, int]
    holding: IntArray
    rows: npt.NDArray[np.int32]
    weights: FloatArray
    row_count: int

    @property
    def starts(self) -> IntArray:
        """Where the rows of each term begin, and after the last where they end."""
        return np.concatenate([[0], np.cumsum(self.holding)])

    def changed(self, moved: Moved, fresh: Table) -> Table:
        """The table once some of its rows are others; `fresh` has the new ones, numbered from 0.

        A term that no row holds any longer keeps its column.
        """
        columns = dict(self.columns)
        for term in fresh.columns:
            columns.setdefault(term, len(columns))
        rows = moved.rows.astype(np.int32)[self.rows]
        gone = np.flatnonzero(rows < 0)
        holding = np.zeros(len(columns), dtype=np.int64)
        holding[: len(self.holding)] = self.holding
        holding -= np.bincount(np.searchsorted(self.starts[1:], gone, side="right"), minlength=len(columns))
        rows, weights = np.delete(rows, gone), np.delete(self.weights, gone)
        starts, ends = np.cumsum(holding) - holding, np.cumsum(holding)
        added = moved.fresh.astype(np.int32)[fresh.rows]
        own = np.repeat(np.fromiter((columns[term] for term in fresh.columns), np.int64), fresh.holding)
        runs = zip(starts[own].tolist(), ends[own].tolist(), added, strict=True)
        places = np.fromiter(
            (start + rows[start:end].searchsorted(row) for start, end, row in runs), np.int64, len(added)
        )
        order = np.lexsort((added, own, places))
        return Table(
            columns,
            holding + np.bincount(own, minlength=len(columns)),
            np.insert(rows, places[order], added[order]),
            np.insert(weights, places[order], fresh.weights[order]),
            moved.count,
        )


class Postings:
    """Which rows hold a term, and how heavily: a sparse matrix, one column a term."""

    def __init__(self, table: Table, weights: FloatArray, many_rows: int = MANY_ROWS) -> None:
        """The rows of a table with other weights; from more than `many_rows` on, terms in many are passed over."""
        self._rows, self._weights = table.rows, weights
        self._starts, self._sizes = table.starts, table.holding
        self._row_count = table.row_count
        share = _COMMON_SHARE if table.row_count > many_rows else 1.0
        self._most = int(table.row_count * share)

    def scores(self, columns: IntArray, counts: npt.ArrayLike) -> FloatArray:
        """The sum of products with what some terms count in a question, one figure a row."""
        sizes = self._sizes[columns]
        telling = (sizes > 0) & (sizes <= self._most)
        if not telling.any():
            return np.zeros(self._row_count, dtype=np.float32)
        starts, sizes = self._starts[columns[telling]], sizes[telling]
        runs = list(map(slice, starts.tolist(), (starts + sizes).tolist()))
        # All at once: with a hundred terms and more, a product for each costs more than the numbers in it.
        products = np.concatenate([self._weights[run] for run in runs])
        products *= np.repeat(np.asarray(counts, np.float32)[telling], sizes)
        rows = np.concatenate([self._rows[run] for run in runs])
        return np.bincount(rows, products, minlength=self._row_count).astype(np.float32)

    def known(self, column: int) -> bool:
        """Whether any row holds the term."""
        return int(self._sizes[column]) > 0

    def holds(self, row: int, column: int) -> bool:
        """Whether the row holds the term."""
        rows = self._rows[int(self._starts[column]) : int(self._starts[column + 1])]
        place = int(np.searchsorted(rows, row))
        return place < len(rows) and int(rows[place]) == row


class Words:
    """The words of some texts, each text read once: numbers of distinct words, and of the row each is in."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        said = list(chain.from_iterable(texts))
        self.distinct = list(dict.fromkeys(said))
        numbers = {word: number for number, word in enumerate(self.distinct)}
        self.said: IntArray = np.fromiter(map(numbers.__getitem__, said), np.int64, len(said))
        lengths = np.asarray([len(text) for text in texts], dtype=np.int64)
        self.rows: IntArray = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
        self.row_count = len(texts)

    def counted(self, parts: Sequence[Sequence[str]]) -> Table:
        """How often the terms that the distinct words are made of (`parts`, one list a word) stand in each row."""
        said = list(chain.from_iterable(parts))
        columns = {part: number for number, part in enumerate(dict.fromkeys(said))}
        flat: IntArray = np.fromiter(map(columns.__getitem__, said), np.int64, len(said))
        sizes = np.asarray([len(one) for one in parts], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        counted = [self._pairs(some, flat, starts, sizes) for some in self._whole_rows()]
        pairs = np.concatenate([pairs for pairs, _ in counted] or [np.zeros(0, np.int64)])
        often = np.concatenate([often for _, often in counted] or [np.zeros(0, np.float32)])
        order = np.argsort(pairs, kind="stable")
        pairs = pairs[order]
        holding = np.bincount(pairs >> _ROW_BITS, minlength=len(columns))
        rows = (pairs & _ROW_MASK).astype(np.int32)
        return Table(columns, holding, rows, often[order], self.row_count)

    def _whole_rows(self) -> Iterator[slice]:
        """The words in runs, none of which parts a row."""
        start = 0
        while start < len(self.said):
            last = self.rows[min(start + _WORDS_AT_ONCE, len(self.said)) - 1]
            end = int(np.searchsorted(self.rows, last, side="right"))
            yield slice(start, end)
            start = end

    def _pairs(
        self, some: slice, flat: IntArray, starts: IntArray, sizes: IntArray
    ) -> tuple[IntArray, FloatArray]:
        """The pairs of term and row in some of the words, each once, and how often each is met."""
        said = self.said[some]
        each = sizes[said]
        # For each word said, the run of its terms in `flat`: its start, and a counter from 0 within the run.
        within = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
        terms = flat[np.repeat(starts[said], each) + within]
        met = (terms << _ROW_BITS) + np.repeat(self.rows[some], each)
        pairs, often = np.unique(met, return_counts=True)
        return pairs, often.astype(np.float32)
