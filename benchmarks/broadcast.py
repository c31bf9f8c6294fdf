"""A broadcast to 10,000 people: how long it takes through failures, a kill and a restart, and where everybody is after it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time

from storage.database import Database
from tests.conftest import fill
from tests.scheduler.big_broadcast import send_to

_MANY = 10_000


def run() -> None:
    """Send it on each platform and print the final figures."""
    for platform in ("slack", "teams"):
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_run(f"sqlite:///{folder}/covenant.db", platform))


async def _run(url: str, platform: str) -> None:
    database = Database(url)
    await fill(database)
    begun = time.perf_counter()
    outcome = await send_to(_MANY, database, url, platform)
    took = time.perf_counter() - begun
    await database.close()
    figures = outcome.figures
    failed = sum(figures.failed.values())
    repeated = sum(count - 1 for count in outcome.copies.values())
    sys.stdout.write(
        f"{platform}: broadcast to {figures.audience:,} people over HTTP, SQLite, with no pace of ours: {took:.0f} s, "
        f"{outcome.calls:,} calls\n"
        f"  delivered {figures.sent:,} + failed {failed:,} + not reachable {figures.not_reached:,} "
        f"= {figures.sent + failed + figures.not_reached:,} of an audience of {outcome.people:,}\n"
        f"  conversations with a copy {len(outcome.copies):,}, copies too many {repeated}, "
        f"counted as possibly twice {outcome.doubtful}\n"
    )
