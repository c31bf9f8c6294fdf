"""The council's days: which are working days, and when an hour of one of them is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_DAY = timedelta(days=1)
_ENGLAND = holidays.country_holidays("GB", subdiv="ENG")


class WorkCalendar:
    """Monday to Friday without the bank holidays of England, by the clock of one time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def works(self, day: date) -> bool:
        """Whether it is a working day."""
        return _works(day)

    def on_or_before(self, day: date) -> date:
        """The working day that something due on this day is seen to: itself, or the one before a day off."""
        while not _works(day):
            day -= _DAY
        return day

    def on_or_after(self, day: date) -> date:
        """The first working day from this day on."""
        while not _works(day):
            day += _DAY
        return day

    def next_after(self, day: date) -> date:
        """The first working day later than this day."""
        return self.on_or_after(day + _DAY)

    def first_of_week(self, day: date) -> date:
        """The first working day of this day's week, Monday unless that is a bank holiday."""
        return self.on_or_after(day - timedelta(days=day.weekday()))

    def moment(self, day: date, hour: int) -> datetime:
        """When an hour of a day begins, in UTC. An hour that the spring change leaves out begins an hour on."""
        return datetime.combine(day, time(hour), self.zone).astimezone(UTC)

    def local(self, moment: datetime) -> datetime:
        """A moment as the council's clocks show it."""
        return moment.astimezone(self.zone)

    def span(self, first: date, last: date, *, later: bool = False) -> tuple[date, date]:
        """The days that are seen to on the working days from `first` to `last`, both inclusive.

        With days off moving to the working day before, a Friday stands for its weekend too; with days
        off moving `later`, a Monday does.
        """
        if later:
            return self.on_or_before(first - _DAY) + _DAY, self.on_or_before(last)
        return self.on_or_after(first), self.next_after(last) - _DAY


@lru_cache(maxsize=4096)
def _works(day: date) -> bool:
    return day.weekday() < 5 and day not in _ENGLAND
