"""Importing people and contracts: every kind of problem is named, and then nothing is changed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.imports import Problem
from storage.imports.contracts_file import COLUMNS as CONTRACT_COLUMNS
from storage.imports.people_file import COLUMNS as PEOPLE_COLUMNS
from tests.storage.import_desk import Desk, contract, person, written

BAD_PEOPLE = [
    ({"email": ""}, "email", "empty"),
    ({"email": "ann at home"}, "email", "not an email address"),
    ({"email": f"{'a' * 250}@b.uk"}, "email", "255 characters"),
    ({"email": "BOB.roy@example.gov.uk"}, "email", "on line 2 already"),
    ({"name": ""}, "name", "empty"),
    ({"name": "x" * 121}, "name", "121 characters long. Shorten it to 120"),
    ({"name": '=HYPERLINK("http://x")'}, "name", "formula"),
    ({"name": "Ann \u202eeeL"}, "name", "invisible"),
    ({"job_title": "a\x07b"}, "job_title", "control"),
    ({"business_unit": ""}, "business_unit", "empty"),
    ({"business_unit": "Homes"}, "business_unit", "a Service Area of Care on line 2"),
    ({"service_area": "care"}, "service_area", "Leave the cell empty"),
    ({"business_unit": "Roads", "service_area": "Homes"}, "service_area", "a Service Area of Care on line 2"),
    (
        {"roles": "contract manger; wizard"},
        "roles",
        "'contract manger', 'wizard' is not a role. Did you mean Contract",
    ),
    ({"roles": "CSMG member"}, "roles", "csmg_member_for"),
    ({"csmg_member_for": "Care"}, "csmg_member_for", "a CSMG member on line 2 and another on line 3"),
    ({"first_contact_for": "Care"}, "first_contact_for", "on line 2 and another on line 3"),
    ({"csmg_member_for": "Caer"}, "csmg_member_for", "no Business Unit 'Caer'"),
    ({"first_contact_for": "Homes"}, "first_contact_for", "Name its Business Unit, Care"),
    ({"deputy": "ann.lee@example.gov.uk"}, "deputy", "their own deputy"),
    ({"deputy": "bob.rou@example.gov.uk"}, "deputy", "Did you mean bob.roy@example.gov.uk?"),
    ({"deputy": "nobody@elsewhere.org"}, "deputy", "Add that person"),
    ({"leave_from": "11/23/2026"}, "leave_from", "day first"),
    ({"leave_from": "next week"}, "leave_from", "2026-11-23 or 23/11/2026"),
    ({"leave_from": "0026-11-23"}, "leave_from", "year"),
    ({"leave_from": "2026-11-23", "leave_to": "2026-11-20"}, "leave_to", "ends before it starts"),
    ({"leave_to": "2026-11-20"}, "leave_to", "no start"),
]


@pytest.mark.parametrize(("cells", "column", "words"), BAD_PEOPLE)
async def test_a_bad_cell_about_a_person_stops_everything(
    desk: Desk, cells: dict[str, str], column: str, words: str
) -> None:
    bob = person("Bob Roy", service_area="Homes", csmg_member_for="Care", first_contact_for="Care")
    report = await desk.people([bob, person("Ann Lee") | cells])
    assert [(each.line, each.column) for each in report.problems] == [(3, column)]
    assert words in report.problems[0].reason
    assert (report.added, await desk.size()) == (0, (0, 0, 0, 0))


BAD_CONTRACTS = [
    ({"reference": ""}, "reference", "empty"),
    ({"reference": "c-1"}, "reference", "on line 2 already"),
    ({"title": "+cmd|' /C calc'!A0"}, "title", "formula"),
    ({"supplier": "x" * 201}, "supplier", "Shorten it to 200"),
    ({"business_unit": "Carre"}, "business_unit", "Did you mean Care?"),
    ({"business_unit": "Homes"}, "business_unit", "is a Service Area. Name its Business Unit, Care"),
    ({"service_area": "Homse"}, "service_area", "Did you mean Homes?"),
    ({"service_area": "Roads"}, "service_area", "is a Business Unit"),
    ({"tier": "Sliver"}, "tier", "Did you mean Silver?"),
    ({"tier": "Q"}, "tier", "Write one of: Platinum, Gold, Silver, Bronze."),
    ({"stage": "running"}, "stage", "not known"),
    ({"annual_value": "-5"}, "annual_value", "negative"),
    ({"annual_value": "1.2m"}, "annual_value", "not an amount"),
    ({"annual_value": "9,999,999,999,999"}, "annual_value", "too large"),
    ({"starts": "2026-02-30"}, "starts", "no day of the calendar"),
    ({"starts": "2026-04-01", "ends": "2026-03-31"}, "ends", "ends before it starts"),
    ({"notice_months": "six"}, "notice_months", "whole number"),
    ({"extension_months": "9999"}, "extension_months", "whole number"),
    ({"high_risk": "maybe"}, "high_risk", "yes or no"),
    ({"manager": "bob.rouy@example.gov.uk"}, "manager", "Did you mean bob.roy@example.gov.uk?"),
    ({"sro": "nobody@elsewhere.org"}, "sro", "not in the directory"),
    (
        {"manager": "bob.roy@example.gov.uk", "deputy": "Bob.Roy@example.gov.uk"},
        "deputy",
        "This is the manager",
    ),
    ({"notes": "x" * 501}, "notes", "Shorten it to 500"),
]


@pytest.mark.parametrize(("cells", "column", "words"), BAD_CONTRACTS)
async def test_a_bad_cell_about_a_contract_stops_everything(
    desk: Desk, cells: dict[str, str], column: str, words: str
) -> None:
    await desk.people([person("Bob Roy", service_area="Homes"), person("Ann Lee", business_unit="Roads")])
    report = await desk.contracts([contract("C-1"), contract("C-2") | cells])
    assert [(each.line, each.column) for each in report.problems] == [(3, column)]
    assert words in report.problems[0].reason
    assert (report.added, (await desk.size())[2]) == (0, 0)


async def test_a_unit_with_service_areas_cannot_become_one(desk: Desk) -> None:
    await desk.people([person("Ann Lee", service_area="Homes")])
    report = await desk.people([person("Ann Lee", business_unit="Roads", service_area="Care")])
    assert [(each.line, each.column) for each in report.problems] == [(2, "service_area")]
    assert "'Care' has a Service Area of its own, Homes" in report.problems[0].reason


async def test_every_problem_is_reported_in_the_order_of_the_file(desk: Desk) -> None:
    rows = [
        person("Ann Lee", deputy="x@y.uk", leave_to="soon"),
        person("Bob Roy", email="no", leave_from="1/1/26"),
    ]
    report = await desk.people(written(rows) + b"too,few\r\n")
    found = [(each.line, each.column) for each in report.problems]
    assert found == [(2, "deputy"), (2, "leave_to"), (3, "email"), (3, "leave_from"), (4, "")]


HEADER = ",".join(PEOPLE_COLUMNS).encode()
BAD_FILES = [
    (b"", "", "empty"),
    (b"\n \n,,\n", "", "empty"),
    (HEADER, "", "no rows"),
    (written([person("Ann Lee")]).replace(b"Ann Lee", b"Zo\xe9 Lee"), "", "CSV UTF-8"),
    ("email".encode("utf-16"), "", "CSV UTF-8"),
    (b"PK\x03\x04rest", "", "workbook"),
    (HEADER + b"\na\0b", "", "null byte"),
    (HEADER.replace(b",", b";") + b"\na;b", "", "separated by semicolons"),
    (HEADER.replace(b",", b"\t") + b"\na\tb", "", "separated by tabs"),
    (b"hello\nworld\n", "", "column names: email,name"),
    (HEADER.replace(b",roles", b"") + b"\na", "roles", "missing"),
    (HEADER + b",shoe_size\na", "shoe_size", "not known"),
    (HEADER + b",\na", "", "no name"),
    (HEADER + b",Email\na", "email", "twice"),
]


@pytest.mark.parametrize(("content", "column", "words"), BAD_FILES)
async def test_a_file_that_is_no_list_is_refused_plainly(
    desk: Desk, content: bytes, column: str, words: str
) -> None:
    report = await desk.people(content)
    assert [(each.line, each.column) for each in report.problems] == [(1, column)]
    assert words in report.problems[0].reason


async def test_a_misspelt_column_is_recognised(desk: Desk) -> None:
    report = await desk.people(HEADER.replace(b"job_title", b"job_titel") + b"\na")
    assert report.problems[0] == Problem(1, "job_titel", "This column is not known. Did you mean job_title?")


async def test_a_missing_file_and_a_folder_are_refused_plainly(desk: Desk) -> None:
    assert "There is no file" in (await desk.people(desk.folder / "none.csv")).problems[0].reason
    assert "is a folder" in (await desk.people(desk.folder)).problems[0].reason
    assert (await desk.people(Path("a\0b"))).problems[0].line == 1


@pytest.mark.parametrize(
    ("line", "words"), [(b"a,b", "2 fields"), (b"," * 20 + b"a", "21 fields"), (b'"open', "quotation mark")]
)
async def test_a_broken_line_is_named(desk: Desk, line: bytes, words: str) -> None:
    report = await desk.people(written([person("Ann Lee", name="Ann\nLee"), person("Ann Lee")]) + line)
    assert words in report.problems[-1].reason
    assert report.problems[-1].line == 5


cells = st.text(max_size=12) | st.sampled_from(
    ["a@b.uk", "Care", "Homes", "x;y", "2026-11-23", "-1", "=A1", "Gold"]
)
tables = st.sampled_from([PEOPLE_COLUMNS, CONTRACT_COLUMNS]).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, cells)), min_size=1, max_size=4)
)
bodies = st.binary(max_size=60) | st.builds(
    lambda names, rest: ",".join(names).encode() + b"\n" + rest,
    st.sampled_from([PEOPLE_COLUMNS, CONTRACT_COLUMNS]),
    st.binary(max_size=120),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=bodies | tables)
async def test_no_content_makes_it_fail(desk: Desk, content: bytes | list[dict[str, str]]) -> None:
    for run in (desk.people, desk.contracts):
        before = await desk.size()
        report = await run(content)
        assert report.problems or report.added or report.unchanged or report.updated
        assert all(each.line >= 1 and each.reason.isprintable() for each in report.problems)
        if report.problems:
            assert await desk.size() == before
