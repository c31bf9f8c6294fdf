"""One broadcast to many against a test server, through failures, a kill -9 and a process that takes over."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Protocol

from scheduler.broadcasts import Broadcasts
from scheduler.clock import MovedClock, SystemClock
from scheduler.outbox import LEASE, Outbox
from storage.accounts import Account
from storage.audiences import Audience, Who
from storage.broadcast_figures import Figures
from storage.broadcasts import Broadcast, BroadcastState
from storage.database import Database
from storage.people import Person
from tests.forked import CONTEXT
from tests.scheduler.replica import slack_or_teams
from tests.servers.slack import TEAM, SlackServer
from tests.servers.slack import Failure as SlackFailure
from tests.servers.teams import TENANT, TeamsServer, teams_server
from tests.servers.teams import Failure as TeamsFailure

_PAGE = 500
# One in so many has no account, and one in so many has blocked Covenant.
_WITHOUT, _BLOCKED = 25, 40
# The conversations that the platform says are gone, whenever it is asked to write to them.
_GONE = r"D0READER\d*[59]7"
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the database says of it, and how many copies each conversation has by the server."""

    figures: Figures
    people: int
    copies: Counter[str]
    calls: int
    # How often the database says that a message may be there twice.
    doubtful: int


class Target(Protocol):
    """The test server of a platform, as far as it matters here."""

    @property
    def address(self) -> str:
        """Where it is."""
        ...

    def fail(self, rounds: int) -> None:
        """Let the next messages fail in so many rounds of all the ways that pass."""
        ...

    def calls(self) -> int:
        """How often it was called."""
        ...

    async def called(self, often: int) -> None:
        """Wait until it was called more often than that."""
        ...

    def copies(self) -> Counter[str]:
        """How many messages each conversation has."""
        ...


class SlackTarget:
    """Slack, which can be asked what it has."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server
        self._server.gone = re.compile(_GONE)
        self.address = server.address

    def fail(self, rounds: int) -> None:
        slow, away = SlackFailure(status=429, retry_after="1"), SlackFailure(status=503)
        cut, lost = SlackFailure(cut=True), SlackFailure(cut=True, after_the_work=True)
        self._server.fail("chat.postMessage", *(slow, away, cut, lost) * rounds)

    def calls(self) -> int:
        return len(self._server.calls)

    async def called(self, often: int) -> None:
        await self._server.until(lambda: self.calls() > often, seconds=600)

    def copies(self) -> Counter[str]:
        channels = self._server.channels.items()
        return Counter({name: len(each.messages) for name, each in channels if each.messages})


class TeamsTarget:
    """Teams, which can't be asked."""

    def __init__(self, server: TeamsServer) -> None:
        self._server = server
        self.address = server.base
        path = f"/{_GONE}/activities$"
        gone = TeamsFailure(404, "ConversationNotFound", times=sys.maxsize, method="POST", path=path)
        self._server.failures.append(gone)

    def fail(self, rounds: int) -> None:
        for _ in range(rounds):
            for status, code in ((429, "Throttled"), (503, "Away"), (0, "")):
                headers = {"Retry-After": "1"} if status == 429 else {}
                failure = TeamsFailure(status, code, headers, method="POST", path="/activities$")
                self._server.failures.append(failure)

    def calls(self) -> int:
        return len(self._server.requests)

    async def called(self, often: int) -> None:
        await self._server.until(lambda: self.calls() > often, seconds=600)

    def copies(self) -> Counter[str]:
        return Counter(each.conversation for each in self._server.messages)


@asynccontextmanager
async def target(platform: str) -> AsyncIterator[Target]:
    """The server of a platform on a free port."""
    if platform == "slack":
        async with SlackServer() as slack:
            yield SlackTarget(slack)
    else:
        async with teams_server() as teams:
            yield TeamsTarget(teams)


async def send_to(people: int, database: Database, url: str, platform: str = "slack") -> Outcome:
    """Send one to so many people more than there are; `url` is the database's, for the processes that send."""
    now = SystemClock().now()
    number = await _prepare(database, people, platform)
    async with database.reading() as store:
        count = await store.audiences.count(Audience(Who.EVERYONE))
    rounds = 2 + people // 1000
    async with target(platform) as server:
        server.fail(rounds)
        first = CONTEXT.Process(target=bring_out, args=(number, url, platform, server.address, timedelta()))
        first.start()
        await server.called(people // 3)
        os.kill(first.pid or 0, signal.SIGKILL)
        await asyncio.to_thread(first.join)
        server.fail(rounds)
        ahead = LEASE + timedelta(seconds=1)
        second = CONTEXT.Process(target=bring_out, args=(number, url, platform, server.address, ahead))
        second.start()
        await asyncio.to_thread(second.join)
        assert second.exitcode == 0
        async with database.reading() as store:
            found = await store.broadcasts.get(number)
            assert found is not None
            figures = await store.broadcast_figures.of(found, now + timedelta(days=1))
            doubtful = await store.delivery_desk.repeats()
        return Outcome(figures, count.people, server.copies(), server.calls(), doubtful)


async def _prepare(database: Database, people: int, platform: str) -> int:
    now = SystemClock().now()
    workspace = TEAM if platform == "slack" else TENANT
    async with database.store() as store:
        made = [Person(email=f"reader{each}@example.gov.uk", name=f"Reader {each}") for each in range(people)]
        store.session.add_all(made)
        await store.session.flush()
        store.session.add_all(
            Account(
                person_id=each.id,
                platform=platform,
                workspace=workspace,
                user_id=f"U0READER{each.id}",
                conversation=f"D0READER{each.id}",
                unreachable="it was blocked" if each.id % _BLOCKED == 0 else None,
            )
            for each in made
            if each.id % _WITHOUT
        )
        broadcast = Broadcast(
            title="The new guidance is out",
            body="Read **it** before Monday. <!everyone> @channel",
            author_id=made[0].id,
            created_at=now,
            updated_at=now,
            starts_at=now,
            urgent=True,
            state=BroadcastState.SCHEDULED,
        )
        broadcast.audience = Audience(Who.EVERYONE)
        return (await store.broadcasts.add(broadcast)).id


def bring_out(number: int, url: str, platform: str, server: str, ahead: timedelta) -> None:
    """Be a process that sends until the broadcast is settled."""
    asyncio.run(_bring_out(number, url, platform, server, ahead))


async def _bring_out(number: int, url: str, platform: str, server: str, ahead: timedelta) -> None:
    clock = MovedClock(SystemClock(), ahead)
    database = Database(url)
    chat = await slack_or_teams(platform, server)
    outbox = Outbox(database, [chat.gateway], clock, f"process {os.getpid()}")
    broadcasts = Broadcasts(database, clock, UTC, page=_PAGE)
    settled = False
    while not settled:
        await broadcasts.tick()
        await outbox.sweep()
        async with database.reading() as store:
            found = await store.broadcasts.get(number)
            settled = found is not None and found.finished_at is not None
        await asyncio.sleep(_PAUSE_SECONDS)
    await chat.stop()
    await database.close()
