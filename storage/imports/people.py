"""Importing the directory: people, their roles and deputies, Business Units and their contacts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from storage.database import Store
from storage.imports.columns import in_order
from storage.imports.people_file import COLUMNS, PeopleCheck, PersonRow, read_person
from storage.imports.report import Change, ImportReport, Problem, Progress, differences
from storage.imports.rows import Row, audit_subject, counted, written
from storage.imports.table import read_table
from storage.imports.units import UnitTree
from storage.people import Person, Role, Unit


async def import_people(
    store: Store,
    path: Path,
    at: datetime,
    *,
    progress: Progress | None = None,
    remove_missing: bool = False,
) -> ImportReport:
    """Bring the directory to what a file says, or report every problem and change nothing.

    People whom the file does not name are only listed, unless `remove_missing` sets them inactive.
    """
    table, problems = await asyncio.to_thread(read_table, path, COLUMNS)
    if not table:
        return ImportReport(problems=in_order(problems, COLUMNS))
    work = _PeopleImport(
        await store.people.everyone(),
        await store.people.units(),
        await store.people.roles_by_person(),
        remove_missing=remove_missing,
    )
    work.check(table, problems, progress)
    if problems:
        return ImportReport(problems=in_order(problems, COLUMNS))
    report = work.report()
    await work.save(store)
    removed = len(report.left) if remove_missing else 0
    if report.added or report.updated or removed:
        store.audit.record(
            at,
            "import people",
            audit_subject(path),
            added=report.added,
            updated=len(report.updated),
            set_inactive=removed,
        )
        await store.people.flush()
    return report


class _PeopleImport:
    """One import: the directory as it is, and the file's rows beside it."""

    def __init__(
        self,
        people: Sequence[Person],
        units: Sequence[Unit],
        roles: dict[int, frozenset[Role]],
        *,
        remove_missing: bool,
    ) -> None:
        self._people = {person.email.lower(): person for person in people}
        self._emails = {person.id: email for email, person in self._people.items()}
        self._tree = UnitTree(units)
        self._roles = roles
        self._remove_missing = remove_missing
        self._rows: list[PersonRow] = []
        self._holders: dict[str, dict[str, PersonRow]] = {}

    def check(self, table: Sequence[Row], problems: list[Problem], progress: Progress | None) -> None:
        """Read every row and note all that is wrong."""
        # Whoever is about to be set inactive can be nobody's deputy either.
        known = {email: person.active and not self._remove_missing for email, person in self._people.items()}
        check = PeopleCheck(self._tree, known, problems)
        for row in counted(table, progress):
            person = read_person(row, problems)
            check.take(person)
            self._rows.append(person)
        check.finish(self._rows)
        self._holders = check.holders

    def report(self) -> ImportReport:
        """What saving will change, worked out before anything is changed."""
        new = [row for row in self._rows if row.email not in self._people]
        people = [change for row in self._rows if (change := self._person_change(row))]
        in_file = {row.email for row in self._rows}
        left = sorted(email for email, each in self._people.items() if each.active and email not in in_file)
        return ImportReport(
            added=len(new),
            unchanged=len(self._rows) - len(new) - len(people),
            updated=(*people, *self._tree.moved(), *self._contact_changes()),
            left=tuple(left),
            new_units=self._tree.new,
        )

    async def save(self, store: Store) -> None:
        """Write the file's rows to the directory."""
        await self._tree.save(store)
        # A row without a difference costs no statement: the session writes only what changed.
        roles = {}
        for row in self._rows:
            self._put(store, row)
        await store.people.flush()
        for row in self._rows:
            person = self._people[row.email]
            person.deputy_id = self._people[row.deputy].id if row.deputy else None
            if row.roles != self._roles.get(person.id, frozenset()):
                roles[person.id] = row.roles
        await store.people.replace_roles(roles)
        self._put_contacts()
        self._set_missing_inactive()
        await store.people.flush()

    def _put(self, store: Store, row: PersonRow) -> None:
        person = self._people.get(row.email)
        if person is None:
            person = self._people[row.email] = Person(email=row.email, name=row.name)
            store.people.add(person)
        person.name = row.name
        person.job_title = row.job_title
        person.unit_id = self._tree.unit_id(row.unit, row.area)
        person.leave_from = row.leave_from
        person.leave_to = row.leave_to
        person.active = True

    def _put_contacts(self) -> None:
        ids = {
            column: {key: self._people[row.email].id for key, row in held.items()}
            for column, held in self._holders.items()
        }
        for key, unit in self._tree.units.items():
            unit.csmg_member_id = ids["csmg_member_for"].get(key)
            unit.first_contact_id = ids["first_contact_for"].get(key)

    def _set_missing_inactive(self) -> None:
        if self._remove_missing:
            in_file = {row.email for row in self._rows}
            for email, person in self._people.items():
                person.active = email in in_file

    def _person_change(self, row: PersonRow) -> Change | None:
        person = self._people.get(row.email)
        if person is None:
            return None
        columns = differences(self._on_record(person), self._in_file(row))
        return Change(row.email, columns) if columns else None

    def _on_record(self, person: Person) -> dict[str, str]:
        unit, area = self._tree.place(person.unit_id)
        return {
            "name": person.name,
            "job_title": person.job_title,
            "business_unit": unit,
            "service_area": area,
            "roles": _labels(self._roles.get(person.id, frozenset())),
            "deputy": self._email(person.deputy_id),
            "leave_from": written(person.leave_from),
            "leave_to": written(person.leave_to),
            "active": "yes" if person.active else "no",
        }

    def _in_file(self, row: PersonRow) -> dict[str, str]:
        return {
            "name": row.name,
            "job_title": row.job_title,
            "business_unit": self._tree.written(row.unit),
            "service_area": self._tree.written(row.area) if row.area else "",
            "roles": _labels(row.roles),
            "deputy": row.deputy,
            "leave_from": written(row.leave_from),
            "leave_to": written(row.leave_to),
            "active": "yes",
        }

    def _contact_changes(self) -> list[Change]:
        """The Business Units on record whose contacts differ; a new unit's are part of its making."""
        changes = []
        for key, unit in self._tree.units.items():
            before = {
                "csmg_member_for": self._email(unit.csmg_member_id),
                "first_contact_for": self._email(unit.first_contact_id),
            }
            after = {column: held[key].email if key in held else "" for column, held in self._holders.items()}
            if columns := differences(before, after):
                changes.append(Change(unit.name, columns))
        return changes

    def _email(self, person_id: int | None) -> str:
        return self._emails.get(person_id or 0, "")


def _labels(roles: frozenset[Role]) -> str:
    return "; ".join(role.label for role in Role if role in roles)
