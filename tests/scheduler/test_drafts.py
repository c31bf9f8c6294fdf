"""Forms that were left: named in the daily message on day 7 and day 13, and once when they have expired."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from scheduler.clock import MovedClock
from storage.accounts import Account
from storage.contracts import Contract
from storage.database import Database
from storage.deliveries import Delivery
from storage.drafts import Draft, DraftState
from storage.manners import Manner
from storage.people import Person
from tests.conftest import Cast, StandingClock
from tests.conversations.test_steps import add_trip
from tests.driver import MemoryChat, MemoryGateway, Shown, add_memory_accounts

DAY = timedelta(days=1)


@pytest.fixture
async def person(app: App, cast: Cast) -> Person:
    """A contract manager without any contract's dates, who has begun a form and left it on a Tuesday morning."""
    add_trip(app.router)
    await add_memory_accounts(app)
    async with app.database.store() as store:
        found = await store.people.by_email(cast.manager)
        assert found is not None
        await store.session.execute(update(Contract).values(manager_id=None, deputy_id=None))
    # The first look of all is the day from which reminders count.
    await lived(app)
    return found


@pytest.fixture
async def chat(app: App, gateway: MemoryGateway, person: Person) -> MemoryChat:
    chat = MemoryChat(app, gateway, person)
    await chat.says("visit")
    await chat.says("no")
    return chat


async def lived(app: App) -> None:
    """Everything that the service does by itself at this moment."""
    for each in app.ticks():
        if each.name in ("forget what is over", "plan reminders", "sweep"):
            await each.run()
    await app.outbox.idle()


async def told(app: App, chat: MemoryChat) -> list[Shown]:
    before = len(await chat.screen())
    await lived(app)
    await lived(app)
    return (await chat.screen())[before:]


async def test_a_form_left_is_reminded_of_twice_and_then_expires(
    app: App, clock: StandingClock, chat: MemoryChat
) -> None:
    heard = {}
    for day in range(1, 22):
        clock.forward(DAY)
        for message in await told(app, chat):
            heard[day] = message
    # Day 15 is a Wednesday; the form's last moment was on day 14.
    assert list(heard) == [7, 13, 15]
    assert "Form 1: Site visit. You have begun this form. It is kept until 8 December 2026." in heard[7].text
    assert "1 of 4 questions answered." in heard[7].text
    assert "Waiting for you (1)".upper() in heard[13].text
    assert heard[7].buttons == heard[13].buttons == ("Go on", "Throw away", "Snooze")
    assert "It was kept for 14 days and has expired. Nothing was sent." in heard[15].text
    assert heard[15].buttons == ("Begin again",)
    (begun,) = await chat.clicks("Begin again")
    assert "Question 1 of 4" in begun.text
    (once,) = await chat.clicks("Begin again")
    assert "have begun 'Site visit' already" in once.text
    (over,) = await chat.clicks("Go on")
    assert "has expired" in over.text


async def test_it_stands_in_the_one_message_of_the_day(
    app: App, clock: StandingClock, person: Person, chat: MemoryChat
) -> None:
    clock.forward(6 * DAY)
    await told(app, chat)
    async with app.database.store() as store:
        contract = (await store.session.scalars(select(Contract).order_by(Contract.id))).first()
        assert contract is not None
        contract.manager_id, contract.review_date = person.id, (clock.now() + DAY).date()
    clock.forward(DAY)
    (message,) = await told(app, chat)
    assert "Its review is due on" in message.text
    assert "Form 1: Site visit" in message.text
    assert "Go on" in message.buttons


async def test_the_reminder_goes_on_or_throws_away(app: App, clock: StandingClock, chat: MemoryChat) -> None:
    clock.forward(7 * DAY)
    await told(app, chat)
    # Typed as well as clicked; nothing typed now is taken for an answer.
    (asked,) = await chat.says("go on")
    assert "Question 2 of 4" in asked.text
    clock.forward(6 * DAY)
    await told(app, chat)
    (gone,) = await chat.clicks("Throw away")
    assert "is cancelled" in gone.text
    clock.forward(2 * DAY)
    assert await told(app, chat) == []


async def test_all_of_it_can_be_typed_by_the_forms_number(
    app: App, clock: StandingClock, chat: MemoryChat
) -> None:
    clock.forward(7 * DAY)
    await told(app, chat)
    (listed,) = await chat.says("what is due")
    assert "Form 1: Site visit" in listed.text
    for text in ("done form 1", "form 1 is not mine", "move form 1 to Friday because I am busy"):
        (refused,) = await chat.says(text)
        assert "settled by sending it or by throwing it away" in refused.text
        assert refused.buttons == ("Go on", "Throw away", "Snooze")
    (snoozed,) = await chat.says("snooze form 1 to Friday")
    assert "You will not be reminded of form 1 until Friday 4 December 2026" in snoozed.text
    (asked,) = await chat.says("go on with form 1")
    assert "Question 2 of 4" in asked.text
    (gone,) = await chat.says("throw away form 1")
    assert "is cancelled" in gone.text
    (again,) = await chat.says("begin form 1 again")
    assert "was cancelled" in again.text
    clock.forward(4 * DAY)
    assert await told(app, chat) == []


