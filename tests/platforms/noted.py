"""What a pace has let through, to be held against a platform's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.platforms.pace import Limits, Pace, Windows


class NotedPace(Pace):
    """Notes for which moments requests were let through."""

    def __init__(self, limits: Limits, now: Callable[[], float], noted: dict[str, list[float]]) -> None:
        super().__init__(limits, now)
        self._noted = noted

    def take(self, place: str | None, method: str | None = None, missed: float | None = None) -> float:
        moment = super().take(place, method, missed)
        for lane in self.lanes(place, method):
            if missed is not None:
                self._noted[lane].remove(missed)
            self._noted[lane].append(moment)
        return moment


def assert_paced(let_through: Mapping[str, Sequence[float]], limits: Limits) -> None:
    """Neither tenant nor conversation nor method got more than it takes."""
    assert_windows(let_through["tenant"], limits.tenant)
    for lane, moments in let_through.items():
        if lane.startswith("place "):
            assert_windows(moments, limits.place)
        elif lane.startswith("method "):
            assert_windows(moments, limits.methods[lane.removeprefix("method ")])


def assert_windows(moments: Sequence[float], windows: Windows) -> None:
    """No window holds more than it may."""
    moments = sorted(moments)
    for most, seconds in windows:
        for first, later in zip(moments, moments[most:], strict=False):
            assert later - first >= seconds
