"""One turn from end to end: all of it is kept, or none of it, and the person always hears something."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.runner import Outcome, Runner
from bot.settings import Settings
from handlers import register_all
from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.form import Field, Form
from handlers.conversation.message import Button, say
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import DuplicateName, Router
from handlers.conversation.turn import Account, Clicked, Inbound, Input, Opened, Said, Submitted, Turn
from handlers.services import NoPictures, Services
from scheduler.calendar import WorkCalendar
from scheduler.clock import MovedClock
from scheduler.outbox import LEASE, Outbox
from scheduler.outlook import Planner
from storage.addresses import Address
from storage.conversations import Conversation
from storage.database import Database, DatabaseProblem, Store
from tests.conftest import Cast, StandingClock
from tests.driver import MemoryGateway, add_memory_accounts

BUST = "our contractor has gone bust what now"
OUT_OF_DATE = "out of date, so nothing was changed"


@dataclass(frozen=True, slots=True)
class Count:
    """Params with a type, so that something else does not fit."""

    number: int


def inbound(done: Input, user: str, key: str = "event-1", source: str | None = None) -> Inbound:
    return Inbound(key, Account("memory", "test", user), Address("memory", "test", user), done, source)


@pytest.fixture
async def desk(app: App, gateway: MemoryGateway, cast: Cast) -> Desk:
    await add_memory_accounts(app)
    return Desk(app, gateway, cast.manager)


class Desk:
    """A contract manager on the memory platform, event by event."""

    def __init__(self, app: App, gateway: MemoryGateway, user: str) -> None:
        self.app = app
        self.user = user
        self.gateway = gateway

    async def does(self, done: Input, key: str = "event-1", source: str | None = None) -> Outcome:
        outcome = await self.app.runner.accept(inbound(done, self.user, key, source))
        await self.app.outbox.idle()
        return outcome

    @property
    def screen(self) -> list[str]:
        return [each.summary for each in self.gateway.sent.get(self.user, [])]

    async def on_record(self, name: str) -> str | None:
        async with self.app.database.reading() as store:
            return await store.preferences.get(name)

    def on_click(self, name: str, handler: Callable[[Turn, Store, Any], Awaitable[Reply]]) -> None:
        self.app.router.on_click(ClickAction(name, NoParams), handler)


async def _keeps_then_fails(_turn: Turn, store: Store, _params: NoParams) -> Reply:
    await store.preferences.put("half", "done")
    await store.people.flush()
    raise ZeroDivisionError("a detail that is nobody's business")


# Faults of ours


async def test_a_handler_that_raises_is_rolled_back_and_the_person_gets_the_logs_reference(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.on_click("test.fail", _keeps_then_fails)
    await desk.does(Clicked("test.fail"))
    (told,) = desk.screen
    found = re.search(r"this reference: ([0-9a-f]{8})\.", told)
    assert found is not None, told
    assert "nothing was saved" in told
    assert "nobody's business" not in told
    assert f"reference {found[1]}" in caplog.text
    assert "a detail that is nobody's business" in caplog.text
    assert await desk.on_record("half") is None


async def test_each_failure_has_a_reference_of_its_own(desk: Desk) -> None:
    desk.on_click("test.fail", _keeps_then_fails)
    await desk.does(Clicked("test.fail"), "event-1")
    await desk.does(Clicked("test.fail"), "event-2")
    assert len(set(desk.screen)) == 2


async def test_the_event_of_a_failed_turn_counts_as_taken(desk: Desk) -> None:
    desk.on_click("test.fail", _keeps_then_fails)
    await desk.does(Clicked("test.fail"))
    assert (await desk.does(Clicked("test.fail"))).repeated
    assert len(desk.screen) == 1


async def test_a_record_that_the_database_refuses_is_a_fault_of_ours_too(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async def repeats_a_key(turn: Turn, store: Store, _params: NoParams) -> Reply:
        for _ in range(2):
            await store.session.execute(
                insert(Conversation).values(
                    key="x", updated_at=turn.received_at, offered=[], recent_questions=[]
                )
            )
        return reply(say("Kept."))

    desk.on_click("test.twice", repeats_a_key)
    await desk.does(Clicked("test.twice"))
    (told,) = desk.screen
    assert "this reference:" in told
    assert "turn event-1 failed" in caplog.text


# A database that is away


@pytest.mark.parametrize("sqlite_database", [0.02], indirect=True)
async def test_a_locked_database_is_the_platforms_to_retry_and_the_retry_works(
    desk: Desk, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "covenant.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(DatabaseProblem, match="locked"):
            await desk.does(Said(BUST))
        assert desk.screen == []
        other.execute("rollback")
    assert not (await desk.does(Said(BUST))).repeated
    assert len(desk.screen) == 1
    async with desk.app.database.reading() as store:
        assert await store.questions.count() == 1


async def test_a_database_problem_inside_a_handler_is_not_excused_away(desk: Desk) -> None:
    away = [True]

    async def needs_the_database(_turn: Turn, _store: Store, _params: NoParams) -> Reply:
        if away:
            away.pop()
            raise DatabaseProblem("The disk that holds the database is full.")
        return reply(say("Kept."))

    desk.on_click("test.full", needs_the_database)
    with pytest.raises(DatabaseProblem, match="is full"):
        await desk.does(Clicked("test.full"))
    await desk.does(Clicked("test.full"))
    assert desk.screen == ["Kept."]


# Repeated events and turns at once


async def test_a_repeated_event_changes_nothing(desk: Desk) -> None:
    first = await desk.does(Said(BUST))
    again = await desk.does(Said(BUST))
    assert not first.repeated
    assert (again.repeated, again.reply, again.sending) == (True, None, None)
    assert len(desk.screen) == 1


async def test_the_same_event_many_times_at_once_is_one_turn(desk: Desk) -> None:
    outcomes = await asyncio.gather(*(desk.does(Said(BUST)) for _ in range(5)))
    assert sorted(each.repeated for each in outcomes) == [False, True, True, True, True]
    assert len(desk.screen) == 1


async def test_one_platforms_event_is_not_anothers(desk: Desk) -> None:
    await desk.does(Said(BUST))
    account = Account("local", "local", desk.user)
    other = Inbound("event-1", account, Address("local", "local", "person-1"), Said(BUST))
    assert not (await desk.app.runner.accept(other)).repeated


async def test_turns_of_one_conversation_follow_one_another(
    database: Database, database_url: str, clock: StandingClock, gateway: MemoryGateway
) -> None:
    async def counts(_turn: Turn, store: Store) -> Reply:
        number = int(await store.preferences.get("count") or 0)
        await asyncio.sleep(0)
        await store.preferences.put("count", str(number + 1))
        return reply(say(str(number + 1)))

    router = Router()
    router.otherwise(counts)
    second = Database(database_url)
    outboxes = [Outbox(each, [gateway], clock, owner) for each, owner in ((database, "one"), (second, "two"))]
    runners = [
        Runner(each, router, outbox, clock, ZoneInfo("Europe/London"))
        for each, outbox in zip((database, second), outboxes, strict=True)
    ]
    outcomes = await asyncio.gather(
        *(runners[number % 2].accept(inbound(Said("go"), "amira", f"e{number}")) for number in range(8))
    )
    await asyncio.gather(*(each.sending for each in outcomes if each.sending))
    # What would have overtaken a reply of the other process was left to a sweep.
    for outbox in outboxes:
        await outbox.sweep()
    await second.close()
    async with database.reading() as store:
        assert await store.preferences.get("count") == "8"
    assert sorted(each.summary for each in gateway.sent["amira"]) == [str(each) for each in range(1, 9)]


# The table of handlers


async def _nothing(*_: object) -> Reply:
    return Reply()


def test_two_handlers_of_one_name_are_refused() -> None:
    router = Router()
    router.on_click(ClickAction("a", NoParams), _nothing)
    router.on_form(FormAction("a", NoParams), _nothing)
    router.on_command(Command("a", "a", "Do a", ("a",), skill="do a"), _nothing)
    with pytest.raises(DuplicateName, match="'a' is registered twice"):
        router.on_click(ClickAction("a", Count), _nothing)
    with pytest.raises(DuplicateName, match="'a' is registered twice"):
        router.on_form(FormAction("a", Count), _nothing)
    with pytest.raises(DuplicateName, match="'a' is registered twice"):
        router.on_command(Command("a", "a", "Do a", ("b",)), _nothing)
    with pytest.raises(DuplicateName, match="'do a' is registered twice"):
        router.on_command(Command("b", "b", "Do a", ("b",), skill="do a"), _nothing)


def test_the_handlers_that_ship_have_names_of_their_own_and_load_only_once(services: Services) -> None:
    router, outlook = Router(), Planner(WorkCalendar(ZoneInfo("Europe/London")))
    register_all(router, services, outlook, NoPictures())
    assert sum(map(len, router.topics.values())) >= 10
    with pytest.raises(DuplicateName):
        register_all(router, services, outlook, NoPictures())


@pytest.mark.parametrize(
    "click",
    [
        Clicked("no.such.action"),
        Clicked(""),
        Clicked("test.count", {}),
        Clicked("test.count", {"number": "many"}),
        Clicked("test.count", {"number": None}),
        Clicked("ask.show", {"slug": ["supplier-insolvency"]}),
        Clicked("experts.request", {"request_id": "1; drop table people"}),
        Submitted("no.such.form", {"question": "Who?"}),
        Submitted("test.count", {"question": "Who?"}, {"number": "many"}),
        Submitted("ask.missing", {"missing": "x"}, {"question_id": 1}),
    ],
)
async def test_what_no_handler_fits_is_out_of_date(desk: Desk, click: Clicked | Submitted) -> None:
    ran: list[object] = []

    async def clicked(_turn: Turn, _store: Store, params: Count) -> Reply:
        ran.append(params)
        return reply(say("Counted."))

    async def sent(_turn: Turn, _store: Store, params: Count, _values: Mapping[str, str]) -> Reply:
        ran.append(params)
        return reply(say("Counted."))

    desk.app.router.on_click(ClickAction("test.count", Count), clicked)
    desk.app.router.on_form(FormAction("test.count", Count), sent)
    outcome = await desk.does(click)
    (told,) = desk.screen
    assert OUT_OF_DATE in told
    assert not outcome.repeated
    assert ran == []


async def test_params_that_fit_reach_the_handler_as_their_type(desk: Desk) -> None:
    async def clicked(_turn: Turn, _store: Store, params: Count) -> Reply:
        return reply(say(f"{params.number + 1}"))

    desk.app.router.on_click(ClickAction("test.count", Count), clicked)
    await desk.does(Clicked("test.count", {"number": 41}))
    assert desk.screen == ["42"]


# People


async def test_somebody_known_is_known(desk: Desk) -> None:
    await desk.does(Said("who am i"))
    (told,) = desk.screen
    assert told.startswith("You are ")


async def test_somebody_who_has_left_is_treated_as_unknown(desk: Desk) -> None:
    async with desk.app.database.store() as store:
        person = await store.people.by_email(desk.user)
        assert person is not None
        person.active = False
    await desk.does(Said("who am i"), "event-1")
    assert "can't find you in the council's directory" in desk.screen[-1]
    await desk.does(Said(BUST), "event-2")
    async with desk.app.database.reading() as store:
        (question,) = await store.questions.latest()
    assert question.person_id is None


async def test_a_stranger_is_answered_and_stays_unknown(desk: Desk) -> None:
    await desk.app.runner.accept(inbound(Said(BUST), "stranger"))
    await desk.app.outbox.idle()
    async with desk.app.database.reading() as store:
        (question,) = await store.questions.latest()
        assert await store.accounts.one("memory", "test", "stranger") is None
    assert question.person_id is None


async def test_where_a_conversation_is_reached_is_kept(desk: Desk) -> None:
    address = Address("memory", "test", "user:stranger")
    assert await desk.app.runner.reference(address) is None
    await desk.app.runner.remember(address, {"conversation": "begun", "kind": "personal"})
    assert await desk.app.runner.reference(address) == {"conversation": "begun", "kind": "personal"}


async def test_the_account_used_last_is_where_notices_go(desk: Desk, clock: StandingClock) -> None:
    clock.forward(timedelta(hours=1))
    await desk.does(Opened("first visit"))
    async with desk.app.database.reading() as store:
        person = await store.people.by_email(desk.user)
        assert person is not None
        account = await store.accounts.reachable_of(person.id)
    assert account is not None
    assert account.platform == "memory"
    assert account.last_seen == clock.now()


# What a reply can ask for


async def test_a_reply_takes_the_place_of_the_message_that_was_clicked(desk: Desk) -> None:
    async def shows(_turn: Turn, _store: Store, _params: NoParams) -> Reply:
        return reply(say("Snooze this?", buttons=[Button("Yes", "test.replace")]))

    async def replaces(_turn: Turn, _store: Store, _params: NoParams) -> Reply:
        return Reply(replace=say("Snoozed."))

    desk.on_click("test.show", shows)
    desk.on_click("test.replace", replaces)
    await desk.does(Clicked("test.show"), "event-1")
    await desk.does(Clicked("test.replace"), "event-2", source="0")
    assert desk.screen == ["Snoozed."]


async def test_a_form_and_errors_come_back_to_the_platform_at_once(desk: Desk) -> None:
    form = Form("test.form", "A form", (Field("name", "Your name"),))

    async def opens(_turn: Turn, _store: Store, _params: NoParams) -> Reply:
        return Reply(form=form)

    desk.on_click("test.open", opens)
    outcome = await desk.does(Clicked("test.open"))
    assert outcome.reply is not None
    assert outcome.reply.form == form
    assert outcome.sending is None
    assert desk.screen == []


async def test_a_private_reply_is_for_that_account_alone(desk: Desk) -> None:
    async def whispers(_turn: Turn, _store: Store, _params: NoParams) -> Reply:
        return Reply(messages=(say("Only you see this."),), private=True)

    desk.on_click("test.whisper", whispers)
    await desk.does(Clicked("test.whisper"))
    async with desk.app.database.reading() as store:
        found = await store.deliveries.by_key("reply:memory:event-1:0")
    assert found is not None
    assert found.only_for == desk.user


async def test_a_notice_is_sent_once_however_often_it_is_planned(desk: Desk, cast: Cast) -> None:
    async with desk.app.database.reading() as store:
        lead = await store.people.by_email(cast.lead)
    assert lead is not None

    async def tells(_turn: Turn, _store: Store, _params: NoParams) -> Reply:
        return Reply(notices=(Notice("test:once", lead.id, say("Look."), "test"),))

    desk.on_click("test.tell", tells)
    await desk.does(Clicked("test.tell"), "event-1")
    await desk.does(Clicked("test.tell"), "event-2")
    assert Desk(desk.app, desk.gateway, cast.lead).screen == ["Look."]


async def test_a_notice_for_later_waits_until_then(desk: Desk, cast: Cast, clock: StandingClock) -> None:
    async with desk.app.database.reading() as store:
        lead = await store.people.by_email(cast.lead)
    assert lead is not None
    later = clock.now() + timedelta(hours=3)

    async def tells(_turn: Turn, _store: Store, _params: NoParams) -> Reply:
        return Reply(notices=(Notice("test:later", lead.id, say("Look."), "test", later),))

    theirs = Desk(desk.app, desk.gateway, cast.lead)
    desk.on_click("test.tell", tells)
    await desk.does(Clicked("test.tell"))
    clock.forward(LEASE * 2)
    await desk.app.outbox.sweep()
    assert theirs.screen == []
    clock.forward(timedelta(hours=3))
    await desk.app.outbox.sweep()
    assert theirs.screen == ["Look."]


async def test_a_null_byte_in_a_form_is_taken_on_either_database(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    await add_memory_accounts(app)
    async with database.reading() as store:
        person = (await store.people.all())[0]
    form = Submitted("experts.ask", {"question": "Who keeps\x00 the bond?", "context": "\x00"})
    await app.runner.accept(inbound(form, person.email))
    await app.outbox.idle()
    (told,) = gateway.sent[person.email]
    assert "has gone to" in told.summary


@pytest.mark.parametrize("value", ["a null byte \x00", "half a surrogate \ud800"])
async def test_a_value_that_a_database_cannot_hold_is_no_reason_to_retry_for_ever(
    database: Database,
    knowledge: KnowledgeBase,
    clock: StandingClock,
    gateway: MemoryGateway,
    value: str,
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))

    async def keeps(_turn: Turn, store: Store, _params: NoParams) -> Reply:
        await store.preferences.put("odd", value)
        await store.people.flush()
        return reply(say("Kept."))

    app.router.on_click(ClickAction("test.odd", NoParams), keeps)
    await app.runner.accept(inbound(Clicked("test.odd"), "amira"))
    await app.outbox.idle()
    (told,) = gateway.sent["amira"]
    assert told.summary == "Kept." or "this reference:" in told.summary


async def test_a_known_persons_turns_are_alike_on_both_databases(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    await add_memory_accounts(app)
    desk = Desk(app, gateway, cast.manager)
    for number, text in enumerate(("who am i", BUST, "1", BUST)):
        await desk.does(Said(text), f"event-{number}")
    assert "You are" in desk.screen[0]
    assert "Senior Responsible Officer" in desk.screen[1]
    async with database.reading() as store:
        questions = await store.questions.latest()
        assert await store.deliveries.counts() == {"sent": 4}
        profile = await store.people.profile(questions[0].person_id or 0)
        account = await store.people.account_and_profile("memory", "test", cast.manager)
    assert [each.text for each in questions] == [BUST, BUST]
    assert profile is not None
    assert account is not None
    assert (account[1].roles, account[1].unit) == (profile.roles, profile.unit)
    await app.close()
