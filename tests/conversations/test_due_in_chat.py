"""Looking at reminders, changing their rules, and what arrives when the clock moves on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from handlers.conversation.message import from_json
from handlers.conversation.turn import Clicked
from scheduler.clock import MovedClock
from storage.deliveries import Delivery
from storage.months import months_after
from storage.programme import ActionStatus
from storage.rules import Kind, shipped_rules
from tests.conftest import Cast
from tests.driver import Chat, House, MemoryChat, Shown

memory = pytest.mark.parametrize("side", ["memory"], indirect=True)


async def passes(house: House, days: int = 0, hours: int = 0) -> None:
    """Time goes by, and the ticks with it."""
    assert isinstance(house.app.clock, MovedClock)
    house.app.clock.move(timedelta(days=days, hours=hours))
    await house.app.nudger.tick()
    while await house.app.outbox.sweep():
        pass
    await house.app.outbox.idle()


async def reminders(chat: Chat) -> list[Shown]:
    """The reminders on somebody's screen."""
    return [each for each in await chat.screen() if "for another hour, or once a week" in each.text]


async def test_one_message_a_day_says_what_is_due(house: House, cast: Cast) -> None:
    manager = await house.person("priya.nair@example.gov.uk")
    await passes(house)
    # It is Tuesday, and her review is due on Friday.
    assert not await reminders(manager)
    await passes(house, days=3)
    (first,) = await reminders(manager)
    assert "overdue (2)" in first.text.casefold()
    assert "due soon (1)" in first.text.casefold()
    assert "CMA-2015: Home care, north of the county." in first.text
    assert "Its review is due on 27 November 2026." in first.text
    assert "Show CMA-2015" in first.buttons
    await passes(house, hours=2)
    assert len(await reminders(manager)) == 1


async def test_a_late_thing_can_be_given_context_that_goes_up_with_it(house: House, cast: Cast) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.review_date = date(2026, 11, 19)
    manager, deputy = (
        await house.person("priya.nair@example.gov.uk"),
        await house.person("daniel.osei@example.gov.uk"),
    )
    await passes(house)
    await passes(house, days=2)
    late = (await manager.screen())[-1]
    assert "Its review was due on 19 November 2026." in late.text
    assert "If it is still open on 3 December 2026, Daniel Osei is told too." in late.text
    await manager.clicks(next(each for each in late.buttons if each.startswith("Update progress")))
    await manager.fills(status="Blocked", text="The supplier's accounts come on <Monday>.")
    await passes(house, days=7)
    up = (await deputy.screen())[-1]
    assert "It has come up to you and is still open. It is with Priya Nair." in up.text
    assert "Priya Nair adds: Blocked: The supplier's accounts come on <Monday>." in up.text


async def test_what_is_due_lists_it_at_once(house: House, cast: Cast) -> None:
    manager = await house.person("priya.nair@example.gov.uk")
    (answer,) = await manager.says("what is due")
    assert "CMA-2028: Home care, south of the county." in answer.text
    assert "overdue" in answer.text.casefold()


