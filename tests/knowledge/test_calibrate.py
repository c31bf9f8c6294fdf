"""The calibration can be repeated on any shelf, and what it writes can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.answer import Answerer, Verdict
from knowledge.calibrate import calibrate, generic_requests, load_wanted, write
from knowledge.judgement import Judgement, load_judgement
from knowledge.library import Library
from knowledge.search.logistic import fit

FEW = 12


@pytest.fixture(scope="module")
def judged() -> Judgement:
    return calibrate(list(Library.load())[:FEW], model=None)


def test_the_limits_keep_within_their_bounds(judged: Judgement) -> None:
    wanted = load_wanted(with_model=False)
    assert wanted.sure[0] <= judged.limits.sure <= wanted.sure[1]
    assert wanted.choose[0] <= judged.limits.choose <= wanted.choose[1]
    assert wanted.skill[0] <= judged.limits.skill <= wanted.skill[1]


def test_what_is_written_is_read_again(judged: Judgement, tmp_path: Path) -> None:
    file = tmp_path / "calibration.yaml"
    write(file, with_model=load_judgement(with_model=True), without_model=judged)
    read = load_judgement(with_model=False, path=file)
    assert read.to_data() == judged.to_data()


def test_an_answerer_takes_a_judgement_of_its_own(judged: Judgement) -> None:
    answerer = Answerer.build(list(Library.load())[:FEW], model=None, judgement=judged)
    refused = [answerer.answer(text).verdict is not Verdict.ANSWER for text in generic_requests()]
    assert sum(refused) / len(refused) > 0.97


def test_chances_follow_the_outcomes() -> None:
    rows = [{"size": float(size)} for size in range(-10, 11)]
    model = fit(rows, [row["size"] > 0 for row in rows])
    assert model.chance({"size": 8}) > 0.9
    assert model.chance({"size": -8}) < 0.1
    assert 0.3 < model.chance({"size": 0.5}) < 0.7
