"""A low score's review, from the queue to the decision; agreed activities; and campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from storage.contracts import Contract, business_unit_of
from storage.followups import FollowUp, FollowUpState
from storage.months import Month
from storage.people import Unit
from storage.reviews import Choice, Review, ReviewState, Topic
from tests.driver import House

PRIYA, MIRIAM = "priya.nair@example.gov.uk", "miriam.goldberg@example.gov.uk"
HELEN, STEPHEN = "helen.marlowe@example.gov.uk", "stephen.blackwood@example.gov.uk"
TODAY = date(2026, 11, 24)


async def test_risk_and_governance_are_booked_together_and_keep_their_records(house: House) -> None:
    await low(house, "CMA-2031", "FU-RISK")
    await low(house, "CMA-2031", "FU-GOV")
    member, manager = await house.person(MIRIAM), await house.person(PRIYA)
    (queue,) = await member.says("reviews")
    assert "Reviews waiting: 2" in queue.text
    await member.clicks("Book risk CMA-2031")
    await member.fills(day="1/12/2026", with_gov="yes")
    assert "risk and governance review of CMA-2031" in (await member.screen())[-1].text
    assert "booked for 1 December 2026" in (await manager.screen())[-1].text
    first, second = await reviews_of(house, "CMA-2031")
    assert first.state is second.state is ReviewState.BOOKED

    (opened,) = await member.says(f"review {first.id}")
    assert "booked for 1 December 2026" in opened.text
    assert "FU-RISK, after a low score" in opened.text
    await member.clicks("Record")
    (kept,) = await member.fills(
        held_on="2026-11-24",
        manager_present="yes",
        found="No tested plan.",
        outcome="A plan will be tested.",
        activities="1",
        activity_1="Test the continuity plan",
        owner_1="Priya Nair",
        month_1="2027-01",
    )
    assert "Recorded: Risk review of CMA-2031" in kept.text
    first, second = await reviews_of(house, "CMA-2031")
    assert first.state is ReviewState.DONE
    assert second.state is ReviewState.BOOKED
    assert first.findings["found"] == "No tested plan."
    async with house.app.database.reading() as store:
        follow_up = await store.followups.get(first.follow_up_id or 0)
    assert follow_up is not None
    assert follow_up.state is FollowUpState.DONE

    assert "Test the continuity plan" in (await manager.screen())[-1].text
    (mine,) = await manager.says("activities")
    assert "January 2027" in mine.text
    (done,) = await manager.clicks("Activity 1 is done")
    assert "is done" in done.text
    (again,) = await manager.says("activity 1 is done")
    assert "already" in again.text


async def test_one_meeting_can_serve_all_that_low_scores_ask_for(memory_house: House) -> None:
    for rule in ("FU-RISK", "FU-GOV", "FU-KPI"):
        await low(memory_house, "CMA-2031", rule)
    member = await memory_house.person(MIRIAM)
    await member.says("reviews")
    await member.clicks("Book KPI CMA-2031")
    (booked,) = await member.fills(day="1/12/2026", with_risk="yes", with_gov="no")
    assert "the KPI and risk review of CMA-2031" in booked.text
    states = {each.topic: each.state for each in await reviews_of(memory_house, "CMA-2031")}
    assert states == {
        Topic.RISK: ReviewState.BOOKED,
        Topic.GOVERNANCE: ReviewState.OPEN,
        Topic.KPI: ReviewState.BOOKED,
    }


async def test_an_activity_needs_owner_and_month(house: House) -> None:
    await low(house, "CMA-2031", "FU-RISK")
    member = await house.person(MIRIAM)
    await member.says("reviews")
    review = (await reviews_of(house, "CMA-2031"))[0]
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    answers = {"manager_present": "yes", "found": "x", "outcome": "y", "held_on": "2026-11-24"}
    await member.fills(**answers, activities="1", activity_1="Do it")
    assert (await reviews_of(house, "CMA-2031"))[0].state is ReviewState.OPEN


async def test_unused_clauses_end_in_a_decision_by_the_business_unit(house: House) -> None:
    await low(house, "CMA-2039", "FU-VFM")
    member = await house.person(MIRIAM)
    await member.says("reviews")
    review = (await reviews_of(house, "CMA-2039"))[0]
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    (asked,) = await member.fills(
        held_on="2026-11-24",
        clauses="yes",
        applied="unused",
        tests="None",
        outcome="Nobody has used the clause.",
        activities="0",
    )
    assert "contract change or next contract" in asked.text
    await member.clicks("Record the decision")
    answers = {
        "choice": "next_contract",
        "reason": "The clause is too weak to use.",
        "decided_on": "2026-11-24",
        "next_step": "2027-02",
    }
    await member.fills(**answers, maker="Miriam Goldberg")
    assert (await reviews_of(house, "CMA-2039"))[0].state is ReviewState.DECISION, "CSMG only advises"
    await member.fills(**answers, maker="Ingrid Solberg")
    assert (await reviews_of(house, "CMA-2039"))[0].state is ReviewState.DECISION, "another Business Unit's"
    (kept,) = await member.fills(**answers, maker="Angela Whitlock")
    assert "next contract, decided by Angela Whitlock" in kept.text
    assert "bring it back on 24 November 2026" in kept.text, "18 months before the end have passed"
    (listed,) = await member.says("decisions")
    assert "The clause is too weak to use." in listed.text

    async with house.app.database.reading() as store:
        contract = await store.contracts.by_reference("CMA-2039")
        assert contract is not None
        assert contract.ends == date(2028, 3, 31)
        (decision,) = await store.reviews.decisions(contract.id)
        assert decision.choice is Choice.NEXT_CONTRACT
        day = decision.comes_back(contract)
        assert day is not None
        assert not await store.reviews.decisions_coming_back(day - timedelta(days=1))
        assert len(await store.reviews.decisions_coming_back(day)) == 1


async def test_a_second_record_of_one_review_is_refused(house: House) -> None:
    await low(house, "CMA-2031", "FU-RISK")
    member, contact = await house.person(MIRIAM), await house.person("tom.hargreave@example.gov.uk")
    await member.says("reviews")
    review = (await reviews_of(house, "CMA-2031"))[0]
    for each in (member, contact):
        await each.says(f"review {review.id}")
        await each.clicks("Record")
    answers = {"held_on": "2026-11-24", "manager_present": "no", "outcome": "y", "activities": "0"}
    await member.fills(**answers, found="first")
    (refused,) = await contact.fills(**answers, found="second")
    assert "finished already" in refused.text
    assert (await reviews_of(house, "CMA-2031"))[0].findings["found"] == "first"


async def test_reviews_are_seen_by_their_unit_alone(house: House) -> None:
    await low(house, "CMA-2031", "FU-RISK")
    lead, stranger = await house.person(HELEN), await house.person(STEPHEN)
    manager = await house.person(PRIYA)
    (queue,) = await lead.says("reviews")
    assert "CMA-2031" in queue.text
    review = (await reviews_of(house, "CMA-2031"))[0]
    (none,) = await stranger.says("reviews")
    assert "No review is waiting" in none.text
    (hidden,) = await stranger.says(f"review {review.id}")
    assert "not among those you may see" in hidden.text
    (own,) = await manager.says(f"review {review.id}")
    assert "Risk review of CMA-2031" in own.text
    assert "Record" not in own.buttons


async def test_a_campaign_opens_once_and_shows_its_progress(house: House) -> None:
    await low(house, "CMA-2015", "FU-MARKET")
    lead, member = await house.person(HELEN), await house.person(MIRIAM)
    (refused,) = await member.says("start the supplier development reviews")
    assert "Only the SRM lead" in refused.text
    (asked,) = await lead.says("start the supplier development reviews")
    label = next(each for each in asked.buttons if each.startswith("Open "))
    (opened, progress) = await lead.clicks(label)
    assert "reviews are open" in opened.text
    assert "Adult Social Care" in progress.text
    (again,) = await lead.says("start the supplier development reviews")
    assert "has its supplier development review already" in again.text
    async with house.app.database.reading() as store:
        counts = await store.reviews.campaign_progress("W1-03")
        total = sum(each.total for each in counts)
        platinum = [each for each in await store.contracts.all() if each.tier == "Platinum"]
    assert total == len(platinum)
    assert str(total) in label
    assert len(await reviews_of(house, "CMA-2015")) == 1, "the low score's review serves the campaign"

    await member.says("reviews")
    review = (await reviews_of(house, "CMA-2015"))[0]
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    words = dict.fromkeys(("potential", "in_place", "further", "intelligence", "outcome"), "Some.")
    await member.fills(held_on="2026-11-24", **words, activities="0")
    async with house.app.database.reading() as store:
        assert sum(each.done for each in await store.reviews.campaign_progress("W1-03")) == 1
    (card,) = await lead.says("show W1-03")
    assert "Reviews held: 1 of" in card.text
    async with house.app.database.reading() as store:
        areas = {each.id: each for each in await store.people.units()}
    ours = [each for each in platinum if _unit(each, areas) == "Adult Social Care"]
    assert 1 < len(ours) < total
    assert f"1 of {len(ours)}" in card.text, "the Business Unit's own share"


async def test_gold_comes_to_value_for_money_only_when_the_lead_adds_it(house: House) -> None:
    lead = await house.person(HELEN)
    (asked,) = await lead.says("start the value for money reviews")
    await lead.clicks(next(each for each in asked.buttons if each.startswith("Open ")))
    assert not await reviews_of(house, "CMA-2031")
    (added,) = await lead.says("add CMA-2031 to the value for money reviews")
    assert "Added: CMA-2031" in added.text
    assert len(await reviews_of(house, "CMA-2031")) == 1
    (again,) = await lead.says("add CMA-2031 to the value for money reviews")
    assert "already" in again.text


async def test_a_new_manager_takes_the_open_activities_along(house: House) -> None:
    await low(house, "CMA-2031", "FU-RISK")
    member = await house.person(MIRIAM)
    await member.says("reviews")
    review = (await reviews_of(house, "CMA-2031"))[0]
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    await member.fills(
        held_on="2026-11-24",
        manager_present="yes",
        found="x",
        outcome="y",
        activities="1",
        activity_1="Test the plan",
        owner_1="Priya Nair",
        month_1="2027-01",
    )
    await member.says("name a manager for CMA-2031")
    await member.fills(person="Chloe Bennett", why="New post")
    async with house.app.database.reading() as store:
        (activity,) = await store.reviews.open_activities()
        chloe = await store.people.by_email("chloe.bennett@example.gov.uk")
        assert chloe is not None
        assert activity.owner_id == chloe.id
        assert activity.month == Month(2027, 1)
        assert (
            sum((await store.handovers.changes_since(house.app.clock.now() - timedelta(days=1))).values())
            == 1
        )


def _unit(contract: Contract, units: Mapping[int, Unit]) -> str | None:
    unit = business_unit_of(contract.unit_id, units)
    return unit.name if unit else None


async def low(house: House, reference: str, rule: str) -> None:
    """A follow-up as a low score leaves it."""
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference(reference)
        assert contract is not None
        opened = await store.followups.add(
            FollowUp(
                rule=rule,
                contract_id=contract.id,
                area="supply-risk",
                opened_at=house.app.clock.now(),
                due=TODAY + timedelta(days=20),
            )
        )
        await store.reviews.open_for_follow_up(opened, house.app.clock.now())


async def reviews_of(house: House, reference: str) -> list[Review]:
    async with house.app.database.reading() as store:
        contract = await store.contracts.by_reference(reference)
        assert contract is not None
        return await store.reviews.of_contract(contract.id)
