"""The embedding model is checked before it is used, and its absence is told plainly."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from knowledge.search.model import PACKAGE_SHA256, EmbeddingModel, ModelUnavailable, package_file
from knowledge.search.quantise import quantise


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    return EmbeddingModel.load()


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


def test_the_integer_build_says_the_same(model: EmbeddingModel, tmp_path: Path) -> None:
    texts = [
        "the supplier went bankrupt",
        "who signs off a change to the contract?",
        "KPI",
        "a long line " * 60,
    ]
    quick = quantise(tmp_path / "quick.onnx")
    for before, after in zip(model.encode(texts), quick.encode(texts), strict=True):
        assert before @ after > 0.97
    assert (tmp_path / "quick.onnx").stat().st_size < 24e6


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read") as caught:
        EmbeddingModel.load(tmp_path / "nowhere.onnx")
    assert "nowhere.onnx" in caught.value.reason


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(b"not a model")
    with pytest.raises(ModelUnavailable, match="not a model that can be run"):
        EmbeddingModel.load(file)
