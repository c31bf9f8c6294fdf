"""Briefings and drop-ins: announced, signed up for, full, changed, reminded of, cancelled, and who came."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from handlers.briefings.attendance import briefings_csv
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.times import parse_time, time_words
from handlers.reminders.quiet_hours import after_quiet_hours
from scheduler.briefings import BriefingMinder
from scheduler.calendar import WorkCalendar
from scheduler.clock import MovedClock
from storage.briefings import Standing
from storage.database import Database
from storage.manners import Manner
from tests.conftest import Cast, StandingClock
from tests.driver import House, MemoryChat, MemoryGateway, add_memory_accounts

LONDON = ZoneInfo("Europe/London")
# The clock stands at Tuesday 24 November 2026, half past nine.
PLANNED = {
    "kind": "briefing",
    "title": "Supply risk <!channel>",
    "day": "8 December",
    "time": "2pm",
    "minutes": "90",
    "place": "Room 4, https://meet.example/risk",
    "capacity": "1",
    "notes": "How to *score* a risk.",
}


async def announced(house: House, cast: Cast, **other: str) -> None:
    """A briefing for members, of whom there are three: two managers and a CSMG member."""
    for email in (cast.manager, cast.other_manager, cast.member):
        await (await house.person(email)).says("join the community")
    lead = await house.person(cast.lead)
    await lead.says("plan a briefing")
    (draft,) = await lead.fills(**PLANNED | other)
    assert "Nobody has been told of briefing 1 yet" in draft.text
    assert "3 people" in draft.text
    (told,) = await lead.says("announce briefing 1")
    assert "is announced to 3 people" in told.text


async def minded(house: House, clock: StandingClock) -> int:
    zone = house.app.settings.zone
    said = await BriefingMinder(house.app.database, WorkCalendar(zone)).tick(clock.now())
    await house.app.outbox.sweep()
    await house.app.outbox.idle()
    return said


async def newest(house: House, email: str) -> str:
    return (await (await house.person(email)).screen())[-1].text


async def test_the_last_place_goes_to_the_first_and_then_to_the_next_in_line(
    house: House, cast: Cast, clock: StandingClock
) -> None:
    await announced(house, cast)
    first, second = await house.person(cast.manager), await house.person(cast.other_manager)
    for email in (cast.manager, cast.other_manager):
        offered = await newest(house, email)
        assert "Supply risk <!channel>" in offered
        assert "Tuesday 8 December 2026, 2pm to 3:30pm" in offered
        assert "https://meet.example/risk" in offered
    await first.clicks("Sign up for briefing 1")
    assert "You have a place at briefing 1" in await newest(house, cast.manager)
    clock.forward(timedelta(minutes=1))
    (full,) = await second.says("sign up for briefing 1")
    assert "is full" in full.text
    assert "you are first in line" in full.text
    (again,) = await second.says("sign me up for briefing 1")
    assert "Nothing was changed" in again.text
    (left,) = await first.clicks("Give up my place at briefing 1")
    assert "You have given up your place" in left.text
    assert "A place has come free: you now have one" in await newest(house, cast.other_manager)
    seen = len(await second.screen())
    (back,) = await first.says("sign up for briefing 1")
    assert "is full" in back.text
    (listed,) = await first.says("briefings")
    assert "You are on the waiting list" in listed.text
    await first.says("cancel my place at briefing 1")
    assert len(await second.screen()) == seen


async def test_a_change_and_a_cancellation_are_told_to_those_who_signed_up(house: House, cast: Cast) -> None:
    await announced(house, cast)
    coming, not_coming = await house.person(cast.manager), await house.person(cast.member)
    lead = await house.person(cast.lead)
    await coming.clicks("Sign up for briefing 1")
    quiet = len(await not_coming.screen())
    await lead.says("change briefing 1")
    assert lead.form is not None
    assert lead.form.values["time"] == "14:00"
    (told,) = await lead.fills(day="9 December", place="Room 9")
    assert "1 person who signed up will be told" in told.text
    changed = await newest(house, cast.manager)
    assert "When: Wednesday 9 December 2026, 2pm to 3:30pm (was: Tuesday 8 December" in changed
    assert "Where: Room 9" in changed
    assert "Title" not in changed
    await lead.says("cancel briefing 1")
    (told,) = await lead.fills(reason="The speaker is ill. There will be another.")
    assert "1 person who signed up will be told" in told.text
    assert "The speaker is ill" in await newest(house, cast.manager)
    assert len(await not_coming.screen()) == quiet
    (closed,) = await coming.says("sign up for briefing 1")
    assert "was cancelled" in closed.text


async def test_more_places_are_given_to_those_who_wait_and_no_change_is_told_of(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await announced(memory_house, cast)
    people = [await memory_house.person(each) for each in (cast.manager, cast.other_manager, cast.member)]
    for chat in people:
        await chat.says("sign up for briefing 1")
        clock.forward(timedelta(minutes=1))
    lead = await memory_house.person(cast.lead)
    await lead.says("change briefing 1")
    (told,) = await lead.fills(capacity="2")
    assert "Nobody had to be told" in told.text
    assert "1 person moved up" in told.text
    assert "you now have one" in await newest(memory_house, cast.other_manager)
    assert "on the waiting list" in await newest(memory_house, cast.member)
    (shown,) = await lead.says("show briefing 1")
    assert "2 of 2 taken, 0 left. 1 on the waiting list." in shown.text


async def test_a_reminder_comes_once_in_the_persons_hours_on_the_working_day_before(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    # A Monday: so the reminder comes on the Friday.
    await announced(memory_house, cast, day="7 December", capacity="")
    for email in (cast.manager, cast.other_manager):
        await (await memory_house.person(email)).says("sign up for briefing 1")
    async with memory_house.app.database.store() as store:
        late = await store.people.by_email(cast.other_manager)
        assert late is not None
        await store.manners.put(Manner(person_id=late.id, hour=16))
    told: dict[str, list[datetime]] = {cast.manager: [], cast.other_manager: [], cast.member: []}
    before = {each: len(await (await memory_house.person(each)).screen()) for each in told}
    thursday_evening, monday = (
        datetime(2026, 12, 3, 20, 30, tzinfo=UTC),
        datetime(2026, 12, 7, 9, 30, tzinfo=UTC),
    )
    for moment in (*(thursday_evening + timedelta(hours=each) for each in range(24)), monday):
        clock.moment = moment
        if await minded(memory_house, clock):
            assert await minded(memory_house, clock) == 0
        for email, known in before.items():
            screen = await (await memory_house.person(email)).screen()
            told[email] += [moment] * (len(screen) - known)
            before[email] = len(screen)
    assert told[cast.manager] == [datetime(2026, 12, 4, 9, 30, tzinfo=UTC)]
    assert told[cast.other_manager] == [datetime(2026, 12, 4, 16, 30, tzinfo=UTC)]
    assert told[cast.member] == []
    assert "You have a place at briefing 1, Monday 7 December 2026" in await newest(
        memory_house, cast.manager
    )


async def test_a_moved_briefing_is_reminded_of_anew(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await announced(memory_house, cast)
    await (await memory_house.person(cast.manager)).says("sign up for briefing 1")
    clock.moment = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
    assert await minded(memory_house, clock) == 1
    lead = await memory_house.person(cast.lead)
    await lead.says("change briefing 1")
    await lead.fills(day="15 December")
    assert await minded(memory_house, clock) == 0
    clock.moment = datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
    assert await minded(memory_house, clock) == 1
    assert await minded(memory_house, clock) == 0


async def test_nothing_is_told_in_quiet_hours(memory_house: House, cast: Cast, clock: StandingClock) -> None:
    clock.moment = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    await announced(memory_house, cast)
    reader = await memory_house.person(cast.manager)
    assert "Supply risk" not in (await reader.screen())[-1].text
    clock.moment = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    await memory_house.app.outbox.sweep()
    await memory_house.app.outbox.idle()
    assert "Supply risk" in (await reader.screen())[-1].text


async def test_who_came_is_recorded_and_counted_by_business_unit(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await announced(memory_house, cast, capacity="", title="=Risk")
    lead = await memory_house.person(cast.lead)
    for email in (cast.manager, cast.other_manager):
        await (await memory_house.person(email)).says("sign up for briefing 1")
    (early,) = await lead.says("record attendance for briefing 1")
    assert "once briefing 1 has begun" in early.text
    clock.moment = datetime(2026, 12, 9, 9, 30, tzinfo=UTC)
    assert await minded(memory_house, clock) == 1
    assert await minded(memory_house, clock) == 0
    await lead.clicks("Record attendance for briefing 1")
    assert lead.form is not None
    both = lead.form.values["came"]
    assert len(both.split(",")) == 2
    async with memory_house.app.database.reading() as store:
        manager = await store.people.by_email(cast.manager)
        assert manager is not None
    await lead.fills(came=str(manager.id), others="Nobody Whatever")
    assert lead.form is not None
    assert "can't tell which person" in lead.form.errors["others"]
    await lead.fills(came=str(manager.id), others=cast.deputy)
    assert "Kept: 2 came to briefing 1" in await newest(memory_house, cast.lead)
    await lead.says("record attendance for briefing 1")
    assert lead.form is not None
    assert lead.form.values == {"came": str(manager.id), "others": cast.deputy}
    (figures,) = await lead.says("briefing figures")
    assert "Offered" in figures.text
    async with memory_house.app.database.reading() as store:
        written = await briefings_csv(store, LONDON)
        units = {each.id: each for each in await store.people.units()}
        seats = {each.person_id: each for each in await store.briefings.seats(1)}
    assert len(seats) == 4
    rows = list(csv.DictReader(StringIO(written)))
    assert {each["title"] for each in rows} == {"'=Risk"}
    assert {each["starts"] for each in rows} == {"2026-12-08 14:00"}
    assert sum(int(each["offered"]) for each in rows) == 4
    assert sum(int(each["signed_up"]) for each in rows) == 2
    assert sum(int(each["attended"]) for each in rows) == 2
    unit_id = seats[manager.id].unit_id
    assert unit_id is not None
    assert any(each["business_unit"] == units[unit_id].name and each["attended"] == "1" for each in rows)


async def test_only_leads_hold_briefings_and_nobody_learns_of_those_of_others(
    memory_house: House, cast: Cast
) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    await manager.says("join the community")
    await lead.says("plan a drop-in")
    await lead.fills(**PLANNED | {"kind": "drop-in"})
    for words in ("plan a briefing", "announce drop-in 1", "change drop-in 1", "cancel drop-in 1"):
        (refused,) = await manager.says(words)
        assert "Only the SRM lead or the deputy" in refused.text
    for words in ("show drop-in 1", "sign up for drop-in 1", "show drop-in 99"):
        (unknown,) = await manager.says(words)
        assert unknown.text.startswith("No such briefing is offered to you")
    (refused,) = await manager.says("briefing figures")
    assert "Only the SRM lead" in refused.text
    await lead.says("announce drop-in 1")
    outsider = await memory_house.person(cast.other_manager)
    (unknown,) = await outsider.says("sign up for drop-in 1")
    assert unknown.text.startswith("No such briefing is offered to you")
    (none,) = await outsider.says("briefings")
    assert "No briefing or drop-in is planned for you" in none.text
    async with memory_house.app.database.reading() as store:
        acts = [(each.act, each.subject) for each in await store.audit.latest()]
    assert ("briefing announced", "briefing:1") in acts


async def test_a_briefing_for_a_unit_goes_to_its_staff_and_to_nobody_else(
    memory_house: House, cast: Cast
) -> None:
    lead = await memory_house.person(cast.lead)
    await lead.says("plan a briefing")
    (draft,) = await lead.fills(**PLANNED | {"units": "Public Health"})
    assert "Public Health: " in draft.text
    await lead.says("announce briefing 1")
    async with memory_house.app.database.reading() as store:
        seats = await store.briefings.seats(1)
        units = {each.id: each.name for each in await store.people.units()}
        staff = {each.id for each in await store.community.staff()}
    assert seats
    assert {units[each.unit_id or 0] for each in seats} == {"Public Health"}
    assert {each.person_id for each in seats} <= staff


async def test_what_can_not_be_planned_says_what_to_do(memory_house: House, cast: Cast) -> None:
    lead = await memory_house.person(cast.lead)
    await lead.says("plan a briefing")
    for wrong, field, words in (
        ({"time": "soon"}, "time", "Enter a time"),
        ({"time": "3"}, "time", "am or pm"),
        ({"day": "24 November 2026", "time": "9am"}, "day", "still to come"),
        ({"capacity": "0"}, "capacity", "1 or more"),
    ):
        await lead.fills(**PLANNED | wrong)
        assert lead.form is not None
        assert words in lead.form.errors[field]
    await lead.fills(**PLANNED)
    (told,) = await lead.says("announce briefing 1")
    assert "Nobody is in the audience" in told.text


@pytest.fixture
async def rivals(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> AsyncIterator[list[MemoryChat]]:
    """Five members of the Community, and one place at a briefing that was announced to them."""
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    await add_memory_accounts(app)
    async with database.reading() as store:
        people = [each for each in await store.people.all() if each.email != cast.lead][:5]
        lead = MemoryChat(app, gateway, await store.people.by_email(cast.lead))
    chats = [MemoryChat(app, gateway, each) for each in people]
    for chat in chats:
        await chat.says("join the community")
    await lead.says("plan a briefing")
    await lead.fills(**PLANNED)
    await lead.says("announce briefing 1")
    yield chats
    await app.outbox.idle()


async def test_the_last_place_is_given_once_however_many_ask_at_once(
    rivals: list[MemoryChat], database: Database
) -> None:
    await asyncio.gather(*(each.says("sign up for briefing 1") for each in rivals))
    async with database.reading() as store:
        assert len(await store.briefings.seats(1, Standing.PLACE)) == 1
        assert len(await store.briefings.seats(1, Standing.WAITING)) == 4


@given(st.times().map(lambda each: each.replace(second=0, microsecond=0, tzinfo=None)))
def test_a_time_reads_as_it_is_written(written: time) -> None:
    moment = datetime.combine(datetime(2026, 11, 24, tzinfo=LONDON), written, LONDON)
    assert parse_time(time_words(moment, LONDON)) == written
    assert parse_time(f"{written:%H:%M}") == written


@pytest.mark.parametrize("text", ["25:00", "13pm", "0am", "10:75", "tomorrow", "3", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_time(text)


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 365 * 24 * 60))
def test_a_message_is_held_until_the_quiet_hours_end_and_no_longer(
    begin: int, end: int, minutes: int
) -> None:
    manner = Manner(person_id=1, quiet_from=begin, quiet_to=end)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    told = after_quiet_hours(manner, now, LONDON)
    assert now <= told <= now + timedelta(hours=25)
    assert not manner.quiet(told.astimezone(LONDON).hour)
    if told != now:
        assert manner.quiet(now.astimezone(LONDON).hour)
        assert manner.quiet((told - timedelta(minutes=1)).astimezone(LONDON).hour)
