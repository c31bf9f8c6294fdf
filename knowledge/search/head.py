"""A linear head over embeddings: a softmax classifier that learns which entry a question is for.

It starts from each entry's mean vector and is pulled towards it, so that entries with few examples
are not bent far. Trained with Adam (Kingma and Ba, 2015); the result depends on
nothing but the examples and their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from knowledge.search.postings import FloatArray, IntArray

DIMENSIONS = 384


@dataclass(frozen=True, slots=True)
class Training:
    """How the head is trained; kept in the settings file with the procedure that chose it."""

    temperature: float
    rate: float
    steps: int
    pull: float
    terse: float
    """What an example counts when given as its rarest words alone; the example itself counts 1."""
    section: float
    """What a part of the body counts as an example."""
    sentence: float
    """What a sentence of the body counts as an example."""
    sentences_up_to: int
    """Entries above which sentences are left out."""
    work: float
    """Thousands of millions of operations to be spent; a base that would take more learns in parts."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Vectors of examples, and what each counts."""

    vectors: FloatArray
    weights: FloatArray


def train(
    examples: FloatArray, owners: IntArray, weights: FloatArray, entries: int, how: Training
) -> FloatArray:
    """One weight vector an entry: its product with a question's vector says how well the entry fits."""
    centres = _centres(examples, owners, weights, entries)
    if not len(examples):
        return centres
    share = (weights / weights.sum()).astype(np.float32)
    parts = _parts(len(examples), entries, how)

    def slope(head: FloatArray, step: int) -> FloatArray:
        some = slice(step % parts, None, parts)
        learned = _slope(examples[some], owners[some], share[some], head, how.temperature)
        return np.float32(how.temperature * parts) * learned + np.float32(how.pull / entries) * (
            head - centres
        )

    return _descended(centres, slope, how)


def learn_one(
    own: Weighed, others: Weighed, head: FloatArray, row: int, *, whole: float, how: Training
) -> FloatArray:
    """The weight vector of the new entry at `row` of a head, beside those of the rest, which stay as they are.

    `own` are the examples of the entry; `others` those of the rest that it could take away, which are the nearest ones.
    `whole` is what all the examples count together.
    """
    (centre,) = _centres(own.vectors, np.zeros(len(own.vectors), dtype=np.int64), own.weights, 1)
    examples = np.concatenate([own.vectors, others.vectors])
    share = (np.concatenate([own.weights, others.weights]) / whole).astype(np.float32)
    is_own = np.arange(len(examples)) < len(own.vectors)
    rest = examples @ head.T
    rest *= np.float32(how.temperature)
    # What speaks for the rest is below the temperature, and its exponential well within a float.
    np.exp(rest, out=rest)
    rest[:, row] = 0
    against = np.log(rest.sum(axis=1) + 1e-9)

    def slope(learned: FloatArray, _step: int) -> FloatArray:
        odds = 1 / (1 + np.exp(against - np.float32(how.temperature) * (examples @ learned)))
        missed = np.float32(how.temperature) * share * (odds - is_own)
        return np.asarray(
            missed @ examples + np.float32(how.pull / len(head)) * (learned - centre), dtype=np.float32
        )

    return _descended(centre, slope, how)


def _descended(
    start: FloatArray, slope: Callable[[FloatArray, int], FloatArray], how: Training
) -> FloatArray:
    head = start.copy()
    drift, spread = np.zeros_like(head), np.zeros_like(head)
    for step in range(1, how.steps + 1):
        down = slope(head, step)
        drift = 0.9 * drift + 0.1 * down
        spread = 0.99 * spread + 0.01 * down * down
        scaled = np.sqrt(spread / (1 - 0.99**step)) + 1e-8
        head = (head - how.rate * (drift / (1 - 0.9**step)) / scaled).astype(np.float32)
    return head


def _centres(examples: FloatArray, owners: IntArray, weights: FloatArray, entries: int) -> FloatArray:
    centres = np.zeros((entries, examples.shape[1]), dtype=np.float32)
    np.add.at(centres, owners, examples * weights[:, np.newaxis])
    return np.asarray(
        centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9), dtype=np.float32
    )


def _slope(
    examples: FloatArray, owners: IntArray, share: FloatArray, head: FloatArray, temperature: float
) -> FloatArray:
    odds = np.float32(temperature) * (examples @ head.T)
    odds -= odds.max(axis=1, keepdims=True)
    np.exp(odds, out=odds)
    odds /= odds.sum(axis=1, keepdims=True)
    odds[np.arange(len(owners)), owners] -= 1
    odds *= share[:, np.newaxis]
    return np.asarray(odds.T @ examples, dtype=np.float32)


def _parts(examples: int, entries: int, how: Training) -> int:
    """Into how many parts the examples of a large base are dealt, each step learning from one of them."""
    cost = 4e-9 * examples * entries * DIMENSIONS * how.steps  # two products a step, there and back
    return max(1, math.ceil(cost / how.work))
