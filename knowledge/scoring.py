"""What the answers of a self-assessment come to: area scores, the total, and which rules they set off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from knowledge.assessment import QuestionSet, Rule, Statement
from storage.contracts import Tier

YES, NO, NOT_SURE = "yes", "no", "not_sure"
# Fewer than this many contracts could tell whose score is whose.
FEWEST_FOR_A_MEDIAN = 5
_UNSURE_COUNTS_AS_HIGH = frozenset({Tier.PLATINUM, Tier.GOLD})


@dataclass(frozen=True, slots=True)
class Result:
    """What one set of answers comes to. An area without a score is unknown: nobody was sure of it."""

    scores: Mapping[str, int | None]
    total: int
    possible: int
    unsure: int

    @property
    def percent(self) -> int:
        """The share of the possible total, rounded down."""
        return 100 * self.total // self.possible


def counts_as_high_risk(high_risk: str, tier: Tier | None) -> bool:
    """Whether a contract is high risk: 'not sure' counts as yes on Gold and Platinum."""
    return high_risk == YES or (high_risk == NOT_SURE and tier in _UNSURE_COUNTS_AS_HIGH)


def asked(questions: QuestionSet, high_risk: str, tier: Tier | None) -> tuple[Statement, ...]:
    """The statements that a contract is asked about."""
    high = counts_as_high_risk(high_risk, tier)
    return tuple(each for each in questions.statements if high or not each.high_risk_only)


def score(questions: QuestionSet, answers: Mapping[str, str]) -> Result:
    """Area scores and total of the statements that were asked; 'not sure' adds nothing to the total."""
    scores = {
        area.id: _shown([answers[each.id] for each in area.statements if each.id in answers])
        for area in questions.areas
    }
    return Result(
        scores,
        total=sum(level_of(each) for each in answers.values()),
        possible=3 * len(answers),
        unsure=sum(each == NOT_SURE for each in answers.values()),
    )


def band(questions: QuestionSet, percent: int) -> str:
    """What a share of the possible total is called."""
    return next(each.label for each in questions.bands if each.first <= percent <= each.last)


def level_of(answer: str) -> int:
    """The level that triggers count: 0 where nobody is sure."""
    return 0 if answer == NOT_SURE else int(answer)


def triggered(
    questions: QuestionSet, rules: Iterable[Rule], answers: Mapping[str, str], tier: Tier | None
) -> tuple[Rule, ...]:
    """The rules that the answers set off on a contract of a tier.

    A contract without a tier is only ever asked for a Senior Responsible Officer, as the most urgent tier is.
    """
    return tuple(rule for rule in rules if _sets_off(questions, rule, answers, tier))


def effective_tier(rule: Rule, tier: Tier | None) -> Tier | None:
    """The tier whose terms of a rule hold for a contract; None where the rule asks nothing of it."""
    if tier is not None:
        return tier if tier in rule.due_days else None
    if rule.statement is None:
        return None
    return min(rule.due_days, key=lambda each: (rule.due_days[each], list(Tier).index(each)), default=None)


def _sets_off(questions: QuestionSet, rule: Rule, answers: Mapping[str, str], tier: Tier | None) -> bool:
    holds = effective_tier(rule, tier)
    if holds is None:
        return False
    wanted = {each.id for each in questions.area(rule.area).statements}
    if rule.statement is not None:
        wanted = {rule.statement}
    levels = [level_of(answers[each]) for each in wanted if each in answers]
    return bool(levels) and min(levels) <= rule.threshold(holds)


def _shown(answers: Sequence[str]) -> int | None:
    """The lowest answer of an area. One that nobody is sure of makes it unknown, unless another is 0 anyway."""
    known = [int(each) for each in answers if each != NOT_SURE]
    if not answers or (len(known) < len(answers) and min(known, default=1) > 0):
        return None
    return min(known)


def medians(scores: Collection[Mapping[str, int | None]]) -> dict[str, float]:
    """The median of each area over many contracts, where enough of them have a score in it."""
    found: dict[str, list[int]] = {}
    for each in scores:
        for area, value in each.items():
            if value is not None:
                found.setdefault(area, []).append(value)
    return {area: median(values) for area, values in found.items() if len(values) >= FEWEST_FOR_A_MEDIAN}


def lowest(questions: QuestionSet, scores: Mapping[str, int | None], most: int = 3) -> tuple[str, ...]:
    """The lowest areas of those that are not in place and used, in the set's order; unknown counts as 0."""
    order = [each.id for each in questions.areas]
    low = [area for area in order if area in scores and (scores[area] or 0) < 2]  # "In place"
    return tuple(sorted(low, key=lambda area: (scores[area] or 0, order.index(area)))[:most])
