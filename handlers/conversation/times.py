"""Times of day as people type them, "10:30", "2pm" or "noon", and as Covenant writes them."""

from __future__ import annotations

import re
from datetime import datetime, time, tzinfo

from handlers.conversation.dates import NotUnderstood

_NOON = 12
# An hour below this without "am" or "pm" would be in the night; nobody means that.
_FIRST_SURE = 7
_TIME = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))? ?(am|pm|a\.m\.|p\.m\.)?")
_NAMED = {"noon": time(_NOON), "midday": time(_NOON)}


def parse_time(text: str) -> time:
    """The time that a text names. Raises NotUnderstood, whose text says what to type."""
    words = text.strip().casefold().removeprefix("at ")
    if words in _NAMED:
        return _NAMED[words]
    match = _TIME.fullmatch(words)
    if match is None:
        raise NotUnderstood("Enter a time, such as 10:30 or 2pm")
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").replace(".", "")
    if half and not 1 <= hour <= _NOON:
        raise NotUnderstood("Enter a time, such as 10:30 or 2pm")
    if half:
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    elif hour < _FIRST_SURE and not words.startswith("0"):
        raise NotUnderstood(f"Say whether {words} is am or pm, such as {words}pm")
    try:
        return time(hour, minute)
    except ValueError as error:
        raise NotUnderstood("Enter a time, such as 10:30 or 2pm") from error


def time_words(moment: datetime, zone: tzinfo) -> str:
    """A moment's time of day as people write it: "2pm", "10:30am"."""
    local = moment.astimezone(zone)
    half = "am" if local.hour < _NOON else "pm"
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % _NOON or _NOON}{minutes}{half}"


def moment_words(moment: datetime, zone: tzinfo) -> str:
    """A moment as people write it: "Tuesday 3 March 2027, 2pm"."""
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y}, {time_words(moment, zone)}"
