"""What the model's changes are learned from is read so that what belongs together stays together."""

from __future__ import annotations

import json
import random
from pathlib import Path

from benchmarks.tuning import (
    PASSAGE_WORDS,
    PASSAGES_A_BATCH,
    QUESTIONS_A_BATCH,
    QUESTIONS_AN_INTENT,
    Intents,
    Passages,
    sources,
)

DATA = Path(__file__).parents[2] / "benchmarks/data"


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


def test_some_questions_are_learned_with_a_slip() -> None:
    labelled = [
        ("shop", label, f"when will the {label} {n} arrive") for label in "abcdefghijkl" for n in range(4)
    ]
    texts = Intents(labelled).batch(_dice()).texts
    plain = {text for _, _, text in labelled}
    assert 0 < sum(text not in plain for text in texts) < len(texts) / 2


def test_what_is_learned_is_none_of_what_is_asked_to_measure_with() -> None:
    learned = set()
    for file in (DATA / "tuning").glob("*.tsv"):
        for line in file.read_text(encoding="utf-8").splitlines():
            family, label, text = line.split("\t")
            assert all((family, label, text.strip()))
            learned.add(_bare(text))
    assert len(learned) > 10_000
    asked = {
        _bare(text)
        for file in DATA.glob("questions-*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
        for text in json.loads(line).values()
        if isinstance(text, str)
    }
    assert len(asked) > 1_000
    assert not asked & learned


def test_every_source_is_read_from_its_folder(tmp_path: Path) -> None:
    for place in ("UK", "CDC"):
        for part in ("train", "valid", "test"):
            _write(tmp_path / place / f"{part}.json", _answered(40))
    intents, *_, passages = sources(tmp_path)
    assert len(intents.batch(_dice()).texts) == QUESTIONS_A_BATCH
    assert len(passages.batch(_dice()).texts) == 2 * PASSAGES_A_BATCH


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


def _bare(text: str) -> str:
    return text.strip().casefold().rstrip("?.!")


def _dice() -> random.Random:
    return random.Random(1)  # noqa: S311  # batches, no secret
