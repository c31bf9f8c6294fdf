"""What comes due beside dates of contracts and actions: each source, its words, and the way to settle it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduler.experts import send_round_again
from scheduler.gather import gather
from scheduler.sources import ArticleFacts
from storage.database import Store
from storage.experts import ExpertRequest, ExpertState, ExpertStep, Step
from storage.followups import FollowUp, FollowUpState
from storage.months import Month
from storage.people import Person
from storage.reviews import Activity, Choice, Decision, Review, ReviewState, Topic
from storage.rules import Kind
from tests.conftest import NOW
from tests.driver import Chat, House

pytestmark = pytest.mark.parametrize("side", ["memory"], indirect=True)

PRIYA, MIRIAM, TOM = (
    "priya.nair@example.gov.uk",
    "miriam.goldberg@example.gov.uk",
    "tom.hargreave@example.gov.uk",
)
HELEN = "helen.marlowe@example.gov.uk"
TODAY = NOW.date()


async def due(house: House, email: str) -> tuple[Chat, str]:
    """What somebody is told is due."""
    chat = await house.person(email)
    (answer,) = await chat.says("what is due")
    return chat, answer.text


async def subjects(house: House, kind: Kind, *articles: ArticleFacts) -> dict[str, tuple[str, ...]]:
    """What reminding knows of one kind, with the names of those who have to act."""
    async with house.app.database.reading() as store:
        gathered = await gather(store, TODAY, house.app.settings.zone, articles)
        people = gathered.situation.directory.people
        return {
            each.subject: tuple(people[owner].name for owner in each.owners)
            for each in gathered.situation.items
            if each.kind is kind
        }


async def somebody(store: Store, email: str) -> Person:
    person = await store.people.by_email(email)
    assert person is not None
    return person


async def follow_up(store: Store, rule: str = "FU-RISK", due_on: date = TODAY) -> tuple[FollowUp, Review]:
    """A follow-up on a contract of Priya's for Miriam, with its review."""
    contract = await store.contracts.by_reference("CMA-2031")
    assert contract is not None
    opened = await store.followups.add(
        FollowUp(
            rule=rule,
            contract_id=contract.id,
            area="supply-risk",
            opened_at=NOW,
            due=due_on,
            owner_id=(await somebody(store, MIRIAM)).id,
        )
    )
    await store.reviews.open_for_follow_up(opened, NOW)
    return opened, (await store.reviews.of_contract(contract.id))[-1]


async def test_every_owner_of_an_action_is_told_and_who_coordinates_it(house: House) -> None:
    for email in (HELEN, "duncan.mcallister@example.gov.uk"):
        _, text = await due(house, email)
        assert "W1-07" in text
        assert "SRM Lead (Helen Marlowe) coordinates it and closes it." in text
    _, text = await due(house, HELEN)
    assert "W1-08" in text, "she owns it beside the groups, whose parts their Business Units report"
    assert "W1-03" not in text, "the groups alone own it"


async def test_one_of_several_checkpoints_is_named(house: House) -> None:
    owner, text = await due(house, TOM)
    assert "W1-13: Monitor anonymised half-year and end of year reviews. Its review month is November" in text
    assert "This is checkpoint 1 of 2." in text
    await owner.says("done W1-13")
    async with house.app.database.reading() as store:
        gathered = await gather(store, TODAY, house.app.settings.zone)
        open_parts = {each.subject: each for each in gathered.situation.items if "W1-13" in each.subject}
    unit = next(each for each in open_parts.values() if each.owners and each.checkpoint == 1)
    assert unit.note == "This is checkpoint 2 of 2."


async def test_a_role_that_nobody_holds_is_reported_and_skipped(house: House) -> None:
    async with house.app.database.store() as store:
        (await somebody(store, "duncan.mcallister@example.gov.uk")).active = False
    lead = await house.person(HELEN)
    (digest,) = await lead.says("digest")
    assert "Assurance, an owner of the plan" in digest.text


async def test_an_assessment_is_due_thirty_days_after_the_plan_begins(house: House) -> None:
    manager, text = await due(house, PRIYA)
    assert "Its self-assessment is due on 24 December 2026." in text
    assert "assessment:CMA-2031" in await subjects(house, Kind.ASSESSMENT)
    (asked,) = await manager.says("assess CMA-2031")
    assert "CMA-2031" in asked.text