async def test_the_lead_sees_who_will_be_reminded_and_others_do_not(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    (found,) = await lead.says("who will be reminded")
    assert "in the next 30 days" in found.text
    assert "Priya Nair" in found.text
    (theirs,) = await lead.says("what will Priya Nair be reminded of")
    assert "to Priya Nair in the next 30 days" in theirs.text
    assert "27 November 2026, 09:00" in theirs.text
    assert "CMA-2015: Home care, north of the county" in theirs.text
    (nobody,) = await lead.says("what will Santa be reminded of")
    assert "can't tell which person" in nobody.text
    for text in ("who will be reminded", "what will Priya Nair be reminded of"):
        (refused,) = await manager.says(text)
        assert "Only the SRM lead" in refused.text


async def test_the_digest_is_for_ones_own_business_unit(house: House, cast: Cast) -> None:
    member, lead, manager = (
        await house.person("miriam.goldberg@example.gov.uk"),
        await house.person(cast.lead),
        await house.person(cast.manager),
    )
    (own,) = await member.says("digest")
    assert "how things stand: adult social care" in own.text.casefold()
    assert "Highways" not in own.text
    (whole,) = await lead.says("digest")
    assert "By Business Unit" in whole.text
    assert "CSMG member" in whole.text, "Public Health's post is vacant in the sample"
    closer = next(each for each in whole.buttons if each.startswith("Overdue in "))
    (rows,) = await lead.clicks(closer)
    assert closer in rows.text
    (refused,) = await manager.says("digest")
    assert "for CSMG members and the SRM lead" in refused.text


async def test_a_rule_is_changed_after_its_effect_was_seen(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (table,) = await lead.says("reminder rules")
    assert "Notice dates" in table.text
    await lead.says("change reminder rule contract reviews")
    same = {"on_the_day": "yes", "channel": "message", "urgent": "no"}
    await lead.fills(escalate="3", **same)
    assert lead.form is not None
    assert "at least 7 days" in lead.form.errors["escalate"]
    (effect,) = await lead.fills(before="30, 14, 7", escalate="14, 28, 56", **same)
    assert "30, 7 becomes 30, 14, 7" in effect.text
    assert "Nothing is changed yet" in effect.text
    async with house.app.database.reading() as store:
        assert await store.reminder_rules.all() == shipped_rules()
    await lead.clicks("Save the change")
    async with house.app.database.reading() as store:
        assert (await store.reminder_rules.all())[Kind.CONTRACT_REVIEW].before == (30, 14, 7)
        (row, *_) = await store.audit.latest()
        assert (row.act, row.subject) == ("change reminder rule", "contract_review")


async def test_only_the_lead_changes_rules(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    for text in ("reminder rules", "change reminder rule insurance"):
        (refused,) = await manager.says(text)
        assert "Only the SRM lead" in refused.text


async def test_a_kind_is_switched_off_and_on_but_not_a_statutory_one(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (refused,) = await manager.says("stop reminders about notice dates")
    assert "can't be switched off" in refused.text
    (off,) = await manager.says("stop reminders about scorecards")
    assert "no more reminders about scorecards" in off.text
    assert "still goes up" not in off.text
    (reviews,) = await manager.says("stop reminders about contract reviews")
    assert "What stays late still goes up to others, and you are not told before." in reviews.text
    (on,) = await manager.says("start reminders about scorecards")
    assert "again" in on.text


async def test_what_is_done_is_not_mentioned_again(house: House, cast: Cast) -> None:
    owner = await house.person("sunita.deshpande@example.gov.uk")
    (before,) = await owner.says("what is due")
    assert "W1-05" in before.text
    async with house.app.database.store() as store:
        for action in (await store.programme.existing()).values():
            if action.id == "W1-05":
                action.status = ActionStatus.COMPLETE
    (after,) = await owner.says("what is due")
    assert "W1-05" not in after.text


async def _notice_in(house: House, days: int) -> None:
    """The notice date of a contract of Priya's turns out to be near."""
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        today = house.app.clock.now().date()
        contract.ends, contract.notice_months = months_after(today + timedelta(days=days), 3), 3


@pytest.mark.parametrize("side", ["memory"], indirect=True)
async def test_what_is_urgent_comes_within_the_hour_and_once(house: House) -> None:
    manager = await house.person("priya.nair@example.gov.uk")
    await passes(house)
    await passes(house, days=3)
    assert len(await reminders(manager)) == 1
    await passes(house, hours=1)
    # The reminder of 14 days before lies behind, and nobody had it.
    await _notice_in(house, 12)
    await passes(house, hours=1)
    (_, urgent) = await reminders(manager)
    assert "CMA-2031: " in urgent.text
    assert "notice must be given by 9 December 2026" in urgent.text
    assert "CMA-2015" not in urgent.text, "what can wait is not said again"
    for _ in range(5):
        await passes(house, hours=1)
    assert len(await reminders(manager)) == 2


@pytest.mark.parametrize("side", ["memory"], indirect=True)
async def test_what_is_urgent_waits_for_the_end_of_quiet_hours(house: House) -> None:
    manager = await house.person("priya.nair@example.gov.uk")
    await passes(house)
    await passes(house, days=2, hours=9)
    before = len(await reminders(manager))
    await _notice_in(house, 12)
    await passes(house, hours=2)
    assert len(await reminders(manager)) == before
    await passes(house, hours=12)
    assert "notice must be given by" in (await reminders(manager))[-1].text


@pytest.mark.parametrize("side", ["memory"], indirect=True)
async def test_those_who_want_it_at_once_hear_of_everything_within_the_hour(house: House) -> None:
    manager = await house.person("priya.nair@example.gov.uk")
    await manager.says("preferences")
    await manager.clicks("Change preferences")
    await manager.fills(cadence="at_once")
    await passes(house)
    await passes(house, days=3)
    before = len(await reminders(manager))
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.insurance_ends = date(2026, 12, 26)
    await passes(house, hours=1)
    assert len(await reminders(manager)) == before + 1
    assert "insurance evidence runs out on 26 December 2026" in (await reminders(manager))[-1].text


async def busy(house: House) -> Chat:
    """A contract manager on whom a dozen contracts wait."""
    manager = await house.person("priya.nair@example.gov.uk")
    async with house.app.database.store() as store:
        person = await store.people.by_email("priya.nair@example.gov.uk")
        assert person is not None
        for contract in (await store.contracts.all())[:12]:
            contract.manager_id, contract.deputy_id = person.id, None
    return manager


def named(message: Shown) -> list[str]:
    """What has a button to snooze it."""
    return [each for each in message.buttons if each.startswith("Snooze ")]


async def walked(chat: Chat, page: Shown) -> list[str]:
    """Everything that the pages after this one have buttons for; the button is clicked and typed in turn."""
    shown: list[str] = []
    while label := next((each for each in page.buttons if each.startswith("Show the ")), ""):
        (page,) = await chat.says("more") if len(shown) % 2 else await chat.clicks(label)
        assert 0 < len(named(page)) <= 5
        shown += named(page)
    return shown


async def test_every_thing_of_a_message_can_be_reached_with_its_buttons(house: House) -> None:
    manager = await busy(house)
    await passes(house)
    await passes(house, days=6)
    first = (await reminders(manager))[-1]
    assert len(named(first)) == 5
    groups = [int(each.split(")")[0]) for each in first.text.split("(")[1:] if each[0].isdigit()]
    shown = [*named(first), *await walked(manager, first)]
    assert len(shown) == len(set(shown)) == sum(groups) > 10


async def test_more_goes_on_after_something_else_was_done(house: House) -> None:
    manager = await busy(house)
    (first,) = await manager.says("what is due")
    await manager.says("show CMA-2015")
    (second,) = await manager.says("more")
    await manager.says(f"snooze {named(second)[0].removeprefix('Snooze ')} to next Friday")
    (third,) = await manager.says("show the next five")
    shown = [*named(first), *named(second), *named(third)]
    assert len(shown) == len(set(shown)) == 15


@memory
async def test_what_is_settled_meanwhile_moves_nothing_past_anybody(house: House) -> None:
    manager = await busy(house)
    (first,) = await manager.says("what is due")
    rest = await walked(manager, first)
    (first,) = await manager.says("what is due")
    async with house.app.database.store() as store:
        _, reference, word = named(first)[-1].split()
        contract = await store.contracts.by_reference(reference)
        assert contract is not None
        assert word == "extension"
        contract.extension_months = None
    assert await walked(manager, first) == rest


@memory
async def test_the_rest_of_somebody_elses_message_is_shown_to_nobody_else(house: House) -> None:
    manager, other = await busy(house), await house.person("ryan.coverdale@example.gov.uk")
    await passes(house)
    await passes(house, days=6)
    async with house.app.database.reading() as store:
        priya = await store.people.by_email("priya.nair@example.gov.uk")
        assert priya is not None
        deliveries = await store.session.scalars(select(Delivery).where(Delivery.person_id == priya.id))
        message = next(from_json(each.message) for each in deliveries if each.cause == "nudge")
    button = next(each for each in message.buttons if each.label == "Show the next five")
    assert isinstance(other, MemoryChat)
    assert isinstance(manager, MemoryChat)
    (refused,) = await other.sends(Clicked(button.action, button.params), "one")
    assert "That was all" in refused.text
    (shown,) = await manager.sends(Clicked(button.action, button.params), "two")
    assert len(named(shown)) == 5
