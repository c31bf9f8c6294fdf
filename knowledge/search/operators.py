"""Puts each layer's attention and activation into one operator of the runtime each, which is faster than their parts.

At set-up time only: it needs the `onnx` package, and the names that the packaged model gives its weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

_LAYER = "inner.encoder.layer.{}.attention"
_HEADS = 12
_MASK = "attention_mask_as_int32"
_DOMAIN = "com.microsoft"


def join_operators(source: Path, target: Path) -> None:
    """Write the model at `source` to `target` with the runtime's own Attention and Gelu operators, one a layer each."""
    onnx = import_module("onnx")  # not there at run time
    model = onnx.load(str(source))
    graph = _Graph(onnx, model.graph)
    for layer in count():
        if not graph.has(f"{_LAYER.format(layer)}.self.query.bias"):
            break
        graph.join_attention(_LAYER.format(layer))
    graph.join_activations()
    graph.finish()
    model.opset_import.append(onnx.helper.make_opsetid(_DOMAIN, 1))
    onnx.save(model, str(target))


class _Graph:
    """A model's graph while it is rewritten."""

    def __init__(self, onnx: Any, graph: Any) -> None:
        self._onnx, self._graph = onnx, graph
        self._values = {one.name: one for one in graph.initializer}
        self._made_by = {name: node for node in graph.node for name in node.output}
        cast = onnx.helper.make_node("Cast", ["attention_mask"], [_MASK], to=onnx.TensorProto.INT32)
        graph.node.insert(0, cast)

    def has(self, name: str) -> bool:
        return name in self._values

    def join_attention(self, layer: str) -> None:
        """Put one operator before the layer's last product, in place of all that led from the three before it."""
        parts = [self._product(f"{layer}.self.{part}.bias") for part in ("query", "key", "value")]
        weights = np.concatenate([self._value(product.input[1]) for product in parts], axis=1)
        biases = np.concatenate(
            [self._value(f"{layer}.self.{part}.bias") for part in ("query", "key", "value")]
        )
        last = self._product(f"{layer}.output.dense.bias")
        names = [f"{layer}.joined.{what}" for what in ("weight", "bias", "output")]
        self._graph.initializer.extend(
            self._onnx.numpy_helper.from_array(value, name)
            for value, name in zip((weights, biases), names, strict=False)
        )
        joined = self._onnx.helper.make_node(
            "Attention",
            [parts[0].input[0], *names[:2], _MASK],
            names[2:],
            domain=_DOMAIN,
            num_heads=_HEADS,
        )
        self._graph.node.insert(list(self._graph.node).index(last), joined)
        last.input[0] = names[2]

    def join_activations(self) -> None:
        """Put one operator in place of the last product of each x * (1 + erf(x / sqrt 2)) / 2."""
        for erf in [node for node in self._graph.node if node.op_type == "Erf"]:
            value = self._made_by[erf.input[0]].input[0]
            last = erf
            while value not in last.input:
                last = self._reading(last.output[0])
            joined = self._onnx.helper.make_node("Gelu", [value], list(last.output), domain=_DOMAIN)
            self._graph.node.insert(list(self._graph.node).index(last), joined)
            self._graph.node.remove(last)

    def finish(self) -> None:
        """Leave out what leads nowhere any more."""
        wanted = {one.name for one in self._graph.output}
        kept = []
        for node in reversed(self._graph.node):
            if wanted.intersection(node.output):
                kept.append(node)
                wanted.update(node.input)
        self._replace(self._graph.node, reversed(kept))
        self._replace(self._graph.initializer, [one for one in self._graph.initializer if one.name in wanted])
        del self._graph.value_info[:]

    def _product(self, bias: str) -> Any:
        """The matrix product to which a bias is added."""
        added = self._reading(bias)
        return self._made_by[next(name for name in added.input if name != bias)]

    def _reading(self, name: str) -> Any:
        """The operator that a value goes into."""
        return next(node for node in self._graph.node if name in node.input)

    def _value(self, name: str) -> Any:
        return self._onnx.numpy_helper.to_array(self._values[name])

    @staticmethod
    def _replace(held: Any, by: Iterator[Any] | list[Any]) -> None:
        found = list(by)
        del held[:]
        held.extend(found)
