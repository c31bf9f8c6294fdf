"""What the model's changes are learned from is read so that what belongs together stays together."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from benchmarks.tuning import PASSAGE_WORDS, QUESTIONS_AN_INTENT, Intents, Passages, sources


def test_a_batch_has_questions_for_each_of_some_intents() -> None:
    intents = Intents(
        [(subject, label, f"{label} {n}") for subject, label in (("a", "x"), ("a", "y")) for n in range(6)]
        + [("a", "rare", "asked once")]
    )
    batch = intents.batch(_dice())
    assert len(batch.texts) == 2 * QUESTIONS_AN_INTENT
    labels: dict[int, set[str]] = {}
    for text, owner in zip(batch.texts, batch.owners, strict=True):
        labels.setdefault(owner, set()).add(text.split()[0])
    assert sorted(map(tuple, labels.values())) == [("x",), ("y",)], "what is asked too seldom is left out"


def test_each_question_stands_with_the_passage_that_answers_it(tmp_path: Path) -> None:
    file = tmp_path / "train.json"
    file.write_text(json.dumps(_answered(40)), encoding="utf-8")
    batch = Passages([("here", file)]).batch(_dice())
    half = len(batch.texts) // 2
    assert batch.owners[:half] == batch.owners[half:]
    for question, passage in zip(batch.texts[:half], batch.texts[half:], strict=True):
        assert passage.startswith(f"Page. Part. about {question.removeprefix('what of ')} ")
        assert len(passage.split()) == PASSAGE_WORDS + 2


def test_every_source_is_read_from_its_folder(tmp_path: Path) -> None:
    _write(tmp_path / "clinc150" / "domains.json", {"bank": ["pay"]})
    asked = [[f"pay {n}", "pay"] for n in range(4)]
    _write(tmp_path / "clinc150" / "data_full.json", {"train": asked, "val": [], "test": []})
    for part in ("train", "valid", "test"):
        folder = tmp_path / "hwu64" / part
        folder.mkdir(parents=True)
        (folder / "seq.in").write_text("one\ntwo\n", encoding="utf-8")
        (folder / "label").write_text("alarm_set\nalarm_set\n", encoding="utf-8")
        for place in ("UK", "CDC"):
            _write(tmp_path / "feedbackqa" / place / f"{part}.json", _answered(40))
    clinc, hwu, passages, again = sources(tmp_path)
    assert set(clinc.batch(_dice()).texts) == {text for text, _ in asked}
    assert set(hwu.batch(_dice()).texts) <= {"one", "two"}
    assert passages is again
    (tmp_path / "hwu64" / "test" / "label").write_text("alarm_set\n", encoding="utf-8")
    with pytest.raises(ValueError, match="shorter"):
        sources(tmp_path)


def _answered(count: int) -> dict[str, object]:
    return {
        "examples": [{"question": f"what of {n}", "passage_id": n} for n in range(count)],
        "passages": [
            {
                "passage_id": n,
                "reference": {
                    "page_title": "Page",
                    "section_headers": ["Whole", "Part"],
                    "section_content": f"about {n} " + "word " * 2 * PASSAGE_WORDS,
                },
            }
            for n in range(count)
        ],
    }


def _write(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")


def _dice() -> random.Random:
    return random.Random(1)  # noqa: S311  # batches, no secret