async def test_a_missing_scorecard_names_its_period(house: House) -> None:
    manager, text = await due(house, PRIYA)
    assert "Its scorecard is out of date. None is recorded for July 2026 to September 2026." in text
    (scorecard,) = await manager.says("scorecard CMA-2031")
    assert "CMA-2031" in scorecard.text


async def test_a_follow_up_moves_with_its_booking_and_turns_into_a_decision_to_record(house: House) -> None:
    async with house.app.database.store() as store:
        opened, review = await follow_up(store, "FU-VFM", TODAY - timedelta(days=3))
    member, text = await due(house, MIRIAM)
    assert "CMA-2031: value for money review. It was due on 21 November 2026." in text
    async with house.app.database.store() as store:
        booked = await store.reviews.get(review.id)
        assert booked is not None
        booked.state, booked.booked_for = ReviewState.BOOKED, date(2026, 12, 3)
    member, text = await due(house, MIRIAM)
    assert "It is due on 3 December 2026. The meeting is booked for that day." in text
    async with house.app.database.store() as store:
        held = await store.reviews.get(review.id)
        assert held is not None
        held.state, held.held_on = ReviewState.DECISION, TODAY
    member, text = await due(house, MIRIAM)
    assert "It was held on 24 November 2026. Record what the Business Unit decides" in text
    assert await subjects(house, Kind.FOLLOWUP) == {}
    (digest,) = await member.says("digest")
    assert "CMA-2031: value for money review, held on 24 November 2026" in digest.text
    async with house.app.database.store() as store:
        done, closed = await store.reviews.get(review.id), await store.followups.get(opened.id)
        assert done is not None
        assert closed is not None
        done.state = ReviewState.DONE
        closed.close(FollowUpState.DONE, NOW, None)
    assert await subjects(house, Kind.DECISION_WANTED) == {}


async def test_an_agreed_activity_is_its_owners_until_it_is_done(house: House) -> None:
    async with house.app.database.store() as store:
        _, review = await follow_up(store)
        activity = Activity(
            review_id=review.id,
            contract_id=review.contract_id,
            text="Test the plan",
            owner_id=(await somebody(store, TOM)).id,
            month=Month(2026, 11),
        )
        await store.reviews.add(activity)
    owner, text = await due(house, TOM)
    assert "Activity 1: Test the plan (CMA-2031). It is due by the end of November 2026." in text
    await owner.says("activity 1 is done")
    assert await subjects(house, Kind.ACTIVITY) == {}


async def test_only_the_last_of_several_decisions_comes_back(house: House) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.ends = date(2028, 6, 10)
        maker = await somebody(store, TOM)
        for action_id in ("W3-04", None):
            review = Review(
                topic=Topic.VALUE_FOR_MONEY, contract_id=contract.id, opened_at=NOW, action_id=action_id
            )
            await store.reviews.add(review)
            await store.reviews.add(
                Decision(
                    review_id=review.id,
                    contract_id=contract.id,
                    topic=review.topic,
                    choice=Choice.NEXT_CONTRACT,
                    reason="It ends soon.",
                    maker_id=maker.id,
                    decided_on=TODAY,
                    next_step=Month(2027, 3),
                    recorded_by=maker.id,
                    recorded_at=NOW,
                )
            )
    _, text = await due(house, PRIYA)
    assert "value for money, next contract. This was left for the next contract." in text
    assert "It comes back on 10 December 2026." in text
    assert await subjects(house, Kind.DECISION) == {"decision:2": ("Priya Nair",)}


async def test_an_article_is_its_owners_while_they_are_here(house: House) -> None:
    article = ArticleFacts("kpi-design", "KPI design", TODAY, TOM.upper())
    lost = ArticleFacts("social-value", "Social value", TODAY, "left@example.gov.uk")
    assert await subjects(house, Kind.ARTICLE, article, lost) == {
        "article:kpi-design": ("Tom Hargreave",),
        "article:social-value": ("Helen Marlowe",),
    }


