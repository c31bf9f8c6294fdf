"""Queueing, leasing and settling of deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from storage.database import Database
from storage.deliveries import Delivery, DeliveryState, Settlement
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
PLATFORMS = ("memory", "other")


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """The same database, as another process sees it."""
    opened = Database(database_url)
    yield opened
    await opened.close()


def delivery(
    key: str, *, not_before: datetime = NOW, platform: str = "memory", to: str | None = None
) -> Delivery:
    return Delivery(
        key=key,
        person_id=None,
        platform=platform,
        workspace="test",
        conversation=to or key,
        thread="",
        message="{}",
        cause="test",
        created_at=NOW,
        not_before=not_before,
    )


async def queue(database: Database, *deliveries: Delivery) -> list[bool]:
    async with database.store() as store:
        return [await store.deliveries.add(each) for each in deliveries]


async def lease(
    database: Database, owner: str, now: datetime = NOW, *, limit: int = 50, until: timedelta = MINUTE
) -> list[str]:
    async with database.store() as store:
        await store.deliveries.reclaim(now)
        return [each.key for each in await store.deliveries.lease(owner, now, now + until, limit, PLATFORMS)]


async def settle(
    database: Database,
    key: str,
    owner: str,
    state: DeliveryState = DeliveryState.SENT,
    *,
    now: datetime = NOW,
    platform_id: str | None = None,
    error: str | None = None,
    not_before: datetime | None = None,
) -> bool:
    async with database.store() as store:
        found = await store.deliveries.by_key(key)
        assert found is not None
        settlement = Settlement(found.id, state, platform_id, error, not_before)
        return found.id in await store.deliveries.settle([settlement], owner, now)


async def one(database: Database, key: str) -> Delivery:
    async with database.reading() as store:
        found = await store.deliveries.by_key(key)
    assert found is not None
    return found


async def test_a_key_is_queued_once_and_the_first_message_stays(database: Database) -> None:
    again = delivery("a")
    again.message = "another"
    assert await queue(database, delivery("a"), again, delivery("b")) == [True, False, True]
    assert await queue(database, delivery("a")) == [False]
    assert (await one(database, "a")).message == "{}"
    async with database.reading() as store:
        assert await store.deliveries.counts() == {"pending": 2}


async def test_a_key_is_queued_once_also_when_two_processes_race(
    database: Database, second: Database
) -> None:
    outcomes = await asyncio.gather(*(queue(each, delivery("a")) for each in (database, second) * 3))
    assert sorted(outcomes) == [[False]] * 5 + [[True]]


async def test_two_owners_at_once_share_the_work_without_overlap(
    database: Database, second: Database
) -> None:
    keys = [f"key-{number:02d}" for number in range(30)]
    await queue(database, *map(delivery, keys))
    taken = await asyncio.gather(
        *(
            lease(each, owner, limit=10)
            for each, owner in ((database, "one"), (second, "two"), (database, "three"), (second, "four"))
        )
    )
    everything = [key for each in taken for key in each]
    assert sorted(everything) == keys
    for owner, mine in zip(("one", "two", "three", "four"), taken, strict=True):
        for key in mine:
            assert (await one(database, key)).leased_by == owner


async def test_a_lease_in_force_is_nobody_elses(database: Database, second: Database) -> None:
    await queue(database, delivery("a"))
    assert await lease(database, "one") == ["a"]
    assert await lease(second, "two", NOW + MINUTE) == []
    assert await lease(database, "one", NOW + MINUTE) == []


async def test_a_lease_that_ended_goes_to_another_and_the_first_cannot_settle(
    database: Database, second: Database
) -> None:
    await queue(database, delivery("a"))
    await lease(database, "one")
    later = NOW + MINUTE + timedelta(seconds=1)
    assert await lease(second, "two", later) == ["a"]
    assert not await settle(database, "a", "one")
    assert (await one(database, "a")).state is DeliveryState.SENDING
    assert await settle(second, "a", "two", now=later)
    assert (await one(database, "a")).state is DeliveryState.SENT
    assert await lease(database, "one", later + MINUTE) == []


async def test_nothing_is_settled_without_a_lease_nor_twice(database: Database) -> None:
    await queue(database, delivery("a"))
    assert not await settle(database, "a", "one")
    await lease(database, "one")
    assert await settle(database, "a", "one")
    assert not await settle(database, "a", "one", DeliveryState.FAILED)
    assert (await one(database, "a")).state is DeliveryState.SENT


async def test_nothing_goes_out_before_its_time(database: Database) -> None:
    await queue(database, delivery("now"), delivery("soon", not_before=NOW + MINUTE))
    assert await lease(database, "one") == ["now"]
    assert await lease(database, "one", NOW + MINUTE - timedelta(microseconds=1)) == []
    assert await lease(database, "one", NOW + MINUTE) == ["soon"]


async def test_deliveries_are_leased_in_the_order_they_were_queued(database: Database) -> None:
    await queue(database, *(delivery(key) for key in "zbmay"))
    assert await lease(database, "one", limit=2) == ["z", "b"]
    assert await lease(database, "one") == ["m", "a", "y"]


async def test_only_platforms_that_are_served_are_leased(database: Database) -> None:
    await queue(database, delivery("here"), delivery("there", platform="teams"))
    assert await lease(database, "one") == ["here"]
    assert (await one(database, "there")).state is DeliveryState.PENDING


async def test_sent_keeps_the_platforms_id_and_the_moment(database: Database) -> None:
    await queue(database, delivery("a"))
    await lease(database, "one")
    await settle(database, "a", "one", now=NOW + MINUTE, platform_id="1700000000.0001")
    found = await one(database, "a")
    assert (found.state, found.platform_id) == (DeliveryState.SENT, "1700000000.0001")
    assert (found.settled_at, found.attempts, found.last_error) == (NOW + MINUTE, 1, None)
    assert (found.leased_by, found.leased_until) == (None, None)


async def test_back_to_pending_waits_for_its_new_time(database: Database) -> None:
    await queue(database, delivery("a"))
    await lease(database, "one")
    later = NOW + 5 * MINUTE
    await settle(database, "a", "one", DeliveryState.PENDING, error="busy", not_before=later)
    found = await one(database, "a")
    assert (found.state, found.attempts, found.last_error) == (DeliveryState.PENDING, 1, "busy")
    assert (found.not_before, found.settled_at, found.leased_by) == (later, None, None)
    assert await lease(database, "two", later - MINUTE) == []
    assert await lease(database, "two", later) == ["a"]


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.CANCELLED])
async def test_a_final_state_is_never_leased_again(database: Database, state: DeliveryState) -> None:
    await queue(database, delivery("a"))
    await lease(database, "one")
    await settle(database, "a", "one", state, error="x" * 1000)
    found = await one(database, "a")
    assert (found.state, found.last_error, found.settled_at) == (state, "x" * 300, NOW)
    assert await lease(database, "two", NOW + timedelta(days=400)) == []


async def test_the_counts_are_by_state(database: Database) -> None:
    async with database.reading() as store:
        assert await store.deliveries.counts() == {}
    await queue(database, *(delivery(key) for key in "abcd"))
    await lease(database, "one", limit=3)
    await settle(database, "a", "one")
    await settle(database, "b", "one", DeliveryState.FAILED)
    async with database.reading() as store:
        assert await store.deliveries.counts() == {"sent": 1, "failed": 1, "sending": 1, "pending": 1}
