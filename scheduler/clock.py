"""Time, as something that is handed in: the real clock, and one that a demonstration can move forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the moment, aware and in UTC."""

    def now(self) -> datetime:
        """The moment now."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The moment now."""
        return datetime.now(UTC)


class MovedClock:
    """Another clock, moved forward by an offset. It never goes back, as time does not."""

    def __init__(self, base: Clock, offset: timedelta = timedelta()) -> None:
        self._base = base
        self.offset = offset

    def now(self) -> datetime:
        """The moment now, moved."""
        return self._base.now() + self.offset

    def move(self, by: timedelta) -> None:
        """Go forward; ValueError for going back."""
        if by < timedelta():
            raise ValueError("the clock only goes forward")
        self.offset += by
