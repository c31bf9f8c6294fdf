"""Taking part shown as thanks: once a month to each person, to all without a ranking, and to nobody against their wish."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from scheduler.calendar import WorkCalendar
from scheduler.thanks import Thanker
from tests.conftest import Cast, StandingClock
from tests.conversations.test_exemplars import submitted
from tests.driver import House

FIRST = "Thank you for what you did for your colleagues in November 2026"


async def introduced(house: House, email: str) -> None:
    chat = await house.person(email)
    await chat.says("join the community")
    await chat.says("introduce myself")
    await chat.fills(manages="Home care")


async def thanked(house: House, clock: StandingClock, when: datetime) -> int:
    """The month's thanks by two processes at once; how many people were thanked."""
    clock.moment = when
    calendar = WorkCalendar(house.app.settings.zone)
    ticks = [Thanker(house.app.database, calendar).tick(clock.now()) for _ in range(2)]
    said = sum(await asyncio.gather(*ticks))
    await house.app.outbox.sweep()
    await house.app.outbox.idle()
    return said


async def took_part(house: House, cast: Cast) -> None:
    """In November one manager shares an exemplar and introduces themselves, another thanks, the lead answers."""
    await introduced(house, cast.manager)
    await submitted(house, cast.manager)
    lead, other = await house.person(cast.lead), await house.person(cast.other_manager)
    await lead.says("publish exemplar 1")
    await other.says("thank for exemplar 1")
    await other.says("ask an expert")
    await other.fills(question="Who keeps the bond?")
    await lead.says("answer request 1")
    await lead.fills(answer="Finance does.")


async def test_each_person_is_thanked_once_for_last_month(
    house: House, cast: Cast, clock: StandingClock
) -> None:
    await took_part(house, cast)
    sharer, lead = await house.person(cast.manager), await house.person(cast.lead)
    other = await house.person(cast.other_manager)
    seen = len(await other.screen())
    assert await thanked(house, clock, datetime(2026, 12, 1, 9, 30, tzinfo=UTC)) == 2
    thanks = (await sharer.screen())[-1].text
    assert FIRST in thanks
    assert "You shared 1 exemplar. 1 colleague thanked you." in thanks
    assert "You told the Community about yourself." in thanks
    assert "You answered 1 question from 1 colleague." in (await lead.screen())[-1].text
    assert len(await other.screen()) == seen
    assert await thanked(house, clock, datetime(2026, 12, 2, 9, 30, tzinfo=UTC)) == 0
    (stopped,) = await sharer.clicks("Do not thank me")
    assert "You get no monthly thank-you any more" in stopped.text


async def test_thanks_come_on_a_working_day_in_the_persons_hours(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await introduced(memory_house, cast.manager)
    for too_early_or_late in (
        datetime(2026, 11, 30, 9, 30, tzinfo=UTC),
        datetime(2026, 12, 1, 6, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 21, 0, tzinfo=UTC),
        datetime(2026, 12, 5, 9, 30, tzinfo=UTC),
        datetime(2026, 12, 11, 9, 30, tzinfo=UTC),
    ):
        assert await thanked(memory_house, clock, too_early_or_late) == 0
    assert await thanked(memory_house, clock, datetime(2026, 12, 7, 9, 30, tzinfo=UTC)) == 1


async def test_the_community_is_thanked_by_what_was_done_and_never_ranked(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await took_part(memory_house, cast)
    await introduced(memory_house, cast.other_manager)
    clock.moment = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    chat = await memory_house.person(cast.manager)
    (shown,) = await chat.says("community thanks")
    assert "Answered a colleague's question: Helen Marlowe." in shown.text
    assert "Told the Community about themselves: Daniel Osei, Hamza Qureshi." in shown.text
    answered, shared, told = map(shown.text.index, ("Answered", "Shared an exemplar", "Told"))
    assert answered < shared < told
    assert not any(each.isdigit() for each in shown.text.replace("2026", ""))


async def test_who_wants_no_thanks_gets_none_and_is_not_named(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await introduced(memory_house, cast.manager)
    await introduced(memory_house, cast.other_manager)
    shy, other = await memory_house.person(cast.manager), await memory_house.person(cast.other_manager)
    await shy.says("do not thank me")
    await shy.says("preferences")
    await shy.clicks("Change preferences")
    await shy.fills(hour="8")
    assert await thanked(memory_house, clock, datetime(2026, 12, 1, 9, 30, tzinfo=UTC)) == 1
    (shown,) = await other.says("community thanks")
    assert "Daniel Osei" in shown.text
    assert "Hamza Qureshi" not in shown.text
    await shy.says("thank me again")
    assert await thanked(memory_house, clock, datetime(2026, 12, 2, 9, 30, tzinfo=UTC)) == 1
    assert FIRST in (await shy.screen())[-1].text


async def test_only_members_see_who_is_thanked(memory_house: House, cast: Cast) -> None:
    (refused,) = await (await memory_house.person(cast.manager)).says("community thanks")
    assert "This is for members of the Community of Practice" in refused.text
    (stranger,) = await memory_house.stranger().says("do not thank me")
    assert "can't find you in the council's directory" in stranger.text
