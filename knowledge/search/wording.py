"""What a message's own words say of the class of messages it belongs to, learned from examples of each.

A linear classifier (softmax regression) over the message's vector, its words and its pairs of neighbouring words:
people ask for something to be done in other words than they ask about something ("show my ...", "mark it as ..."),
whatever the something is, and the vector alone looks at the something first. It learns by stochastic gradient
descent with a falling rate (Robbins and Monro, 1951); the result depends on the examples and their order only.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from knowledge.search import disk
from knowledge.search.postings import FloatArray, IntArray
from knowledge.search.text import words

_START = "^"
# A message of many words is read as far as this.
_MOST_SIGNS = 120
_BATCH = 64
# Two classifiers learn from each state of a base.
_KEPT = 12
# The first row of the signs' weights counts nothing: it stands for a message without any known sign.
_NO_SIGN = 0
_SEED = 1


@dataclass(frozen=True, slots=True)
class WordingTraining:
    """How the classifier learns; kept in the settings file with the procedure that chose it."""

    words: float
    """How long the words and pairs of a message are, beside its vector of length 1."""
    rate: float
    rounds: int


class Wording:
    """A classifier of messages; it never changes once it has learned."""

    def __init__(
        self,
        texts: Sequence[str],
        vectors: FloatArray | None,
        labels: Sequence[str],
        how: WordingTraining,
        folder: Path | None = None,
    ) -> None:
        """From examples, the vector of each where there is a model, and the label of each.

        What was learned is kept in `folder`, so that the same examples need not be learned from again.
        """
        self.labels = tuple(dict.fromkeys(labels))
        self._how = how
        read = [_signs(text) for text in texts]
        holding = Counter(sign for signs in read for sign in signs)
        self._rows = {sign: row for row, sign in enumerate(holding, start=_NO_SIGN + 1)}
        rarity = 1 + np.log((1 + len(read)) / (1 + np.fromiter(holding.values(), np.float32, len(holding))))
        self._rarity: FloatArray = np.concatenate([[0], rarity]).astype(np.float32)
        name = f"wording-{_mark(texts, labels, vectors, how)}"
        kept = disk.read(folder, name) or {}
        whole = {"vector", "signs", "start"} <= kept.keys()
        if whole and kept["signs"].shape == (len(self._rarity), len(self.labels)):
            self._vector, self._signs, self._start = (
                kept[part].astype(np.float32) for part in ("vector", "signs", "start")
            )
            return
        numbers = {label: number for number, label in enumerate(self.labels)}
        self._learn(read, vectors, np.asarray([numbers[label] for label in labels], dtype=np.int64))
        disk.write(folder, name, {"vector": self._vector, "signs": self._signs, "start": self._start})
        disk.forget_older(folder, "wording-*.npz", _KEPT)

    def of(self, text: str, vector: FloatArray | None) -> FloatArray:
        """The logarithm of the chance of each label, in the order of `labels`."""
        rows, shares = self._weighed(_signs(text))
        scores = self._start + shares @ self._signs[rows]
        if vector is not None:
            scores = scores + vector @ self._vector
        scores = scores - scores.max()
        return np.asarray(scores - np.log(np.exp(scores).sum()), dtype=np.float32)

    def _weighed(self, signs: Sequence[str]) -> tuple[list[int], FloatArray]:
        """The rows of the known signs of a message, and what each counts: together, a vector of length `words`."""
        rows = [_NO_SIGN, *(self._rows[sign] for sign in signs if sign in self._rows)]
        shares = self._rarity[rows]
        length = max(float(np.linalg.norm(shares)), 1e-9)
        return rows, np.asarray(self._how.words * shares / length, dtype=np.float32)

    def _learn(self, read: Sequence[Sequence[str]], vectors: FloatArray | None, labels: IntArray) -> None:
        weighed = [self._weighed(signs) for signs in read]
        examples = _Examples(
            np.zeros((len(read), 0), dtype=np.float32) if vectors is None else vectors,
            np.concatenate([np.asarray(rows, dtype=np.int64) for rows, _ in weighed]),
            np.concatenate([shares for _, shares in weighed]),
            np.asarray([len(rows) for rows, _ in weighed], dtype=np.int64),
            labels,
        )
        count = len(self.labels)
        self._vector = np.zeros((examples.vectors.shape[1], count), dtype=np.float32)
        self._signs = np.zeros((len(self._rarity), count), dtype=np.float32)
        self._start = np.zeros(count, dtype=np.float32)
        dice = np.random.default_rng(_SEED)
        steps = self._how.rounds * math.ceil(len(read) / _BATCH)
        for step, some in enumerate(
            batch for _ in range(self._how.rounds) for batch in examples.in_any_order(dice)
        ):
            self._step(some, np.float32(self._how.rate * (1 - step / steps)))

    def _step(self, some: _Examples, rate: np.float32) -> None:
        """Learn from some examples at once."""
        begins = np.cumsum(some.sizes) - some.sizes
        scores = np.add.reduceat(some.shares[:, np.newaxis] * self._signs[some.signs], begins)
        scores += some.vectors @ self._vector + self._start
        # What each label is thought too likely, or too unlikely: the slope of the loss.
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
        scores[np.arange(len(scores)), some.labels] -= 1
        change = scores * (-rate / np.float32(len(scores)))
        self._start += change.sum(axis=0)
        self._vector += some.vectors.T @ change
        np.add.at(self._signs, some.signs, some.shares[:, np.newaxis] * np.repeat(change, some.sizes, axis=0))


@dataclass(frozen=True, slots=True)
class _Examples:
    """Examples as arrays: `signs` and `shares` have those of each after another, `sizes` how many each has."""

    vectors: FloatArray
    signs: IntArray
    shares: FloatArray
    sizes: IntArray
    labels: IntArray

    def in_any_order(self, dice: np.random.Generator) -> Iterator[_Examples]:
        """All of them, mixed, some at a time."""
        order = dice.permutation(len(self.labels))
        sizes = self.sizes[order]
        ends = np.cumsum(sizes)
        begins = np.cumsum(self.sizes) - self.sizes
        flat = np.arange(ends[-1]) + np.repeat(begins[order] - (ends - sizes), sizes)
        signs, shares = self.signs[flat], self.shares[flat]
        for first in range(0, len(order), _BATCH):
            some = slice(first, first + _BATCH)
            last = min(first + _BATCH, len(order)) - 1
            there = slice(int(ends[first] - sizes[first]), int(ends[last]))
            yield _Examples(
                self.vectors[order[some]], signs[there], shares[there], sizes[some], self.labels[order[some]]
            )


def _signs(text: str) -> list[str]:
    """The distinct words, and each word with the one before it; figures in codes are alike."""
    said = ["0" if any(letter.isdigit() for letter in word) else word for word in words(text)]
    pairs = (f"{before} {word}" for before, word in zip([_START, *said], said, strict=False))
    return list(dict.fromkeys((*said, *pairs)))[:_MOST_SIGNS]


def _mark(
    texts: Sequence[str], labels: Sequence[str], vectors: FloatArray | None, how: WordingTraining
) -> str:
    """What these examples have and no others do."""
    mark = hashlib.blake2b(repr((astuple(how), list(texts), list(labels))).encode(), digest_size=16)
    mark.update(b"" if vectors is None else np.ascontiguousarray(vectors).data)
    return mark.hexdigest()
