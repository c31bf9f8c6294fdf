"""A desk at which tests import files, and the rows that they put into them."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.contracts import Contract
from storage.database import Database
from storage.imports import ImportReport, import_contracts, import_people
from storage.imports.contracts_file import COLUMNS as CONTRACT_COLUMNS
from storage.imports.people_file import COLUMNS as PEOPLE_COLUMNS
from storage.people import Person, Unit

AT = datetime(2026, 11, 4, 9, tzinfo=UTC)


def person(full_name: str, /, **cells: str) -> dict[str, str]:
    first, last = full_name.lower().split()
    row = dict.fromkeys(PEOPLE_COLUMNS, "")
    return (
        row | {"email": f"{first}.{last}@example.gov.uk", "name": full_name, "business_unit": "Care"} | cells
    )


def contract(reference: str, **cells: str) -> dict[str, str]:
    row = dict.fromkeys(CONTRACT_COLUMNS, "")
    return (
        row
        | {"reference": reference, "title": "Cleaning", "supplier": "Mop Ltd", "business_unit": "Care"}
        | cells
    )


def written(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@dataclass
class Desk:
    """Where a clerk imports files."""

    database: Database
    folder: Path

    def file(self, content: bytes | list[dict[str, str]]) -> Path:
        path = self.folder / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else written(content))
        return path

    async def people(
        self, content: bytes | list[dict[str, str]] | Path, *, remove: bool = False
    ) -> ImportReport:
        path = content if isinstance(content, Path) else self.file(content)
        async with self.database.store() as store:
            return await import_people(store, path, AT, remove_missing=remove)

    async def contracts(self, content: bytes | list[dict[str, str]] | Path) -> ImportReport:
        path = content if isinstance(content, Path) else self.file(content)
        async with self.database.store() as store:
            return await import_contracts(store, path, AT)

    async def person(self, email: str) -> Person:
        async with self.database.reading() as store:
            found = await store.people.by_email(email)
        assert found
        return found

    async def unit(self, name: str) -> Unit:
        async with self.database.reading() as store:
            return next(each for each in await store.people.units() if each.name == name)

    async def contract(self, reference: str) -> Contract:
        async with self.database.reading() as store:
            found = await store.contracts.by_reference(reference)
        assert found
        return found

    async def size(self) -> tuple[int, int, int, int]:
        async with self.database.reading() as store:
            people, units = await store.people.everyone(), await store.people.units()
            return len(people), len(units), await store.contracts.count(), len(await store.audit.latest())
