"""Adaptor between public question sets and `knowledge.search.Index`, and the calibration of its scores.

    python benchmarks/retrieval.py calibrate --data SET[,SET...] [--model FILE]   writes knowledge/data/search.yaml
                                                                                and benchmarks/data/limits.yaml
    python benchmarks/retrieval.py measure --data SET[,SET...] [--examples 3,10] [--model FILE|none]
    python benchmarks/retrieval.py mistakes --data SET[,SET...] [--examples 10] [--model FILE|none]   the surest 20

A set is a folder with articles.jsonl ({id, title, questions, sections: [{heading, text}], holdout?}) and
queries.jsonl ({q, id or null, split}). `build` is also an engine for other harnesses: it takes such articles and
returns a search. Measuring uses the queries of the split "test"; calibrating never reads queries.jsonl at all.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from knowledge.calibrate import generic_requests, lowest
from knowledge.search import Entry, Index
from knowledge.search.logistic import fit
from knowledge.search.model import EmbeddingModel
from knowledge.search.settings import Chances
from knowledge.search.standing import ranked

PARTS = 4
_WORST = 20
_SHOWN = 3
_LIMITS = Path(__file__).parent / "data/limits.yaml"
# What the limits keep to on the sets' own examples. Questions of entries left out are near misses, more like those
# of the others than what people ask from outside.
_OUTSIDE_AS_SURE, _WRONG_AS_SURE, _OUTSIDE_REFUSED = 0.05, 0.02, 0.6


@dataclass(frozen=True, slots=True)
class Sample:
    """A question asked of a set: the figures on it, and whether it is in scope and the first found is right."""

    standing: Mapping[str, float]
    belonging: Mapping[str, float]
    inside: bool
    right: bool
    counts: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The least chance of being right for an answer, and of being in scope for showing the likeliest."""

    sure: float
    choose: float


class Engine:
    """A search as other harnesses ask it."""

    def __init__(self, index: Index, limits: Limits) -> None:
        self._index, self._limits = index, limits

    def __call__(self, text: str) -> list[tuple[str, float]]:
        """The entries found, best first."""
        return [(hit.id, hit.score) for hit in self._index.search(text)]

    def confidence(self, text: str) -> float:
        """The chance that the question is in scope."""
        return self._index.in_scope(text)

    def decide(self, text: str) -> tuple[str, list[str]]:
        """Whether to answer with the first entry, to suggest the first three or to abstain, and those entries."""
        hits, scope = self._index.search(text, _SHOWN), self._index.in_scope(text)
        found = [hit.id for hit in hits]
        if found and hits[0].score * scope >= self._limits.sure:
            return "answer", found[:1]
        return ("suggest", found) if found and scope >= self._limits.choose else ("abstain", [])


def entries_of(articles: Sequence[Mapping[str, Any]], examples: int | None = None) -> list[Entry]:
    """The entries of a set, each with its first so many example questions."""
    return [
        Entry(
            one["id"],
            one["title"],
            tuple(one["questions"][:examples]),
            "\n\n".join(f"## {part['heading']}\n\n{part['text']}" for part in one["sections"]),
        )
        for one in articles
    ]


def build(articles: Sequence[Mapping[str, Any]]) -> Engine:
    """An engine for a harness: the environment's COVENANT_BENCH_MODEL is a file, "none", or unset for the package."""
    model = _model(os.environ.get("COVENANT_BENCH_MODEL"))
    limits = yaml.safe_load(_LIMITS.read_text(encoding="utf-8"))["with_model" if model else "without_model"]
    return Engine(Index.build(entries_of(articles), model=model, cache_dir=_cache()), Limits(**limits))


def nearest(articles: Sequence[Mapping[str, Any]]) -> Callable[[str], list[tuple[str, float]]]:
    """A peer for a harness: the same model's highest cosine over titles, questions and sections, by itself."""
    model = _model(os.environ.get("COVENANT_BENCH_MODEL"))
    if model is None:
        raise SystemExit("the highest cosine needs a model")
    texts = [
        (one["id"], text)
        for one in articles
        for text in (
            one["title"],
            *one["questions"],
            *(". ".join(filter(None, (part["heading"], part["text"]))) for part in one["sections"]),
        )
    ]
    vectors = model.encode([text for _, text in texts])

    def search(question: str) -> list[tuple[str, float]]:
        scores = vectors @ model.encode([question])[0]
        best: dict[str, float] = {}
        for row in np.argsort(-scores):
            best.setdefault(texts[row][0], float(scores[row]))
        return list(best.items())

    return search


def _model(named: str | None) -> EmbeddingModel | None:
    return None if named == "none" else EmbeddingModel.load(Path(named) if named else None)


def _cache() -> Path | None:
    folder = os.environ.get("COVENANT_BENCH_CACHE")
    return Path(folder) if folder else None


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _test_queries(folder: Path) -> list[dict[str, Any]]:
    """Those in scope of the split "test"."""
    return [
        one for one in _lines(folder / "queries.jsonl") if one["split"] == "test" and one["id"] is not None
    ]


def _samples(entries: Sequence[Entry], model: EmbeddingModel | None) -> Iterator[Sample]:
    """Left-out questions, questions of left-out entries, and requests that have nothing to do with any."""
    for part in range(PARTS):
        index = Index.build(
            [
                Entry(
                    e.id, e.title, [q for n, q in enumerate(e.questions) if (row + n) % PARTS != part], e.body
                )
                for row, e in enumerate(entries)
            ],
            model=model,
            cache_dir=_cache(),
        )
        for row, e in enumerate(entries):
            for text in (q for n, q in enumerate(e.questions) if (row + n) % PARTS == part):
                yield _sample(index, e.id, text)
        fewer = Index.build(
            [e for row, e in enumerate(entries) if row % PARTS != part], model=model, cache_dir=_cache()
        )
        for text in (q for e in entries[part::PARTS] for q in e.questions):
            yield _sample(fewer, None, text)
        for text in generic_requests()[part::PARTS]:
            yield _sample(fewer, None, text, 0.5)


