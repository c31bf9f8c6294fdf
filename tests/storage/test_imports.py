"""Importing people and contracts: what is added, what changes, and what the report says of it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import storage
from storage.database import Database
from storage.imports import Change, ImportReport, import_people
from storage.people import Role
from tests.storage.import_desk import AT, Desk, contract, person, written

SAMPLE = Path(storage.__file__).parent / "seed" / "sample"


async def test_the_sample_directory_and_register_load(desk: Desk) -> None:
    people = await desk.people(SAMPLE / "people.csv")
    assert (people.added, people.problems, len(people.new_units)) == (40, (), 8)
    contracts = await desk.contracts(SAMPLE / "contracts.csv")
    assert (contracts.added, contracts.problems) == (120, ())
    async with desk.database.reading() as store:
        profiles = await store.people.profiles()
        assert [p.person.name for p in profiles if p.has(Role.SRM_LEAD)] == ["Helen Marlowe"]
        assert [p.person.name for p in profiles if p.has(Role.SRM_DEPUTY)] == ["Kwame Asante"]
        units = [each for each in await store.people.units() if each.parent_id is None]
        assert [each.name for each in units if each.first_contact_id is None] == ["Children's Services"]
        assert [each.name for each in units if each.csmg_member_id is None] == ["Public Health"]
        assert sum(each.csmg_member_id == each.first_contact_id for each in units) == 1
        priya = await store.people.by_email("priya.nair@example.gov.uk")
        assert priya
        assert len(await store.contracts.managed_by(priya.id)) == 5
        assert sum(p.person.away(date(2026, 11, 25)) for p in profiles) == 2


async def test_the_sample_again_is_unchanged_and_leaves_no_trace(desk: Desk) -> None:
    await desk.people(SAMPLE / "people.csv")
    await desk.contracts(SAMPLE / "contracts.csv")
    before = await desk.size()
    assert await desk.people(SAMPLE / "people.csv") == ImportReport(unchanged=40)
    assert await desk.contracts(SAMPLE / "contracts.csv") == ImportReport(unchanged=120)
    assert await desk.size() == before


async def test_changes_to_people_are_reported_and_kept(desk: Desk) -> None:
    ann = person("Ann Lee", csmg_member_for="Care", first_contact_for="Care", roles="SRO")
    await desk.people([ann, person("Bob Roy", service_area="Homes")])
    ann |= {"first_contact_for": "", "email": "Ann.Lee@EXAMPLE.gov.uk", "deputy": "bob.roy@example.gov.uk"}
    ann |= {"roles": "contract manager; Team_Leader", "leave_from": "23/11/2026", "leave_to": "2026-11-30"}
    bob = person(
        "Bob Roy", business_unit="Roads", service_area="Homes", csmg_member_for="roads", name="Bob  Roy"
    )
    report = await desk.people([ann, bob])
    assert report.updated == (
        Change(
            "ann.lee@example.gov.uk",
            (
                ("roles", "Senior Responsible Officer", "Contract manager; Team leader"),
                ("deputy", "", "bob.roy@example.gov.uk"),
                ("leave_from", "", "2026-11-23"),
                ("leave_to", "", "2026-11-30"),
            ),
        ),
        Change("bob.roy@example.gov.uk", (("business_unit", "Care", "Roads"),)),
        Change("Homes", (("business_unit", "Care", "Roads"),)),
        Change("Care", (("first_contact_for", "ann.lee@example.gov.uk", ""),)),
    )
    assert (report.added, report.unchanged, report.new_units) == (0, 0, ("Roads",))
    kept = await desk.person("ann.lee@example.gov.uk")
    bob_kept, care, roads = (
        await desk.person("bob.roy@example.gov.uk"),
        await desk.unit("Care"),
        await desk.unit("Roads"),
    )
    assert (kept.deputy_id, kept.leave_from) == (bob_kept.id, date(2026, 11, 23))
    assert (care.csmg_member_id, care.first_contact_id) == (kept.id, None)
    assert roads.csmg_member_id == bob_kept.id
    assert (await desk.unit("Homes")).parent_id == roads.id
    async with desk.database.reading() as store:
        assert await store.people.roles_of(kept.id) == {
            Role.CONTRACT_MANAGER,
            Role.TEAM_LEADER,
            Role.CSMG_MEMBER,
        }
        entry = (await store.audit.latest())[0]
    assert (entry.act, entry.subject) == ("import people", "list.csv")
    assert entry.detail == {"added": 0, "updated": 4, "set_inactive": 0}


async def test_people_who_left_are_listed_and_go_only_when_asked(desk: Desk) -> None:
    await desk.people([person("Ann Lee"), person("Bob Roy")])
    assert (await desk.people([person("Ann Lee")])).left == ("bob.roy@example.gov.uk",)
    assert (await desk.person("bob.roy@example.gov.uk")).active
    assert (await desk.people([person("Ann Lee")], remove=True)).left == ("bob.roy@example.gov.uk",)
    assert not (await desk.person("bob.roy@example.gov.uk")).active
    assert (await desk.people([person("Ann Lee")])).left == ()
    gone = await desk.people([person("Ann Lee", deputy="bob.roy@example.gov.uk")])
    assert "no longer in the directory" in gone.problems[0].reason
    back = await desk.people([person("Ann Lee"), person("Bob Roy")])
    assert back.updated == (Change("bob.roy@example.gov.uk", (("active", "no", "yes"),)),)


async def test_changes_to_contracts_are_reported_and_kept(desk: Desk) -> None:
    await desk.people([person("Ann Lee"), person("Bob Roy", service_area="Homes")])
    await desk.contracts([contract("C-1", annual_value="£1,200,000", notes="One\nTwo"), contract("C-2")])
    changed = contract("c-1", service_area="homes", annual_value="1200000.50", tier="gold", stage="Operate")
    changed |= {"starts": "01/04/2026", "ends": "2028-03-31", "notice_months": "6", "high_risk": "Yes"}
    changed |= {"manager": "ANN.LEE@example.gov.uk", "deputy": "bob.roy@example.gov.uk", "notes": "One\nTwo"}
    report = await desk.contracts([changed])
    assert (report.added, report.unchanged, report.left) == (0, 0, ("C-2",))
    assert report.updated[0].key == "C-1"
    assert report.updated[0].columns[:4] == (
        ("service_area", "", "Homes"),
        ("tier", "", "Gold"),
        ("stage", "", "operate"),
        ("annual_value", "£1,200,000", "£1,200,000.50"),
    )
    kept = await desk.contract("C-1")
    assert (kept.annual_value, kept.ends, kept.high_risk) == (Decimal("1200000.50"), date(2028, 3, 31), True)
    assert kept.manager_id == (await desk.person("ann.lee@example.gov.uk")).id
    assert (await desk.contracts([changed])) == ImportReport(unchanged=1, left=("C-2",))


async def test_what_excel_writes_is_understood(desk: Desk) -> None:
    rows = written([person("Ann Lee", name="Zoë O'Neill"), person("Bob Roy", name="ليلى حداد")])
    excel = b"\xef\xbb\xbf" + rows.replace(b"job_title", b" Job Title ", 1) + b"," * 10 + b"\r\n\r\n"
    assert (await desk.people(excel)).added == 2


async def test_progress_is_told_to_the_end(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    path = desk.file([person(f"Ann L{number}") for number in range(250)])
    async with desk.database.store() as store:
        await import_people(store, path, AT, progress=lambda done, total: told.append((done, total)))
    assert told == [(100, 250), (200, 250), (250, 250)]


async def test_both_databases_import_alike(database: Database, tmp_path: Path) -> None:
    desk = Desk(database, tmp_path)
    assert await desk.people(SAMPLE / "people.csv") == ImportReport(unchanged=40)
    assert await desk.contracts(SAMPLE / "contracts.csv") == ImportReport(unchanged=120)
    rows = [person("Ann Lee", csmg_member_for="Care"), person("Bob Roy", deputy="ann.lee@example.gov.uk")]
    report = await desk.people(rows, remove=True)
    assert (report.added, len(report.left), report.new_units) == (2, 40, ("Care",))
    assert (await desk.person("bob.roy@example.gov.uk")).deputy_id
    report = await desk.contracts([contract("NEW-1", manager="ann.lee@example.gov.uk")])
    assert (report.added, len(report.left)) == (1, 120)
    rows[1] |= {"name": "Robert Roy", "roles": "CMA expert user"}
    assert len((await desk.people(rows)).updated) == 1
