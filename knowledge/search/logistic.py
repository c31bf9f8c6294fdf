"""Logistic regression over named figures: small, deterministic, and plain to read in a data file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Figures = Mapping[str, float]
_DoubleArray = npt.NDArray[np.float64]
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Logistic:
    """The chance of something, from figures by name; a figure that is missing counts as zero."""

    start: float
    weights: Mapping[str, float]

    def chance(self, figures: Figures) -> float:
        """Between 0 and 1."""
        total = self.start + sum(weight * figures.get(name, 0.0) for name, weight in self.weights.items())
        return float(1 / (1 + np.exp(-np.clip(total, -30, 30))))


def fit(
    rows: Sequence[Figures],
    outcomes: Sequence[bool],
    counts: Sequence[float] | None = None,
    pull: float = 1.0,
) -> Logistic:
    """The likeliest weights by Newton's method; `pull` (per row's spread) keeps them small, `counts` weighs rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = np.array([[row.get(name, 0.0) for name in names] for row in rows], dtype=np.float64)
    middle, spread = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
    scaled = np.hstack([np.ones((len(rows), 1)), (table - middle) / spread])
    wanted = np.asarray(outcomes, dtype=np.float64)
    share = np.ones(len(rows)) if counts is None else np.asarray(counts, dtype=np.float64)
    weights = _newton(scaled, wanted, share, pull)
    unscaled = weights[1:] / spread
    start = float(weights[0] - unscaled @ middle)
    return Logistic(start, {name: float(weight) for name, weight in zip(names, unscaled, strict=True)})


def _newton(table: _DoubleArray, wanted: _DoubleArray, share: _DoubleArray, pull: float) -> _DoubleArray:
    weights = np.zeros(table.shape[1])
    ridge = np.full(table.shape[1], pull)
    ridge[0] = 1e-6
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (share * (chance - wanted)) + ridge * weights
        bend = (table * (share * np.maximum(chance * (1 - chance), 1e-9))[:, np.newaxis]).T @ table
        step = np.linalg.solve(bend + np.diag(ridge), slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights
