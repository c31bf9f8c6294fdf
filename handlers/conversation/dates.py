"""Dates and months as people type them: "next Friday", "31/3", "end of October", "in two weeks".

The day comes before the month. A date without a year is the next one, or the last one where the
question is about the past.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from rapidfuzz import fuzz, process

from storage.months import Month

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_FRIDAY = _DAYS.index("friday")
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
} | {"a": "1", "an": "1"}
# Words that change nothing about which day is meant.
_SPARE = frozenset({"the", "of", "on", "by", "wc", "w/c", "commencing", "beginning"})
# How alike, of 100, a misspelt name must be to the month or day that it stands for.
_ALIKE = 82
_SHORTEST_MISSPELT = 5
_CENTURY = 2000
_MOST_YEARS_AHEAD = 12


class NotUnderstood(Exception):
    """An answer that can't be taken; the text says what to do instead. `near` are labels that it may mean."""

    def __init__(self, problem: str, near: Sequence[str] = ()) -> None:
        self.near = tuple(near)
        super().__init__(problem)


def parse_date(text: str, today: date, *, past: bool = False) -> date:
    """The day that a text names, seen from `today`. Raises NotUnderstood, whose text says what to type.

    A weekday alone is the next one after today; with "next" it is that of next week.
    """
    words = _plain(text)
    for pattern, read in _DATES:
        match = pattern.fullmatch(words)
        if match is not None:
            try:
                return read(match, today, past)
            except (ValueError, OverflowError) as error:
                raise NotUnderstood("There is no such date. Enter one such as 31/3/2027") from error
    if _month_in(words, today, past=past) is not None:
        raise NotUnderstood("Enter the day too, such as 1 October or end of October")
    raise NotUnderstood("Enter a date, such as 31/3/2027 or next Friday")


def parse_month(text: str, today: date, *, past: bool = False) -> Month:
    """The month that a text names, seen from `today`: a month, or the month of a date. Raises NotUnderstood."""
    found = _month_in(_plain(text), today, past=past)
    if found is not None:
        return found
    try:
        return Month.of(parse_date(text, today, past=past))
    except NotUnderstood:
        raise NotUnderstood("Enter a month, such as October 2026 or next month") from None


def _plain(text: str) -> str:
    """The text with names cut to three letters, numbers as digits, and without words that do not matter."""
    text = text.casefold().strip(" .!?").replace("\N{RIGHT SINGLE QUOTATION MARK}", "").replace("'", "")
    text = re.sub(r"\b(?:a )?couple(?: of)?\b", "2", text.replace(",", " "))
    text = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1", text)
    words = [_NUMBERS.get(each, each) for each in text.split() if each not in _SPARE]
    return " ".join(_short(each) for each in words)


def _short(word: str) -> str:
    """A month's or a day's name as its first three letters, also when it is misspelt."""
    if word.rstrip(".") in _ABBREVIATED:
        return word[:3]
    if len(word) < _SHORTEST_MISSPELT or not word.isalpha() or word in _OTHER_WORDS:
        return word
    near = process.extractOne(word, [*_MONTHS, *_DAYS], scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return near[0][:3] if near else word


_ABBREVIATED = {
    *_MONTHS,
    *_DAYS,
    *(each[:3] for each in (*_MONTHS, *_DAYS)),
    "sept",
    "tues",
    "weds",
    "thur",
    "thurs",
}
_OTHER_WORDS = frozenset({"today", "yesterday", "tomorrow", "start", "early", "month", "months", "years"})
_MONTH_NAMES = [each[:3] for each in _MONTHS]
_DAY_NAMES = [each[:3] for each in _DAYS]
_MON = rf"(?P<month>{'|'.join(_MONTH_NAMES)})"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_DAY_NAMES)})"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?:(?P<year>\d{4}|\d{2})|(?P<which>next|this|last) year)"
_COUNT = r"(?P<count>\d{1,4}) (?P<unit>day|week|fortnight|month|year)s?"

Read = Callable[[re.Match[str], date, bool], date]


