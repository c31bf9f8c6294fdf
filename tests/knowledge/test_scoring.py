"""The scores and the follow-ups of a self-assessment, against the worked examples and a plain re-computation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.assessment import FILE, QuestionSet, QuestionSetError, load_question_set
from knowledge.library import Library
from knowledge.scoring import NOT_SURE, asked, band, lowest, medians, score, triggered
from storage.contracts import Tier

QUESTIONS = load_question_set()
IDS = [f"q{number:02d}" for number in range(1, 13)]
# Which statements each area has, and what each rule says, written down a second time by hand.
AREAS = {
    "market-intelligence": ["q01"],
    "supply-risk": ["q02", "q03"],
    "governance": ["q04", "q05"],
    "staff-development": ["q06"],
    "understanding": ["q07"],
    "knowledge": ["q08"],
    "service-improvement": ["q09", "q10"],
    "change-handover": ["q11"],
    "value-for-money": ["q12"],
}
P, G, S, B = Tier.PLATINUM, Tier.GOLD, Tier.SILVER, Tier.BRONZE
RULES = {
    "FU-RISK": ("supply-risk", {G, P}),
    "FU-GOV": ("governance", {G, P}),
    "FU-KPI": ("service-improvement", {S, G, P}),
    "FU-VFM": ("value-for-money", {S, P}),
    "FU-MARKET": ("market-intelligence", {P}),
    "FU-UNDERSTANDING": ("understanding", {P, G, S}),
    "FU-KNOWLEDGE": ("knowledge", {P, G, S}),
    "FU-HANDOVER": ("change-handover", {P, G}),
    "FU-STAFF": ("staff-development", {P, G}),
}
EXAMPLES = [
    (G, "no", {"q02": 1, "q03": 2, "q04": 2, "q09": 2, "q10": 3, "q12": 0}, ["FU-RISK"]),
    (S, "no", {"q02": 0, "q03": 0, "q04": 0, "q09": 1, "q10": 2, "q12": 1}, ["FU-KPI", "FU-VFM"]),
    (P, "yes", {"q05": 0}, ["FU-GOV", "FU-SRO"]),
    (B, "yes", {"q02": 0, "q03": 0, "q04": 0, "q05": 1, "q09": 0, "q10": 0, "q12": 0}, ["FU-SRO"]),
    (G, "no", {"q04": 3}, []),
    (G, "not_sure", {"q04": 3, "q05": 1}, ["FU-GOV", "FU-SRO"]),
    (
        P,
        "yes",
        {"q01": 0, "q02": 2, "q03": 2, "q04": 2, "q05": 2, "q09": 2, "q10": 2, "q12": 2},
        ["FU-MARKET"],
    ),
]
ANSWERS = st.fixed_dictionaries({each: st.sampled_from(["0", "1", "2", "3", NOT_SURE]) for each in IDS})
RISKS = st.sampled_from(["yes", "no", NOT_SURE])
TIERS = st.sampled_from([*Tier, None])


def answered(given_levels: dict[str, int], high_risk: str, tier: Tier | None) -> dict[str, str]:
    """Level 3 wherever an example says nothing, for the statements that are asked."""
    return {each.id: str(given_levels.get(each.id, 3)) for each in asked(QUESTIONS, high_risk, tier)}


def fired(answers: dict[str, str], tier: Tier | None) -> list[str]:
    return [each.id for each in triggered(QUESTIONS, QUESTIONS.rules, answers, tier)]


@pytest.mark.parametrize(("tier", "high_risk", "levels", "expected"), EXAMPLES)
def test_worked_examples(tier: Tier, high_risk: str, levels: dict[str, int], expected: list[str]) -> None:
    assert sorted(fired(answered(levels, high_risk, tier), tier)) == expected


@given(everything=ANSWERS, high_risk=RISKS, tier=TIERS)
def test_scores_and_follow_ups_match_a_plain_recomputation(
    everything: dict[str, str], high_risk: str, tier: Tier | None
) -> None:
    answers = {each.id: everything[each.id] for each in asked(QUESTIONS, high_risk, tier)}
    found = score(QUESTIONS, answers)
    assert len(answers) == (12 if sro_asked(high_risk, tier) else 11)
    assert found.unsure == list(answers.values()).count(NOT_SURE)
    scores, total, possible, rules = recomputed(answers, high_risk, tier)
    assert (found.scores, found.total, found.possible) == (scores, total, possible)
    assert set(fired(answers, tier)) == rules


def sro_asked(high_risk: str, tier: Tier | None) -> bool:
    return high_risk == "yes" or (high_risk == NOT_SURE and tier in (G, P))


def recomputed(
    answers: Mapping[str, str], high_risk: str, tier: Tier | None
) -> tuple[dict[str, int | None], int, int, set[str]]:
    """Area scores, the total, the possible total and the rules set off, worked out a second time."""
    sro = sro_asked(high_risk, tier)
    assert ("q05" in answers) is sro
    levels = {name: 0 if answer == NOT_SURE else int(answer) for name, answer in answers.items()}
    rules = {"FU-SRO"} if sro and levels["q05"] <= 1 else set()
    scores: dict[str, int | None] = {}
    for area, statements in AREAS.items():
        there = [each for each in statements if each in answers]
        lowest_level = min(levels[each] for each in there)
        sure = [int(answers[each]) for each in there if answers[each] != NOT_SURE]
        scores[area] = lowest_level if len(sure) == len(there) or 0 in sure else None
        rules |= {
            rule
            for rule, (about, tiers) in RULES.items()
            if about == area and tier in tiers and lowest_level <= 1
        }
    return scores, sum(levels.values()), 36 if sro else 33, rules


@pytest.mark.parametrize(
    ("percent", "label"),
    [
        (0, "Needs support now"),
        (32, "Needs support now"),
        (33, "Developing"),
        (65, "Developing"),
        (66, "Sound"),
        (84, "Sound"),
        (85, "Strong"),
        (100, "Strong"),
    ],
)
def test_bands(percent: int, label: str) -> None:
    assert band(QUESTIONS, percent) == label


def test_the_share_is_rounded_down() -> None:
    answers = dict.fromkeys(IDS, "2") | {"q01": "1"}
    assert score(QUESTIONS, answers).percent == 63  # 23 of 36 is 63.9 percent


def test_medians_are_kept_back_under_five() -> None:
    scores: list[dict[str, int | None]] = [{"knowledge": 1, "governance": 2} for _ in range(4)]
    assert medians(scores) == {}
    assert medians([*scores, {"knowledge": 3, "governance": None}]) == {"knowledge": 1}


def test_the_lowest_areas_come_first_and_unknown_counts_as_nothing() -> None:
    scores = {
        "market-intelligence": 1,
        "supply-risk": 0,
        "governance": None,
        "knowledge": 1,
        "understanding": 2,
    }
    assert lowest(QUESTIONS, scores) == ("supply-risk", "governance", "market-intelligence")


def test_every_help_article_is_in_the_knowledge_base() -> None:
    known = {each.slug for each in Library.load()}
    assert {slug for area in QUESTIONS.areas for slug in area.articles} <= known


def test_a_question_set_says_every_problem_with_its_place(tmp_path: Path) -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    first = lines.index("  - id: market-intelligence")
    lines[first] = "  - id: supply-risk"
    lines = [each.replace("statement: q05", "statement: q12") for each in lines]
    lines.append("version: 2")
    broken = tmp_path / "set.yaml"
    broken.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(QuestionSetError) as raised:
        load_question_set(broken)
    text = str(raised.value)
    assert f"{broken}:{len(lines)}: 'version' stands twice" in text
    assert "'supply-risk' stands twice; give one of them another id" in text
    assert "governance has no statement 'q12'" in text
    assert len(raised.value.problems) == 4


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("version: 1", "version: one", "version: Input should be a valid integer"),
        ("minutes: 10", "hours: 1", "hours: Extra inputs are not permitted"),
        ("{from: 33", "{from: 34", "must cover 0 to 100 percent"),
        ("owner: team_leader", "owner: chief", "rules.9.owner"),
        ("id: quick-1", "id: [", "is not valid YAML"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, before: str, after: str, problem: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / "set.yaml"
    broken.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(QuestionSetError, match=r"set\.yaml:\d+: ") as raised:
        load_question_set(broken)
    assert problem in str(raised.value)


def test_a_question_set_is_read_once() -> None:
    assert load_question_set() is load_question_set()
    assert isinstance(load_question_set(), QuestionSet)
