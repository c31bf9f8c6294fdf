"""Somebody who blocked Covenant or left is written to elsewhere, or their unit's first contact is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.conversation.message import Message, from_json, say, to_json
from scheduler.outbox import Outbox, Refused, SendResult, Sent
from storage.accounts import Account
from storage.database import Database
from storage.deliveries import MOST_ATTEMPTS, Delivery, DeliveryState, Priority
from storage.people import Person
from tests.conftest import StandingClock

BLOCKED = Refused("the person has blocked Covenant", gone=True)


class Desk:
    """A platform that refuses or takes everything."""

    def __init__(self, platform: str, result: SendResult) -> None:
        self.platform = platform
        self._result = result
        self.shown: list[tuple[str, str]] = []

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        if isinstance(self._result, Sent):
            self.shown.append((delivery.conversation, message.summary))
        return self._result


@pytest.fixture
async def people(sqlite_database: Database) -> tuple[Person, Person]:
    """Somebody with an account on two platforms, and their unit's first contact with one."""
    async with sqlite_database.store() as store:
        for person in await store.people.all():
            contact = await store.people.first_contact_of(person.id)
            if contact is not None:
                break
        assert contact is not None
        for who, platform in ((person, "one"), (person, "two"), (contact, "two")):
            store.people.add(
                Account(
                    person_id=who.id,
                    platform=platform,
                    workspace="w",
                    user_id=who.email,
                    conversation=who.email,
                )
            )
        return person, contact


def nudge(person: Person, clock: StandingClock, priority: Priority = Priority.NUDGE) -> Delivery:
    return Delivery(
        key="nudge",
        person_id=person.id,
        platform="one",
        workspace="w",
        conversation=person.email,
        thread="",
        message=to_json(say("The review is due.")),
        cause="nudge",
        created_at=clock.now(),
        not_before=clock.now(),
        priority=priority,
    )


async def deliver(database: Database, clock: StandingClock, delivery: Delivery, *desks: Desk) -> None:
    async with database.store() as store:
        await store.deliveries.add(delivery)
    outbox = Outbox(database, desks, clock, "outbox")
    for _ in range(4):
        await outbox.sweep()
        clock.forward(timedelta(minutes=1))


async def test_the_next_platform_gets_it_once(
    sqlite_database: Database, clock: StandingClock, people: tuple[Person, Person]
) -> None:
    person, _ = people
    one, two = Desk("one", BLOCKED), Desk("two", Sent("1"))
    await deliver(sqlite_database, clock, nudge(person, clock), one, two)
    assert two.shown == [(person.email, "The review is due.")]
    async with sqlite_database.reading() as store:
        ((who, account),) = await store.people.unreachable()
    assert (who.id, account.platform, account.unreachable) == (person.id, "one", BLOCKED.reason)


async def test_the_first_contact_gets_a_nudge_that_reaches_nobody(
    sqlite_database: Database, clock: StandingClock, people: tuple[Person, Person]
) -> None:
    person, contact = people
    async with sqlite_database.store() as store:
        account = await store.accounts.one("two", "w", person.email)
        assert account is not None
        account.unreachable = "left"
    two = Desk("two", Sent("1"))
    await deliver(sqlite_database, clock, nudge(person, clock), Desk("one", BLOCKED), two)
    assert two.shown == [(contact.email, f"For {person.name}: The review is due.")]


@pytest.mark.parametrize("priority", [Priority.REPLY, Priority.CONTROL])
async def test_a_reply_goes_nowhere_else(
    sqlite_database: Database, clock: StandingClock, people: tuple[Person, Person], priority: Priority
) -> None:
    two = Desk("two", Sent("1"))
    await deliver(sqlite_database, clock, nudge(people[0], clock, priority), Desk("one", BLOCKED), two)
    assert two.shown == []


async def test_a_broadcast_goes_to_nobody_in_ones_stead(
    sqlite_database: Database, clock: StandingClock, people: tuple[Person, Person]
) -> None:
    both = Desk("one", BLOCKED), Desk("two", BLOCKED)
    await deliver(sqlite_database, clock, nudge(people[0], clock, Priority.BULK), *both)
    async with sqlite_database.reading() as store:
        assert await store.deliveries.counts() == {"failed": 2}


async def test_what_kills_its_process_is_given_up(sqlite_database: Database, clock: StandingClock) -> None:
    async with sqlite_database.store() as store:
        person = (await store.people.all())[0]
        await store.deliveries.add(nudge(person, clock))
    for number in range(MOST_ATTEMPTS + 1):
        async with sqlite_database.store() as store:
            await store.deliveries.reclaim(clock.now())
            until = clock.now() + timedelta(seconds=60)
            leased = await store.deliveries.lease(f"dead {number}", clock.now(), until, 10, ["one"])
        assert len(leased) == (1 if number < MOST_ATTEMPTS else 0)
        clock.forward(timedelta(seconds=61))
    async with sqlite_database.reading() as store:
        found = await store.deliveries.by_key("nudge")
    assert found is not None
    assert (found.state, found.attempts, found.doubtful) == (DeliveryState.FAILED, MOST_ATTEMPTS, True)
    assert found.last_error is not None
    assert "given up" in found.last_error
    assert from_json(found.message).summary == "The review is due."
