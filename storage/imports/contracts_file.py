"""The rows of a contracts file, each read by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from storage.contracts import Stage, Tier
from storage.imports import columns
from storage.imports.columns import Cells
from storage.imports.report import Problem
from storage.imports.rows import Row

COLUMNS = (
    "reference",
    "title",
    "supplier",
    "business_unit",
    "service_area",
    "tier",
    "stage",
    "annual_value",
    "starts",
    "ends",
    "notice_months",
    "extension_months",
    "review_date",
    "insurance_ends",
    "continuity_test",
    "high_risk",
    "manager",
    "deputy",
    "sro",
    "notes",
)
# A file may lack these; what is on record stays then.
MAY_LACK = ("insurance_ends", "continuity_test")
_PEOPLE = ("manager", "deputy", "sro")
_REFERENCE = columns.name_up_to(40)
_TITLE = columns.name_up_to(200)
_UNIT = columns.name_up_to(120)
_NOTES = columns.text_up_to(500, lines=True)
_TIER = columns.one_of(Tier)
_STAGE = columns.one_of(Stage)


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One contract as the file gives it; `people` holds addresses by column, `further_dates` those columns that a file may lack."""

    line: int
    reference: str
    title: str
    supplier: str
    unit: str
    area: str
    tier: Tier | None
    stage: Stage | None
    annual_value: Decimal | None
    starts: date | None
    ends: date | None
    notice_months: int | None
    extension_months: int | None
    review_date: date | None
    further_dates: Mapping[str, date | None]
    high_risk: bool
    people: Mapping[str, str]
    notes: str

    @property
    def key(self) -> str:
        """The reference as it is compared."""
        return self.reference.upper()


def read_contract(row: Row, problems: list[Problem]) -> ContractRow:
    """The contract on one row; what is wrong with its cells goes to `problems`."""
    cells = Cells(row, problems)
    contract = ContractRow(
        line=row.line,
        reference=cells.required("reference", _REFERENCE) or "",
        title=cells.required("title", _TITLE) or "",
        supplier=cells.required("supplier", _TITLE) or "",
        unit=cells.required("business_unit", _UNIT) or "",
        area=cells.optional("service_area", _UNIT, ""),
        tier=cells.optional("tier", _TIER, None),
        stage=cells.optional("stage", _STAGE, None),
        annual_value=cells.optional("annual_value", columns.pounds, None),
        starts=cells.optional("starts", columns.day, None),
        ends=cells.optional("ends", columns.day, None),
        notice_months=cells.optional("notice_months", columns.months, None),
        extension_months=cells.optional("extension_months", columns.months, None),
        review_date=cells.optional("review_date", columns.day, None),
        further_dates={
            name: cells.optional(name, columns.day, None) for name in MAY_LACK if name in row.cells
        },
        high_risk=cells.optional("high_risk", columns.yes_or_no, False),
        people={column: cells.optional(column, columns.email_address, "") for column in _PEOPLE},
        notes=cells.optional("notes", _NOTES, ""),
    )
    if contract.starts and contract.ends and contract.ends < contract.starts:
        cells.refuse("ends", "The contract ends before it starts. Correct one of the two dates.")
    if contract.people["deputy"] and contract.people["deputy"] == contract.people["manager"]:
        cells.refuse("deputy", "This is the manager. Name someone else, or leave it empty.")
    return contract
