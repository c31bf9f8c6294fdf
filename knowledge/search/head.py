"""A linear head over embeddings: a softmax classifier that learns which entry a question is for.

It starts from each entry's mean vector and is pulled towards it, so that entries with few examples
are not bent far. Trained with Adam (Kingma and Ba, 2015); the result depends on
nothing but the examples and their order.
"""

from __future__ import annotations

import math
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


def train(
    examples: FloatArray, owners: IntArray, weights: FloatArray, entries: int, how: Training
) -> FloatArray:
    """One weight vector an entry: its product with a question's vector says how well the entry fits."""
    centres = _centres(examples, owners, weights, entries)
    if not len(examples):
        return centres
    head = centres.copy()
    drift, spread = np.zeros_like(head), np.zeros_like(head)
    share = (weights / weights.sum()).astype(np.float32)
    parts = _parts(len(examples), entries, how)
    for step in range(1, how.steps + 1):
        some = slice(step % parts, None, parts)
        slope = np.float32(how.temperature * parts) * _slope(
            examples[some], owners[some], share[some], head, how.temperature
        )
        slope += np.float32(how.pull / entries) * (head - centres)
        drift = 0.9 * drift + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope * slope
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
