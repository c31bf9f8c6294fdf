"""How fast a platform may be sent to: in each conversation, for each method, and for a whole tenant."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, insort
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

# So many in so many seconds, and that several times over.
Windows = Sequence[tuple[int, float]]

# Far below a delivery's lease; what must wait longer goes back into the queue.
LONGEST_WAIT = 5.0
# How far ahead work is taken on, so that a pause of all sending is obeyed soon.
_AHEAD_SECONDS = 2.0
# Requests meet delays on their way: at the platform, two may be nearer together than they were here.
_MARGIN = 1.03
_MANY = 5000
_LONGEST_WINDOW = 3600.0
_TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes. A method that is named has a limit of its own, as well as the tenant's."""

    place: Windows
    tenant: Windows
    methods: Mapping[str, Windows] = field(default_factory=dict)


class MustWait(Exception):
    """There is no room soon; `seconds` until there is."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"{seconds:.1f} s")


class Pace:
    """Says how long to wait before the next request, and remembers those that were let through."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self.now = now
        # When each conversation, each method and the tenant were asked for something, or will be. Sorted.
        self._times: dict[str, list[float]] = {}

    def lanes(self, place: str | None, method: str | None = None) -> list[str]:
        """What a request counts in: the tenant, its method where that has a limit, its conversation."""
        keys = [_TENANT]
        if method is not None and method in self._limits.methods:
            keys.append(_method(method))
        if place is not None:
            keys.append(_place(place))
        return keys

    def learn(self, known: Mapping[str, Sequence[float]]) -> None:
        """Take over what others let through, by lane.

        Nobody waits longer than `LONGEST_WAIT`: what lies further ahead was written by a clock that was wrong.
        """
        latest = self.now() + LONGEST_WAIT * _MARGIN
        for key, times in known.items():
            self._times[key] = [each for each in times if each <= latest]

    def times(self, key: str) -> list[float]:
        """When a lane was asked for something, or will be, as far as it matters."""
        return list(self._times.get(key, ()))

    def take(self, place: str | None, longest: float, method: str | None = None) -> float:
        """Seconds until a request may be made. It counts as made then, unless that is over `longest`."""
        now = self.now()
        lanes = [(self._lane(_TENANT, self._limits.tenant, now), self._limits.tenant)]
        if method is not None and method in self._limits.methods:
            windows = self._limits.methods[method]
            lanes.append((self._lane(_method(method), windows, now), windows))
        moment = now
        if place is not None:
            own = self._lane(_place(place), self._limits.place, now)
            lanes.append((own, self._limits.place))
            # Never before one that already waits: messages must not overtake each other.
            moment = max(now, own[-1]) if own else now
        # A later moment by one rule may not be free by the other.
        while (later := max(_free(times, windows, moment) for times, windows in lanes)) > moment:
            moment = later
        if moment - now <= longest:
            for times, _ in lanes:
                insort(times, moment)
        return moment - now

    def room(self, seconds: float) -> int:
        """How many more requests the tenant takes within so many seconds from now."""
        now = self.now()
        times = self._lane(_TENANT, self._limits.tenant, now)
        waiting = len(times) - bisect_left(times, now)
        most = min(
            (int(most * max(seconds / span, 1)) for most, span in self._limits.tenant if span), default=_MANY
        )
        return max(0, most - waiting)

    def _lane(self, key: str, windows: Windows, now: float) -> list[float]:
        longest = max((seconds for _, seconds in windows), default=0.0) * _MARGIN
        if len(self._times) > _MANY:
            # What has long been quiet holds up nothing.
            quiet = now - _LONGEST_WINDOW * _MARGIN
            self._times = {name: times for name, times in self._times.items() if times and times[-1] >= quiet}
        times = self._times.setdefault(key, [])
        del times[: bisect_left(times, now - longest)]
        return times


def _method(method: str) -> str:
    return f"method {method}"


def _place(place: str) -> str:
    return f"place {place}"


def _free(times: Sequence[float], windows: Windows, moment: float) -> float:
    """The first moment from this one on at which each window has room. `times` are sorted."""
    for most, seconds in windows:
        if len(times) >= most and moment < times[-most] + seconds * _MARGIN:
            moment = times[-most] + seconds * _MARGIN
    return moment


class Turnstile:
    """Lets requests through at the pace that a platform takes them."""

    def __init__(self, pace: Pace, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pace = pace
        self._sleep = sleep

    async def wait(self, place: str | None, method: str | None = None) -> None:
        """Wait for room there; MustWait where that takes too long."""
        seconds = await self._take(place, method)
        if seconds > LONGEST_WAIT:
            raise MustWait(seconds)
        if seconds > 0:
            await self._sleep(seconds)

    async def _take(self, place: str | None, method: str | None) -> float:
        return self._pace.take(place, LONGEST_WAIT, method)

    def room(self) -> int:
        """How many more messages may be taken on now."""
        return self._pace.room(_AHEAD_SECONDS)