async def test_a_snoozed_form_comes_back(app: App, clock: StandingClock, chat: MemoryChat) -> None:
    clock.forward(7 * DAY)
    await told(app, chat)
    await chat.says("snooze form 1 to Friday")
    heard = []
    for day in range(8, 14):
        clock.forward(DAY)
        heard += [day] * len(await told(app, chat))
    assert heard == [10, 13]


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
        if await told(app, chat):
            local = clock.now().astimezone(app.settings.zone)
            heard.append((local.strftime("%a"), local.hour))
        clock.forward(timedelta(hours=1))
    # Day 7 is a Sunday, so the Friday before; day 13 a Saturday, so its Friday; the end a Sunday, told on Monday.
    assert heard == [("Fri", 14), ("Fri", 14), ("Mon", 14)]


async def test_who_answers_just_now_stays_in_the_form(
    app: App, clock: StandingClock, chat: MemoryChat
) -> None:
    clock.forward(7 * DAY)
    await chat.says("0")
    assert len(await told(app, chat)) == 1
    async with app.database.reading() as store:
        assert [each.state for each in await store.session.scalars(select(Draft))] == [DraftState.OPEN]


async def test_it_waits_for_whoever_is_on_leave_and_goes_to_no_deputy(
    app: App, clock: StandingClock, person: Person, chat: MemoryChat, cast: Cast
) -> None:
    async with app.database.store() as store:
        deputy = await store.people.by_email(cast.lead)
        assert deputy is not None
        away = {"deputy_id": deputy.id, "leave_from": clock.now().date() + 3 * DAY}
        back = clock.now().date() + 17 * DAY
        await store.session.execute(
            update(Person).where(Person.id == person.id).values(**away, leave_to=back)
        )
    heard = []
    for day in range(1, 22):
        clock.forward(DAY)
        heard += [(day, each.buttons) for each in await told(app, chat)]
    # Back on a Friday: by then there is only one thing to say of it.
    assert heard == [(20, ("Begin again",))]
    async with app.database.reading() as store:
        messages = [each.message for each in await store.session.scalars(select(Delivery))]
    assert sum("Form 1" in each for each in messages) == 1


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
    assert await told(app, chat) == []
    async with app.database.reading() as store:
        delivery = await store.deliveries.by_key(f"nudge:{person.id}:{clock.now().date()}")
        assert delivery is not None
        # Of a message of nothing but forms, whoever would stand in for an unreachable person hears nothing.
        assert (delivery.platform, delivery.cause) == ("web", "form in progress")


async def test_somebody_who_has_left_hears_nothing_and_the_form_expires(
    app: App, clock: StandingClock, person: Person, chat: MemoryChat
) -> None:
    async with app.database.store() as store:
        await store.session.execute(update(Person).where(Person.id == person.id).values(active=False))
    for days in (7, 6, 2):
        clock.forward(days * DAY)
        assert await told(app, chat) == []
    async with app.database.reading() as store:
        draft = await store.session.get(Draft, 1)
        assert draft is not None
        assert draft.state is DraftState.EXPIRED


async def test_the_srm_lead_sees_it_coming_and_changes_its_rule(
    app: App, clock: StandingClock, gateway: MemoryGateway, chat: MemoryChat, cast: Cast
) -> None:
    async with app.database.reading() as store:
        lead = MemoryChat(app, gateway, await store.people.by_email(cast.lead))
    (ahead,) = await lead.says("who will be reminded")
    assert "Form 1" in ahead.text
    await lead.says("change reminder rule drafts")
    # It goes to nobody above, so that is not asked.
    assert lead.form is not None
    assert not {"contact", "escalate"} & set(lead.form.values)
    (effect,) = await lead.fills(before="11")
    assert "Forms in progress: what would change." in effect.text
    await lead.clicks("Save the change")
    heard = []
    for day in range(1, 16):
        clock.forward(DAY)
        heard += [day] * len(await told(app, chat))
    assert heard == [3, 15]
    await chat.says("stop reminders about expired forms")
    await chat.says("begin form 1 again")
    heard.clear()
    for day in range(1, 20):
        clock.forward(DAY)
        heard += [day] * len(await told(app, chat))
    assert heard == [2]


async def test_two_processes_say_it_once(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway, cast: Cast
) -> None:
    apps = [
        await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
        for _ in range(2)
    ]
    add_trip(apps[0].router)
    await add_memory_accounts(apps[0])
    async with database.store() as store:
        await store.session.execute(update(Contract).values(manager_id=None, deputy_id=None))
        chat = MemoryChat(apps[0], gateway, await store.people.by_email(cast.manager))
    await asyncio.gather(*(lived(each) for each in apps))
    await chat.says("visit")
    for days in (7, 6, 2):
        clock.forward(days * DAY)
        await asyncio.gather(*(lived(each) for each in apps))
        await asyncio.gather(*(lived(each) for each in apps))
    assert len(await chat.screen()) == 4
