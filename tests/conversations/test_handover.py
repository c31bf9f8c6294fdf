"""A contract moves through its stages and changes hands, and churn is counted without names."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from handlers.contracts.churn import shown
from storage.contracts import Contract, Stage
from storage.followups import FollowUp
from storage.handovers import HandoverState
from storage.reviews import Activity, Review, Topic
from tests.driver import House

PRIYA, MIRIAM = "priya.nair@example.gov.uk", "miriam.goldberg@example.gov.uk"
CHLOE, STEPHEN = "chloe.bennett@example.gov.uk", "stephen.blackwood@example.gov.uk"
HELEN = "helen.marlowe@example.gov.uk"
CHECKLIST = {
    "file": "yes",
    "dates": "Notice in March.",
    "risks": "None open.",
    "people": "The account manager.",
    "promised": "A price review.",
    "introduced": "no",
}


async def test_a_stage_asks_for_what_it_needs_and_names_the_handover_point(house: House) -> None:
    member, manager = await house.person(MIRIAM), await house.person(PRIYA)
    await member.says("handover point for exit: tell the procurement team")
    await manager.says("move CMA-2039 to exit")
    assert manager.form is not None
    assert "ends" not in manager.form.values, "the register has the end"
    (moved,) = await manager.fills(exit_plan="In the file", next="A new contract", data="Nothing")
    assert "is in the exit stage now" in moved.text
    assert "Tell the procurement team" in moved.text
    assert (await _contract(house, "CMA-2039")).stage is Stage.EXIT
    (history,) = await manager.says("history of CMA-2039")
    assert "What takes the contract's place: A new contract" in history.text
    (again,) = await manager.says("move CMA-2039 to exit")
    assert "already" in again.text
    (choice,) = await manager.says("change the stage of CMA-2039")
    assert "is in the exit stage. Where does it go?" in choice.text
    assert "Operate" in choice.buttons


async def test_somebody_else_cannot_move_a_contract(house: House) -> None:
    stranger = await house.person(STEPHEN)
    (refused,) = await stranger.says("move CMA-2039 to exit")
    assert "can't find a contract" in refused.text


async def test_a_handover_goes_by_both_and_takes_open_items_along(house: House) -> None:
    await _activity(house)
    goes, comes = await house.person(PRIYA), await house.person(CHLOE)
    await goes.says("hand over CMA-2039")
    await goes.fills(to="Chloe Bennett", why="New post")
    await goes.clicks("Fill in for CMA-2039")
    await goes.fills(**CHECKLIST)
    assert "A price review." in (await comes.screen())[-1].text

    await comes.clicks("Confirm CMA-2039")
    await comes.fills(complete="no", missing="The file's address")
    assert "The file's address" in (await goes.screen())[-1].text
    await goes.says("handovers")
    await goes.clicks("Go on with CMA-2039")
    assert goes.form is not None
    assert goes.form.values["promised"] == "A price review."
    await goes.fills(**CHECKLIST | {"dates": "In the shared folder"})
    await comes.says("handovers")
    await comes.clicks("Go on with CMA-2039")
    (done,) = await comes.fills(complete="yes")
    assert "Chloe Bennett is the contract manager" in done.text
    assert "went over: 1" in done.text
    assert "never write to the CMA" in done.text

    async with house.app.database.reading() as store:
        chloe = await store.people.by_email(CHLOE)
        assert chloe is not None
        (activity,) = await store.reviews.open_activities()
        assert activity.owner_id == chloe.id
        handover = await store.handovers.get(1)
    assert handover is not None
    assert handover.state is HandoverState.DONE
    assert (await _contract(house, "CMA-2039")).manager_id == chloe.id


async def test_the_next_manager_takes_it_on_where_nobody_is_left(house: House) -> None:
    async with house.app.database.store() as store:
        priya = await store.people.by_email(PRIYA)
        assert priya is not None
        priya.active = False
    member, comes = await house.person(MIRIAM), await house.person(CHLOE)
    (without,) = await member.says("contracts without a manager")
    assert "CMA-2039" in without.text
    await member.says("hand over CMA-2039")
    (started,) = await member.fills(to="Chloe Bennett", why="Left")
    assert "not there to hand over" in started.text
    await comes.clicks("Confirm CMA-2039")
    await comes.fills(complete="yes")
    assert "is the contract manager" in (await member.screen())[-1].text


async def test_a_handover_cannot_be_confirmed_by_another_or_twice(house: House) -> None:
    goes, comes = await house.person(PRIYA), await house.person(CHLOE)
    await goes.says("hand over CMA-2039")
    await goes.fills(to="Chloe Bennett", why="New post")
    (second,) = await goes.says("hand over CMA-2039")
    assert "being handed over" in second.text
    await goes.clicks("Fill in for CMA-2039")
    await goes.fills(**CHECKLIST)
    (late,) = await goes.clicks("Fill in for CMA-2039")
    assert "gone on meanwhile" in late.text
    await comes.clicks("Confirm CMA-2039")
    await comes.fills(complete="yes")
    (again,) = await comes.clicks("Confirm CMA-2039")
    assert "gone on meanwhile" in again.text


async def test_churn_names_nobody_and_hides_small_counts(house: House) -> None:
    async with house.app.database.store() as store:
        chloe = await store.people.by_email(CHLOE)
        assert chloe is not None
        for contract in (await store.contracts.all())[:6]:
            await store.handovers.change_manager(contract, chloe.id, house.app.clock.now(), "moved")
        other = await store.contracts.by_reference("CMA-2278")
        assert other is not None
        for unit in await store.people.units():
            if unit.name == "Resources":
                other.unit_id = unit.id
        await store.handovers.change_manager(
            other, chloe.id, house.app.clock.now() - timedelta(days=2), "moved"
        )
    lead, manager = await house.person(HELEN), await house.person(PRIYA)
    (counted,) = await lead.says("churn")
    assert "Fewer than 5" in counted.text
    assert "Chloe" not in counted.text
    (refused,) = await manager.says("churn")
    assert "SRM lead" in refused.text
    assert [shown(each) for each in (0, 1, 4, 5)] == ["0", "Fewer than 5", "Fewer than 5", "5"]


@pytest.mark.parametrize(
    ("deputy", "heir"), [(CHLOE, CHLOE), (None, "tom.hargreave@example.gov.uk")], ids=["deputy", "contact"]
)
async def test_what_a_manager_leaves_goes_to_the_deputy_else_the_first_contact(
    memory_house: House, deputy: str | None, heir: str
) -> None:
    await _activity(memory_house)
    app = memory_house.app
    async with app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2039")
        stands_in = await store.people.by_email(deputy) if deputy else None
        assert contract is not None
        contract.deputy_id = stands_in.id if stands_in else None
        await store.followups.add(
            FollowUp(
                rule="FU-KNOWLEDGE",
                contract_id=contract.id,
                area="knowledge",
                opened_at=app.clock.now(),
                due=date(2026, 12, 1),
                owner_id=contract.manager_id,
            )
        )
        await store.handovers.change_manager(contract, None, app.clock.now(), "changed in the register")
    person = await memory_house.person(heir)
    (activities,) = await person.says("activities")
    assert "Test it" in activities.text
    (follow_ups,) = await person.says("follow-ups")
    assert "FU-KNOWLEDGE" in follow_ups.text
    async with app.database.reading() as store:
        there = await store.people.by_email(heir)
        assert there is not None
        assert [each.owner_id for each in await store.reviews.open_activities()] == [there.id]
        assert [each.owner_id for each in await store.followups.all_open()] == [there.id]
    member = await memory_house.person(MIRIAM)
    (without,) = await member.says("contracts without a manager")
    assert "CMA-2039" in without.text
    (card,) = await member.says("show CMA-2039")
    assert "Contract manager: None on record" in card.text


async def test_what_nobody_could_take_over_waits_for_the_next_manager(memory_house: House) -> None:
    await _activity(memory_house)
    app = memory_house.app
    async with app.database.store() as store:
        for unit in await store.people.units():
            unit.first_contact_id = None
        contract = await store.contracts.by_reference("CMA-2039")
        chloe = await store.people.by_email(CHLOE)
        assert contract is not None
        assert chloe is not None
        contract.deputy_id = None
        assert await store.handovers.change_manager(contract, None, app.clock.now(), "moved") == 0
        assert await store.handovers.change_manager(contract, chloe.id, app.clock.now(), "moved") == 1
        (activity,) = await store.reviews.open_activities()
        assert activity.owner_id == chloe.id


async def _activity(house: House) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2039")
        priya = await store.people.by_email(PRIYA)
        assert contract is not None
        assert priya is not None
        now = house.app.clock.now()
        review = Review(topic=Topic.RISK, contract_id=contract.id, opened_at=now)
        await store.reviews.add(review)
        month = (await store.programme.actions())[0].checkpoints[0].original
        await store.reviews.add(
            Activity(
                review_id=review.id, contract_id=contract.id, text="Test it", owner_id=priya.id, month=month
            )
        )


async def _contract(house: House, reference: str) -> Contract:
    async with house.app.database.reading() as store:
        found = await store.contracts.by_reference(reference)
    assert found is not None
    return found


@pytest.mark.parametrize("side", ["memory"], indirect=True)
async def test_reminders_that_name_the_contract_go_over_with_it(house: House) -> None:
    goes, comes = await house.person(PRIYA), await house.person(CHLOE)
    await goes.says("remind me about the bond of cma-2039 on 4 January 2027")
    await goes.says("remind me about CMA-20391 on 4 January 2027")
    await goes.says("remind me about my own rota every week")
    await goes.says("remind me to thank the CMA-2039 team on 5 January 2027")
    await goes.says("hand over CMA-2039")
    (asked,) = await goes.fills(to="Chloe Bennett", why="New post")
    assert "go to Chloe Bennett too: reminder 1, “the bond of cma-2039”; reminder 4" in asked.text
    await goes.says("cancel reminder 4")
    await goes.clicks("Fill in for CMA-2039")
    await goes.fills(**CHECKLIST)
    await comes.clicks("Confirm CMA-2039")
    (done,) = await comes.fills(complete="yes")
    assert "reminders that went over: 1." in done.text
    (theirs,) = await comes.says("my reminders")
    assert "the bond of cma-2039" in theirs.text
    (kept,) = await goes.says("my reminders")
    assert "bond" not in kept.text
    assert "CMA-20391" in kept.text
    assert "my own rota" in kept.text
