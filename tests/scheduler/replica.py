"""A replica of its own for test_kill, which either dies at a step or lives and takes orders.

The step names where it dies by its own kill -9: `plan` inside the planning's transaction, `lease` before the
platform is asked, `send` when the platform has taken a message, `settle` inside the transaction that says so.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from pydantic import SecretStr

from bot.platforms.pace import Limits, Pace, Turnstile
from handlers.conversation.message import Message, say, to_json
from handlers.conversation.turn import Account, Inbound
from scheduler.clock import MovedClock, SystemClock
from scheduler.outbox import LEASE, Gateway, Outbox, SendResult
from storage.addresses import Address
from storage.database import Database, Store
from storage.deliveries import Delivery
from tests.servers.slack import BOT_TOKEN, SIGNING_SECRET, TEAM

MESSAGES = 10
STEPS = ("plan", "lease", "send", "settle")
# How many are sent when it dies.
_DIES_AT = 4


class Nobody:
    """Takes no events: this is about the way out."""

    async def accept(self, inbound: Inbound) -> Any:
        raise AssertionError

    async def knows(self, account: Account) -> bool:
        return False

    async def takes_part(self, address: Address) -> bool:
        return False

    async def reference(self, address: Address) -> None:
        return None

    async def remember(self, address: Address, reference: object) -> None:
        raise AssertionError


class DyingDatabase(Database):
    """Dies before the commit, once it is armed."""

    armed = False

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        async with super().store() as store:
            yield store
            await store.session.flush()
            if self.armed:
                die()


class DyingGateway:
    """The platform's own gateway, and death beside it."""

    def __init__(self, inner: Gateway, step: str, database: DyingDatabase) -> None:
        self._inner = inner
        self._step = step
        self._database = database
        self._sent = 0

    @property
    def platform(self) -> str:
        return self._inner.platform

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        if self._step == "lease":
            die()
        result = await self._inner.send(delivery, message)
        self._sent += 1
        if self._sent == _DIES_AT:
            if self._step == "send":
                die()
            self._database.armed = self._step == "settle"
        return result


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def planned(step: str, platform: str, clock: MovedClock) -> list[Delivery]:
    """The messages of one step, each to a conversation of its own."""
    now = clock.now()
    return [
        Delivery(
            key=f"{step}:{number}",
            person_id=None,
            platform=platform,
            workspace=TEAM,
            conversation=f"C{step}{number}",
            thread="",
            message=to_json(say(f"Message {step}:{number}")),
            cause="test",
            created_at=now,
            not_before=now,
        )
        for number in range(MESSAGES)
    ]


def live(orders: Connection, url: str, platform: str, server: str) -> None:
    """Obey, and answer each order; an empty one ends it."""
    asyncio.run(_live(orders, url, platform, server))


def die_at(step: str, url: str, platform: str, server: str, ahead: timedelta) -> None:
    """Plan and send with a clock that is ahead, and die on the way."""
    asyncio.run(_die_at(step, url, platform, server, ahead))


async def _die_at(step: str, url: str, platform: str, server: str, ahead: timedelta) -> None:
    clock = MovedClock(SystemClock(), ahead)
    database = DyingDatabase(url)
    chat = await slack_or_teams(platform, server)
    outbox = Outbox(database, [DyingGateway(chat.gateway, step, database)], clock, f"replica {os.getpid()}")
    database.armed = step == "plan"
    async with database.store() as store:
        await store.deliveries.add_many(planned(step, platform, clock))
    await outbox.sweep()


async def _live(orders: Connection, url: str, platform: str, server: str) -> None:
    clock = MovedClock(SystemClock(), timedelta())
    database = Database(url)
    chat = await slack_or_teams(platform, server)
    outbox = Outbox(database, [chat.gateway], clock, f"replica {os.getpid()}")
    while order := await asyncio.to_thread(orders.recv):
        what, _, step = order.partition(" ")
        if what == "plan":
            async with database.store() as store:
                orders.send(await store.deliveries.add_many(planned(step, platform, clock)))
        elif what == "sweep":
            orders.send(await outbox.sweep())
        else:
            # The dead one's lease ends.
            clock.move(LEASE + timedelta(seconds=1))
            orders.send(0)
    await chat.stop()
    await database.close()


async def slack_or_teams(name: str, server: str) -> Any:
    turnstile = Turnstile(Pace(Limits((), ())))
    if name == "slack":
        from bot.platforms.slack.platform import SlackPlatform  # noqa: PLC0415
        from bot.platforms.slack.settings import SlackSettings  # noqa: PLC0415

        slack = SlackSettings(SecretStr(BOT_TOKEN), SecretStr(SIGNING_SECRET), None, TEAM, f"{server}/api/")
        platform: Any = SlackPlatform(slack, turnstile)
    else:
        from bot.platforms.teams.platform import TeamsPlatform  # noqa: PLC0415
        from tests.servers.teams import TeamsServer  # noqa: PLC0415

        there = TeamsServer()
        there.base = server
        platform = TeamsPlatform(there.settings(), turnstile=turnstile)
    await platform.start(Nobody())
    return platform
