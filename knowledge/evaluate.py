"""Measures of an answerer over questions whose right answer is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from knowledge.answer import Answer, Verdict
from knowledge.search.typing_slips import slip
from knowledge.shipped import read_shipped

Measures = dict[str, float | int | None]
# Slips are made so many times for each question, since where the slip falls is chance.
_SLIPS = 3
_EVERYDAY = ("colloquial", "paraphrase")

Line = Mapping[str, Any]
"""One question: `text`, `expected` (slug or None), `acceptable`, `kind`, `intent`, and perhaps `context`."""


class Answers(Protocol):
    """Whatever answers questions as the Answerer does."""

    def answer(self, text: str, previous: Sequence[str] = ()) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question, with what was answered."""

    line: Line
    answer: Answer

    @property
    def slugs(self) -> tuple[str, ...]:
        """The articles offered, best first, the one answered with before the others."""
        return ((self.answer.article,) if self.answer.article else ()) + self.answer.choices

    @property
    def ranked(self) -> tuple[str, ...]:
        """Every article considered, best first, whatever the verdict."""
        considered = (one.id for one in self.answer.trace.candidates if ":" not in one.id)
        return tuple(dict.fromkeys((*self.slugs, *considered)))

    @property
    def right(self) -> frozenset[str]:
        """The articles that would be right: the expected one and the acceptable ones."""
        return frozenset({self.line["expected"], *self.line.get("acceptable", ())} - {None})

    @property
    def intent(self) -> str:
        """`kb`, `out_of_scope` or a skill's name."""
        return str(self.line.get("intent") or ("kb" if self.line.get("expected") else "out_of_scope"))


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that answering must reach, and whether it does; `figure` is None where nothing was there to measure."""

    name: str
    measure: str
    figure: float | None
    least: float | None
    most: float | None

    @property
    def reached(self) -> bool:
        """Whether the figure is within its limit."""
        if self.figure is None:
            return True
        above = self.least is None or self.figure >= self.least
        return above and (self.most is None or self.figure <= self.most)


@dataclass(frozen=True, slots=True)
class Report:
    """The measures overall and by kind, what must be reached, and every outcome for a closer look."""

    overall: Measures
    by_kind: dict[str, Measures]
    targets: tuple[Target, ...]
    outcomes: tuple[Outcome, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values; the outcomes stay out."""
        targets = [asdict(target) | {"reached": target.reached} for target in self.targets]
        return {"overall": self.overall, "by_kind": self.by_kind, "targets": targets}


def evaluate(answerer: Answers, lines: Iterable[Line]) -> Report:
    """Ask every line and measure; a line's `context` is asked as the message before it.

    Questions in scope are asked again with slips of the keyboard, always the same ones.
    """
    outcomes = tuple(_asked(answerer, line, line["text"]) for line in lines)
    kinds = dict.fromkeys(str(outcome.line.get("kind") or "unnamed") for outcome in outcomes)
    by_kind = {
        kind: measures([one for one in outcomes if str(one.line.get("kind") or "unnamed") == kind])
        for kind in kinds
    }
    overall = measures(outcomes) | {
        "everyday_top1_lenient": measures([one for one in outcomes if one.line.get("kind") in _EVERYDAY])[
            "top1_lenient"
        ],
        "lost_by_a_typo": _lost_by_a_typo(answerer, outcomes),
    }
    return Report(overall, by_kind, _targets(overall), outcomes)


def _asked(answerer: Answers, line: Line, text: str) -> Outcome:
    return Outcome(line, answerer.answer(text, (line["context"],) if line.get("context") else ()))


def _lost_by_a_typo(answerer: Answers, outcomes: Sequence[Outcome]) -> float | None:
    """The share of questions in scope whose right article is first, less the same with one slip in each."""
    inside = [one for one in outcomes if one.intent == "kb"]
    slipped = [
        _asked(answerer, one.line, slip(one.line["text"], random.Random(f"{one.line['text']}{go}")))  # noqa: S311 - no secret
        for one in inside
        for go in range(_SLIPS)
    ]
    before, after = measures(inside)["top1_lenient"], measures(slipped)["top1_lenient"]
    return None if before is None or after is None else before - after


def _targets(overall: Measures) -> tuple[Target, ...]:
    return tuple(
        Target(one["name"], one["measure"], overall[one["measure"]], one.get("least"), one.get("most"))
        for one in read_shipped("data/targets.yaml")
    )


def measures(outcomes: Sequence[Outcome]) -> Measures:
    """Every measure over some outcomes; a measure without any question to take it on is None."""
    inside = [one for one in outcomes if one.intent == "kb"]
    outside = [one for one in outcomes if one.intent == "out_of_scope"]
    skills = [one for one in outcomes if one.intent not in {"kb", "out_of_scope"}]
    return {
        "questions": len(outcomes),
        "in_scope": len(inside),
        "out_of_scope": len(outside),
        "skills": len(skills),
        "top1_strict": _share(inside, lambda one: one.ranked[:1] == (one.line["expected"],)),
        "top1_lenient": _share(inside, lambda one: bool(set(one.ranked[:1]) & one.right)),
        "top3_strict": _share(inside, lambda one: one.line["expected"] in one.ranked[:3]),
        "top3_lenient": _share(inside, lambda one: bool(set(one.ranked[:3]) & one.right)),
        "mrr10": _mean([_reciprocal_rank(one) for one in inside]),
        "answered": _share(inside, lambda one: one.answer.verdict is Verdict.ANSWER),
        "asked_back": _share(inside, lambda one: one.answer.verdict is Verdict.CHOOSE),
        "refused": _share(inside, lambda one: one.answer.verdict is Verdict.NONE),
        "taken_for_skill": _share(inside, lambda one: one.answer.verdict is Verdict.SKILL),
        "wrong_as_sure": _share(inside, _wrong_as_sure),
        "offered": _share(inside, lambda one: bool(set(one.slugs[:3]) & one.right)),
        "out_of_scope_answered": _share(outside, lambda one: one.answer.verdict is Verdict.ANSWER),
        "out_of_scope_asked_back": _share(outside, lambda one: one.answer.verdict is Verdict.CHOOSE),
        "out_of_scope_taken_for_skill": _share(outside, lambda one: one.answer.verdict is Verdict.SKILL),
        "out_of_scope_refused": _share(outside, lambda one: one.answer.verdict is Verdict.NONE),
        "skill_accuracy": _share(skills, lambda one: one.answer.skill == one.intent),
    }


def _wrong_as_sure(one: Outcome) -> bool:
    if one.answer.verdict is Verdict.ANSWER:
        return one.answer.article not in one.right
    return one.answer.verdict is Verdict.SKILL


def _reciprocal_rank(one: Outcome) -> float:
    ranked = one.ranked[:10]
    expected = one.line["expected"]
    return 1 / (ranked.index(expected) + 1) if expected in ranked else 0.0


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float | None:
    return _mean([float(holds(one)) for one in outcomes])


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
