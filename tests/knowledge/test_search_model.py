"""The embedding model is checked before it is used, and its absence is told plainly."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from knowledge.search.model import PACKAGE_SHA256, EmbeddingModel, ModelUnavailable, package_file
from knowledge.search.quantise import quantise

ANSWERED_BY = {
    "can we take money off when they miss a target": "Deductions. The contract says which service credits follow "
    "a missed KPI and how they are set off against the invoice.",
    "the firm was bought by another one": "Change of control. When ownership of the supplier passes to a new "
    "company, check the clause on assignment and novation.",
    "who turns up to the monthly meeting": "Governance. The operational board has the contract manager, the "
    "supplier's account manager and the service lead.",
    "do the cleaners have to be paid the living wage": "Social value. A supplier's commitments on pay and local "
    "jobs are part of the award and are checked each quarter.",
    "how long do we keep the paperwork after it ends": "Closing a contract. Records are held for six years from "
    "the end, twelve where the contract is a deed.",
    "they want to put the price up": "Indexation. Prices may change once a year by the index that the contract "
    "names, on written notice.",
}
"""Questions that share hardly a word with the passages that answer them."""


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    return EmbeddingModel.load()


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> EmbeddingModel:
    return quantise(tmp_path_factory.mktemp("model") / "quick.onnx")


def test_vectors_have_length_one_and_keep_their_order(model: EmbeddingModel) -> None:
    texts = ["a long line about nothing in particular " * 20, "short", "", "medium sized text"]
    vectors = model.encode(texts)
    assert vectors.shape == (4, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = model.encode(["short"])[0]
    assert float(vectors[1] @ alone) > 0.999


def test_like_meanings_are_near(model: EmbeddingModel) -> None:
    supplier, vendor, cake = model.encode(
        ["the supplier went bankrupt", "our vendor is insolvent", "bake a sponge cake"]
    )
    assert supplier @ vendor > supplier @ cake + 0.3


def test_nothing_to_encode(model: EmbeddingModel) -> None:
    assert model.encode([]).shape == (0, 384)


def test_a_file_given_by_its_path_is_used(tmp_path: Path) -> None:
    file = tmp_path / "own.onnx"
    shutil.copy(package_file(), file)
    assert EmbeddingModel.load(file).identity == PACKAGE_SHA256


def test_the_integer_build_says_much_the_same(model: EmbeddingModel, quick: EmbeddingModel) -> None:
    texts = [
        "the supplier went bankrupt",
        "who signs off a change to the contract?",
        "KPI",
        "a long line " * 60,
    ]
    before, after = model.encode(texts), quick.encode(texts)
    cosines = before @ after.T
    assert (np.diag(cosines) > 0.75).all(), "it was tuned, and not made another"
    assert (cosines.argmax(axis=1) == np.arange(len(texts))).all()


def test_the_integer_build_is_small_and_the_same_each_time(quick: EmbeddingModel, tmp_path: Path) -> None:
    again = quantise(tmp_path / "again.onnx")
    assert again.identity == quick.identity
    assert (tmp_path / "again.onnx").stat().st_size < 24e6


def test_what_was_learned_brings_questions_nearer_to_what_answers_them(
    model: EmbeddingModel, quick: EmbeddingModel
) -> None:
    def passage_found(by: EmbeddingModel) -> list[int]:
        cosines = by.encode(list(ANSWERED_BY)) @ by.encode(list(ANSWERED_BY.values())).T
        return [int(row) for row in cosines.argmax(axis=1)]

    right = list(range(len(ANSWERED_BY)))
    assert passage_found(quick) == right
    assert passage_found(model) != right, "the questions are easy: without what was learned they do as well"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read") as caught:
        EmbeddingModel.load(tmp_path / "nowhere.onnx")
    assert "nowhere.onnx" in caught.value.reason


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(b"not a model")
    with pytest.raises(ModelUnavailable, match="not a model that can be run"):
        EmbeddingModel.load(file)
