"""The rows of a file, and what both imports do with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from storage.imports.report import Progress

_STEP = 100
_SUBJECT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file; `line` is where it begins, `cells` holds every column, trimmed."""

    line: int
    cells: Mapping[str, str]


def counted(table: Sequence[Row], progress: Progress | None) -> Iterator[Row]:
    """The rows one after the other, telling `progress` every hundred and at the end."""
    for done, row in enumerate(table, 1):
        yield row
        if progress and (done % _STEP == 0 or done == len(table)):
            progress(done, len(table))


def audit_subject(path: Path) -> str:
    """A file's name as the audit trail can keep it; a name need not be valid text."""
    return path.name.encode("utf-8", "replace").decode("utf-8")[:_SUBJECT_LENGTH]


def written(day: date | None) -> str:
    """A date as a file may have it."""
    return day.isoformat() if day else ""
