"""Times on the wall: when something comes again, also where the clocks change."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta, tzinfo

from storage.broadcasts import Repeat


def next_time(start: datetime, repeat: Repeat, day: int, now: datetime, zone: tzinfo) -> datetime:
    """The first time after `now` at the same hour on the wall, a number of whole weeks or months after `start`.

    `day` is the day of the month that was wanted at first; a shorter month has it on its last day.
    """
    local = start.astimezone(zone)
    found, steps = start, 0
    while found <= now or found <= start:
        steps += 1
        if repeat is Repeat.WEEKLY:
            date = local.date() + timedelta(weeks=steps)
        else:
            month = local.month - 1 + steps
            year, month = local.year + month // 12, month % 12 + 1
            date = local.date().replace(year=year, month=month, day=min(day, monthrange(year, month)[1]))
        found = datetime.combine(date, local.time().replace(second=0, microsecond=0), zone).astimezone(UTC)
    return found