def _relative(match: re.Match[str], today: date, _past: bool) -> date:
    days = {"day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "day after tomorrow": 2}
    return today + timedelta(days=days[match["word"]])


def _weekday(match: re.Match[str], today: date, past: bool) -> date:
    wanted = _DAY_NAMES.index(match["weekday"])
    ahead = (wanted - today.weekday()) % 7
    match match["how"]:
        case "next":
            return _monday(today) + timedelta(weeks=1, days=wanted)
        case "last":
            return today + timedelta(days=ahead - 7)
        case "this" | "coming":
            return today + timedelta(days=ahead)
        case _ if past:
            return today + timedelta(days=ahead - 7 if ahead else 0)
        case _:
            return today + timedelta(days=ahead or 7)


def _weeks_after(match: re.Match[str], today: date, _past: bool) -> date:
    """'a week on Friday', 'Friday week', 'two weeks tomorrow'."""
    start = parse_date(match["start"], today)
    return start + timedelta(weeks=int(match.groupdict().get("count") or 1))


def _count(match: re.Match[str], today: date, _past: bool) -> date:
    count = int(match["count"]) * (-1 if match["ago"] else 1)
    match match["unit"]:
        case "day":
            return today + timedelta(days=count)
        case "week":
            return today + timedelta(weeks=count)
        case "fortnight":
            return today + timedelta(weeks=2 * count)
        case "month":
            return _months_on(today, count)
        case _:
            return _months_on(today, 12 * count)


def _part_of_week(match: re.Match[str], today: date, _past: bool) -> date:
    weeks = {"next": 1, "last": -1}.get(match["which"] or "", 0)
    return _monday(today) + timedelta(weeks=weeks, days=_FRIDAY if match["part"] == "end" else 0)


def _part_of_month(match: re.Match[str], today: date, past: bool) -> date:
    month = _month_in(match["name"], today, past=past)
    if month is None:
        raise ValueError("that is no month")
    if match["part"] in ("end", "last day"):
        return month.last_day
    return date(month.year, month.month, 15 if match["part"].startswith("mid") else 1)


def _end_of_longer(match: re.Match[str], today: date, _past: bool) -> date:
    later = {"next": 1, "last": -1}.get(match["which"] or "", 0)
    match match["span"]:
        case "year" | "calendar year":
            return date(today.year + later, 12, 31)
        case "quarter":
            return Month(today.year, (today.month + 2) // 3 * 3).plus(3 * later).last_day
        case _:
            ends = Month(today.year, 3) if today.month <= 3 else Month(today.year + 1, 3)
            return ends.plus(12 * later).last_day


def _written(match: re.Match[str], today: date, past: bool) -> date:
    """A day with its month in figures or by name, perhaps with the year and the weekday."""
    found = match.groupdict()
    name = found["month"]
    month = _MONTH_NAMES.index(name) + 1 if name in _MONTH_NAMES else int(name)
    year = _year(found.get("year"), found.get("which"), today)
    if year is not None:
        day = date(year, month, int(found["day"]))
    else:
        day = _nearest_year(int(found["day"]), month, today, past)
    weekday = found.get("weekday")
    if weekday and day.weekday() != _DAY_NAMES.index(weekday):
        said = f"{day.day} {Month.of(day).label}"
        raise NotUnderstood(f"{said} is a {_DAYS[day.weekday()].capitalize()}. Enter the date you mean")
    return day


def _day_of_month(match: re.Match[str], today: date, past: bool) -> date:
    """'the 31st': the next month that has such a day, this one included."""
    for months in range(_MOST_YEARS_AHEAD):
        month = Month.of(today).plus(-months if past else months)
        if int(match["day"]) <= month.last_day.day:
            day = date(month.year, month.month, int(match["day"]))
            if (day <= today) if past else (day >= today):
                return day
    raise ValueError("no month has that day")


_DATES: tuple[tuple[re.Pattern[str], Read], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})", _written),
        (rf"(?:{_WEEKDAY} )?{_DAY}[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<year>\d{{4}}|\d{{2}}))?", _written),
        (rf"{_DAY} (?P<month>\d{{1,2}}) (?P<year>\d{{4}})", _written),
        (rf"(?:{_WEEKDAY} )?{_DAY}[- ]?{_MON}(?:[- ]?{_YEAR})?", _written),
        (rf"(?:{_WEEKDAY} )?{_MON}[- ]?{_DAY}(?: {_YEAR})?", _written),
        (_DAY, _day_of_month),
        (r"(?P<word>day before yesterday|yesterday|today|tomorrow|day after tomorrow)", _relative),
        (rf"(?:(?P<how>next|this|last|coming) )?{_WEEKDAY}", _weekday),
        (rf"(?:in )?(?P<count>\d{{1,2}}) weeks? (?P<start>today|tomorrow|{_WEEKDAY})", _weeks_after),
        (rf"(?P<start>today|tomorrow|{_WEEKDAY}) week", _weeks_after),
        (rf"(?:in )?{_COUNT}(?: (?:from (?:now|today)|time|(?P<ago>ago)))?", _count),
        (r"(?:(?P<part>start|end) )?(?:(?P<which>this|next|last) )?week", _part_of_week),
        (
            r"end(?: (?P<which>this|next|last))? (?P<span>year|calendar year|financial year|quarter)",
            _end_of_longer,
        ),
        (r"(?P<part>end|last day|start|first day|mid|middle)[- ](?P<name>.+)", _part_of_month),
    )
)


