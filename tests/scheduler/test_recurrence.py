"""When a broadcast comes again: at the same hour on the wall, also over clock changes and short months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.recurrence import next_time
from storage.broadcasts import Repeat

LONDON = ZoneInfo("Europe/London")
START = datetime(2027, 1, 31, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2027-01-31T09:30", "2027-02-28T09:30"),
        ("2027-02-28T09:30", "2027-03-31T08:30"),
        ("2027-03-31T08:30", "2027-04-30T08:30"),
        # What was missed while the service was down is not sent late and several times.
        ("2027-12-01T12:00", "2027-12-31T09:30"),
    ],
)
def test_the_last_of_the_month_comes_back_after_a_short_one(now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = next_time(START, Repeat.MONTHLY, 31, moment, LONDON)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(
    st.timedeltas(timedelta(), timedelta(days=1500)),
    st.timedeltas(timedelta(), timedelta(days=800)),
    st.sampled_from([Repeat.WEEKLY, Repeat.MONTHLY]),
)
def test_it_is_later_than_now_and_at_the_same_hour_on_the_wall(
    ahead: timedelta, passed: timedelta, repeat: Repeat
) -> None:
    start = (START - timedelta(days=365) + ahead).replace(second=0, microsecond=0)
    local = start.astimezone(LONDON)
    now = start + passed
    found = next_time(start, repeat, local.day, now, LONDON)
    assert found > now
    there = found.astimezone(LONDON)
    # In the night in which the clocks go forward an hour is not there; it is an hour later then.
    assert there.minute == local.minute
    assert there.hour == local.hour or (there.month == 3 and there.hour == local.hour + 1 == 2)
    if repeat is Repeat.WEEKLY:
        assert there.weekday() == local.weekday()
    else:
        assert there.day == local.day or (there + timedelta(days=1)).month != there.month
