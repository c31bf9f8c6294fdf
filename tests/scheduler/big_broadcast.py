"""One broadcast to many against the Slack test server, through failures, a kill -9 and a process that takes over."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, timedelta

from scheduler.broadcasts import Broadcasts
from scheduler.clock import MovedClock, SystemClock
from scheduler.outbox import LEASE, Outbox
from storage.audiences import Audience, Who
from storage.broadcast_figures import Figures
from storage.broadcasts import Broadcast, BroadcastState
from storage.database import Database
from storage.people import Account, Person
from tests.forked import CONTEXT
from tests.scheduler.replica import slack_or_teams
from tests.servers.slack import TEAM, Failure, SlackServer

_PAGE = 500
# One in so many has no account, and one in so many has blocked Covenant.
_WITHOUT, _BLOCKED = 25, 40
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the database says of it, and how many copies each conversation has by the server."""

    figures: Figures
    people: int
    copies: Counter[str]
    calls: int


async def send_to(people: int, database: Database, url: str) -> Outcome:
    """Send one to so many people more than there are; `url` is the database's, for the processes that send."""
    now = SystemClock().now()
    number = await _prepare(database, people)
    async with database.reading() as store:
        count = await store.audiences.count(Audience(Who.EVERYONE))
    async with SlackServer() as server:
        slow, away = Failure(status=429, retry_after="1"), Failure(status=503)
        gone = Failure(error="channel_not_found")
        cut, lost = Failure(cut=True), Failure(cut=True, after_the_work=True)
        failures = (slow, away, gone, cut, lost) * (2 + people // 1000)
        server.fail("chat.postMessage", *failures)
        first = CONTEXT.Process(target=bring_out, args=(number, url, server.address, timedelta()))
        first.start()
        await server.until(lambda: len(server.calls) > people // 3, seconds=600)
        os.kill(first.pid or 0, signal.SIGKILL)
        await asyncio.to_thread(first.join)
        server.fail("chat.postMessage", *failures)
        ahead = LEASE + timedelta(seconds=1)
        second = CONTEXT.Process(target=bring_out, args=(number, url, server.address, ahead))
        second.start()
        await asyncio.to_thread(second.join)
        assert second.exitcode == 0
        copies = Counter(
            {name: len(each.messages) for name, each in server.channels.items() if each.messages}
        )
        async with database.reading() as store:
            found = await store.broadcasts.get(number)
            assert found is not None
            figures = await store.broadcast_figures.of(found, now + timedelta(days=1))
        return Outcome(figures, count.people, copies, len(server.calls))


async def _prepare(database: Database, people: int) -> int:
    now = SystemClock().now()
    async with database.store() as store:
        made = [Person(email=f"reader{each}@example.gov.uk", name=f"Reader {each}") for each in range(people)]
        store.session.add_all(made)
        await store.session.flush()
        store.session.add_all(
            Account(
                person_id=each.id,
                platform="slack",
                workspace=TEAM,
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


def bring_out(number: int, url: str, server: str, ahead: timedelta) -> None:
    """Be a process that sends until the broadcast is settled."""
    asyncio.run(_bring_out(number, url, server, ahead))


async def _bring_out(number: int, url: str, server: str, ahead: timedelta) -> None:
    clock = MovedClock(SystemClock(), ahead)
    database = Database(url)
    chat = await slack_or_teams("slack", server)
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