def _month_in(words: str, today: date, *, past: bool) -> Month | None:
    """The month that plain words name, or None."""
    now = Month.of(today)
    if words in ("month", "this month"):
        return now
    try:
        for pattern in _MONTH_WRITTEN:
            match = pattern.fullmatch(words)
            if match is not None:
                return _month_of(match, now, past=past)
    except ValueError:
        return None
    return None


_MONTH_WRITTEN = tuple(
    re.compile(each)
    for each in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
        rf"(?:(?P<how>this|next|last) )?{_MON}(?:[- ]?{_YEAR})?",
        r"(?P<how>next|last) (?P<month>month)",
        r"(?:in )?(?P<count>\d{1,3}) (?P<month>month)s?(?: (?:from now|time|(?P<ago>ago)))?",
        rf"(?:start|end|mid|middle)[- ]{_MON}(?:[- ]?{_YEAR})?",
        r"(?:start|end|mid|middle)[- ](?:(?P<how>this|next|last) )?(?P<month>month)",
    )
)


def _month_of(match: re.Match[str], now: Month, *, past: bool) -> Month:
    found = match.groupdict()
    how, name = found.get("how"), found["month"]
    if name == "month":
        count = int(found.get("count") or (1 if how in ("next", "last") else 0))
        return now.plus(-count if found.get("ago") or how == "last" else count)
    number = _MONTH_NAMES.index(name) + 1 if name in _MONTH_NAMES else int(name)
    year = _year(found.get("year"), found.get("which"), date(now.year, now.month, 1))
    if year is not None:
        return Month(year, number)
    ahead = (number - now.month) % 12
    back = how == "last" or (past and how is None)
    if back:
        return now.plus(ahead - 12 if ahead or how == "last" else 0)
    return now.plus(ahead or (12 if how == "next" else 0))


def _year(written: str | None, which: str | None, today: date) -> int | None:
    if which is not None:
        return today.year + {"last": -1, "this": 0, "next": 1}[which]
    if written is None:
        return None
    return int(written) + (_CENTURY if len(written) == len("26") else 0)


def _nearest_year(day: int, month: int, today: date, past: bool) -> date:
    """The next such day (the last one for the past); 29 February waits for its year."""
    for years in range(_MOST_YEARS_AHEAD):
        year = today.year + (-years if past else years)
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if (found <= today) if past else (found >= today):
            return found
    raise ValueError("no year has that day")


def _months_on(day: date, months: int) -> date:
    month = Month.of(day).plus(months)
    return date(month.year, month.month, min(day.day, month.last_day.day))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
