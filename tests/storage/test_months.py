"""Months without days: what holds for every one of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.months import Month

MONTHS = st.builds(Month, st.integers(1, 9999), st.integers(1, 12))
NEAR = st.builds(Month, st.integers(1000, 3000), st.integers(1, 12))
# A busy machine is no fault of the months.
steady = settings(deadline=None)
STEPS = st.integers(-5000, 5000)


@steady
@given(MONTHS)
def test_what_a_month_writes_it_reads_back(month: Month) -> None:
    assert Month.parse(str(month)) == month


@steady
@given(NEAR, STEPS)
def test_going_on_and_back_again_ends_where_it_began(month: Month, step: int) -> None:
    assert month.plus(step).plus(-step) == month
    assert month.plus(step).months_since(month) == step


@steady
@given(NEAR, STEPS, STEPS)
def test_two_steps_are_one_long_step(month: Month, first: int, second: int) -> None:
    assert month.plus(first).plus(second) == month.plus(first + second)


@steady
@given(NEAR, NEAR)
def test_months_stand_in_order_of_time_also_as_text(one: Month, other: Month) -> None:
    later = one.months_since(other) > 0
    assert (one > other) is later
    assert (str(one) > str(other)) is later
    assert (one.last_day > other.last_day) is later


@steady
@given(st.dates(max_value=date(9999, 12, 30)))
def test_the_last_day_is_in_the_month_and_the_next_day_is_not(day: date) -> None:
    month = Month.of(day)
    assert month.last_day >= day
    assert Month.of(month.last_day) == month
    if month < Month(9999, 12):
        assert Month.of(month.last_day + timedelta(days=1)) == month.plus(1)


@steady
@given(MONTHS)
def test_the_label_names_the_month_in_words(month: Month) -> None:
    assert month.label == f"{date(2000, month.month, 1):%B} {month.year}"


@steady
@given(st.text(max_size=10))
def test_only_its_own_writing_is_read(text: str) -> None:
    try:
        month = Month.parse(text)
    except ValueError:
        return
    assert str(month) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "0000-01",
        "2026-1",
        "26-10",
        "2026-10-01",
        " 2026-10",
        "October 2026",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        Month.parse(text)


@pytest.mark.parametrize("text", ["2026-10\n", "２０２６-10", "2026-١٠"])
def test_what_only_looks_like_a_month_is_refused_too(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        Month.parse(text)


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (0, 1), (10_000, 1), (-1, 5)])
def test_no_month_outside_the_calendar_can_be_made(year: int, month: int) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        Month(year, month)
