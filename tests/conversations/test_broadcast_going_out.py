"""A broadcast on its way and afterwards: progress, quiet hours, failures, reminders, replies and channels."""

from __future__ import annotations

from datetime import timedelta

from handlers.conversation.turn import Clicked, Said
from scheduler.broadcasts import Broadcasts
from scheduler.gateway import Refused
from storage.accounts import Account
from storage.addresses import Address
from storage.manners import Manner
from tests.conftest import Cast
from tests.conversations.test_broadcasts import a_minute_passes, acts, sent, ticks, wrote
from tests.driver import Chat, House, MemoryChat, MemoryGateway

CHANNEL = Address("memory", "test", "cop")


async def confirmed(chat: Chat, house: House) -> None:
    """It is confirmed, its minute has passed and its deliveries wait; nothing has gone out yet."""
    (asked,) = await chat.clicks("Send it")
    await chat.clicks(next(each for each in asked.buttons if each.startswith("Send to")))
    house.app.clock.move(timedelta(minutes=1.1))  # type: ignore[attr-defined]  # tests run on a clock that moves
    await Broadcasts(house.app.database, house.app.clock, house.app.settings.zone).tick()


async def person_id(house: House, email: str) -> int:
    async with house.app.database.reading() as store:
        person = await store.people.by_email(email)
    assert person is not None
    return person.id


async def test_the_senders_message_is_renewed_in_its_place(house: House, cast: Cast) -> None:
    if house.platform == "web":
        # There the service's own ticks run, and may be quicker than the next step.
        return
    lead = await house.person(cast.lead)
    await wrote(lead)
    await confirmed(lead, house)
    messages = len(await lead.screen())
    assert "goes out on" in (await lead.screen())[-1].text
    await house.app.outbox.sweep()
    assert any("Sending:" in each.text for each in await lead.screen())
    await a_minute_passes(house)
    # The sender is one of those who get it; beside that copy nothing is new.
    shown = [each.text for each in await lead.screen()]
    assert len(shown) == messages + 1
    assert sum("have it" in each for each in shown) == 1
    assert any("Sent:" in each and "40 of 40 people have it" in each for each in shown)


async def test_a_paused_one_goes_on_where_it_was(house: House, cast: Cast) -> None:
    if house.platform == "web":
        # There the service's own ticks run, and may be quicker than the next step.
        return
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await wrote(lead)
    await confirmed(lead, house)
    await lead.says("broadcast 1")
    await lead.clicks("Pause")
    await ticks(house)
    assert not [each for each in await manager.screen() if "Drop-in" in each.text]
    await lead.clicks("Resume")
    await ticks(house)
    assert len([each for each in await manager.screen() if "Drop-in" in each.text]) == 1
    assert {"pause a broadcast", "resume a broadcast"} <= set(await acts(house))


