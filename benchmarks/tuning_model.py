"""The model of `knowledge.search.model` in torch, with changes of its weights that can be learned.

torch is no part of the lock files: whoever learns anew installs it in an environment of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.search.graph import Graph
from knowledge.search.model import DIMENSIONS, tokenizer
from knowledge.search.operators import HEADS
from knowledge.search.postings import FloatArray

RANK = 8
_LAYERS = range(6)
_EPSILON = 1e-12
_ENCODER = "inner.encoder.layer"
_LINEAR = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


class TunedModel:
    """The model's fixed weights, and two thin matrices for each linear part whose product is added to its weights."""

    def __init__(self, file: Path, seed: int) -> None:
        """From the model's file with its weights folded back to floats."""
        self.torch: Any = import_module("torch")
        self.torch.manual_seed(seed)
        self._function: Any = self.torch.nn.functional
        graph = Graph(file)
        self._fixed = {name: self._tensor(graph.value(name)) for name in graph.names("inner.")}
        self._linear = {
            name: self._tensor(graph.weights(f"{name}.bias"))
            for name in (f"{_ENCODER}.{layer}.{part}" for layer in _LAYERS for part in _LINEAR)
        }
        self._down = {name: self._thin(len(weights), RANK) for name, weights in self._linear.items()}
        self._up = {name: self._none(RANK, weights.shape[1]) for name, weights in self._linear.items()}
        self._tokenizer = tokenizer()

    @property
    def learned(self) -> list[Any]:
        """The tensors to be learned."""
        return [*self._down.values(), *self._up.values()]

    def changes(self) -> dict[str, Any]:
        """What was learned, under the names that `knowledge.search.tuning` reads."""
        return {
            f"{name}.bias.{which}": thin[name].detach().numpy().astype(np.float16)
            for which, thin in (("down", self._down), ("up", self._up))
            for name in self._linear
        }

    def vectors(self, texts: Sequence[str]) -> Any:
        """One unit vector a text, as a tensor through which the learned parts get their slopes."""
        read = [self._tokenizer.encode(text).ids for text in texts]
        ids = self.torch.zeros(len(read), max(map(len, read)), dtype=self.torch.long)
        for row, pieces in enumerate(read):
            ids[row, : len(pieces)] = self.torch.tensor(pieces)
        lengths = self.torch.tensor([len(pieces) for pieces in read])
        there = self.torch.arange(ids.shape[1])[None] < lengths[:, None]
        states = self._embedded(ids)
        for layer in _LAYERS:
            states = self._layer(f"{_ENCODER}.{layer}", states, there[:, None, None])
        means = (states * there[..., None]).sum(1) / lengths[:, None]
        return self._function.normalize(means, dim=1)

    def _embedded(self, ids: Any) -> Any:
        words, places, kinds = (
            self._fixed[f"inner.embeddings.{kind}_embeddings.weight"]
            for kind in ("word", "position", "token_type")
        )
        return self._normal("inner.embeddings", words[ids] + places[: ids.shape[1]] + kinds[0])

    def _layer(self, name: str, states: Any, there: Any) -> Any:
        count, length, _ = states.shape
        asked, held, told = (
            self._product(f"{name}.attention.self.{part}", states)
            .view(count, length, HEADS, DIMENSIONS // HEADS)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        seen = self._function.scaled_dot_product_attention(asked, held, told, attn_mask=there)
        seen = seen.transpose(1, 2).reshape(count, length, DIMENSIONS)
        states = self._normal(
            f"{name}.attention.output", states + self._product(f"{name}.attention.output.dense", seen)
        )
        inner = self._function.gelu(self._product(f"{name}.intermediate.dense", states))
        return self._normal(f"{name}.output", states + self._product(f"{name}.output.dense", inner))

    def _product(self, name: str, states: Any) -> Any:
        fixed = states @ self._linear[name] + self._fixed[f"{name}.bias"]
        return fixed + states @ self._down[name] @ self._up[name]

    def _normal(self, name: str, states: Any) -> Any:
        weight, bias = (self._fixed[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return self._function.layer_norm(states, (DIMENSIONS,), weight, bias, eps=_EPSILON)

    def _thin(self, rows: int, columns: int) -> Any:
        return (self.torch.randn(rows, columns) * rows**-0.5).requires_grad_()

    def _none(self, rows: int, columns: int) -> Any:
        return self.torch.zeros(rows, columns, requires_grad=True)

    def _tensor(self, value: FloatArray) -> Any:
        return self.torch.tensor(np.array(value))
