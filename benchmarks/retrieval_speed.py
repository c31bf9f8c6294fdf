"""Time and memory of the search over made-up entries: building cold and warm, answering, and one entry changed.

    python benchmarks/retrieval_speed.py [--entries 200,1000,2000] [--model FILE|none]

Each size is built in a process of its own, and read again, asked and changed in another. The times are of the
processor, all cores together: the clock's would tell what else the machine is doing. The entries have a title, eight
questions and a body of 150 English words with the usual uneven spread, from a fixed seed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from knowledge.search import Entry, Index
from knowledge.search.model import EmbeddingModel, vocabulary

_QUESTIONS = 200
_CHANGES = 5


class _Writer:
    """Writes text of made-up words, the same at each run."""

    def __init__(self) -> None:
        self._dice = random.Random(1)  # noqa: S311 - made-up text
        self._words = [word for word in vocabulary() if word.isalpha() and word.isascii() and len(word) > 2]
        self._dice.shuffle(self._words)
        self._weights = np.cumsum(1 / (np.arange(len(self._words)) + 5)).tolist()

    def text(self, length: int) -> str:
        return " ".join(self._dice.choices(self._words, cum_weights=self._weights, k=length))


def made_up(count: int, questions: int = 8, body: int = 150) -> tuple[list[Entry], list[str]]:
    """So many entries, and questions to ask of them."""
    writer = _Writer()
    entries = [
        Entry(
            str(number),
            writer.text(5),
            [writer.text(8) for _ in range(questions)],
            "\n\n".join(f"## {writer.text(3)}\n\n{writer.text(body // 3)}." for _ in range(3))
            if body
            else "",
        )
        for number in range(count)
    ]
    return entries, [writer.text(8) for _ in range(_QUESTIONS)]


def built_cold(count: int, named: str | None, shape: tuple[int, int], folder: Path) -> str:
    """What it takes where nothing is kept yet."""
    entries, _ = made_up(count, *shape)
    cold, _ = _timed(entries, _model(named), folder)
    return f"{count:7d} entries: cold {cold:.1f} s, peak {_peak():.0f} MB"


def started_warm(count: int, named: str | None, shape: tuple[int, int], folder: Path) -> str:
    """What a start takes after that, how long a question takes then, and one entry changed."""
    entries, questions = made_up(count, *shape)
    model = _model(named)
    warm, index = _timed(entries, model, folder)
    times = _asked(index.search, questions)
    floor = float(np.median(_asked(lambda text: model.encode([text]), questions))) if model else 0.0
    resident, peak = _resident(), _peak()
    times_changed = [_changed(index, entries, row) for row in range(_CHANGES)]
    at_once = f"{np.median(times_changed):.2f} s" if all(times_changed) else "not taken up"
    entries[0] = _other(entries[0])
    anew, _ = _timed(entries, model, folder)
    return (
        f"  warm {warm:.2f} s, p50 {np.percentile(times, 50):.2f} ms, p99 {np.percentile(times, 99):.2f} ms "
        f"(the vector alone {floor:.2f} ms), "
        f"now {resident:.0f} MB, peak {peak:.0f} MB; one changed {at_once}, all built anew {anew:.2f} s"
    )


def _changed(index: Index, entries: list[Entry], row: int) -> float:
    """The seconds it takes to take up that an entry is another; 0 where the index has to be built."""
    now = [_other(entry) if place == row else entry for place, entry in enumerate(entries)]
    start = time.process_time()
    changed = index.changed(now)
    return time.process_time() - start if changed is not None else 0.0


def _other(entry: Entry) -> Entry:
    return replace(entry, title=f"{entry.title} a title that was never there before")


def _asked(answer: Callable[[str], object], questions: list[str]) -> list[float]:
    """The milliseconds that each question takes."""
    answer(questions[0])
    times = []
    for text in questions:
        start = time.process_time()
        answer(text)
        times.append(1e3 * (time.process_time() - start))
    return times


def _model(named: str | None) -> EmbeddingModel | None:
    return None if named == "none" else EmbeddingModel.load(Path(named) if named else None)


def _timed(entries: list[Entry], model: EmbeddingModel | None, cache: Path) -> tuple[float, Index]:
    start = time.process_time()
    index = Index.build(entries, model=model, cache_dir=cache)
    return time.process_time() - start, index


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure each size asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", default="200,1000")
    parser.add_argument("--shape", default="8,150", help="questions an entry and words a body")
    parser.add_argument("--model", help="a model file, or none")
    options = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    questions, body = (int(part) for part in options.shape.split(","))
    for count in map(int, options.entries.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            for measure in (built_cold, started_warm):
                # A process each: what was built cold leaves its memory in pieces.
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    asked = (count, options.model, (questions, body), Path(folder))
                    print(pool.apply(measure, asked), flush=True)


if __name__ == "__main__":
    main()
