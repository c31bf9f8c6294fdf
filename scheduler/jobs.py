"""The few ticks that make time pass for Covenant. They hold no state: the work is in the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.clock import Clock
from scheduler.outbox import Outbox, quietly
from storage.database import Database

SWEEP_SECONDS = 2
# A changed article is to be live within five seconds.
RENEW_SECONDS = 2
# Slack retries for minutes, Teams for less: a day is ample.
EVENTS_KEPT = timedelta(days=1)


def start_jobs(
    database: Database, outbox: Outbox, clock: Clock, renew_knowledge: Callable[[], Awaitable[object]]
) -> AsyncIOScheduler:
    """Start the ticks; the caller shuts the scheduler down."""

    async def sweep() -> None:
        await quietly(outbox.sweep, "sweep")

    async def forget() -> None:
        async def forget_old() -> None:
            async with database.store() as store:
                await store.events.forget_before(clock.now() - EVENTS_KEPT)

        await quietly(forget_old, "forget old events")

    async def renew() -> None:
        await quietly(renew_knowledge, "renew the knowledge base")

    scheduler = AsyncIOScheduler(timezone="UTC")
    options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    scheduler.add_job(sweep, "interval", seconds=SWEEP_SECONDS, id="sweep", **options)
    scheduler.add_job(renew, "interval", seconds=RENEW_SECONDS, id="renew", **options)
    scheduler.add_job(forget, "interval", hours=1, id="forget", **options)
    scheduler.start()
    return scheduler
