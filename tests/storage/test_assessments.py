"""When a contract's next self-assessment is due, and the records of assessments and follow-ups."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from storage.assessments import Assessment, History, Schedule, next_due
from storage.contracts import Contract, Tier
from storage.database import Database
from storage.followups import FollowUp, FollowUpState
from tests.conftest import NOW

TODAY = date(2026, 11, 24)
SINCE = date(2026, 5, 1)


def contract(
    tier: Tier | None,
    *,
    starts: date | None = None,
    ends: date | None = None,
    manager_since: date | None = None,
) -> Contract:
    made = Contract(reference="CMA-1", title="Cleaning", supplier="Shine Ltd", unit_id=1, tier=tier)
    made.starts, made.ends, made.manager_since = starts, ends, manager_since
    return made


@pytest.mark.parametrize(
    ("tier", "due"),
    [
        (Tier.PLATINUM, date(2027, 2, 28)),
        (Tier.GOLD, date(2027, 2, 28)),
        (Tier.SILVER, date(2027, 8, 31)),
        (Tier.BRONZE, None),
        (None, None),
    ],
)
def test_each_tier_has_its_rhythm(tier: Tier | None, due: date | None) -> None:
    assert next_due(contract(tier), History(SINCE, date(2026, 8, 31)), Schedule(), TODAY) == due


def test_a_contract_never_assessed_is_due_thirty_days_after_its_start_or_the_plans() -> None:
    assert next_due(contract(Tier.GOLD), History(SINCE), Schedule(), TODAY) == date(2026, 5, 31)
    later = contract(Tier.GOLD, starts=date(2026, 11, 1))
    assert next_due(later, History(SINCE), Schedule(), TODAY) == date(2026, 12, 1)


def test_a_new_manager_has_thirty_days_and_no_earlier_scores() -> None:
    handed_over = contract(Tier.SILVER, manager_since=date(2026, 11, 10))
    assert next_due(handed_over, History(SINCE, date(2026, 11, 1)), Schedule(), TODAY) == date(2026, 12, 10)
    assert next_due(handed_over, History(SINCE, date(2026, 11, 12)), Schedule(), TODAY) == date(2027, 11, 12)


def test_the_last_year_of_a_contract_begins_with_an_assessment() -> None:
    ending = contract(Tier.SILVER, ends=date(2028, 1, 31))
    assert next_due(ending, History(SINCE, date(2026, 9, 1)), Schedule(), TODAY) == date(2027, 1, 31)
    assert next_due(ending, History(SINCE, date(2026, 11, 20)), Schedule(), TODAY) == date(2027, 11, 20)
    begun_before = contract(Tier.SILVER, ends=date(2027, 3, 31))
    assert next_due(begun_before, History(SINCE, date(2026, 6, 1)), Schedule(), TODAY) == date(2027, 6, 1)


def test_a_follow_up_may_want_it_sooner() -> None:
    history = History(SINCE, date(2026, 11, 1), reassess=date(2027, 1, 15))
    assert next_due(contract(Tier.SILVER), history, Schedule(), TODAY) == date(2027, 1, 15)
    done = History(SINCE, date(2027, 1, 16), reassess=date(2027, 1, 15))
    assert next_due(contract(Tier.SILVER), done, Schedule(), TODAY) == date(2028, 1, 16)


def test_nothing_is_due_after_the_end_or_before_the_plan_starts() -> None:
    assert next_due(contract(Tier.GOLD, ends=date(2026, 11, 23)), History(SINCE), Schedule(), TODAY) is None
    assert next_due(contract(Tier.GOLD), History(None), Schedule(), TODAY) is None


async def test_records_are_kept_and_found(database: Database) -> None:
    async with database.store() as store:
        kept = await store.contracts.by_reference("CMA-2015")
        assert kept is not None
        assert kept.manager_id is not None
        for key in ("first", "second"):
            assessment = await store.assessments.add(
                Assessment(
                    key=key,
                    contract_id=kept.id,
                    answered_by=kept.manager_id,
                    submitted_at=NOW,
                    question_set="quick-1",
                    version=1,
                    tier=Tier.PLATINUM,
                    context={"high_risk": "yes"},
                    answers={"q01": "not_sure"},
                    comments={},
                    scores={"market-intelligence": None},
                    total=0,
                    possible=36,
                )
            )
        for rule, days in (("FU-RISK", 20), ("FU-GOV", 10)):
            await store.followups.add(
                FollowUp(
                    rule=rule,
                    contract_id=kept.id,
                    area="governance",
                    opened_at=NOW,
                    due=TODAY + timedelta(days=days),
                    assessment_id=assessment.id,
                    owner_id=kept.manager_id,
                    reassess_months=3,
                )
            )
    async with database.store() as store:
        assert [each.key for each in await store.assessments.of_contract(kept.id)] == ["second", "first"]
        assert (await store.assessments.newest())[kept.id].key == "second"
        assert await store.assessments.by_key("third") is None
        assert (await store.assessments.schedule()).months[Tier.SILVER] == 12
        await store.assessments.set_schedule(Schedule({Tier.BRONZE: 24}, 10, 9))
        first, second = await store.followups.open_for(kept.id)
        assert (first.rule, second.rule) == ("FU-GOV", "FU-RISK")
        first.close(FollowUpState.DONE, NOW, kept.manager_id)
        second.close(FollowUpState.CANCELLED, NOW, kept.manager_id)
    async with database.reading() as store:
        assert await store.assessments.schedule() == Schedule({Tier.BRONZE: 24}, 10, 9)
        assert await store.followups.all_open() == []
        assert [each.reassess_on for each in await store.followups.to_reassess()] == [date(2027, 2, 24)]
