"""A broadcast from the first words to the last figure, and who may do what with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.broadcasts.export import NoSuchBroadcast, broadcast_csv
from handlers.conversation.turn import Clicked
from scheduler.broadcasts import Broadcasts
from tests.conftest import Cast
from tests.driver import Chat, House, MemoryChat

MARKED_UP = "Come on **Monday**. <!everyone> @channel <!here> <at>all</at> [form](https://example.gov.uk)"


async def a_minute_passes(house: House, minutes: float = 1.1) -> None:
    """The clock moves on, and what is due goes out."""
    house.app.clock.move(timedelta(minutes=minutes))  # type: ignore[attr-defined]  # tests run on a clock that moves
    await ticks(house)


async def ticks(house: House) -> None:
    broadcasts = Broadcasts(house.app.database, house.app.clock, house.app.settings.zone, page=7)
    for _ in range(3):
        await broadcasts.tick()
        await house.app.outbox.sweep()


async def wrote(chat: Chat, title: str = "Drop-in on Monday", body: str = MARKED_UP) -> None:
    await chat.says("new broadcast")
    await chat.fills(title=title, body=body)


async def sent(chat: Chat, house: House) -> None:
    (asked,) = await chat.clicks("Send it")
    label = next(each for each in asked.buttons if each.startswith("Send to"))
    await chat.clicks(label)
    await a_minute_passes(house)


async def acts(house: House) -> list[str]:
    async with house.app.database.reading() as store:
        return [each.act for each in await store.audit.latest()]


async def test_it_reaches_everybody_once_and_its_figures_add_up(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await wrote(lead)
    await lead.clicks("Add a button")
    (card,) = await lead.fills(kind="acknowledge", label="I have read this")
    assert "can be reached" in card.text
    (asked,) = await lead.clicks("Send it")
    label = next(each for each in asked.buttons if each.startswith("Send to"))
    number = int(label.removeprefix("Send to ").split(" ", maxsplit=1)[0])
    (status,) = await lead.clicks(label)
    assert "goes out on Tuesday 24 November 2026 at 09:31" in status.text
    assert "I have read this" not in (await manager.screen() or [status])[-1].buttons
    await a_minute_passes(house)
    arrived = (await manager.screen())[-1]
    assert "<!everyone> @channel <!here>" in arrived.text
    assert arrived.buttons[:2] == ("I have read this", "Reply to the sender")
    async with house.app.database.reading() as store:
        found = await store.broadcasts.get(1)
        assert found is not None
        figures = await store.broadcast_figures.of(found, house.app.clock.now())
    assert figures.sent == number
    assert figures.audience == figures.sent + figures.not_reached
    (seen,) = await lead.says("broadcast 1")
    assert f"{number} of {figures.audience} people have it" in seen.text
    assert "does not tell a bot who has read" in seen.text


async def test_acknowledging_counts_once_and_only_the_others_are_chased(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    other = await house.person(cast.other_manager)
    await wrote(lead)
    await lead.clicks("Add a button")
    await lead.fills(kind="acknowledge", label="I have read this")
    await sent(lead, house)
    await manager.clicks("I have read this")
    assert "You have said that you have read this" in (await manager.screen())[-1].text
    before = len(await manager.screen())
    await lead.says("broadcast 1")
    await lead.clicks("Remind who has not acknowledged (3 left)")
    await ticks(house)
    assert "Reminder: please say that you have read" in (await other.screen())[-1].text
    assert len(await manager.screen()) == before
    (seen,) = await lead.says("broadcast 1")
    assert "(2 left)" in " ".join(seen.buttons)


async def test_a_minute_to_undo_it(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await wrote(lead)
    (asked,) = await lead.clicks("Send it")
    await lead.clicks(next(each for each in asked.buttons if each.startswith("Send to")))
    await lead.clicks("Undo")
    await a_minute_passes(house)
    assert not [each for each in await manager.screen() if "Drop-in on Monday" in each.text]
    assert "Draft: broadcast 1" in (await lead.screen())[-1].text
    assert {"send a broadcast", "undo a broadcast"} <= set(await acts(house))


async def test_it_is_corrected_and_withdrawn_in_place(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await wrote(lead)
    await sent(lead, house)
    before = len(await manager.screen())
    await lead.says("broadcast 1")
    await lead.clicks("Correct it")
    await lead.fills(body="Come on Tuesday.")
    await a_minute_passes(house)
    corrected = (await manager.screen())[-1]
    assert "Come on Tuesday." in corrected.text
    assert "Corrected on 24 November 2026" in corrected.text
    await lead.clicks("Withdraw it")
    await a_minute_passes(house)
    withdrawn = (await manager.screen())[-1]
    assert "This broadcast was withdrawn" in withdrawn.text
    assert "Come on" not in withdrawn.text
    assert len(await manager.screen()) == before


async def test_a_pause_holds_it_and_a_cancel_ends_it(house: House, cast: Cast) -> None:
    if house.platform == "web":
        # There the service's own ticks run, and may be quicker than the next step.
        return
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await wrote(lead)
    (asked,) = await lead.clicks("Send it")
    await lead.clicks(next(each for each in asked.buttons if each.startswith("Send to")))
    house.app.clock.move(timedelta(minutes=1.1))  # type: ignore[attr-defined]  # tests run on a clock that moves
    await Broadcasts(house.app.database, house.app.clock, house.app.settings.zone).tick()
    await lead.says("broadcast 1")
    await lead.clicks("Pause")
    await ticks(house)
    assert not [each for each in await manager.screen() if "Drop-in" in each.text]
    assert "Paused" in (await lead.screen())[-1].text
    await lead.clicks("Cancel the rest")
    await ticks(house)
    (seen,) = await lead.says("broadcast 1")
    assert "Cancelled" in seen.text
    assert not [each for each in await manager.screen() if "Drop-in" in each.text]


async def test_a_reply_comes_back_to_the_sender_and_is_answered(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await wrote(lead)
    await sent(lead, house)
    await manager.clicks("Reply to the sender")
    (told,) = await manager.fills(text="May I bring a <colleague>?")
    assert "Sent to" in told.text
    question = (await lead.screen())[-1]
    assert "May I bring a <colleague>?" in question.text
    await lead.clicks(question.buttons[0])
    await lead.fills(text="Please do.")
    assert "Please do." in (await manager.screen())[-1].text


async def test_a_contract_manager_can_do_none_of_it(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    await wrote(lead)
    for text in ("new broadcast", "broadcasts", "broadcast 1"):
        (refused,) = await manager.says(text)
        assert "Only the SRM lead or the deputy can send a broadcast" in refused.text
        assert "Drop-in" not in refused.text


async def test_a_member_proposes_and_the_lead_sends(house: House, cast: Cast) -> None:
    member, lead = await house.person(cast.member), await house.person(cast.lead)
    await wrote(member, "Scorecards")
    (told,) = await member.clicks("Propose it for sending")
    assert "is proposed to" in told.text
    proposal = (await lead.screen())[-1]
    assert "Come on" in proposal.text
    await lead.clicks("Send it back")
    await lead.fills(reason="Say which scorecards.")
    assert "Say which scorecards." in (await member.screen())[-1].text
    await member.says("broadcast 1")
    await member.clicks("Propose it for sending")
    await sent(lead, house)
    assert [each for each in await member.screen() if "has approved broadcast 1" in each.text]


async def test_its_figures_are_written_for_a_spreadsheet(memory_house: House, cast: Cast) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    await wrote(lead)
    await lead.clicks("Add a button")
    await lead.fills(kind="acknowledge", label="=I have read this")
    zone = memory_house.app.settings.zone
    async with memory_house.app.database.reading() as store:
        with pytest.raises(NoSuchBroadcast):
            await broadcast_csv(store, 1, zone)
    await sent(lead, memory_house)
    await manager.clicks("=I have read this")
    async with memory_house.app.database.reading() as store:
        head, *rows = (await broadcast_csv(store, 1, zone)).splitlines()
    assert head == "name,email,state,reason,platform,sent_at,pressed: =I have read this"
    (own,) = (each for each in rows if cast.manager in each)
    assert own.endswith(",sent,,memory,2026-11-24 09:31,2026-11-24 09:31")
    assert len(rows) == 40
    (told,) = await lead.says("export broadcast 1")
    assert "covenant export broadcast 1 --out broadcast-1.csv" in told.text
    (refused,) = await manager.says("export broadcast 1")
    assert "Only the SRM lead or the deputy" in refused.text


async def test_members_of_the_community_alone(memory_house: House, cast: Cast) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    other = await memory_house.person(cast.other_manager)
    await manager.says("join the community")
    await wrote(lead)
    await lead.clicks("Change the audience")
    (card,) = await lead.fills(who="members")
    assert "Those who have joined the Community of Practice" in card.text
    assert "1 person can be reached" in card.text
    await sent(lead, memory_house)
    assert "Come on" in (await manager.screen())[-1].text
    assert not [each for each in await other.screen() if "Come on" in each.text]


async def test_narrowing_by_unit_and_tier_counts_at_once(memory_house: House, cast: Cast) -> None:
    lead = await memory_house.person(cast.lead)
    await wrote(lead)
    await lead.clicks("Change the audience")
    (wide,) = await lead.fills(who="community", tiers="Platinum,Gold")
    assert "who manage Platinum or Gold contracts" in wide.text
    await lead.clicks("Change the audience")
    (narrow,) = await lead.fills(who="community", tiers="Platinum")

    def count(text: str) -> int:
        return int(text.split("Count now: ")[1].split(" ", maxsplit=1)[0])

    assert 0 < count(narrow.text) < count(wide.text)
    await lead.clicks("Change the audience")
    (unit,) = await lead.fills(who="everyone", tiers="", units="Adult Social Care")
    assert "in Adult Social Care" in unit.text
    await lead.clicks("Change the audience")
    (role,) = await lead.fills(
        who="everyone", units="Adult Social Care", roles="CSMG member, First point of contact"
    )
    assert "with the role CSMG member or First point of contact" in role.text
    assert 0 < count(role.text) < count(unit.text) < count(wide.text)


async def test_it_comes_again_at_the_same_hour_on_the_wall(memory_house: House, cast: Cast) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    await wrote(lead, body="Weekly note")
    await lead.clicks("Change the time")
    await lead.fills(day="2027-03-24", time="9:30", repeat="weekly")
    (asked,) = await lead.clicks("Send it")
    await lead.clicks(next(each for each in asked.buttons if each.startswith("Schedule")))
    clock = memory_house.app.clock
    # The clocks go forward on 28 March 2027: 09:30 is an hour earlier by UTC from then on.
    for moment, copies in (("2027-03-24T09:31", 1), ("2027-03-31T08:29", 1), ("2027-03-31T08:31", 2)):
        clock.move(datetime.fromisoformat(moment).replace(tzinfo=UTC) - clock.now())  # type: ignore[attr-defined]  # tests run on a clock that moves
        await ticks(memory_house)
        assert len([each for each in await manager.screen() if "Weekly note" in each.text]) == copies
    (ahead,) = await lead.says("broadcast 3")
    assert "goes out on Wednesday 7 April 2027 at 09:30:00, UK time. It repeats every week." in ahead.text
    await lead.clicks("Undo")
    await a_minute_passes(memory_house, 60 * 24 * 30)
    assert len([each for each in await manager.screen() if "Weekly note" in each.text]) == copies


STEERING = ("undo", "look", "pause", "resume", "cancel", "retry", "chase", "correct", "withdraw", "send_back")
WRITING = ("open", "change_text", "change_audience", "change_time", "add_button", "drop_button", "propose")
KEEPING = ("test", "not_reached", "duplicate", "template", "remove")


@pytest.mark.parametrize("act", ["send", "confirm", *STEERING, *WRITING, *KEEPING])
async def test_a_forged_click_of_a_contract_manager_changes_nothing(
    memory_house: House, cast: Cast, act: str
) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    assert isinstance(manager, MemoryChat)
    await wrote(lead)
    before = await acts(memory_house)
    params = {"broadcast_id": 1} | ({"version": 2} if act == "confirm" else {})
    (refused,) = await manager.sends(Clicked(f"broadcasts.{act}", params), "a forged click")
    assert "Only the SRM lead or the deputy can send a broadcast" in refused.text
    assert "Drop-in" not in refused.text
    assert await acts(memory_house) == before


@pytest.mark.parametrize("act", ["send", "confirm", *STEERING])
async def test_who_may_write_one_can_not_send_it(memory_house: House, cast: Cast, act: str) -> None:
    member = await memory_house.person(cast.member)
    assert isinstance(member, MemoryChat)
    await wrote(member)
    before = await acts(memory_house)
    params = {"broadcast_id": 1} | ({"version": 2} if act == "confirm" else {})
    (refused,) = await member.sends(Clicked(f"broadcasts.{act}", params), "a forged click")
    assert "Only the SRM lead or the deputy can do this" in refused.text
    assert await acts(memory_house) == before


async def test_a_draft_of_somebody_else_is_not_shown_to_who_may_write(
    memory_house: House, cast: Cast
) -> None:
    lead, member = await memory_house.person(cast.lead), await memory_house.person(cast.member)
    await wrote(lead, "Not for members yet")
    (listed,) = await member.says("broadcasts")
    assert "Not for members yet" not in listed.text
    (refused,) = await member.says("broadcast 1")
    assert "I know no broadcast 1" in refused.text
