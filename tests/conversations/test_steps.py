"""A form asked question by question: interrupted, resumed elsewhere, changed, and sent once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from aiohttp import ClientSession
from sqlalchemy import select

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.platforms.web.inbound import add_accounts
from bot.settings import Settings
from handlers.conversation.acts import Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind, Option, When
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Clicked, Turn
from scheduler.clock import MovedClock
from storage.accounts import Account
from storage.database import Database, Store
from storage.drafts import Draft, DraftState
from storage.suggestions import Suggestion, SuggestionKind
from tests.conftest import Cast, StandingClock
from tests.driver import House, MemoryChat, MemoryGateway, WebChat, add_memory_accounts, served

TRIP = FormAction("test.trip", NoParams)
LEVELS = (Option("0", "Absent"), Option("1", "Partly", "Some of it"), Option("2", "Complete"))
QUESTIONS = (
    Field("late", "Was it late", Kind.YES_NO, not_sure=True),
    Field("why", "Why it was late", Kind.LONG_TEXT, when=(When("late", ("yes",)),)),
    Field("plan", "Plan", Kind.SCALE, options=LEVELS),
    Field("day", "Day of the visit", Kind.DATE),
    Field("note", "Anything else", Kind.SHORT_TEXT, required=False),
)


def add_trip(router: Router) -> None:
    """A form of a handler as any other, through the router's public face."""

    async def build(_turn: Turn, _store: Store, params: NoParams) -> Form | Reply:
        return Form(TRIP.name, "Site visit", QUESTIONS, params=TRIP.carried(params), steps=True)

    async def begin(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        form = await build(turn, store, NoParams())
        return form if isinstance(form, Reply) else Reply(form=form)

    async def keep(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
        if values.get("note") == "wrong":
            return Reply(errors={"note": "Say something else"})
        assert turn.person is not None
        written = ";".join(f"{name}={value}" for name, value in values.items())
        await store.suggestions.add(
            Suggestion(
                kind=SuggestionKind.EXEMPLAR, text=written, author_id=turn.person.id, at=turn.received_at
            )
        )
        return reply(say("The visit is kept."))

    router.on_command(Command("visit", "visit", "Record a visit", (r"visit",)), begin)
    router.on_form(TRIP, keep, build)


async def kept(app: App) -> list[str]:
    async with app.database.reading() as store:
        return [each.text for each in await store.suggestions.latest()]


async def test_a_form_is_asked_question_by_question_and_sent(house: House, cast: Cast) -> None:
    add_trip(house.app.router)
    manager = await house.person(cast.manager)
    (first,) = await manager.says("visit")
    assert "Question 1 of 4: Was it late" in first.text
    assert "Open as a form" in first.buttons
    (second,) = await manager.says("1")
    assert "Question 2 of 5: Why it was late" in second.text
    (third,) = await manager.says("The lorry broke down")
    assert "1: Partly. Some of it" in third.text
    (fourth,) = await manager.says("2")
    assert "Day of the visit" in fourth.text
    (told, again) = await manager.says("31/2")
    assert "no such date" in told.text
    assert "Day of the visit" in again.text
    (fifth,) = await manager.says("next Friday")
    assert "Skip" in fifth.buttons
    (summary,) = await manager.clicks("Skip")
    assert "Nothing is sent yet" in summary.text
    assert "Friday 4 December 2026" in summary.text
    assert "Complete" in summary.text
    await manager.says("change 1")
    (summary,) = await manager.clicks("No")
    assert "lorry" not in summary.text
    (done,) = await manager.clicks("Send")
    assert "The visit is kept." in done.text
    assert await kept(house.app) == ["late=no;plan=2;day=2026-12-04;note="]


async def test_questions_and_commands_in_the_middle_leave_the_form_where_it_was(
    house: House, cast: Cast
) -> None:
    add_trip(house.app.router)
    manager = await house.person(cast.manager)
    await manager.says("visit")
    shown = await manager.says("our contractor has gone bust what now")
    assert "insolven" in shown[0].text
    assert "Question 1 of 4" in shown[-1].text
    shown = await manager.says("overdue")
    assert "Question 1 of 4" in shown[-1].text
    shown = await manager.says("help")
    assert "You can also type" in shown[0].text
    assert "Question 1 of 4" in shown[-1].text
    await manager.says("yes")
    (back,) = await manager.says("back")
    assert "Question 1 of 5" in back.text
    assert "Your answer now: Yes" in back.text
    (left,) = await manager.says("cancel")
    assert "is cancelled" in left.text
    (none,) = await manager.says("my forms")
    assert "no form in progress" in none.text


async def test_what_is_neither_an_answer_nor_a_question_is_asked_again(
    app: App, gateway: MemoryGateway, cast: Cast
) -> None:
    add_trip(app.router)
    chat, _ = await in_two_places(app, gateway, cast.manager)
    await chat.says("visit")
    told, again = await chat.says("perhaps")
    assert "Choose one of the options. To ask me something else, end it with a question mark." in told.text
    assert "Question 1 of 4" in again.text
    async with app.database.reading() as store:
        assert not await store.questions.latest(1)
    (shown,) = await chat.says("I don\u2019t know")
    assert "Question 2 of 4" in shown.text
    (shown,) = await chat.says("one")
    assert "Day of the visit" in shown.text
    assert "Answer:" not in shown.text, "there is nothing to press for a date"
    told, _ = await chat.says("soonish")
    assert "end it with a question mark" in told.text
    assert "Question 3 of 4" in (await chat.says("what does KPI mean"))[-1].text


async def test_an_old_button_says_where_the_form_is(house: House, cast: Cast) -> None:
    add_trip(house.app.router)
    manager = await house.person(cast.manager)
    await manager.says("visit")
    await manager.says("no")
    shown = await manager.clicks("Yes")
    assert "behind you" in shown[0].text
    assert "Question 2 of 4" in shown[1].text
    await manager.says("cancel")
    (over,) = await manager.clicks("Complete")
    assert "was cancelled" in over.text
    (again,) = await manager.clicks("Bring it back")
    assert "Question 2 of 4" in again.text


async def test_begun_again_it_offers_to_carry_on(house: House, cast: Cast) -> None:
    add_trip(house.app.router)
    manager = await house.person(cast.manager)
    await manager.says("visit")
    await manager.says("no")
    (left,) = await manager.says("save for later")
    assert "saved until 8 December 2026" in left.text
    (offer,) = await manager.says("visit")
    assert offer.buttons == ("Carry on", "Start afresh")
    (on,) = await manager.clicks("Carry on")
    assert "Question 2 of 4" in on.text
    await manager.says("save for later")
    await manager.says("visit")
    (afresh,) = await manager.clicks("Start afresh")
    assert "Question 1 of 4" in afresh.text


async def test_what_the_handler_refuses_is_asked_again(house: House, cast: Cast) -> None:
    add_trip(house.app.router)
    manager = await house.person(cast.manager)
    for text in ("visit", "no", "0", "tomorrow", "wrong"):
        await manager.says(text)
    shown = await manager.says("send")
    assert "Say something else" in shown[0].text
    assert "Question 4 of 4" in shown[1].text
    await manager.says("right")
    await manager.says("send")
    assert await kept(house.app) == ["late=no;plan=0;day=2026-11-25;note=right"]


async def test_the_rest_can_be_filled_in_as_a_dialog(house: House, cast: Cast) -> None:
    add_trip(house.app.router)
    manager = await house.person(cast.manager)
    await manager.says("visit")
    await manager.says("open as a form")
    assert manager.form is not None
    await manager.fills(late="no", plan="1", day="2026-11-25")
    assert await kept(house.app) == ["late=no;plan=1;day=2026-11-25;note="]
    (none,) = await manager.says("resume")
    assert "no form in progress" in none.text


async def test_resumed_on_another_platform_after_a_restart(
    app: App,
    sqlite_database: Database,
    clock: StandingClock,
    gateway: MemoryGateway,
    cast: Cast,
) -> None:
    add_trip(app.router)
    async with app.database.store() as store:
        await add_accounts(store)
        person = await store.people.by_email(cast.manager)
    await add_memory_accounts(app)
    assert person is not None
    here = MemoryChat(app, gateway, person)
    await here.says("visit")
    await here.says("no")

    again = await assemble(Settings(), sqlite_database, app.knowledge, MovedClock(clock), gateways=(gateway,))
    add_trip(again.router)
    clock.forward(timedelta(days=3))
    async with served(again) as base, ClientSession() as session:
        there = WebChat(session, base, person)
        await there.says("resume")
        (asked,) = await there.clicks("Resume")
        assert "Question 2 of 4" in asked.text
        for text in ("complete", "today", "skip", "send"):
            await there.says(text)
    await again.outbox.idle()
    assert await kept(again) == ["late=no;plan=2;day=2026-11-27;note="]


async def test_sent_twice_at_once_it_is_kept_once(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    add_trip(app.router)
    await add_memory_accounts(app)
    async with database.store() as store:
        person = (await store.people.all())[0]
    chat = MemoryChat(app, gateway, person)
    for text in ("visit", "no", "0", "tomorrow", "skip"):
        await chat.says(text)
    send = next(each for each in gateway.sent[person.email][-1].buttons if each.label == "Send")
    await asyncio.gather(*(chat.sends(Clicked(send.action, send.params), f"click-{n}") for n in range(3)))
    assert len(await kept(app)) == 1
    told = [each.text for each in await chat.screen()]
    assert sum("was sent already" in each for each in told) == 2
    await app.outbox.idle()


async def in_two_places(app: App, gateway: MemoryGateway, email: str) -> tuple[MemoryChat, MemoryChat]:
    """One person at two chats of theirs."""
    async with app.database.store() as store:
        person = await store.people.by_email(email)
        assert person is not None
        for user in ("here", "there"):
            account = Account(
                person_id=person.id, platform="memory", workspace="test", user_id=user, conversation=user
            )
            store.people.add(account)
    here, there = MemoryChat(app, gateway, person), MemoryChat(app, gateway, person)
    here.user, there.user = "here", "there"
    return here, there


async def test_sent_from_two_platforms_at_once_one_wins_and_the_other_is_told(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    add_trip(app.router)
    here, there = await in_two_places(app, gateway, cast.manager)
    for text in ("visit", "no", "0", "tomorrow", "skip"):
        await here.says(text)
    await there.says("resume")
    await there.clicks("Resume")
    shown = await asyncio.gather(here.clicks("Send"), there.clicks("Send"))
    assert len(await kept(app)) == 1
    told = sorted(each[-1].text for each in shown)
    assert "The visit is kept." in told[1]
    assert "was sent already. It was not sent a second time" in told[0]


async def test_begun_on_two_platforms_at_once_it_is_one_form(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    add_trip(app.router)
    here, there = await in_two_places(app, gateway, cast.manager)
    shown = await asyncio.gather(here.says("visit"), there.says("visit"))
    assert len(await drafts(app)) == 1
    said = sorted(each[-1].text for each in shown)
    assert "Question 1 of 4" in said[0]
    assert "You have begun 'Site visit' already" in said[1]


async def test_the_dialog_and_the_conversation_sent_at_once_make_one(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    add_trip(app.router)
    here, there = await in_two_places(app, gateway, cast.manager)
    await here.says("visit")
    await here.says("open as a form")
    await there.says("resume")
    await there.clicks("Resume")
    for text in ("no", "0", "tomorrow", "skip"):
        await there.says(text)
    filled = {"late": "no", "plan": "0", "day": "tomorrow"}
    shown = await asyncio.gather(here.fills(**filled), there.clicks("Send"))
    assert len(await kept(app)) == 1
    assert sum("was sent already" in each[-1].text for each in shown) == 1


async def test_an_answer_given_elsewhere_moves_the_form_and_the_first_place_is_told(
    app: App, gateway: MemoryGateway, cast: Cast
) -> None:
    add_trip(app.router)
    here, there = await in_two_places(app, gateway, cast.manager)
    await here.says("visit")
    await there.says("resume")
    await there.clicks("Resume")
    await there.says("no")
    told, asked = await here.clicks("Yes")
    assert "That question is behind you, so nothing was changed" in told.text
    assert "Question 2 of 4" in asked.text


async def test_a_second_form_puts_the_first_aside(app: App, gateway: MemoryGateway) -> None:
    add_trip(app.router)
    here, there = await in_two_places(app, gateway, "priya.nair@example.gov.uk")
    await here.says("visit")
    aside, first = await there.says("assess CMA-2031")
    assert "'Site visit' is put aside" in aside.text
    assert "Question 1 of" in first.text
    # Neither what is typed nor an old button answers the wrong one.
    await here.says("1")
    assert [each.answers for each in await drafts(app)] == [{}, {}]
    aside, told = await here.clicks("Not sure")
    assert "is put aside" in aside.text
    assert "Question 2 of 4" in told.text


async def test_an_answer_ruled_out_comes_back_with_the_question(
    app: App, gateway: MemoryGateway, cast: Cast
) -> None:
    add_trip(app.router)
    (chat, _) = await in_two_places(app, gateway, cast.manager)
    for text in ("visit", "yes", "The lorry broke down", "0", "tomorrow", "skip"):
        (shown,) = await chat.says(text)
    why = next(each for each in gateway.sent["here"][-1].buttons if each.label == "Change 2")
    for answer, seen in (("No", False), ("Yes", True), ("No", False)):
        await chat.says("change 1")
        (shown,) = await chat.clicks(answer)
        assert ("lorry" in shown.text) is seen
    told, shown = await chat.sends(Clicked(why.action, why.params), "an old button")
    assert "behind you" in told.text
    assert "Nothing is sent yet" in shown.text
    await chat.says("send")
    assert await kept(app) == ["late=no;plan=0;day=2026-11-25;note="]


async def test_a_form_whose_handler_is_gone_says_so_and_keeps_the_answers(
    sqlite_database: Database, app: App, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    add_trip(app.router)
    here, _ = await in_two_places(app, gateway, cast.manager)
    for text in ("visit", "no", "0", "tomorrow", "skip"):
        await here.says(text)
    later = await assemble(Settings(), sqlite_database, app.knowledge, MovedClock(clock), gateways=(gateway,))
    async with later.database.reading() as store:
        chat = MemoryChat(later, gateway, await store.people.by_email(cast.manager))
    chat.user = "here"
    told, left = await chat.says("send")
    assert "form is out of date, so nothing was changed" in told.text
    assert "Your answers are kept until" in left.text


async def drafts(app: App) -> list[Draft]:
    async with app.database.reading() as store:
        return list(await store.session.scalars(select(Draft).order_by(Draft.id)))


async def test_after_fourteen_days_it_has_expired(
    app: App, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    add_trip(app.router)
    await add_memory_accounts(app)
    async with app.database.reading() as store:
        chat = MemoryChat(app, gateway, await store.people.by_email(cast.manager))
    await chat.says("visit")
    clock.forward(timedelta(days=14))
    (told,) = await chat.clicks("Yes")
    assert "has expired" in told.text
    async with app.database.reading() as store:
        draft = await store.session.get(Draft, 1)
        assert draft is not None
        assert draft.answers == {}
        assert draft.state is DraftState.EXPIRED
