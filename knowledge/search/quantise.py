"""Make the faster model file: `python -m knowledge.search.quantise TARGET`.

The packaged file keeps its weights as 8-bit integers but computes with 32-bit floats. This folds the weights back,
adds what was learned since (`knowledge.search.tuning`), joins the operators of each attention and activation, and
quantises so that the products run on integers as well: better answers, a quarter of the time and a third of the
memory. It needs the `onnx` package, at set-up time only.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module, util
from pathlib import Path

from knowledge.search.graph import Graph
from knowledge.search.model import EmbeddingModel, ModelUnavailable, package_file
from knowledge.search.operators import join_operators
from knowledge.search.tuning import changes

# `onnx.TensorProto.FLOAT`
_FLOAT = 1


def fold(target: Path) -> None:
    """Write the packaged model to `target` with its weights as 32-bit floats again."""
    EmbeddingModel.load()  # refuses a packaged file that is not the one tried
    shapes = import_module("onnxruntime.quantization.shape_inference")
    shapes.quant_pre_process(str(package_file()), str(target), skip_symbolic_shape=True)


def quantise(target: Path) -> EmbeddingModel:
    """Write the integer build of the packaged model to `target` and load it once."""
    if util.find_spec("onnx") is None:
        raise ModelUnavailable(
            "making the faster model file needs the package onnx; install it and try again"
        )
    # It needs onnx, which is not there at run time.
    quantization = import_module("onnxruntime.quantization")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        folded, joined, made = (Path(folder) / f"{step}.onnx" for step in ("folded", "joined", "made"))
        fold(folded)
        graph = Graph(folded)
        for bias, change in changes().items():
            graph.change(bias, change)
        join_operators(graph)
        graph.save(joined)
        quantization.quantize_dynamic(
            joined,
            made,
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
            extra_options={"DefaultTensorType": _FLOAT},  # of what an operator of the runtime's own gives
        )
        EmbeddingModel.load(made).encode(["a word to try it with"])
        made.replace(target)
    return EmbeddingModel.load(target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the file to write: python -m knowledge.search.quantise TARGET")
    sys.stdout.write(f"{quantise(Path(sys.argv[1])).identity}\n")
