"""Words after an answer go to and fro; in the channel, the thread under a request is where it is answered."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from handlers.conversation.turn import Clicked, Said
from scheduler.experts import send_round_again
from storage.addresses import Address
from storage.experts import ExpertState
from tests.conftest import Cast, StandingClock
from tests.driver import House, MemoryChat, MemoryGateway

CHANNEL = Address("memory", "test", "cop")
BOND = "Who keeps the bond?"


async def test_words_after_an_answer_go_to_and_fro(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    await manager.says("ask an expert")
    await manager.fills(question=BOND)
    await lead.clicks("Answer request 1")
    await lead.fills(answer="Legal does.")
    await manager.clicks("Reply to request 1")
    (sent,) = await manager.fills(words="Since <when>?")
    assert "Sent to" in sent.text
    assert "reopen your request" in sent.text
    assert "Since <when>?" in (await lead.screen())[-1].text
    await lead.says("reply to request 1")
    await lead.fills(words="Since 2019.")
    assert "adds to the answer" in (await manager.screen())[-1].text
    assert "Since 2019." in (await manager.screen())[-1].text
    other = await house.person(cast.other_manager)
    (refused,) = await other.says("reply to request 1")
    assert "Only those whom the question went to" in refused.text
    async with house.app.database.reading() as store:
        (request,) = await store.experts.in_state(ExpertState.ANSWERED)
    assert request.answer == "Legal does.\n\nSince 2019."


async def posted(house: House, cast: Cast, gateway: MemoryGateway) -> tuple[MemoryChat, MemoryChat, Address]:
    """A request stands in the channel; two colleagues who read there, and its thread."""
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    one, other = await house.person(cast.other_manager), await house.person(cast.member)
    assert isinstance(lead, MemoryChat)
    assert isinstance(one, MemoryChat)
    assert isinstance(other, MemoryChat)
    use = Said("use this channel for the community", mentioned=True)
    await lead.sends(use, "use", direct=False, address=CHANNEL)
    await manager.says("ask an expert")
    await manager.fills(question=BOND)
    stamp = str(len(gateway.sent["cop"]) - 1)
    return one, other, Address("memory", "test", "cop", stamp)


def in_the_channel(gateway: MemoryGateway) -> str:
    return gateway.sent["cop"][-1].summary


async def test_who_has_taken_it_answers_in_the_thread_and_nobody_else(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    one, other, thread = await posted(memory_house, cast, gateway)
    manager = await memory_house.person(cast.manager)
    claim = Clicked("experts.request", {"request_id": 1, "act": "claim"})
    await one.sends(claim, "claim", direct=False, address=thread)
    assert "has taken request 1" in "\n".join(each.summary for each in gateway.sent["cop"])
    before = len(await manager.screen())
    await other.sends(Said("I would ask Legal."), "aside", direct=False, address=thread)
    assert "has taken request 1. Nothing was changed." in in_the_channel(gateway)
    assert len(await manager.screen()) == before
    await one.sends(Said("Legal keeps it."), "answer", direct=False, address=thread)
    assert "Legal keeps it." in (await manager.screen())[-1].text
    # Once it is answered, a colleague may add to it.
    await other.sends(Said("Finance has a copy."), "more", direct=False, address=thread)
    assert "Finance has a copy." in (await manager.screen())[-1].text
    await manager.says("close request 1")
    assert "Request 1 is closed" in in_the_channel(gateway)
    await one.sends(Said("Too late."), "late", direct=False, address=thread)
    assert "is closed. Nothing was changed" in in_the_channel(gateway)


async def test_what_the_asker_does_is_told_in_the_thread(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    await posted(memory_house, cast, gateway)
    manager = await memory_house.person(cast.manager)
    await manager.says("add to request 1")
    await manager.fills(words="It is the depot's. <!everyone>")
    assert "It is the depot's. <!everyone>" in str(gateway.sent["cop"][-1])
    await manager.says("withdraw request 1")
    assert "was withdrawn by the person who asked" in in_the_channel(gateway)


async def test_the_askers_own_words_in_the_thread_are_kept_with_the_request(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    _, _, thread = await posted(memory_house, cast, gateway)
    manager = await memory_house.person(cast.manager)
    assert isinstance(manager, MemoryChat)
    await manager.sends(Said("It is the depot's."), "own", direct=False, address=thread)
    async with memory_house.app.database.reading() as store:
        (request,) = await store.experts.in_state(ExpertState.OPEN)
    assert request.context == "It is the depot's."


async def test_one_that_nobody_takes_is_posted_again_and_can_be_answered_under_either_post(
    memory_house: House, cast: Cast, gateway: MemoryGateway, clock: StandingClock
) -> None:
    one, _, first = await posted(memory_house, cast, gateway)
    manager = await memory_house.person(cast.manager)
    clock.forward(timedelta(days=1))
    await send_round_again(memory_house.app.database, clock.now(), ZoneInfo("Europe/London"))
    await memory_house.app.outbox.sweep()
    assert "nobody has taken it yet" in in_the_channel(gateway)
    second = Address("memory", "test", "cop", str(len(gateway.sent["cop"]) - 1))
    await one.sends(Said("Legal keeps it."), "under the second", direct=False, address=second)
    assert "Legal keeps it." in (await manager.screen())[-1].text
    await one.sends(Said("Since 2019."), "under the first", direct=False, address=first)
    assert "Since 2019." in (await manager.screen())[-1].text


async def test_a_stranger_in_the_thread_answers_nobody(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    _, _, thread = await posted(memory_house, cast, gateway)
    before = len(await (await memory_house.person(cast.manager)).screen())
    stranger = memory_house.stranger()
    await stranger.sends(Said("I know!"), "strange", direct=False, address=thread)
    assert "can't find you in the council's directory" in in_the_channel(gateway)
    assert len(await (await memory_house.person(cast.manager)).screen()) == before
