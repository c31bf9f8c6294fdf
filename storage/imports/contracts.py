"""Importing the contract register: each contract with its supplier, its dates and its people."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from storage.contracts import Contract
from storage.database import Store
from storage.imports.columns import EmailGuesses, did_you_mean, in_order
from storage.imports.contracts_file import COLUMNS, MAY_LACK, ContractRow, read_contract
from storage.imports.report import Change, ImportReport, Problem, Progress, differences
from storage.imports.rows import Row, audit_subject, counted, written
from storage.imports.table import read_table
from storage.imports.units import UnitTree
from storage.people import Person, Unit


async def import_contracts(
    store: Store, path: Path, at: datetime, *, progress: Progress | None = None
) -> ImportReport:
    """Bring the register to what a file says, or report every problem and change nothing.

    Units and people must be in the directory. Contracts that the file does not name stay, and are listed.
    """
    table, problems = await asyncio.to_thread(read_table, path, COLUMNS, MAY_LACK)
    if not table:
        return ImportReport(problems=in_order(problems, COLUMNS))
    work = _ContractImport(
        await store.contracts.all(), await store.people.everyone(), await store.people.units()
    )
    work.check(table, problems, progress)
    if problems:
        return ImportReport(problems=in_order(problems, COLUMNS))
    report = work.report()
    await work.save(store, at)
    if report.added or report.updated:
        store.audit.record(
            at, "import contracts", audit_subject(path), added=report.added, updated=len(report.updated)
        )
    await store.people.flush()
    return report


class _ContractImport:
    """One import: the register and the directory as they are, and the file's rows beside them."""

    def __init__(
        self, contracts: Sequence[Contract], people: Sequence[Person], units: Sequence[Unit]
    ) -> None:
        self._contracts = {each.reference.upper(): each for each in contracts}
        self._ids = {person.email.lower(): person.id for person in people}
        self._emails = {person_id: email for email, person_id in self._ids.items()}
        self._tree = UnitTree(units)
        self._rows: list[ContractRow] = []
        self._lines: dict[str, int] = {}
        self._guesses = EmailGuesses(self._ids)

    def check(self, table: Sequence[Row], problems: list[Problem], progress: Progress | None) -> None:
        """Read every row and note all that is wrong."""
        for row in counted(table, progress):
            contract = read_contract(row, problems)
            self._check_reference(contract, problems)
            self._check_unit(contract, problems)
            self._check_people(contract, problems)
            self._rows.append(contract)

    def report(self) -> ImportReport:
        """What saving will change, worked out before anything is changed."""
        new = [row for row in self._rows if row.key not in self._contracts]
        changes = [change for row in self._rows if (change := self._change(row))]
        left = sorted(each.reference for key, each in self._contracts.items() if key not in self._lines)
        return ImportReport(
            added=len(new),
            unchanged=len(self._rows) - len(new) - len(changes),
            updated=tuple(changes),
            left=tuple(left),
        )

    async def save(self, store: Store, at: datetime) -> None:
        """Write the file's rows to the register; the session writes only what differs."""
        for row in self._rows:
            contract = self._contracts.get(row.key)
            unit_id = self._tree.unit_id(row.unit, row.area)
            if contract is None:
                contract = Contract(
                    reference=row.reference,
                    title=row.title,
                    supplier=row.supplier,
                    unit_id=unit_id,
                    manager_id=self._ids.get(row.people["manager"]),
                )
                store.contracts.add(contract)
            contract.unit_id = unit_id
            self._fill(contract, row)
            # A contract that changes hands in the register takes its open items along.
            await store.handovers.change_manager(
                contract, self._ids.get(row.people["manager"]), at, "changed in the register"
            )

    def _fill(self, contract: Contract, row: ContractRow) -> None:
        contract.title = row.title
        contract.supplier = row.supplier
        contract.tier = row.tier
        contract.stage = row.stage
        contract.annual_value = row.annual_value
        contract.starts = row.starts
        contract.ends = row.ends
        contract.notice_months = row.notice_months
        contract.extension_months = row.extension_months
        contract.review_date = row.review_date
        for column, day in row.further_dates.items():
            setattr(contract, column, day)
        contract.high_risk = row.high_risk
        contract.deputy_id = self._ids.get(row.people["deputy"])
        contract.sro_id = self._ids.get(row.people["sro"])
        contract.notes = row.notes

    def _check_reference(self, row: ContractRow, problems: list[Problem]) -> None:
        if row.reference:
            first = self._lines.setdefault(row.key, row.line)
            if first != row.line:
                reason = f"{row.reference} is on line {first} already. Delete one of the two."
                problems.append(Problem(row.line, "reference", reason))

    def _check_unit(self, row: ContractRow, problems: list[Problem]) -> None:
        if not row.unit:
            return
        _, reason = self._tree.business_unit(row.unit)
        if reason:
            problems.append(Problem(row.line, "business_unit", reason))
        elif row.area and (reason := self._tree.service_area(row.area, row.unit)):
            problems.append(Problem(row.line, "service_area", reason))

    def _check_people(self, row: ContractRow, problems: list[Problem]) -> None:
        for column, email in row.people.items():
            if email and email not in self._ids:
                problems.append(Problem(row.line, column, self._unknown(email)))

    def _change(self, row: ContractRow) -> Change | None:
        contract = self._contracts.get(row.key)
        if contract is None:
            return None
        in_file = self._in_file(row)
        on_record = self._on_record(contract)
        found = differences({name: on_record[name] for name in in_file}, in_file)
        return Change(contract.reference, found) if found else None

    def _on_record(self, contract: Contract) -> dict[str, str]:
        unit, area = self._tree.place(contract.unit_id)
        return {
            "title": contract.title,
            "supplier": contract.supplier,
            "business_unit": unit,
            "service_area": area,
            "tier": contract.tier or "",
            "stage": contract.stage or "",
            "annual_value": _pounds(contract.annual_value),
            "starts": written(contract.starts),
            "ends": written(contract.ends),
            "notice_months": _number(contract.notice_months),
            "extension_months": _number(contract.extension_months),
            "review_date": written(contract.review_date),
            "insurance_ends": written(contract.insurance_ends),
            "continuity_test": written(contract.continuity_test),
            "high_risk": _yes_or_no(contract.high_risk),
            "manager": self._email(contract.manager_id),
            "deputy": self._email(contract.deputy_id),
            "sro": self._email(contract.sro_id),
            "notes": contract.notes,
        }

    def _in_file(self, row: ContractRow) -> dict[str, str]:
        return {
            "title": row.title,
            "supplier": row.supplier,
            "business_unit": self._tree.written(row.unit),
            "service_area": self._tree.written(row.area) if row.area else "",
            "tier": row.tier or "",
            "stage": row.stage or "",
            "annual_value": _pounds(row.annual_value),
            "starts": written(row.starts),
            "ends": written(row.ends),
            "notice_months": _number(row.notice_months),
            "extension_months": _number(row.extension_months),
            "review_date": written(row.review_date),
            **{column: written(day) for column, day in row.further_dates.items()},
            "high_risk": _yes_or_no(row.high_risk),
            **row.people,
            "notes": row.notes,
        }

    def _email(self, person_id: int | None) -> str:
        return self._emails.get(person_id or 0, "")

    def _unknown(self, email: str) -> str:
        otherwise = "Add that person to the directory first, or leave the cell empty."
        return f"{email} is not in the directory. {did_you_mean(self._guesses.closest(email), otherwise)}"


def _pounds(amount: Decimal | None) -> str:
    return "" if amount is None else f"£{amount:,.2f}".removesuffix(".00")


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def _yes_or_no(flag: bool) -> str:
    return "yes" if flag else "no"
