"""Figures on how well the first of some ranked entries stands: what a confidence is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from knowledge.search.fulltext import FullText
from knowledge.search.lexical import Bm25
from knowledge.search.postings import FloatArray
from knowledge.search.reading import Reading

Rows = npt.NDArray[np.intp]

_NEXT_ONES = 6


def ranked(fused: FloatArray, rows: Rows) -> Rows:
    """Rows in order of their fused score, best first."""
    return rows[np.argsort(-fused[rows], kind="stable")]


def standing(
    order: Rows,
    kinds: Mapping[str, FloatArray],
    fused: FloatArray,
    reading: Reading,
    words: Bm25 | FullText,
    *,
    temperature: float,
) -> dict[str, float]:
    """Figures on the first of `order` against the rest of it, by name."""
    first = int(order[0])
    after = fused[order[1:_NEXT_ONES]]
    figures = {
        "lead": float(fused[first] - after[0]) if len(after) else 3.0,
        "lead_over_next": float(fused[first] - after.mean()) if len(after) else 3.0,
        "letters": float(kinds["letters"][first]),
        "body_letters": float(kinds["body_letters"][first]),
        "length": math.log1p(len(reading.stems)),
        **_coverage(first, reading, words),
    }
    if "head" in kinds:
        asked = kinds["question"]
        figures |= {
            "head": float(kinds["head"][first]),
            "head_share": _share(kinds["head"][order], temperature),
            "question": float(asked[first]),
            "nearest": float(asked[order].max()),
            "section": float(kinds["section"][first]),
        }
    return figures


def belonging(
    first: int, kinds: Mapping[str, FloatArray], reading: Reading, words: Bm25 | FullText
) -> dict[str, float]:
    """Figures on whether a question is about any entry at all: how near the nearest is, by each kind by itself."""
    figures = {"held": _coverage(first, reading, words)["held"]}
    if "head" not in kinds:
        return figures | {name: float(kinds[name].max()) for name in ("letters", "body_letters")}
    nearest = max(float(kinds["question"].max()), float(kinds["title"].max()), float(kinds["section"].max()))
    return figures | {"nearest": nearest, "head": float(kinds["head"].max())}


def _coverage(row: int, reading: Reading, words: Bm25 | FullText) -> dict[str, float]:
    """The share of what was said, rare words counting more, that the entry and the whole base know."""
    rarity = {stem: words.rarity(stem) for stem, weight in reading.stems.items() if weight >= 1.0}
    total = sum(rarity.values()) or 1.0
    held = sum(value for stem, value in rarity.items() if words.holds(row, stem))
    known = sum(value for stem, value in rarity.items() if words.known(stem))
    return {"held": held / total, "known": known / total}


def _share(scores: FloatArray, temperature: float) -> float:
    """The first one's share of the softmax over all."""
    powers = np.exp(temperature * (scores - scores.max()))
    return float(powers[0] / powers.sum())
