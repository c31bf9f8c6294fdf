"""How dates, months and people of a contract are written for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from storage.people import Person


def day(moment: date | None) -> str:
    """`3 March 2027`."""
    return f"{moment.day} {moment:%B %Y}" if moment else "Not on record"


def months(number: int | None) -> str:
    """`6 months`."""
    if number is None:
        return "Not on record"
    return f"{number} month{'' if number == 1 else 's'}"


def person(person_id: int | None, people: Mapping[int, Person]) -> str:
    """A name; somebody who has left is said to have left."""
    found = people.get(person_id or 0)
    if found is None:
        return "None on record"
    return found.name if found.active else f"{found.name}, who has left"
