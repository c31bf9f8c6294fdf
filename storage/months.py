"""A month without a day: the plan's review dates are months, and no day is ever invented for them."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_WRITTEN = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, 1 to 12, of a year."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12 or not 1 <= self.year <= 9999:
            raise ValueError(f"{self.year}-{self.month} is not a month")

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month written as `2026-10`; ValueError for anything else."""
        match = _WRITTEN.fullmatch(text)
        if not match:
            raise ValueError(f"'{text}' is not a month; write it as 2026-10")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that a day is in."""
        return cls(day.year, day.month)

    @property
    def last_day(self) -> date:
        """The day on which something due in this month is due."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def label(self) -> str:
        """As people write it: `October 2026`."""
        return f"{calendar.month_name[self.month]} {self.year}"

    def plus(self, months: int) -> Month:
        """The month that lies `months` later (earlier when negative)."""
        years, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, month + 1)

    def months_since(self, earlier: Month) -> int:
        """How many months lie between `earlier` and this one."""
        return (self.year - earlier.year) * 12 + self.month - earlier.month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_after(day: date, months: int) -> date:
    """The same day `months` later (earlier when negative), or the last day of a month that is shorter."""
    month = Month.of(day).plus(months)
    return month.last_day.replace(day=min(day.day, month.last_day.day))