async def test_only_what_failed_is_tried_again(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    lead = await memory_house.person(cast.lead)
    manager, other = [await memory_house.person(each) for each in (cast.manager, cast.other_manager)]
    await wrote(lead)
    gateway.closed = {cast.manager: Refused("the mailbox is full")}
    await sent(lead, memory_house)
    (seen,) = await lead.says("broadcast 1")
    assert "Failed: 1: 1 the mailbox is full" in seen.text
    gateway.closed = {}
    before = len(await other.screen())
    await lead.clicks("Try the failed again")
    await ticks(memory_house)
    assert "Come on" in (await manager.screen())[-1].text
    assert len(await other.screen()) == before
    (seen,) = await lead.says("broadcast 1")
    assert "40 of 40 people have it" in seen.text
    assert "Try the failed again" not in seen.buttons
    assert "retry a broadcast" in await acts(memory_house)


async def test_people_are_reminded_as_often_as_is_set_and_no_more(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    (refused,) = await manager.says("broadcast settings")
    assert "Only the SRM lead or the deputy" in refused.text
    await lead.says("broadcast settings")
    (kept,) = await lead.fills(chases="1")
    assert "at most 1" in kept.text
    await wrote(lead)
    await lead.clicks("Add a button")
    await lead.fills(kind="acknowledge", label="I have read this")
    await sent(lead, house)
    await lead.says("broadcast 1")
    await lead.clicks("Remind who has not acknowledged (1 left)")
    await ticks(house)
    (seen,) = await lead.says("broadcast 1")
    assert not [each for each in seen.buttons if each.startswith("Remind")]
    # The button of the message before is still there to be pressed.
    if isinstance(lead, MemoryChat):
        (told,) = await lead.sends(Clicked("broadcasts.chase", {"broadcast_id": 1}), "once more")
        assert "reminded 1 times already" in told.text
    await ticks(house)
    reminders = [each for each in await manager.screen() if "Reminder: please say" in each.text]
    assert len(reminders) == 1


async def test_quiet_hours_hold_it_unless_it_is_urgent(memory_house: House, cast: Cast) -> None:
    lead = await memory_house.person(cast.lead)
    manager, other = [await memory_house.person(each) for each in (cast.manager, cast.other_manager)]
    quiet = Manner(person_id=await person_id(memory_house, cast.manager), quiet_from=9, quiet_to=11)
    async with memory_house.app.database.store() as store:
        await store.manners.put(quiet)
    await wrote(lead, "Can wait")
    await sent(lead, memory_house)
    assert [each for each in await other.screen() if "Come on" in each.text]
    assert not [each for each in await manager.screen() if "Come on" in each.text]
    (seen,) = await lead.says("broadcast 1")
    assert "Waiting: 1, 1 of them until their quiet hours end" in seen.text
    await wrote(lead, "Cannot wait")
    await lead.clicks("Change the time")
    await lead.fills(urgent="yes")
    await sent(lead, memory_house)
    assert "Urgent." in (await manager.screen())[-1].text
    await a_minute_passes(memory_house, 90)
    assert len([each for each in await manager.screen() if "Come on" in each.text]) == 2


async def test_one_copy_on_the_platform_that_is_preferred(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    lead = await memory_house.person(cast.lead)
    manager_id = await person_id(memory_house, cast.manager)
    async with memory_house.app.database.store() as store:
        other = Account(
            person_id=manager_id, platform="slack", workspace="T0", user_id="U0", conversation="D0"
        )
        store.people.add(other)
        await store.manners.put(Manner(person_id=manager_id, platform="memory"))
    await wrote(lead)
    await sent(lead, memory_house)
    async with memory_house.app.database.reading() as store:
        assert await store.deliveries.by_key(f"broadcast:1:person:{manager_id}") is not None
        found = await store.broadcasts.get(1)
        assert found is not None
        figures = await store.broadcast_figures.of(found, memory_house.app.clock.now())
    assert figures.audience == figures.sent == 40
    assert len([each for each in gateway.sent[cast.manager] if "Drop-in" in each.summary]) == 1


async def named(lead: Chat) -> None:
    """The lead gives the channel a name."""
    assert isinstance(lead, MemoryChat)
    said = Said("name this channel community", mentioned=True)
    await lead.sends(said, "name", direct=False, address=CHANNEL)


async def test_it_goes_to_a_channel_as_well_and_is_withdrawn_there(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    assert isinstance(manager, MemoryChat)
    said = Said("name this channel community", mentioned=True)
    (refused,) = (await manager.sends(said, "by a manager", direct=False, address=CHANNEL),)
    assert not refused
    assert "Only the SRM lead" in gateway.sent["cop"][-1].summary
    await named(lead)
    await wrote(lead)
    await lead.clicks("Change the audience")
    (card,) = await lead.fills(who="nobody", channels="1")
    assert "0 people can be reached, and 1 channel" in card.text
    await sent(lead, memory_house)
    assert gateway.sent["cop"][-1].summary == "Drop-in on Monday"
    assert not [each for each in await manager.screen() if "Come on" in each.text]
    (seen,) = await lead.says("broadcast 1")
    assert "Audience: 1" in seen.text
    await lead.clicks("Withdraw it")
    await ticks(memory_house)
    assert "was withdrawn" in gateway.sent["cop"][-1].summary


async def test_words_under_a_copy_go_to_the_sender_or_are_answered(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    assert isinstance(lead, MemoryChat)
    assert isinstance(manager, MemoryChat)
    await wrote(lead)
    await sent(lead, memory_house)

    def under(email: str) -> Address:
        return Address("memory", "test", email, str(len(gateway.sent[email]) - 1))

    copy = under(cast.manager)
    (told,) = await manager.sends(Said("May I bring Zoë? <!channel>"), "reply", address=copy)
    assert "Sent to" in told.text
    assert "May I bring Zoë? <!channel>" in (await lead.screen())[-1].text
    await lead.sends(Said("Please do."), "answer", address=under(cast.lead))
    assert "Please do." in (await manager.screen())[-1].text
    first, answer, *_ = await manager.sends(
        Said("our contractor has gone bust what now"), "question", address=copy
    )
    assert first.buttons == ("Reply to the sender",)
    assert "insolven" in answer.text.lower()
    (seen,) = await lead.says("broadcast 1")
    assert "Replies: 1" in seen.text


async def test_what_has_not_gone_out_by_its_last_day_never_does(memory_house: House, cast: Cast) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    await wrote(lead)
    await lead.clicks("Change the time")
    await lead.fills(expires="2026-11-24")
    await confirmed(lead, memory_house)
    await lead.says("broadcast 1")
    await lead.clicks("Pause")
    await a_minute_passes(memory_house, 60 * 24)
    await lead.clicks("Resume")
    await a_minute_passes(memory_house)
    assert not [each for each in await manager.screen() if "Come on" in each.text]
    (seen,) = await lead.says("broadcast 1")
    assert "Expired unsent: 40" in seen.text
    assert "0 of 40 people have it" in seen.text
