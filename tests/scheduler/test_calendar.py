"""Working days, bank holidays and hours by the council's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendar import WorkCalendar

CALENDAR = WorkCalendar(ZoneInfo("Europe/London"))
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def test_the_bank_holidays_of_england_are_days_off() -> None:
    for day in (
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 8, 31),
        date(2026, 12, 28),
        date(2027, 12, 27),
    ):
        assert not CALENDAR.works(day)
    # Scotland's second of January and Northern Ireland's Saint Patrick's Day are working days here.
    assert CALENDAR.works(date(2025, 1, 2))
    assert CALENDAR.works(date(2026, 3, 17))


def test_a_date_over_christmas_moves_to_the_last_day_at_work() -> None:
    assert CALENDAR.on_or_before(date(2026, 12, 28)) == date(2026, 12, 24)
    assert CALENDAR.on_or_after(date(2026, 12, 25)) == date(2026, 12, 29)
    assert CALENDAR.first_of_week(date(2026, 4, 8)) == date(2026, 4, 7)


def test_nine_in_the_morning_is_another_moment_in_summer() -> None:
    assert CALENDAR.moment(date(2026, 3, 27), 9) == datetime(2026, 3, 27, 9, tzinfo=UTC)
    assert CALENDAR.moment(date(2026, 3, 30), 9) == datetime(2026, 3, 30, 8, tzinfo=UTC)
    # The hour that the spring change leaves out begins an hour later, and the one it gives back begins once.
    assert CALENDAR.moment(date(2026, 3, 29), 1) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert CALENDAR.moment(date(2026, 10, 25), 1) == datetime(2026, 10, 25, 0, tzinfo=UTC)


@given(DAYS)
def test_a_date_is_never_seen_to_late(day: date) -> None:
    seen = CALENDAR.on_or_before(day)
    assert CALENDAR.works(seen)
    assert seen <= day <= seen + timedelta(days=6)
    assert not any(CALENDAR.works(seen + timedelta(days=each)) for each in range(1, (day - seen).days + 1))


@given(DAYS, st.integers(0, 60), st.booleans())
def test_a_span_holds_just_the_dates_that_are_seen_to_in_it(
    first: date, days: int, later: bool
) -> None:  # drawn by hypothesis
    last = first + timedelta(days=days)
    low, high = CALENDAR.span(first, last, later=later)
    seen = CALENDAR.on_or_after if later else CALENDAR.on_or_before
    around = [first + timedelta(days=each) for each in range(-10, days + 11)]
    assert {day for day in around if low <= day <= high} == {
        day for day in around if first <= seen(day) <= last
    }


@given(DAYS, st.integers(0, 23))
def test_an_hour_is_that_hour_on_the_councils_clock(day: date, hour: int) -> None:
    local = CALENDAR.local(CALENDAR.moment(day, hour))
    spring = hour == 1 and local.hour == 2
    assert local.date() == day
    assert local.hour == hour or spring
