"""Briefings on the home page, in the Community's channel, and asked for by those who need one."""

from __future__ import annotations

from handlers.conversation.turn import Clicked, HomeOpened, Said
from storage.addresses import Address
from storage.manners import Manner
from tests.conftest import Cast, StandingClock
from tests.conversations.test_briefings import PLANNED, announced
from tests.driver import Chat, House, MemoryChat, MemoryGateway

CHANNEL = Address("memory", "test", "cop")
WANTED = {
    "topic": "Exit plans <!channel>",
    "unit": "Public Health",
    "suits": "A morning in January, 12 of us",
}


async def home(chat: Chat) -> str:
    assert isinstance(chat, MemoryChat)
    await chat.sends(HomeOpened(), f"home-{len(await chat.screen())}-{id(chat)}", in_response=True)
    (page,) = chat.in_response
    return page.text


async def community_channel(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    assert isinstance(lead, MemoryChat)
    use = Said("use this channel for the community", mentioned=True)
    await lead.sends(use, "use", direct=False, address=CHANNEL)


async def test_the_home_page_shows_what_is_offered_and_where_one_stands(
    memory_house: House, cast: Cast
) -> None:
    manager = await memory_house.person(cast.manager)
    await announced(memory_house, cast)
    page = await home(manager)
    assert "Supply risk <!channel>" in page
    assert "Tuesday 8 December 2026" in page
    assert "You have not signed up." in page
    await manager.says("sign up for briefing 1")
    assert isinstance(manager, MemoryChat)
    await manager.sends(HomeOpened(), "again", in_response=True)
    (after,) = manager.in_response
    assert "You have a place." in after.text
    assert "Briefings" in after.buttons
    await manager.sends(Clicked("briefings.list", {}), "from home")
    assert "Briefings and drop-ins: 1" in (await manager.screen())[-1].text
    outsider = await memory_house.person("priya.nair@example.gov.uk")
    assert "Supply risk" not in await home(outsider)


async def test_one_for_the_whole_community_stands_in_its_channel(
    memory_house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    await community_channel(memory_house, cast)
    await announced(memory_house, cast)
    post = gateway.sent["cop"][-1]
    assert "invites you to a briefing: Supply risk <!channel>" in post.summary
    outsider = await memory_house.person("priya.nair@example.gov.uk")
    assert isinstance(outsider, MemoryChat)
    (sign_up,) = post.buttons
    click = Clicked(sign_up.action, sign_up.params)
    await outsider.sends(click, "before", direct=False, address=CHANNEL)
    assert "Join it first" in gateway.sent["cop"][-1].summary
    await outsider.says("join the community")
    await outsider.sends(click, "after", direct=False, address=CHANNEL)
    assert "You have a place" in gateway.sent["cop"][-1].summary
    lead = await memory_house.person(cast.lead)
    await lead.says("change briefing 1")
    await lead.fills(place="Room 5")
    assert "Room 5 (was: Room 4" in str(gateway.sent["cop"][-1])
    await lead.says("cancel briefing 1")
    await lead.fills(reason="The speaker is ill.")
    assert "The speaker is ill." in str(gateway.sent["cop"][-1])


async def test_one_for_some_units_does_not(memory_house: House, cast: Cast, gateway: MemoryGateway) -> None:
    await community_channel(memory_house, cast)
    before = len(gateway.sent["cop"])
    lead = await memory_house.person(cast.lead)
    await lead.says("plan a briefing")
    await lead.fills(**PLANNED | {"units": "Public Health"})
    await lead.says("announce briefing 1")
    assert len(gateway.sent["cop"]) == before


async def test_one_is_asked_for_planned_and_announced_to_who_asked(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    await manager.says("ask for a briefing")
    assert manager.form is not None
    (sent,) = await manager.fills(topic="Exit plans <!channel>", suits="A morning in January")
    assert "Your request 1 has gone to" in sent.text
    asked = (await lead.screen())[-1]
    assert "asks for a briefing: Exit plans <!channel>" in asked.text
    assert "A morning in January" in asked.text
    await lead.clicks("Plan briefing request 1")
    await lead.clicks("Open the plan")
    assert lead.form is not None
    assert lead.form.values["title"] == "Exit plans <!channel>"
    assert lead.form.values["units"]
    await lead.fills(day="2027-01-12", time="10am", minutes="60", place="Room 4", capacity="12")
    (mine,) = await manager.says("briefing requests")
    assert "Being planned." in mine.text
    await lead.says("announce briefing 1")
    told = [each.text for each in await manager.screen()]
    assert any("The briefing that you asked for" in each and "Room 4" in each for each in told)
    (figures,) = await lead.says("briefing figures")
    assert "Asked for by Business Unit" in figures.text
    (none_left,) = await lead.says("briefing requests")
    assert "No request for a briefing is waiting" in none_left.text


async def test_one_is_declined_with_a_reason_or_withdrawn(memory_house: House, cast: Cast) -> None:
    manager, lead = await memory_house.person(cast.manager), await memory_house.person(cast.lead)
    for _ in range(2):
        await manager.says("ask for a briefing")
        await manager.fills(**WANTED)
    (waiting,) = await lead.says("briefing requests")
    assert "Briefings asked for: 2" in waiting.text
    await lead.says("decline briefing request 1")
    await lead.fills(outcome="Read the recording of May.")
    assert "Read the recording of May." in (await manager.screen())[-1].text
    await manager.says("withdraw briefing request 2")
    assert "no longer needs a briefing" in (await lead.screen())[-1].text
    for words in ("plan briefing request 1", "decline briefing request 2"):
        (late,) = await lead.says(words)
        assert "Nothing was changed" in late.text


async def test_only_leads_deal_with_them_and_nobody_else_learns_of_them(
    memory_house: House, cast: Cast
) -> None:
    manager, other = await memory_house.person(cast.manager), await memory_house.person(cast.other_manager)
    await manager.says("ask for a briefing")
    await manager.fills(**WANTED)
    for words in ("plan briefing request 1", "decline briefing request 1"):
        for chat in (manager, other):
            (refused,) = await chat.says(words)
            assert "Only the SRM lead or the deputy" in refused.text
    (unknown,) = await other.says("withdraw briefing request 1")
    assert "I can't find that request" in unknown.text
    (own,) = await other.says("briefing requests")
    assert "Exit plans" not in own.text
    lead = await memory_house.person(cast.lead)
    (refused,) = await lead.says("withdraw briefing request 1")
    assert "Only the person who asked" in refused.text
    stranger = memory_house.stranger()
    (told,) = await stranger.says("ask for a briefing")
    assert "can't find you" in told.text


async def test_a_draft_that_was_thrown_away_is_planned_anew(memory_house: House, cast: Cast) -> None:
    manager, lead = await memory_house.person(cast.manager), await memory_house.person(cast.lead)
    await manager.says("ask for a briefing")
    await manager.fills(**WANTED)
    for _ in range(2):
        await lead.says("plan briefing request 1")
        await lead.clicks("Open the plan")
        assert lead.form is not None
        assert lead.form.title == "Plan a briefing or drop-in"
        await lead.fills(**PLANNED)
        await lead.says("cancel briefing 1")


async def test_it_waits_for_the_end_of_quiet_hours(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    manager, lead = await memory_house.person(cast.manager), await memory_house.person(cast.lead)
    async with memory_house.app.database.store() as store:
        person = await store.people.by_email(cast.lead)
        assert person is not None
        await store.manners.put(Manner(person_id=person.id, quiet_from=9, quiet_to=11))
    before = len(await lead.screen())
    await manager.says("ask for a briefing")
    await manager.fills(**WANTED)
    await memory_house.app.outbox.sweep()
    assert len(await lead.screen()) == before
    clock.moment = clock.moment.replace(hour=11)
    await memory_house.app.outbox.sweep()
    assert "asks for a briefing" in (await lead.screen())[-1].text