async def ask(store: Store) -> ExpertRequest:
    asker, expert = await somebody(store, PRIYA), await somebody(store, TOM)
    return await store.experts.add(
        ExpertRequest(asked_at=NOW, asker_id=asker.id, question="Who signs?", sent_to=[expert.id])
    )


async def test_a_question_that_nobody_has_taken_is_left_to_its_own_job(house: House) -> None:
    async with house.app.database.store() as store:
        request = await ask(store)
    assert await subjects(house, Kind.EXPERT) == {}
    for days in (1, 2, 3):
        await send_round_again(
            house.app.database, NOW + timedelta(days=days, hours=1), house.app.settings.zone
        )
    async with house.app.database.reading() as store:
        assert [each.step for each in await store.experts.steps(request.id)][-1] is Step.TO_LEAD
        handed_up = await store.experts.handed_up()
    assert handed_up[request.id].date() == TODAY + timedelta(days=3)
    # From here on the job is silent, and the reminders begin, two days later.
    assert await subjects(house, Kind.EXPERT) == {"expert:1": ("Helen Marlowe",)}


async def test_whoever_has_taken_a_question_is_reminded_of_it(house: House) -> None:
    async with house.app.database.store() as store:
        request = await ask(store)
        request.state, request.holder_id = ExpertState.CLAIMED, (await somebody(store, TOM)).id
        request.claimed_at = NOW
        await store.experts.note(ExpertStep(request_id=request.id, at=NOW, step=Step.CLAIMED))
    _, text = await due(house, TOM)
    assert "Request 1: Who signs? It has waited for an answer since 24 November 2026." in text


async def test_a_reviewed_contract_gets_a_new_date_and_is_not_mentioned_again(house: House) -> None:
    manager, text = await due(house, PRIYA)
    assert "CMA-2028: Home care, south of the county. Its review was due on 16 October 2026." in text
    await manager.clicks("New date CMA-2028 review")
    assert manager.form is not None
    await manager.fills(day="1/10/2026", reason="Reviewed with the supplier")
    assert "Enter a date after today" in manager.form.errors["day"]
    (kept,) = await manager.fills(day="16/10/2027", reason="Reviewed with the supplier")
    assert "CMA-2028: next review on 16 October 2027. It was 16 October 2026." in kept.text
    assert "I never write to the CMA" in kept.text
    _, text = await due(house, PRIYA)
    assert "Its review was due on 16 October 2026" not in text
    async with house.app.database.reading() as store:
        (row, *_) = await store.audit.latest()
    assert (row.act, row.subject) == ("new contract date", "CMA-2028")
    assert row.detail == {
        "which": "review",
        "before": "2026-10-16",
        "after": "2027-10-16",
        "reason": "Reviewed with the supplier",
    }


async def test_only_who_runs_a_contract_gives_it_a_new_date(house: House) -> None:
    manager = await house.person(PRIYA)
    (refused,) = await manager.says("new review date for CMA-2286")
    assert "I can't find a contract CMA-2286 among those you may see" in refused.text
    await manager.says("new insurance date for CMA-2028")
    assert manager.form is not None


async def test_a_contract_that_is_not_mine_is_handed_over(house: House) -> None:
    manager, _ = await due(house, PRIYA)
    await manager.clicks("Not mine CMA-2028 review")
    assert manager.form is not None
    assert manager.form.title == "Hand over CMA-2028"


async def test_a_contracts_reminder_is_snoozed_by_typing_too(house: House) -> None:
    manager = await house.person(PRIYA)
    for what in ("review", "assessment"):
        (kept,) = await manager.says(f"snooze CMA-2028 {what} to Monday")
        assert f"You will not be reminded of CMA-2028 {what} until Monday 30 November 2026." in kept.text
    async with house.app.database.reading() as store:
        person = await somebody(store, PRIYA)
        snoozed = {each.subject for each in await store.reminders.snoozed(person.id)}
    assert snoozed == {"contract:CMA-2028:review", "assessment:CMA-2028"}
    (back,) = await manager.says("unsnooze CMA-2028 review")
    assert "You will be reminded of CMA-2028 review again as usual." in back.text
    async with house.app.database.reading() as store:
        assert {each.subject for each in await store.reminders.snoozed(person.id)} == {"assessment:CMA-2028"}
