"""The few ticks that make time pass for Covenant. They hold no state: the work is in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.briefings import BriefingMinder
from scheduler.broadcasts import Broadcasts
from scheduler.calendar import WorkCalendar
from scheduler.clock import Clock
from scheduler.experts import send_round_again
from scheduler.nudges import Nudger
from scheduler.outbox import Outbox, quietly
from scheduler.thanks import Thanker
from storage.database import Database

SWEEP_SECONDS = 2
BROADCAST_SECONDS = 2
# A changed article is to be live within five seconds.
RENEW_SECONDS = 2
FORGET_SECONDS = 3600
# For what is due by the hour, since a service that is often restarted would never see an hour's end.
MINUTE = 60
# Short enough for a moved clock of the local chat to show its reminders while one looks.
NUDGE_SECONDS = 5
# Drafts of forms that are over are kept for questions about them.
DRAFTS_KEPT = timedelta(days=30)
# Slack retries for minutes, Teams for less: a day is ample.
EVENTS_KEPT = timedelta(days=1)
# No platform counts further back than an hour.
PACES_KEPT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Tick:
    """Something that happens every so many seconds."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[object]]


class Ticks:
    """What happens again and again, until it is stopped."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[object]] = set()

    def add(self, tick: Tick) -> None:
        """Let it happen, never twice at once."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None, "APScheduler runs each tick as a task"
            self._running.add(task)
            try:
                await quietly(tick.run, tick.name)
            finally:
                self._running.discard(task)

        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self._scheduler.add_job(run, "interval", seconds=tick.seconds, id=tick.name, **options)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more, and wait for what is under way: shutting APScheduler down would cut it off."""
        self._scheduler.pause()
        self._outbox.lease_no_more()
        if self._running:
            await asyncio.wait(self._running)
        self._scheduler.shutdown(wait=False)


def ticks_of(
    database: Database,
    outbox: Outbox,
    clock: Clock,
    nudger: Nudger,
    renew_knowledge: Callable[[], Awaitable[object]],
    *,
    zone: ZoneInfo,
) -> tuple[Tick, ...]:
    """All the ticks of the service."""

    async def forget() -> None:
        async with database.store() as store:
            await store.events.forget_before(clock.now() - EVENTS_KEPT)
            await store.holds.forget_ended(clock.now())
            await store.paces.forget_before(clock.now() - PACES_KEPT)
            await store.drafts.expire(clock.now())
            await store.drafts.forget_before(clock.now() - DRAFTS_KEPT)

    async def bump() -> None:
        await send_round_again(database, clock.now(), zone)

    briefings = BriefingMinder(database, WorkCalendar(zone))
    thanker = Thanker(database, WorkCalendar(zone))

    async def remind_of_briefings() -> None:
        await briefings.tick(clock.now())

    async def thank() -> None:
        await thanker.tick(clock.now())

    return (
        Tick("sweep", SWEEP_SECONDS, outbox.sweep),
        Tick("broadcasts", BROADCAST_SECONDS, Broadcasts(database, clock, zone).tick),
        Tick("renew the knowledge base", RENEW_SECONDS, renew_knowledge),
        Tick("send waiting questions round again", MINUTE, bump),
        Tick("remind of briefings", MINUTE, remind_of_briefings),
        Tick("thank for last month", MINUTE, thank),
        Tick("plan reminders", NUDGE_SECONDS, nudger.tick),
        Tick("forget what is over", FORGET_SECONDS, forget),
    )


def start(ticks: Iterable[Tick], outbox: Outbox) -> Ticks:
    """Start the ticks; the caller stops them."""
    started = Ticks(outbox)
    for each in ticks:
        started.add(each)
    started.start()
    return started
