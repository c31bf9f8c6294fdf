"""What the model's weights are changed by, so that a question lies nearer to what answers it.

Each change is a product of two thin matrices (low-rank adaptation, Hu et al., 2021), learned by
`benchmarks/tuning.py` from people's questions and what they were found to be about. data/NOTICE names the sources.
At set-up time only, when the model's integer build is made.
"""

from __future__ import annotations

from importlib import resources

import numpy as np

from knowledge.search.postings import FloatArray

FILE = "minilm-tuning.npz"


def changes() -> dict[str, FloatArray]:
    """What is added to the weights of each linear part of the model, by the name of its bias."""
    file = resources.files("knowledge").joinpath("data", FILE)
    with file.open("rb") as opened, np.load(opened) as held:
        parts = {name.rpartition(".")[0] for name in held.files}
        return {
            part: held[f"{part}.down"].astype(np.float32) @ held[f"{part}.up"].astype(np.float32)
            for part in sorted(parts)
        }