def _sample(index: Index, wanted: str | None, text: str, counts: float = 1.0) -> Sample:
    evidence = index.evidence(text)
    order = ranked(evidence.fused, np.arange(len(index.entries)))
    return Sample(
        index.standing(evidence, order),
        index.belonging(evidence),
        wanted is not None,
        index.entries[int(order[0])].id == wanted,
        counts,
    )


def calibrate(sets: Sequence[Path], model: EmbeddingModel | None) -> tuple[Chances, Limits]:
    """The chances that the first hit is right and that a question is in scope, over the sets' own examples.

    The limits are the lowest that keep to what is wanted on the same examples.
    """
    samples = [
        sample
        for folder in sets
        for sample in _samples(entries_of(_lines(folder / "articles.jsonl"), 10), model)
    ]
    counts = [one.counts for one in samples]
    chances = Chances(
        right=fit([one.standing for one in samples], [one.right for one in samples], counts),
        scope=fit([one.belonging for one in samples], [one.inside for one in samples], counts),
    )
    inside, outside = ([one for one in samples if one.inside is where] for where in (True, False))
    wrong = [_sureness(chances, one) for one in inside if not one.right]
    sure = max(
        lowest(wrong, _WRONG_AS_SURE * len(inside)),
        lowest([_sureness(chances, one) for one in outside], _OUTSIDE_AS_SURE * len(outside)),
    )
    scoped = [chances.scope.chance(one.belonging) for one in outside]
    return chances, Limits(sure, lowest(scoped, (1 - _OUTSIDE_REFUSED) * len(outside)))


def _sureness(chances: Chances, one: Sample) -> float:
    return chances.right.chance(one.standing) * chances.scope.chance(one.belonging)


def _write(found: Mapping[str, tuple[Chances, Limits]], sets: Sequence[Path]) -> None:
    written = (
        (
            Path(str(resources.files("knowledge").joinpath("data/search.yaml"))),
            "The chances that the first hit of any index is right, and that a question is about any entry of it at all.",
            {name: asdict(chances) for name, (chances, _) in found.items()},
        ),
        (
            _LIMITS,
            "From which chance on an index of any entries answers, and from which it shows the likeliest.",
            {name: asdict(limits) for name, (_, limits) in found.items()},
        ),
    )
    for file, what, held in written:
        file.write_text(
            f"# {what}\n# Written by `benchmarks/retrieval.py calibrate`\n"
            f"# over the example questions of: {', '.join(folder.name for folder in sets)}.\n"
            + yaml.safe_dump(_rounded(held), sort_keys=False),
            encoding="utf-8",
        )


def _rounded(held: Any) -> Any:
    if isinstance(held, dict):
        return {name: _rounded(value) for name, value in held.items()}
    return round(held, 4)


def measure(folder: Path, examples: int, model: EmbeddingModel | None) -> dict[str, float]:
    """Right first, right among three, mean reciprocal rank and time, over the test queries in scope."""
    index = Index.build(
        entries_of(_lines(folder / "articles.jsonl"), examples), model=model, cache_dir=_cache()
    )
    queries = _test_queries(folder)
    ranks, times = [], []
    for one in queries:
        start = time.perf_counter()
        found = [hit.id for hit in index.search(one["q"])]
        times.append(time.perf_counter() - start)
        ranks.append(found.index(one["id"]) + 1 if one["id"] in found else 0)
    return {
        "queries": len(queries),
        "top1": sum(rank == 1 for rank in ranks) / len(ranks),
        "top3": sum(0 < rank <= 3 for rank in ranks) / len(ranks),
        "mrr10": sum(1 / rank for rank in ranks if rank) / len(ranks),
        "p50_ms": 1e3 * float(np.percentile(times, 50)),
        "p99_ms": 1e3 * float(np.percentile(times, 99)),
    }


def mistakes(folder: Path, examples: int, model: EmbeddingModel | None) -> list[tuple[float, str, str, str]]:
    """The test queries in scope whose right entry is not first, surest first: score, query, right title, found title."""
    entries = entries_of(_lines(folder / "articles.jsonl"), examples)
    index = Index.build(entries, model=model, cache_dir=_cache())
    titles = {one.id: one.title for one in entries}
    found = [
        (hits[0].score, one["q"], titles[one["id"]], titles[hits[0].id])
        for one in _test_queries(folder)
        if (hits := index.search(one["q"], 1)) and hits[0].id != one["id"]
    ]
    return sorted(found, reverse=True)


def main() -> None:
    """Run one of them from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("calibrate", "measure", "mistakes"))
    parser.add_argument("--data", required=True)
    parser.add_argument("--examples", default="10")
    parser.add_argument("--model")
    options = parser.parse_args()
    sets = [Path(name) for name in options.data.split(",")]
    if options.what == "calibrate":
        _write(
            {"with_model": calibrate(sets, _model(options.model)), "without_model": calibrate(sets, None)},
            sets,
        )
        return
    for folder in sets:
        for examples in map(int, options.examples.split(",")):
            if options.what == "mistakes":
                for score, query, right, first in mistakes(folder, examples, _model(options.model))[:_WORST]:
                    print(f"{score:.2f}  {query!r}: {right!r}, not {first!r}")
                continue
            figures = measure(folder, examples, _model(options.model))
            print(
                folder.name,
                examples,
                " ".join(f"{name}={value:.3f}" for name, value in figures.items()),
                flush=True,
            )


if __name__ == "__main__":
    main()
