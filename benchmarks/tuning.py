"""Learn what the model's weights are changed by: `python -m benchmarks.tuning --data FOLDER TARGET.npz`.

It needs torch beside the locked packages, so an environment of its own, and takes half an hour on one core.

Most is learned from benchmarks/data/tuning, which was written for it: some eleven thousand questions as people type
them, in 18 fields of life and work, a line each with its family, what it is for, and the question. In a family, what
questions are for is easily mixed up. FOLDER has FeedbackQA as others published it, {UK,CDC}/{train,valid,test}.json:
its parts from the United Kingdom and the CDC (knowledge/data/NOTICE names authors and licences).

None of this is in a set that the search is measured with. Questions that are for one intent are to lie near each
other, also with a slip of the keyboard, and each question of FeedbackQA near the passage that answers it: of
everything in a batch, what belongs to a text is to be likelier than what does not (a contrastive loss: Sohn, 2016).
Batches of questions are of neighbouring subjects, which are the hardest to tell apart.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tuning_model import TunedModel
from knowledge.search.quantise import fold
from knowledge.search.typing_slips import slip

SEED = 1
STEPS = 480
RATE = 2e-4
WARMING = 30
# Cosines are divided by it: the smaller, the more the nearest wrong ones count.
TEMPERATURE = 0.07
QUESTIONS_A_BATCH = 96
QUESTIONS_AN_INTENT = 4
SLIPS = 0.2
"""The share of the questions that are learned with a slip of the keyboard."""
PASSAGES_A_BATCH = 32
PASSAGE_WORDS = 60
_PARTS = ("train", "valid", "test")
_OWN = Path(__file__).parent / "data/tuning"


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts, and for each the number of what it belongs to."""

    texts: Sequence[str]
    owners: Sequence[int]


class Intents:
    """Questions by what they are for, and what they are for by its subject."""

    def __init__(self, labelled: Sequence[tuple[str, str, str]]) -> None:
        """From (subject, label, question)."""
        self._questions: dict[tuple[str, str], list[str]] = {}
        for subject, label, question in labelled:
            self._questions.setdefault((subject, label), []).append(question)
        enough = [key for key, found in self._questions.items() if len(found) >= QUESTIONS_AN_INTENT]
        self._subjects: dict[str, list[tuple[str, str]]] = {}
        for key in enough:
            self._subjects.setdefault(key[0], []).append(key)

    def batch(self, dice: random.Random) -> Batch:
        """Some questions for each of some intents, of as few subjects as have enough."""
        wanted = QUESTIONS_A_BATCH // QUESTIONS_AN_INTENT
        some: list[tuple[str, str]] = []
        for subject in dice.sample(list(self._subjects), len(self._subjects)):
            some += self._subjects[subject]
            if len(some) >= wanted:
                break
        some = dice.sample(some, min(wanted, len(some)))
        owners, texts = [], []
        for owner, key in enumerate(some):
            owners += [owner] * QUESTIONS_AN_INTENT
            texts += dice.sample(self._questions[key], QUESTIONS_AN_INTENT)
        return Batch([slip(text, dice) if dice.random() < SLIPS else text for text in texts], owners)


class Passages:
    """Questions with the passages that answer them, by where they were published."""

    def __init__(self, files: Sequence[tuple[str, Path]]) -> None:
        self._pairs: dict[str, list[tuple[str, str]]] = {}
        for place, file in files:
            held = json.loads(file.read_text(encoding="utf-8"))
            told = {one["passage_id"]: _told(one["reference"]) for one in held["passages"]}
            self._pairs.setdefault(place, []).extend(
                (one["question"], told[one["passage_id"]]) for one in held["examples"]
            )

    def batch(self, dice: random.Random) -> Batch:
        """Questions, and then the passage of each; questions on one passage have it in common."""
        pairs = dice.sample(self._pairs[dice.choice(list(self._pairs))], PASSAGES_A_BATCH)
        numbers: dict[str, int] = {}
        owners = [numbers.setdefault(passage, len(numbers)) for _, passage in pairs]
        return Batch([question for question, _ in pairs] + [passage for _, passage in pairs], owners * 2)


def _told(reference: dict[str, Any]) -> str:
    headers = reference["section_headers"] or [""]
    words = (reference["section_content"] or "").split()[:PASSAGE_WORDS]
    return ". ".join(part for part in (reference["page_title"], headers[-1], " ".join(words)) if part)


def sources(folder: Path) -> list[Intents | Passages]:
    """Everything there is to learn from, each as often as it is to be learned from."""
    intents = Intents(list(_own()))
    passages = Passages(
        [(place, folder / place / f"{part}.json") for place in ("UK", "CDC") for part in _PARTS]
    )
    return [intents, intents, intents, intents, passages, passages]


def _own() -> Iterator[tuple[str, str, str]]:
    for file in sorted(_OWN.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            family, label, question = line.split("\t")
            yield file.stem, f"{family}/{label}", question


def loss(model: TunedModel, batch: Batch) -> Any:
    """How unlikely what belongs to each text is, among everything else in the batch."""
    torch = model.torch
    vectors = model.vectors(batch.texts)
    itself = torch.eye(len(batch.texts), dtype=torch.bool)
    owners = torch.tensor(batch.owners)
    near = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, float("-inf"))
    belongs = (owners[:, None] == owners[None]) & ~itself
    return (near.logsumexp(1) - near.masked_fill(~belongs, float("-inf")).logsumexp(1)).mean()


def learn(folder: Path, target: Path) -> None:
    """Learn from the data in a folder and write the changes."""
    dice = random.Random(SEED)  # noqa: S311  # batches, no secret
    with tempfile.TemporaryDirectory() as scratch:
        fold(Path(scratch) / "folded.onnx")
        model = TunedModel(Path(scratch) / "folded.onnx", SEED)
    kinds = sources(folder)
    optimiser = model.torch.optim.AdamW(model.learned, lr=RATE, weight_decay=0.01)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / WARMING) * (1 - step / STEPS)
        missed = loss(model, dice.choice(kinds).batch(dice))
        optimiser.zero_grad()
        missed.backward()
        optimiser.step()
        if step % 20 == 0:
            print(f"step {step} of {STEPS}: {missed.item():.3f}", flush=True)
    np.savez_compressed(target, **model.changes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data")
    parser.add_argument("target", type=Path, help="the file to write")
    given = parser.parse_args()
    learn(given.data, given.target)
