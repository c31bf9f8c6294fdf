"""Working time: how many working hours lie between two moments, Monday to Friday from nine to five."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(9), time(17)
HOURS_A_DAY = 8
_WORKING_DAYS = 5


def working_hours(since: datetime, until: datetime, zone: ZoneInfo) -> float:
    """Working hours from one aware moment to a later one; 0 where it is not later."""
    begun, ended = since.astimezone(zone), until.astimezone(zone)
    day, total = begun.date(), timedelta()
    while day <= ended.date():
        if day.weekday() < _WORKING_DAYS:
            opens = max(begun, datetime.combine(day, OPENS, zone))
            closes = min(ended, datetime.combine(day, CLOSES, zone))
            total += max(closes - opens, timedelta())
        day += timedelta(days=1)
    return total.total_seconds() / 3600


def in_working_time(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether people are at work then."""
    local = moment.astimezone(zone)
    return local.weekday() < _WORKING_DAYS and OPENS <= local.time() < CLOSES
