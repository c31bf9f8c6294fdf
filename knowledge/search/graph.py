"""The graph in the packaged model's file, by the names that it gives its weights; at set-up time only, with `onnx`."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from knowledge.search.postings import FloatArray

_RUNTIME = "com.microsoft"


class Graph:
    """A model's operators and weights, to be read and rewritten."""

    def __init__(self, file: Path) -> None:
        self._onnx = import_module("onnx")  # not there at run time
        self._model = self._onnx.load(str(file))
        self._graph = self._model.graph
        self._values = {one.name: one for one in self._graph.initializer}
        self._made_by = {name: node for node in self._graph.node for name in node.output}

    def has(self, name: str) -> bool:
        """Whether the model has such a weight."""
        return name in self._values

    def names(self, start: str) -> list[str]:
        """The names of the weights that start so."""
        return [name for name in self._values if name.startswith(start)]

    def value(self, name: str) -> FloatArray:
        """A weight by its name."""
        value: FloatArray = self._onnx.numpy_helper.to_array(self._values[name])
        return value

    def weights(self, bias: str) -> FloatArray:
        """What a linear part multiplies by, of which the bias is named: nothing else is, in that file."""
        return self.value(self.product(bias).input[1])

    def change(self, bias: str, change: FloatArray) -> None:
        """Add to the weights of the linear part whose bias is named."""
        name = self.product(bias).input[1]
        changed = (self.value(name) + change).astype(change.dtype)
        self._values[name].CopyFrom(self._onnx.numpy_helper.from_array(changed, name))

    def product(self, bias: str) -> Any:
        """The matrix product to which a bias is added."""
        added = self.reading(bias)
        return self._made_by[next(name for name in added.input if name != bias)]

    def made(self, name: str) -> Any:
        """The operator that a value comes from."""
        return self._made_by[name]

    def reading(self, name: str) -> Any:
        """The operator that a value goes into."""
        return next(node for node in self._graph.node if name in node.input)

    def of_type(self, kind: str) -> list[Any]:
        """Every operator of a kind."""
        return [node for node in self._graph.node if node.op_type == kind]

    def add(self, name: str, value: FloatArray) -> None:
        """A new weight."""
        self._graph.initializer.append(self._onnx.numpy_helper.from_array(value, name))

    def insert(
        self,
        kind: str,
        takes: list[str],
        gives: list[str],
        *,
        before: Any = None,
        ours: bool = False,
        **how: object,
    ) -> None:
        """A new operator `before` another, or before all; `ours` is one of the runtime's own."""
        node = self._onnx.helper.make_node(kind, takes, gives, domain=_RUNTIME if ours else None, **how)
        self._graph.node.insert(0 if before is None else list(self._graph.node).index(before), node)

    def remove(self, node: Any) -> None:
        """Take an operator out."""
        self._graph.node.remove(node)

    def save(self, file: Path) -> None:
        """Write the model without what leads nowhere any more."""
        wanted = {one.name for one in self._graph.output}
        kept = []
        for node in reversed(self._graph.node):
            if wanted.intersection(node.output):
                kept.append(node)
                wanted.update(node.input)
        _replace(self._graph.node, reversed(kept))
        _replace(self._graph.initializer, [one for one in self._graph.initializer if one.name in wanted])
        del self._graph.value_info[:]
        self._model.opset_import.append(self._onnx.helper.make_opsetid(_RUNTIME, 1))
        self._onnx.save(self._model, str(file))


def _replace(held: Any, by: Iterable[Any]) -> None:
    found = list(by)
    del held[:]
    held.extend(found)
