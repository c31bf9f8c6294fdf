"""Processes that share a database share the pace of a platform."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from bot.platforms.pace import MustWait, Pace
from bot.platforms.shared_pace import SharedTurnstile
from bot.platforms.teams.pace import LIMITS
from storage.database import Database
from tests.conftest import NOW
from tests.platforms.noted import NotedPace, assert_paced

_EACH = 40
_BEGUN = NOW.timestamp()


async def no_time(_seconds: float) -> None:
    """The moments are looked at, not lived through."""


async def test_two_processes_together_keep_within_the_limits(database: Database, database_url: str) -> None:
    let_through: dict[str, list[float]] = defaultdict(list)
    other = Database(database_url)
    turnstiles = [
        SharedTurnstile(each, "chat", NotedPace(LIMITS, lambda: _BEGUN, let_through), no_time)
        for each in (database, other)
    ]

    async def ask(turnstile: SharedTurnstile, number: int) -> bool:
        try:
            await turnstile.wait(f"c{number % 4}")
        except MustWait:
            return False
        return True

    asked = [ask(each, number) for each in turnstiles for number in range(_EACH)]
    through = sum(await asyncio.gather(*asked))
    await other.close()
    assert through == len(let_through["tenant"])
    # 80 were asked for at once, to four conversations: neither process alone would have had to wait so long.
    assert through > _EACH
    assert max(let_through["tenant"]) > _BEGUN + 2
    assert_paced(let_through, LIMITS)


async def test_without_a_database_a_process_keeps_the_pace_alone(tmp_path: Path) -> None:
    let_through: dict[str, list[float]] = defaultdict(list)
    away = Database(f"sqlite:///{tmp_path}/nowhere/covenant.db")
    turnstile = SharedTurnstile(away, "chat", NotedPace(LIMITS, lambda: _BEGUN, let_through), no_time)
    for _ in range(20):
        await turnstile.wait("c")
    await away.close()
    assert len(let_through["place c"]) == 20
    assert_paced(let_through, LIMITS)


async def test_what_a_wrong_clock_wrote_holds_nobody_up(database: Database) -> None:
    ahead = Pace(LIMITS, lambda: _BEGUN + 3600)
    await SharedTurnstile(database, "chat", ahead, no_time).wait("c")
    now = Pace(LIMITS, lambda: _BEGUN)
    await SharedTurnstile(database, "chat", now, no_time).wait("c")
    assert now.times("place c") == [_BEGUN]
    assert now.take("c") == _BEGUN


async def test_lanes_that_are_long_quiet_are_forgotten(database: Database) -> None:
    await SharedTurnstile(database, "chat", Pace(LIMITS, lambda: _BEGUN), no_time).wait("c")
    async with database.store() as store:
        await store.paces.forget_before(NOW + timedelta(hours=1))
    fresh = Pace(LIMITS, lambda: _BEGUN)
    await SharedTurnstile(database, "chat", fresh, no_time).wait("c")
    assert len(fresh.times("tenant")) == 1
