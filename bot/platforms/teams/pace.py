"""How fast Teams may be sent to: over all, and in each conversation."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, insort
from collections.abc import Awaitable, Callable, Sequence

# How many in how many seconds, from Teams' own table; over all, the lowest figure that was ever given.
CONVERSATION = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
ALL = ((30, 1.0),)
_MANY = 5000
# Far below a delivery's lease; what must wait longer goes back into the queue.
LONGEST_WAIT = 5.0


class MustWait(Exception):
    """There is no room soon; `seconds` until there is."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"{seconds:.1f} s")


class Pace:
    """Says how long to wait before the next request, and remembers those that were let through."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._all: list[float] = []
        self._each: dict[str, list[float]] = {}

    def take(self, conversation: str, longest: float) -> float:
        """Seconds until a request may be made there. It counts as made then, unless that is over `longest`."""
        now = self._now()
        self._forget(now)
        own = self._each.setdefault(conversation, [])
        del own[: bisect_left(own, now - CONVERSATION[-1][1])]
        # Never before one that already waits: messages must not overtake each other.
        moment = max(now, own[-1]) if own else now
        # A later moment by one rule may not be free by the other.
        while (later := max(_free(own, CONVERSATION, moment), _free(self._all, ALL, moment))) > moment:
            moment = later
        if moment - now <= longest:
            own.append(moment)
            insort(self._all, moment)
        return moment - now

    def _forget(self, now: float) -> None:
        del self._all[: bisect_left(self._all, now - ALL[-1][1])]
        if len(self._each) > _MANY:
            oldest = now - CONVERSATION[-1][1]
            self._each = {key: times for key, times in self._each.items() if times and times[-1] >= oldest}


def _free(times: Sequence[float], windows: Sequence[tuple[int, float]], moment: float) -> float:
    """The first moment from this one on at which each window has room. `times` are sorted."""
    for most, seconds in windows:
        if len(times) >= most and moment < times[-most] + seconds:
            moment = times[-most] + seconds
    return moment


class Turnstile:
    """Lets requests through at the pace that Teams takes them."""

    def __init__(
        self, pace: Pace | None = None, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._pace = pace or Pace()
        self._sleep = sleep

    async def wait(self, conversation: str) -> None:
        """Wait for room there; MustWait where that takes too long."""
        seconds = self._pace.take(conversation, LONGEST_WAIT)
        if seconds > LONGEST_WAIT:
            raise MustWait(seconds)
        if seconds > 0:
            await self._sleep(seconds)
