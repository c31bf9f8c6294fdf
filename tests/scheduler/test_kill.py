"""kill -9 at every step of a delivery, with another replica on the same database: each message arrives."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from scheduler.outbox import LEASE
from storage.database import Database
from tests.forked import CONTEXT
from tests.platforms.teams.room import cards_in, text_in
from tests.scheduler.replica import MESSAGES, STEPS, die_at, live
from tests.servers.slack import SlackServer
from tests.servers.teams import teams_server

A_LEASE = LEASE + timedelta(seconds=1)
Arrived = Callable[[], Counter[str]]


class Replica:
    """A process that takes orders."""

    def __init__(self, *about: str) -> None:
        self._orders, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=live, args=(theirs, *about))
        self._process.start()
        theirs.close()

    async def does(self, order: str) -> int:
        self._orders.send(order)
        async with asyncio.timeout(60):
            answer: int = await asyncio.to_thread(self._orders.recv)
        return answer

    async def end(self) -> None:
        self._orders.send("")
        await asyncio.to_thread(self._process.join)
        assert self._process.exitcode == 0


async def dies(*about: object) -> int | None:
    """How a process ended that was to die."""
    process = CONTEXT.Process(target=die_at, args=about)
    process.start()
    await asyncio.to_thread(process.join)
    return process.exitcode


@asynccontextmanager
async def slack() -> AsyncIterator[tuple[str, Arrived]]:
    async with SlackServer() as server:

        def arrived() -> Counter[str]:
            return Counter(each["text"] for channel in server.channels.values() for each in channel.messages)

        yield server.address, arrived


@asynccontextmanager
async def teams() -> AsyncIterator[tuple[str, Arrived]]:
    async with teams_server() as server:
        server.tokens.append("token of a process that died")

        def arrived() -> Counter[str]:
            return Counter(text_in(cards_in(each.activity)[0]) for each in server.messages)

        yield server.base, arrived


@pytest.mark.parametrize("platform", [slack, teams], ids=["slack", "teams"])
async def test_each_message_arrives_whatever_step_a_replica_is_killed_at(
    platform: Callable[[], object], database: Database, database_url: str
) -> None:
    name = platform.__name__
    async with (slack if name == "slack" else teams)() as (address, arrived):
        living = Replica(database_url, name, address)
        for number, step in enumerate(STEPS):
            assert await dies(step, database_url, name, address, number * A_LEASE) == -signal.SIGKILL
            # Whoever plans the same again plans nothing twice.
            new = await living.does(f"plan {step}")
            assert new == (MESSAGES if step == "plan" else 0)
            # What is leased is nobody else's until the lease ends; then the living one sends it.
            before = await living.does("sweep")
            await living.does("wait")
            after = await living.does("sweep")
            assert (before, after > 0) == ((MESSAGES, False) if step == "plan" else (0, True))
            copies = {text: count for text, count in arrived().items() if f" {step}:" in text}
            repeats = sum(copies.values()) - len(copies)
            async with database.reading() as store:
                counted = await store.delivery_desk.repeats()
                states = await store.deliveries.counts()
            sys.stdout.write(
                f"{name}, {database.url.get_backend_name()}, killed at {step}: {len(copies)} of {MESSAGES} arrived; "
                f"taken by the living before the lease ended {before}, after {after}; "
                f"there twice {repeats}; counted so far as possibly twice {counted}\n"
            )
            assert len(copies) == MESSAGES
            assert states == {"sent": MESSAGES * (number + 1)}
            assert max(copies.values()) <= (1 if name == "slack" else 2)
            assert counted >= sum(arrived().values()) - len(arrived())
            assert counted == 0 or name == "teams"
        await living.end()
