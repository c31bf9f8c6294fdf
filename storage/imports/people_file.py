"""The rows of a people file: reading each, then checking them against one another and the directory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from storage.imports import columns
from storage.imports.columns import BadCell, Cells, shown
from storage.imports.report import Problem
from storage.imports.rows import Row
from storage.imports.units import UnitTree
from storage.people import UNIT_ROLES, Role

COLUMNS = (
    "email",
    "name",
    "job_title",
    "business_unit",
    "service_area",
    "roles",
    "csmg_member_for",
    "first_contact_for",
    "deputy",
    "leave_from",
    "leave_to",
)
# The column that fills each of a Business Unit's contacts, and what its holder is called.
CONTACTS = {"csmg_member_for": "CSMG member", "first_contact_for": "first point of contact"}
_NAME_LENGTH = 120
_NAME = columns.name_up_to(_NAME_LENGTH)
_NAMES = columns.several(_NAME)
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person as the file gives them; a unit or address that could not be read is empty."""

    line: int
    email: str
    name: str
    job_title: str
    unit: str
    area: str
    roles: frozenset[Role]
    contact_for: Mapping[str, tuple[str, ...]]
    deputy: str
    leave_from: date | None
    leave_to: date | None


def read_person(row: Row, problems: list[Problem]) -> PersonRow:
    """The person on one row; what is wrong with its cells goes to `problems`."""
    cells = Cells(row, problems)
    person = PersonRow(
        line=row.line,
        email=cells.required("email", columns.email_address) or "",
        name=cells.required("name", _NAME) or "",
        job_title=cells.optional("job_title", _NAME, ""),
        unit=cells.required("business_unit", _NAME) or "",
        area=cells.optional("service_area", _NAME, ""),
        roles=frozenset(cells.optional("roles", _roles, ())),
        contact_for={column: cells.optional(column, _NAMES, ()) for column in CONTACTS},
        deputy=cells.optional("deputy", columns.email_address, ""),
        leave_from=cells.optional("leave_from", columns.day, None),
        leave_to=cells.optional("leave_to", columns.day, None),
    )
    if person.deputy and person.deputy == person.email:
        cells.refuse("deputy", "Nobody can be their own deputy. Name someone else, or leave it empty.")
    if person.leave_from and person.leave_to and person.leave_to < person.leave_from:
        cells.refuse("leave_to", "The leave ends before it starts. Correct one of the two dates.")
    if person.leave_to and not row.cells["leave_from"]:
        cells.refuse("leave_to", "The leave has an end but no start. Fill in leave_from.")
    return person


class PeopleCheck:
    """The checks that need more than one row. Rows are taken in the file's order."""

    def __init__(self, tree: UnitTree, known: Mapping[str, bool], problems: list[Problem]) -> None:
        """`known` holds the addresses on record, and whether each person is still there."""
        self.holders: dict[str, dict[str, PersonRow]] = {column: {} for column in CONTACTS}
        self._tree = tree
        self._known = known
        self._problems = problems
        self._lines: dict[str, int] = {}
        self._guesses = columns.EmailGuesses(())

    def take(self, row: PersonRow) -> None:
        """Check one row against those before it."""
        if row.email:
            first = self._lines.setdefault(row.email, row.line)
            if first != row.line:
                self._refuse(row, "email", f"{row.email} is on line {first} already. Delete one of the two.")
        if row.unit:
            self._claim(row, "business_unit", row.unit, None)
        if row.unit and row.area:
            self._claim(row, "service_area", row.area, row.unit)

    def finish(self, rows: list[PersonRow]) -> None:
        """Check what may refer to any row of the file."""
        for line, name, inner in self._tree.too_deep():
            reason = f"{shown(name)} has a Service Area of its own, {inner}. Move that one first."
            self._problems.append(Problem(line, "service_area", reason))
        self._guesses = columns.EmailGuesses(self._lines.keys() | self._known.keys())
        for row in rows:
            self._check_contacts(row)
            self._check_deputy(row)

    def _claim(self, row: PersonRow, column: str, name: str, parent: str | None) -> None:
        reason = self._tree.claim(name, parent, row.line)
        if reason:
            self._refuse(row, column, reason)

    def _check_contacts(self, row: PersonRow) -> None:
        for column, names in row.contact_for.items():
            reasons = [reason for name in names if (reason := self._hold(row, column, name))]
            if reasons:
                self._refuse(row, column, " ".join(reasons))

    def _hold(self, row: PersonRow, column: str, name: str) -> str | None:
        key, reason = self._tree.business_unit(name)
        if key is None:
            return reason
        first = self.holders[column].setdefault(key, row)
        if first.line == row.line:
            return None
        return (
            f"{self._tree.written(name)} has a {CONTACTS[column]} on line {first.line} and another on "
            f"line {row.line}. Keep one of the two."
        )

    def _check_deputy(self, row: PersonRow) -> None:
        if not row.deputy or row.deputy in self._lines or self._known.get(row.deputy):
            return
        if row.deputy in self._known:
            reason = f"{row.deputy} is no longer in the directory. Name someone else, or leave it empty."
        else:
            guess = self._guesses.closest(row.deputy)
            hint = columns.did_you_mean(guess, "Add that person to the file, or leave the cell empty.")
            reason = f"{row.deputy} is neither in this file nor in the directory. {hint}"
        self._refuse(row, "deputy", reason)

    def _refuse(self, row: PersonRow, column: str, reason: str) -> None:
        self._problems.append(Problem(row.line, column, reason))


def _roles(text: str) -> tuple[Role, ...]:
    known = _known_roles()
    words = [word.strip() for word in text.split(";") if word.strip()]
    unknown = [word for word in words if _plain(word) not in known]
    if unknown:
        guess = columns.closest(unknown[0], (role.label for role in Role if role not in UNIT_ROLES))
        hint = columns.did_you_mean(
            guess, f"Write one of: {', '.join(r.label for r in Role if r not in UNIT_ROLES)}."
        )
        raise BadCell(f"{', '.join(shown(word) for word in unknown)} is not a role. {hint}")
    roles = tuple(known[_plain(word)] for word in words)
    if UNIT_ROLES & set(roles):
        raise BadCell(
            "CSMG member and first point of contact are not written here. "
            "Write the Business Unit in csmg_member_for or first_contact_for."
        )
    return roles


@cache
def _known_roles() -> dict[str, Role]:
    return {_plain(word): role for role in Role for word in (role.value, role.label)}


def _plain(word: str) -> str:
    return _PUNCTUATION.sub(" ", columns.fold(word).replace("'", "").replace("\u2019", "")).strip()
