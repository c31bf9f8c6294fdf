"""Measures of an answerer over questions whose right answer is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from knowledge.answer import Answer, Verdict

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
class Report:
    """The measures overall and by kind, and every outcome for a closer look."""

    overall: dict[str, float | int | None]
    by_kind: dict[str, dict[str, float | int | None]]
    outcomes: tuple[Outcome, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values; the outcomes stay out."""
        return {"overall": self.overall, "by_kind": self.by_kind}


def evaluate(answerer: Answers, lines: Iterable[Line]) -> Report:
    """Ask every line and measure; a line's `context` is asked as the message before it."""
    outcomes = tuple(
        Outcome(line, answerer.answer(line["text"], (line["context"],) if line.get("context") else ()))
        for line in lines
    )
    kinds = dict.fromkeys(str(outcome.line.get("kind") or "unnamed") for outcome in outcomes)
    by_kind = {
        kind: measures([one for one in outcomes if str(one.line.get("kind") or "unnamed") == kind])
        for kind in kinds
    }
    return Report(measures(outcomes), by_kind, outcomes)


def measures(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
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


def _share(outcomes: Sequence[Outcome], holds: Any) -> float | None:
    return _mean([float(bool(holds(one))) for one in outcomes])


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
