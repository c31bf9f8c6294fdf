"""Measures over questions whose right answer is known."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from knowledge.answer import Answer, Candidate, Trace, Verdict
from knowledge.evaluate import Line, evaluate


class Scripted:
    """Answers each question as written down, and anything else with a refusal."""

    def __init__(self, script: dict[str, Answer]) -> None:
        self.script = script
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def answer(self, text: str, previous: Sequence[str] = ()) -> Answer:
        self.asked.append((text, tuple(previous)))
        return self.script.get(text, said(Verdict.NONE))


def said(verdict: Verdict, *slugs: str, skill: str | None = None, behind: tuple[str, ...] = ()) -> Answer:
    candidates = tuple(Candidate(slug, 1.0) for slug in (*slugs, *behind))
    trace = Trace("", (), None, candidates, 0.5, 0.1, ())
    article = slugs[0] if verdict is Verdict.ANSWER else None
    choices = slugs[1:] if article else slugs
    return Answer(verdict, article, choices, skill, 0.5, None, trace)


LINES: list[Line] = [
    {"text": "a", "expected": "one", "acceptable": [], "kind": "colloquial", "intent": "kb"},
    {"text": "b", "expected": "one", "acceptable": ["two"], "kind": "paraphrase", "intent": "kb"},
    {"text": "c", "expected": "one", "acceptable": [], "kind": "keyword", "intent": "kb"},
    {
        "text": "d",
        "expected": "one",
        "acceptable": [],
        "kind": "keyword",
        "intent": "kb",
        "context": "before",
    },
    {"text": "e", "expected": None, "kind": "keyword", "intent": "out_of_scope", "oos_type": "it"},
    {"text": "f", "expected": None, "kind": "keyword", "intent": "out_of_scope", "oos_type": "hr"},
    {"text": "g", "expected": None, "kind": "keyword", "intent": "remind"},
]
SCRIPT = {
    "a": said(Verdict.ANSWER, "one", "two"),
    "b": said(Verdict.ANSWER, "two", "one"),
    "c": said(Verdict.CHOOSE, "three", "two", "one"),
    "d": said(Verdict.ANSWER, "four", behind=("five", "six", "one")),
    "e": said(Verdict.NONE),
    "f": said(Verdict.ANSWER, "one"),
    "g": said(Verdict.SKILL, skill="remind"),
}


def test_each_measure_counts_what_its_name_says() -> None:
    overall = evaluate(Scripted(SCRIPT), LINES).overall
    assert overall["questions"] == 7
    assert overall["top1_strict"] == pytest.approx(1 / 4)
    assert overall["top1_lenient"] == pytest.approx(2 / 4)
    assert overall["top3_lenient"] == pytest.approx(3 / 4)
    assert overall["mrr10"] == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert overall["answered"] == pytest.approx(3 / 4)
    assert overall["asked_back"] == pytest.approx(1 / 4)
    assert overall["wrong_as_sure"] == pytest.approx(1 / 4)
    assert overall["out_of_scope_answered"] == pytest.approx(1 / 2)
    assert overall["out_of_scope_refused"] == pytest.approx(1 / 2)
    assert overall["skill_accuracy"] == 1
    assert overall["everyday_top1_lenient"] == 1


def test_context_is_asked_as_the_message_before() -> None:
    scripted = Scripted(SCRIPT)
    evaluate(scripted, LINES)
    assert ("d", ("before",)) in scripted.asked


def test_kinds_are_measured_apart() -> None:
    by_kind = evaluate(Scripted(SCRIPT), LINES).by_kind
    assert by_kind["colloquial"]["top1_strict"] == 1
    assert by_kind["paraphrase"]["top1_strict"] == 0
    assert by_kind["keyword"]["out_of_scope"] == 2


def test_targets_say_what_is_reached() -> None:
    report = evaluate(Scripted(SCRIPT), LINES)
    reached = {target.measure: target.reached for target in report.targets}
    assert reached["skill_accuracy"]
    assert not reached["top1_lenient"]
    assert not reached["out_of_scope_answered"]


def test_a_report_is_plain_json_even_of_nothing() -> None:
    for lines in (LINES, []):
        report = evaluate(Scripted(SCRIPT), lines).to_json()
        assert json.loads(json.dumps(report)) == report
        assert set(report) == {"overall", "by_kind", "targets"}
