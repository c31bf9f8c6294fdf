"""The plan, the contracts and the directory, as people see them in chat."""

from __future__ import annotations

from datetime import timedelta

from storage.months import Month
from tests.conftest import Cast
from tests.driver import House


async def test_overdue_actions_are_listed_with_owner_and_month(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (listed,) = await manager.says("what's overdue?")
    assert "Overdue actions: 7 actions" in listed.text
    assert "W1-11" in listed.text
    assert "May 2026" in listed.text
    assert "W2-07" not in listed.text


async def test_months_pass_and_more_is_overdue(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    house.app.clock.move(timedelta(days=8))  # type: ignore[attr-defined]
    (listed,) = await manager.says("overdue")
    assert "November 2026" in listed.text


async def test_the_lead_sees_own_actions_and_the_whole_plan(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (own,) = await lead.says("my actions")
    assert "W1-02" in own.text
    assert "W1-03" not in own.text
    assert "Ongoing" in own.text
    (whole,) = await lead.says("all actions")
    assert "29 actions, 7 overdue" in whole.text
    assert "N-09" in whole.text
    (third,) = await lead.says("show wave 3 actions")
    assert "6 actions" in third.text


async def test_somebody_without_actions_is_shown_the_way_on(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (own,) = await manager.says("actions")
    assert "You own no action" in own.text
    (late,) = await manager.clicks("Overdue actions")
    assert "Overdue actions: 7 actions" in late.text


async def test_the_lead_sets_the_start_month(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await lead.says("set up")
    assert lead.form is not None
    await lead.fills(start="soon")
    assert lead.form is not None
    assert "such as 2026-05" in lead.form.errors["start"]
    (done,) = await lead.fills(start="2027-01")
    assert "January 2027" in done.text
    async with house.app.database.reading() as store:
        actions = {each.action.id: each for each in await store.programme.actions()}
        (entry,) = await store.audit.latest(1)
    checkpoint = actions["W1-01"].checkpoints[0]
    assert checkpoint.original == Month(2017, 10)
    assert checkpoint.expected == Month(2027, 5)
    assert entry.act == "confirm start month"
    assert entry.detail == {"start": "2027-01"}


async def test_a_contract_manager_cannot_set_up(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (refused,) = await manager.says("set up")
    assert "Only the SRM lead" in refused.text
    assert manager.form is None


async def test_my_contracts_and_one_of_them(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (listed,) = await manager.says("my contracts")
    shown = next(label for label in listed.buttons if label.startswith("Show "))
    (card,) = await manager.clicks(shown)
    assert shown.removeprefix("Show ") in card.text
    assert "Contract manager" in card.text


async def test_somebody_elses_contract_is_not_shown(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    async with house.app.database.reading() as store:
        person = await store.people.by_email(cast.manager)
        assert person is not None
        units = {each.id: each for each in await store.people.units()}
        foreign = next(
            each
            for each in await store.contracts.all()
            if person.id not in (each.manager_id, each.deputy_id, each.sro_id)
            and person.id not in (units[each.unit_id].csmg_member_id, units[each.unit_id].first_contact_id)
        )
    (refused,) = await manager.says(f"show {foreign.reference}")
    assert "can't find a contract" in refused.text
    assert foreign.title not in refused.text
    (card,) = await lead.says(f"show {foreign.reference}")
    assert foreign.title in card.text


async def test_help_lists_what_this_person_can_do(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    (plain,) = await manager.says("help")
    (leading,) = await lead.says("what can you do?")
    assert "my contracts" in plain.text
    assert "digest" not in plain.text
    assert "digest" in leading.text
    assert "set up" not in leading.text
    (of_the_plan,) = await lead.clicks("Help with plan")
    assert "set up" in of_the_plan.text
    (of_the_plan,) = await manager.says("help with the plan")
    assert "set up" not in of_the_plan.text
    assert "overdue" in of_the_plan.text
    (whole,) = await manager.says("help everything")
    assert "overdue" in whole.text
    assert "my contract is Gold" in whole.text
    assert "pause sending" not in whole.text


async def test_who_am_i(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (me,) = await lead.says("who am I?")
    assert cast.lead in me.text
    assert "SRM lead" in me.text
