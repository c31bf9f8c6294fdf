"""Sparse term weights, held by term, multiplied with a question in numpy."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class Postings:
    """Which rows hold a term, and how heavily: a sparse matrix, one column a term, in three flat arrays."""

    def __init__(self, rows: Iterable[Mapping[str, float]]) -> None:
        self._columns: dict[str, int] = {}
        terms, places, weights = array("i"), array("i"), array("f")
        self.rows = 0
        for number, row in enumerate(rows):
            self.rows = number + 1
            for term, weight in row.items():
                terms.append(self._columns.setdefault(term, len(self._columns)))
                places.append(number)
                weights.append(weight)
        columns = np.frombuffer(terms, dtype=np.int32) if terms else np.zeros(0, dtype=np.int32)
        order = np.argsort(columns, kind="stable")
        self._places = np.asarray(places, dtype=np.int32)[order]
        self._weights = np.asarray(weights, dtype=np.float32)[order]
        self._starts = np.searchsorted(columns[order], np.arange(len(self._columns) + 1))

    def scores(self, question: Mapping[str, float]) -> FloatArray:
        """The sum of products with the question's weights, one figure a row."""
        places: list[npt.NDArray[np.int32]] = []
        products: list[FloatArray] = []
        for term, weight in question.items():
            column = self._columns.get(term)
            if column is not None:
                where = slice(self._starts[column], self._starts[column + 1])
                places.append(self._places[where])
                products.append(self._weights[where] * np.float32(weight))
        if not places:
            return np.zeros(self.rows, dtype=np.float32)
        summed = np.bincount(np.concatenate(places), np.concatenate(products), minlength=self.rows)
        return summed.astype(np.float32)
