"""Forms that were left: a word on day 7 and day 13, and one when they expire; each once, in the person's hours."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from scheduler.calendar import WorkCalendar
from scheduler.clock import MovedClock
from scheduler.drafts import DraftMinder
from storage.database import Database
from storage.drafts import Draft, DraftState
from storage.manners import Manner
from storage.people import Account, Person
from tests.conftest import Cast, StandingClock
from tests.conversations.test_steps import add_trip
from tests.driver import MemoryChat, MemoryGateway, add_memory_accounts

DAY = timedelta(days=1)


@pytest.fixture
async def person(app: App, cast: Cast) -> Person:
    """A contract manager who has begun a form, answered one question, and left it on a Tuesday morning."""
    add_trip(app.router)
    await add_memory_accounts(app)
    async with app.database.reading() as store:
        found = await store.people.by_email(cast.manager)
    assert found is not None
    return found


@pytest.fixture
async def chat(app: App, gateway: MemoryGateway, person: Person) -> MemoryChat:
    chat = MemoryChat(app, gateway, person)
    await chat.says("visit")
    await chat.says("no")
    return chat


async def minded(app: App, clock: StandingClock) -> int:
    said = await DraftMinder(app.database, WorkCalendar(app.settings.zone)).tick(clock.now())
    await app.outbox.sweep()
    await app.outbox.idle()
    return said


async def test_a_form_left_is_reminded_of_twice_and_then_expires(
    app: App, clock: StandingClock, chat: MemoryChat
) -> None:
    days = []
    for day in range(1, 18):
        clock.forward(DAY)
        days += [day] * (await minded(app, clock) + await minded(app, clock))
    assert days == [7, 13, 14]
    *_, first, second, last = await chat.screen()
    assert (
        "'Site visit' is waiting for you, 1 of 4 questions answered. It is kept until 8 December 2026."
        in first.text
    )
    assert first.buttons == second.buttons == ("Go on", "Throw away")
    assert "was kept for 14 days and has expired" in last.text
    (begun,) = await chat.clicks("Begin again")
    assert "Question 1 of 4" in begun.text
    (once,) = await chat.clicks("Begin again")
    assert "have begun 'Site visit' already" in once.text
    (over,) = await chat.clicks("Go on")
    assert "has expired" in over.text


async def test_it_is_among_the_ticks_of_the_service(app: App, clock: StandingClock, chat: MemoryChat) -> None:
    ticks = {each.name: each for each in app.ticks()}
    for days, words in ((7, "is waiting for you"), (6, "is waiting for you"), (1, "has expired")):
        before = len(await chat.screen())
        clock.forward(days * DAY)
        await ticks["remind of forms in progress"].run()
        await ticks["sweep"].run()
        await app.outbox.idle()
        (told,) = (await chat.screen())[before:]
        assert words in told.text


async def test_the_reminder_goes_on_or_throws_away(app: App, clock: StandingClock, chat: MemoryChat) -> None:
    clock.forward(7 * DAY)
    await minded(app, clock)
    # Typed as well as clicked; nothing typed now is taken for an answer.
    (asked,) = await chat.says("go on")
    assert "Question 2 of 4" in asked.text
    clock.forward(6 * DAY)
    await minded(app, clock)
    (gone,) = await chat.clicks("Throw away")
    assert "is cancelled" in gone.text
    clock.forward(DAY)
    assert await minded(app, clock) == 0


async def test_it_comes_in_the_persons_hours_on_a_working_day(
    app: App, clock: StandingClock, person: Person, chat: MemoryChat
) -> None:
    async with app.database.store() as store:
        await store.manners.put(Manner(person_id=person.id, hour=14, quiet_from=18, quiet_to=8))
        begun = clock.now() - 2 * DAY  # A Sunday.
        await store.session.execute(update(Draft).values(begun_at=begun, expires_at=begun + 14 * DAY))
    clock.forward(3 * DAY)
    heard = []
    for _ in range(15 * 24):
        if await minded(app, clock):
            local = clock.now().astimezone(app.settings.zone)
            heard.append((local.strftime("%a"), local.hour))
        clock.forward(timedelta(hours=1))
    # Day 7 is a Sunday, so the Friday before; day 13 a Saturday, so its Friday; the end a Sunday, told on Monday.
    assert heard == [("Fri", 14), ("Fri", 14), ("Mon", 14)]
    assert len(await chat.screen()) == 5


async def test_who_answers_just_now_is_not_reminded(app: App, clock: StandingClock, chat: MemoryChat) -> None:
    clock.forward(7 * DAY)
    await chat.says("0")
    assert await minded(app, clock) == 0
    clock.forward(timedelta(hours=2))
    assert await minded(app, clock) == 1


async def test_it_goes_where_the_person_wants_it_and_to_nobody_else(
    app: App, clock: StandingClock, person: Person, chat: MemoryChat
) -> None:
    async with app.database.store() as store:
        account = Account(
            person_id=person.id, platform="web", workspace="local", user_id="x", conversation="x"
        )
        store.people.add(account)
        await store.manners.put(Manner(person_id=person.id, platform="web"))
    clock.forward(7 * DAY)
    await minded(app, clock)
    async with app.database.reading() as store:
        delivery = await store.deliveries.by_key("draft:1:7")
        assert delivery is not None
        assert (delivery.platform, delivery.person_id) == ("web", person.id)
    assert len(await chat.screen()) == 2


async def test_somebody_who_has_left_hears_nothing_and_the_form_expires(
    app: App, clock: StandingClock, person: Person, chat: MemoryChat
) -> None:
    async with app.database.store() as store:
        await store.session.execute(update(Person).where(Person.id == person.id).values(active=False))
    for days in (7, 6, 1):
        clock.forward(days * DAY)
        assert await minded(app, clock) == 0
    assert len(await chat.screen()) == 2
    async with app.database.reading() as store:
        draft = await store.session.get(Draft, 1)
        assert draft is not None
        assert draft.state is DraftState.EXPIRED


async def test_two_processes_say_it_once(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    add_trip(app.router)
    await add_memory_accounts(app)
    async with database.reading() as store:
        chat = MemoryChat(app, gateway, await store.people.by_email(cast.manager))
    await chat.says("visit")
    calendar = WorkCalendar(app.settings.zone)
    for days in (7, 6, 1):
        clock.forward(days * DAY)
        await asyncio.gather(*(DraftMinder(database, calendar).tick(clock.now()) for _ in range(3)))
        await app.outbox.sweep()
        await app.outbox.idle()
    assert len(await chat.screen()) == 4
