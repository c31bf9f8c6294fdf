"""The classifier of what a message's wording says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from knowledge.search.wording import Wording, WordingTraining

HOW = WordingTraining(words=2.0, rate=10.0, rounds=20)
TEXTS = (
    "show my actions", "show the contracts", "list my late actions", "show me every review",
    "what is an exit plan", "what is a lot", "why do we keep a risk register", "what is a risk register",
)  # fmt: skip
LABELS = ("do", "do", "do", "do", "tell", "tell", "tell", "tell")
_ASK = """
import sys
from pathlib import Path
from tests.knowledge.test_wording import learned
print(list(learned(Path(sys.argv[1])).of("show the risk register", None)))
"""


def learned(folder: Path | None = None) -> Wording:
    return Wording(TEXTS, None, LABELS, HOW, folder)


def test_wording_outweighs_what_a_message_is_about() -> None:
    do, tell = learned().of("show the risk register", None)
    assert do > tell
    do, tell = learned().of("what is a late action", None)
    assert tell > do


def test_the_chances_add_up_to_one_whatever_is_said() -> None:
    for text in ("", "!!", "zebra", "show my actions " * 500):
        assert np.isclose(np.exp(learned().of(text, None)).sum(), 1)


def test_vectors_count_where_there_are_any() -> None:
    vectors = np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 1, 1, 1, 1]]
    wording = Wording(TEXTS, vectors, LABELS, HOW)
    do, tell = wording.of("zebra", np.asarray([0, 1], dtype=np.float32))
    assert tell > do


def test_what_was_learned_is_read_again_by_another_process(tmp_path: Path) -> None:
    answers = {
        subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", _ASK, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert len(list(tmp_path.glob("wording-*.npz"))) == 1


def test_a_broken_file_is_learned_again(tmp_path: Path) -> None:
    before = learned(tmp_path).of("show it", None)
    (file,) = tmp_path.glob("wording-*.npz")
    file.write_bytes(b"cut short")
    assert np.array_equal(learned(tmp_path).of("show it", None), before)
