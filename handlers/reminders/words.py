"""Reading "about the bond on Friday at 10" or "every quarter to check insurance": what, when and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from handlers.conversation.dates import NotUnderstood, parse_date
from storage.months import Month
from storage.reminders import Repeat

_TIME = re.compile(r"\b(?:at|@) (\d{1,2})(?:[:.](\d{2}))?\s?(am|pm|o'clock)?(?=\s|$)|\bat (noon|midday)\b")
_EVERY = re.compile(
    r"\b(?:every (?P<unit>day|week|month|quarter|three months|3 months)|(?P<word>daily|weekly|monthly|quarterly))\b"
)
_EVERY_WEEKDAY = re.compile(r"\bevery (?=(?:mon|tues|wednes|thurs|fri|satur|sun)day\b)")
_UNITS = {
    "day": Repeat.DAILY,
    "week": Repeat.WEEKLY,
    "month": Repeat.MONTHLY,
    "quarter": Repeat.QUARTERLY,
    "three months": Repeat.QUARTERLY,
    "3 months": Repeat.QUARTERLY,
}
_LEADING = re.compile(r"^(?:about|of|to|that|on)\s+")
# No date is written in more words than this.
_LONGEST_DATE = 7


@dataclass(frozen=True, slots=True)
class ReminderWords:
    """What was understood; what was not said is None. `text` stands in the sentence as it is here."""

    text: str
    day: date | None = None
    hour: time | None = None
    repeat: Repeat = Repeat.NONE


def read_reminder(words: str, today: date) -> ReminderWords:
    """What to be reminded of, when and how often, from a sentence in lower case."""
    hour, words = _hour(" ".join(words.split()).strip(" .!"))
    repeat, words = _repeat(words)
    text, day = _day(words, today)
    if day is None and repeat is not Repeat.NONE:
        day = _first(repeat, today)
    return ReminderWords(_bare(text), day, hour, repeat)


def _hour(words: str) -> tuple[time | None, str]:
    match = _TIME.search(words)
    if match is None:
        return None, words
    rest = _without(words, match)
    if match[4]:
        return time(12), rest
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] == "pm" and hour < 12:
        hour += 12
    elif match[3] == "am" and hour == 12:
        hour = 0
    return (time(hour, minute), rest) if hour < 24 and minute < 60 else (None, words)


def _repeat(words: str) -> tuple[Repeat, str]:
    match = _EVERY.search(words)
    if match is not None:
        unit = match["unit"] or {"daily": "day"}.get(match["word"], match["word"].removesuffix("ly"))
        return _UNITS[unit], _without(words, match)
    match = _EVERY_WEEKDAY.search(words)
    return (Repeat.WEEKLY, words[: match.start()] + words[match.end() :]) if match else (Repeat.NONE, words)


def _day(words: str, today: date) -> tuple[str, date | None]:
    """The date at the end of the words or at their start, the longest that reads as one, and what is left."""
    parts = words.split()
    for length in range(min(len(parts), _LONGEST_DATE), 0, -1):
        for date_words, rest in ((parts[-length:], parts[:-length]), (parts[:length], parts[length:])):
            # "to 5" is no date: it belongs to what is to be done.
            if date_words[0] in ("to", "about", "of") or (date_words[-1].isdecimal() and length == 1):
                continue
            try:
                return " ".join(rest), parse_date(" ".join(date_words), today)
            except NotUnderstood:
                continue
    return words, None


def _first(repeat: Repeat, today: date) -> date:
    """When a reminder that only says how often comes first: tomorrow, on Monday, on the first of the next."""
    now = Month.of(today)
    match repeat:
        case Repeat.MONTHLY:
            following = now.plus(1)
        case Repeat.QUARTERLY:
            following = now.plus(3 - (now.month - 1) % 3)
        case Repeat.WEEKLY:
            return today + timedelta(days=7 - today.weekday())
        case _:
            return today + timedelta(days=1)
    return date(following.year, following.month, 1)


def _without(words: str, match: re.Match[str]) -> str:
    return " ".join(f"{words[: match.start()]} {words[match.end() :]}".split())


def _bare(text: str) -> str:
    return _LEADING.sub("", text).strip(" ,;:")
