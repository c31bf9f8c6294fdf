"""What an import says about itself: what it would change, or everything that stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Called with the number of rows checked so far and the number there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right: `line` of the file (the header is 1), `column` (empty for the whole line)."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for one record: `columns` holds (column, before, after) as they are written in a file."""

    key: str
    columns: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class ImportReport:
    """The outcome of an import. With any problem nothing was added, and the other fields are empty.

    `added` and `unchanged` count the records of the file. `updated` also lists the Business Units
    whose contacts changed. `left` are the keys on record that the file does not name.
    """

    added: int = 0
    unchanged: int = 0
    updated: tuple[Change, ...] = ()
    left: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    new_units: tuple[str, ...] = ()


def differences(before: dict[str, str], after: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """The columns in which two records differ, in order."""
    return tuple(
        (column, before[column], value) for column, value in after.items() if before[column] != value
    )
