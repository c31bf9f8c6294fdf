"""Time zones as people name them, by their city, and how far apart their clocks are."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from handlers.conversation.dates import NotUnderstood

# Further from the council's clock than this, the working day would be another one.
FURTHEST = timedelta(hours=6)
_COUNCILS = frozenset({"", "council", "councils", "thecouncil", "thecouncils"})
_UK = "Europe/London"


def read_zone(text: str, council: tzinfo, today: date) -> str | None:
    """The name of the zone that a text means, by its city or in full; None for the council's own.

    Everybody's reminders are planned by the council's working days. So a zone whose clock is more than six
    hours from the council's, in winter or in summer, is refused: its working day would be another one.
    Raises NotUnderstood, whose text says what to type.
    """
    words = _plain(text)
    if words in _COUNCILS:
        return None
    name = _UK if words in {"uk", "uktime"} else _names().get(words)
    if name is None:
        raise NotUnderstood(
            "I don't know this time zone. Enter a large city in it, such as Madrid or New York, "
            "or its full name, such as Europe/Madrid"
        )
    zone = ZoneInfo(name)
    if any(abs(ahead(zone, council, date(today.year, month, 1))) > FURTHEST for month in (1, 7)):
        raise NotUnderstood(
            f"{city(zone)} is more than 6 hours from the council's clock, so its working day is another one. "
            "Enter a time zone that is nearer"
        )
    return None if name == str(council) else name


def ahead(zone: tzinfo, council: tzinfo, day: date) -> timedelta:
    """How far a zone's clock is ahead of the council's at noon of a day; negative where it is behind."""
    noon = datetime.combine(day, time(12), council)
    return noon.astimezone(zone).replace(tzinfo=None) - noon.replace(tzinfo=None)


def city(zone: tzinfo) -> str:
    """`New York`."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def zone_words(zone: tzinfo) -> str:
    """Whose time it is: `UK time`, `Madrid time`."""
    return "UK time" if str(zone) == _UK else f"{city(zone)} time"


@cache
def _names() -> dict[str, str]:
    """Every zone by its name in full and by its city, as `_plain` writes them."""
    # `Factory` and `localtime` name no place.
    names = sorted(available_timezones() - {"Factory", "localtime"}, reverse=True)
    return {_plain(each.rpartition("/")[2]): each for each in names} | {_plain(each): each for each in names}


def _plain(text: str) -> str:
    """Without capitals, accents and all that stands between words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9/+-]", "", letters)
