"""Vectors of texts, kept on disk so that only texts never seen before are encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.search import disk
from knowledge.search.model import DIMENSIONS, EmbeddingModel
from knowledge.search.postings import FloatArray

_KEY_BYTES = 16
# Vectors of texts since changed stay until they outnumber those in use by this much.
_KEPT_SHARE = 4


class VectorStore:
    """Vectors by the hash of their text, for one model; `folder` None keeps them in memory only."""

    def __init__(self, model: EmbeddingModel, folder: Path | None) -> None:
        self._model = model
        self._folder, self._name = folder, f"vectors-{model.identity[:16]}"
        self._keys, self._vectors = self._read()
        self._rows = {bytes(key): row for row, key in enumerate(self._keys)}
        self._used: set[bytes] = set()
        self._added = False

    def of(self, texts: Sequence[str]) -> FloatArray:
        """One unit vector a text, in the same order."""
        keys = [_key(text) for text in texts]
        self._used.update(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
        if missing:
            self._add(list(missing), self._model.encode(list(missing.values())))
        if not keys:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        return self._vectors[[self._rows[key] for key in keys]]

    def mark(self, texts: Sequence[str]) -> bytes:
        """What these texts and this model have and no others do; the texts count as in use."""
        keys = [_key(text) for text in texts]
        self._used.update(keys)
        return hashlib.blake2b(self._model.identity.encode() + b"".join(keys), digest_size=16).digest()

    def save(self) -> None:
        """Keep the vectors for the next start; does nothing where nothing was added."""
        if not self._added:
            return
        keep = np.arange(len(self._keys))
        if len(self._keys) > _KEPT_SHARE * max(len(self._used), 1):
            keep = np.asarray([row for key, row in self._rows.items() if key in self._used], dtype=np.int64)
        disk.write(self._folder, self._name, {"keys": self._keys[keep], "vectors": self._vectors[keep]})
        self._added = False

    def _add(self, keys: list[bytes], vectors: FloatArray) -> None:
        self._added = True
        start = len(self._keys)
        rows = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY_BYTES)
        self._keys = np.concatenate([self._keys, rows])
        self._vectors = np.concatenate([self._vectors, vectors])
        self._rows.update((key, start + place) for place, key in enumerate(keys))

    def _read(self) -> tuple[npt.NDArray[np.uint8], FloatArray]:
        kept = disk.read(self._folder, self._name) or {}
        keys, vectors = kept.get("keys"), kept.get("vectors")
        if keys is None or vectors is None or vectors.shape != (len(keys), DIMENSIONS):
            return np.zeros((0, _KEY_BYTES), np.uint8), np.zeros((0, DIMENSIONS), np.float32)
        return keys.astype(np.uint8), vectors.astype(np.float32)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=_KEY_BYTES).digest()
