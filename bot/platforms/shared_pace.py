"""One pace for all processes: what each lets through stands in the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.platforms.pace import Pace, Turnstile
from storage.database import Database, DatabaseProblem

log = logging.getLogger(__name__)


class SharedTurnstile(Turnstile):
    """Lets requests through at the pace that a platform takes from all processes together.

    `pace` counts in seconds since 1970, and the processes' clocks must agree to some hundredths of a
    second. While the database is away, each keeps the pace by what it knows.
    """

    def __init__(
        self,
        database: Database,
        platform: str,
        pace: Pace,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(pace, sleep)
        self._database = database
        self._platform = platform
        # One of this process asks at a time: many at once would keep each other from writing in good time.
        self._asking = asyncio.Lock()

    async def _take(self, place: str | None, method: str | None, missed: float | None) -> float:
        names = {key: f"{self._platform}|{key}" for key in self._pace.lanes(place, method)}
        try:
            async with self._asking, self._database.store() as store:
                now = datetime.fromtimestamp(self._pace.now(), UTC)
                lanes = await store.paces.locked(self._platform, names.values(), now)
                self._pace.learn({key: lanes[name].times for key, name in names.items()})
                moment = self._pace.take(place, method, missed)
                for key, name in names.items():
                    lanes[name].times, lanes[name].used_at = self._pace.times(key), now
                return moment
        except DatabaseProblem as problem:
            log.warning("the pace of %s is kept by this process alone: %s", self._platform, problem)
            return self._pace.take(place, method, missed)
