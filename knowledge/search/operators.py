"""Puts each layer's attention and activation into one operator of the runtime each, which is faster than their parts.

At set-up time only, and for the packaged model: it goes by the names of its weights.
"""

from __future__ import annotations

from itertools import count

import numpy as np

from knowledge.search.graph import Graph

_LAYER = "inner.encoder.layer.{}.attention"
HEADS = 12
_MASK = "attention_mask_as_int32"
_INT32 = 6  # `onnx.TensorProto.INT32`


def join_operators(graph: Graph) -> None:
    """Have the runtime's own Attention and Gelu operators in the graph, one a layer each."""
    graph.insert("Cast", ["attention_mask"], [_MASK], to=_INT32)
    for layer in map(_LAYER.format, count()):
        if not graph.has(f"{layer}.self.query.bias"):
            break
        _join_attention(graph, layer)
    _join_activations(graph)


def _join_attention(graph: Graph, layer: str) -> None:
    """One operator before the layer's last product, in place of all that led from the three before it."""
    biases = [f"{layer}.self.{part}.bias" for part in ("query", "key", "value")]
    weight, bias, output = (f"{layer}.joined.{what}" for what in ("weight", "bias", "output"))
    graph.add(weight, np.concatenate([graph.weights(name) for name in biases], axis=1))
    graph.add(bias, np.concatenate([graph.value(name) for name in biases]))
    states = graph.product(biases[0]).input[0]
    last = graph.product(f"{layer}.output.dense.bias")
    graph.insert(
        "Attention", [states, weight, bias, _MASK], [output], before=last, ours=True, num_heads=HEADS
    )
    last.input[0] = output


def _join_activations(graph: Graph) -> None:
    """One operator in place of the last product of each x * (1 + erf(x / sqrt 2)) / 2."""
    for erf in graph.of_type("Erf"):
        value = graph.made(erf.input[0]).input[0]
        last = erf
        while value not in last.input:
            last = graph.reading(last.output[0])
        graph.insert("Gelu", [value], list(last.output), before=last, ours=True)
        graph.remove(last)
