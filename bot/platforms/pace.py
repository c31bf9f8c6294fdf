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
_MARGIN = 1.04
# So many seconds late a request may still be made: the margin of the shortest window. Whoever comes later, after
# the process was held up, gives the moment up, or several would go at once, too near to those planned behind them.
_STILL_IN_TIME = 0.04
_LONGEST_AHEAD = 2.0
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
        return list(self._windows(place, method))

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

    def take(self, place: str | None, method: str | None = None, missed: float | None = None) -> float:
        """The moment at which a request may be made. It counts as made then; MustWait where that is far off.

        `missed`: the moment that it had and came too late for. The new one lies ahead by more than it was late.
        """
        now = moment = self.now()
        lanes = self._lanes(place, method, now)
        if missed is not None:
            moment += min(2 * (now - missed), _LONGEST_AHEAD)
            for times, _ in lanes:
                if missed in times:
                    times.remove(missed)
        if place is not None and (own := self._times[_place(place)]):
            # Never before one that already waits: messages must not overtake each other.
            moment = max(moment, own[-1])
        # A later moment by one rule may not be free by the other.
        while (later := max(_free(times, windows, moment) for times, windows in lanes)) > moment:
            moment = later
        if moment - now > LONGEST_WAIT:
            raise MustWait(moment - now)
        for times, _ in lanes:
            insort(times, moment)
        return moment

    def room(self, seconds: float) -> int:
        """How many more requests the tenant takes within so many seconds from now."""
        now = self.now()
        times = self._lane(_TENANT, self._limits.tenant, now)
        waiting = len(times) - bisect_left(times, now)
        most = min(
            (int(most * max(seconds / span, 1)) for most, span in self._limits.tenant if span), default=_MANY
        )
        return max(0, most - waiting)

    def _windows(self, place: str | None, method: str | None) -> dict[str, Windows]:
        found = {_TENANT: self._limits.tenant}
        if method is not None and method in self._limits.methods:
            found[_method(method)] = self._limits.methods[method]
        if place is not None:
            found[_place(place)] = self._limits.place
        return found

    def _lanes(self, place: str | None, method: str | None, now: float) -> list[tuple[list[float], Windows]]:
        """The moments that count in each lane of a request, with the lane's windows."""
        return [(self._lane(key, each, now), each) for key, each in self._windows(place, method).items()]

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
        begun, moment = self._pace.now(), await self._take(place, method, None)
        while True:
            if (ahead := moment - self._pace.now()) > 0:
                await self._sleep(ahead)
            if self._pace.now() - moment <= _STILL_IN_TIME:
                return
            if moment - begun > LONGEST_WAIT:
                raise MustWait(LONGEST_WAIT)
            moment = await self._take(place, method, moment)

    async def _take(self, place: str | None, method: str | None, missed: float | None) -> float:
        return self._pace.take(place, method, missed)

    def room(self) -> int:
        """How many more messages may be taken on now."""
        return self._pace.room(_AHEAD_SECONDS)
