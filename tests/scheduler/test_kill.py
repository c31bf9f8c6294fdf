"""kill -9 at every step of a delivery, with another replica on the same database: each message arrives."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.outbox import LEASE
from storage.database import Database
from tests.platforms.teams.room import cards_in, text_in
from tests.scheduler.replica import MESSAGES, STEPS
from tests.servers.slack import SlackServer
from tests.servers.teams import teams_server

A_LEASE = LEASE + timedelta(seconds=1)
_REPLICA = Path(__file__).parent / "replica.py"
Arrived = Callable[[], Counter[str]]


class Replica:
    """A process that takes orders."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def answer(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            return (await self._process.stdout.readline()).decode().strip()

    async def does(self, order: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n".encode())
        return await self.answer()

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert await self._process.wait() == 0


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

        async def start(step: str, ahead: timedelta) -> Process:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                str(_REPLICA),
                step,
                database_url,
                name,
                address,
                str(ahead.total_seconds()),
                stdin=PIPE,
                stdout=PIPE,
            )

        living = Replica(await start("live", timedelta()))
        assert await living.answer() == "ready"
        for number, step in enumerate(STEPS):
            victim = await start(step, number * A_LEASE)
            assert await victim.wait() == -signal.SIGKILL
            # Whoever plans the same again plans nothing twice.
            new = int(await living.does(f"plan {step}"))
            assert new == (MESSAGES if step == "plan" else 0)
            # What is leased is nobody else's until the lease ends; then the living one sends it.
            before = int(await living.does("sweep"))
            await living.does("wait")
            after = int(await living.does("sweep"))
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
