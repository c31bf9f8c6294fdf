"""Dates and months as people type them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.conversation.dates import NotUnderstood, parse_date, parse_month
from storage.months import Month

TUESDAY = date(2026, 11, 24)
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", date(2026, 11, 24)),
        ("the day after tomorrow", date(2026, 11, 26)),
        ("Friday", date(2026, 11, 27)),
        ("on Tuesday", date(2026, 12, 1)),
        ("this Tuesday", date(2026, 11, 24)),
        ("next Friday", date(2026, 12, 4)),
        ("a week on Friday", date(2026, 12, 4)),
        ("31/3", date(2027, 3, 31)),
        ("31/3/27", date(2027, 3, 31)),
        ("Wed 3rd of March", date(2027, 3, 3)),
        ("Febuary 3", date(2027, 2, 3)),
        ("29/2", date(2028, 2, 29)),
        ("the 31st", date(2026, 12, 31)),
        ("in two weeks' time", date(2026, 12, 8)),
        ("three weeks ago", date(2026, 11, 3)),
        ("in a month", date(2026, 12, 24)),
        ("end of October", date(2027, 10, 31)),
        ("end of next month", date(2026, 12, 31)),
        ("mid March 2028", date(2028, 3, 15)),
        ("end of the week", date(2026, 11, 27)),
        ("end of the quarter", date(2026, 12, 31)),
        ("end of the financial year", date(2027, 3, 31)),
        ("3 Oct next year", date(2027, 10, 3)),
    ],
)
def test_a_date_in_words(text: str, expected: date) -> None:
    assert parse_date(text, TUESDAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20 November", date(2026, 11, 20)), ("friday", date(2026, 11, 20)), ("30 nov", date(2025, 11, 30))],
)
def test_a_date_behind_us(text: str, expected: date) -> None:
    assert parse_date(text, TUESDAY, past=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("October", Month(2027, 10)),
        ("november", Month(2026, 11)),
        ("next November", Month(2027, 11)),
        ("Oct 26", Month(2026, 10)),
        ("10/2026", Month(2026, 10)),
        ("2026-10", Month(2026, 10)),
        ("next month", Month(2026, 12)),
        ("in three months", Month(2027, 2)),
        ("end of March", Month(2027, 3)),
        ("31 March", Month(2027, 3)),
    ],
)
def test_a_month_in_words(text: str, expected: Month) -> None:
    assert parse_month(text, TUESDAY) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("31/2", "no such date"),
        ("1/13", "no such date"),
        ("Friday 3 March 2027", "is a Wednesday"),
        ("October", "Enter the day too"),
        ("Friday 10am", "Enter a date"),
        ("in 9999 years", "no such date"),
    ],
)
def test_what_can_not_be_taken_says_what_to_type(text: str, told: str) -> None:
    with pytest.raises(NotUnderstood, match=told):
        parse_date(text, TUESDAY)


@given(day=DAYS, today=DAYS)
def test_a_whole_date_reads_as_itself_in_every_form(day: date, today: date) -> None:
    month = Month.of(day).label
    written = (
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day}.{day.month:02}.{day.year % 100}",
        f"{day.day} {month}",
        f"{day:%A} {day.day} {month}",
        f"{day:%B} {day.day}, {day.year}",
    )
    assert {parse_date(each, today) for each in written} == {day}


@given(day=DAYS, today=DAYS)
def test_a_date_without_a_year_is_never_on_the_wrong_side_of_today(day: date, today: date) -> None:
    written = f"{day.day}/{day.month}"
    ahead, behind = parse_date(written, today), parse_date(written, today, past=True)
    assert behind <= today <= ahead
    assert (ahead.day, ahead.month) == (behind.day, behind.month) == (day.day, day.month)
    # Leap days of 2020 to 2060 are 4 years apart.
    assert ahead - today < timedelta(days=4 * 366)


@given(text=st.text(max_size=40), today=DAYS)
def test_any_text_is_a_date_or_is_told_what_to_type(text: str, today: date) -> None:
    for read in (parse_date, parse_month):
        told = ""
        try:
            read(text, today)
        except NotUnderstood as problem:
            told = str(problem)
        assert not told or told.startswith(("Enter", "There is no such date")) or "is a " in told
