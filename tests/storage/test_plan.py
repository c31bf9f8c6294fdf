"""The improvement plan, as its file has it and as it stands once loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.database import Database
from storage.months import Month
from storage.plan import PLAN_FILE, PlanError, load_plan, read_plan
from storage.programme import ActionStatus, Checkpoint, Owner, PlanAction
from tests.conftest import NOW

Data = dict[str, Any]


@pytest.fixture
async def loaded(bare_database: Database) -> Database:
    """A database with the plan in it, whose start nobody has confirmed."""
    async with bare_database.store() as store:
        assert await load_plan(store, read_plan()) == 29
    return bare_database


async def actions(database: Database) -> dict[str, PlanAction]:
    async with database.reading() as store:
        return {each.action.id: each for each in await store.programme.actions()}


async def confirm(database: Database, start: Month) -> None:
    async with database.store() as store:
        await store.programme.confirm_start(start, NOW, None)


async def test_the_plan_has_29_actions_in_their_order_and_9_duties(database: Database) -> None:
    async with database.reading() as store:
        found = await store.programme.actions()
        duties = await store.programme.duties()
        streams = await store.programme.workstreams()
        programme = await store.programme.current()
    assert [each.action.number for each in found] == list(range(1, 30))
    assert [each.action.id for each in found] == sorted(each.action.id for each in found)
    assert [sum(each.action.wave == wave for each in found) for wave in (1, 2, 3)] == [13, 10, 6]
    assert [duty.id for duty in duties] == [f"N-0{number}" for number in range(1, 10)]
    assert [(each.number, each.wave) for each in streams] == [
        *((number, 1) for number in range(1, 5)),
        *((number, 2) for number in range(5, 8)),
        *((number, 3) for number in range(8, 10)),
    ]
    assert programme is not None
    assert programme.original_start == Month(2017, 6)


async def test_an_action_may_have_several_owners_and_somebody_kept_informed(database: Database) -> None:
    plan = await actions(database)
    assert plan["W1-07"].owners == (Owner.SRM_LEAD, Owner.ASSURANCE)
    assert plan["W1-08"].owners == (Owner.SRM_LEAD, Owner.CSMG)
    assert plan["W2-09"].owners == (Owner.CSMG,)
    assert plan["W2-09"].copied == (Owner.SRM_LEAD,)
    assert all(each.owners for each in plan.values())
    assert sum(len(each.owners) > 1 for each in plan.values()) == 2


async def test_the_misprint_is_read_as_csmg_and_flagged(database: Database) -> None:
    plan = await actions(database)
    misprinted = [each for each in plan.values() if each.action.owner_misprint]
    assert [each.action.id for each in misprinted] == ["W3-02"]
    assert misprinted[0].owners == (Owner.CSMG,)
    assert misprinted[0].action.owner_as_printed == "CMSG"


async def test_one_action_has_two_checkpoints_and_the_first_does_not_close_it(loaded: Database) -> None:
    await confirm(loaded, Month(2017, 6))
    action = (await actions(loaded))["W1-13"]
    assert [each.original for each in action.checkpoints] == [Month(2017, 12), Month(2018, 5)]
    async with loaded.store() as store:
        point = await store.session.get(Checkpoint, ("W1-13", 0))
        assert point is not None
        point.done_on = date(2017, 12, 20)
    action = (await actions(loaded))["W1-13"]
    assert action.open
    assert action.next_checkpoint is not None
    assert action.next_checkpoint.original == Month(2018, 5)
    assert not action.overdue(date(2018, 5, 31))
    assert action.overdue(date(2018, 6, 1))


async def test_the_ongoing_action_has_no_month_and_is_never_overdue(loaded: Database) -> None:
    await confirm(loaded, Month(2017, 6))
    action = (await actions(loaded))["W2-07"]
    assert action.action.status is ActionStatus.ONGOING
    assert action.checkpoints == ()
    assert not action.open
    assert not action.overdue(date(2099, 1, 1))
    assert [each for each in (await actions(loaded)).values() if not each.checkpoints] == [action]


async def test_nothing_is_overdue_before_the_start_is_confirmed(loaded: Database) -> None:
    plan = await actions(loaded)
    assert not any(each.overdue(date(2099, 1, 1)) for each in plan.values())
    assert all(point.expected is None for each in plan.values() for point in each.checkpoints)


@pytest.mark.parametrize("start", [Month(2026, 5), Month(2017, 6), Month(2016, 12)])
async def test_every_month_keeps_its_distance_from_the_first(loaded: Database, start: Month) -> None:
    await confirm(loaded, start)
    points = [point for each in (await actions(loaded)).values() for point in each.checkpoints]
    shift = start.months_since(Month(2017, 6))
    assert [point.expected for point in points] == [point.original.plus(shift) for point in points]
    assert min(point.expected for point in points if point.expected) == start


async def test_originals_stay_when_the_start_is_confirmed_twice(loaded: Database) -> None:
    def originals(plan: dict[str, PlanAction]) -> list[Month]:
        return [point.original for each in plan.values() for point in each.checkpoints]

    before = originals(await actions(loaded))
    await confirm(loaded, Month(2026, 5))
    await confirm(loaded, Month(2027, 1))
    plan = await actions(loaded)
    assert originals(plan) == before
    first = plan["W1-11"].checkpoints[0]
    assert (first.original, first.expected) == (Month(2017, 6), Month(2027, 1))
    async with loaded.reading() as store:
        programme = await store.programme.current()
    assert programme is not None
    assert (programme.original_start, programme.start) == (Month(2017, 6), Month(2027, 1))
    assert programme.confirmed_at == NOW


async def test_an_action_is_overdue_only_from_the_first_of_the_next_month(loaded: Database) -> None:
    await confirm(loaded, Month(2026, 2))
    plan = await actions(loaded)
    late = {"W1-11", "W1-12"}
    assert {key for key, each in plan.items() if each.overdue(date(2026, 2, 28))} == set()
    assert {key for key, each in plan.items() if each.overdue(date(2026, 3, 1))} == late


async def test_a_finished_action_is_not_overdue(loaded: Database) -> None:
    await confirm(loaded, Month(2026, 2))
    action = (await actions(loaded))["W1-11"]
    action.action.status = ActionStatus.BLOCKED
    assert action.overdue(date(2026, 3, 1))
    action.action.status = ActionStatus.COMPLETE
    assert not action.overdue(date(2026, 3, 1))


async def test_loading_again_changes_nothing_that_people_recorded(database: Database) -> None:
    async with database.store() as store:
        known = await store.programme.existing()
        known["W1-01"].status = ActionStatus.BLOCKED
        known["W1-02"].text = "An older wording"
    before = await actions(database)
    async with database.store() as store:
        assert await load_plan(store, read_plan()) == 0
    after = await actions(database)
    assert after["W1-01"].action.status is ActionStatus.BLOCKED
    assert after["W1-02"].action.text == "Update guidance for Platinum contracts"
    assert list(after) == list(before)
    for key, each in after.items():
        assert (each.owners, each.copied) == (before[key].owners, before[key].copied)
        assert _months(each.checkpoints) == _months(before[key].checkpoints)
    async with database.reading() as store:
        assert len(await store.programme.duties()) == 9


def _months(points: Iterable[Checkpoint]) -> list[tuple[Month, Month | None]]:
    return [(each.original, each.expected) for each in points]


async def test_an_action_added_to_the_file_is_loaded_beside_the_others(
    loaded: Database, tmp_path: Path
) -> None:
    def add(data: Data) -> None:
        data["actions"].append({**data["actions"][0], "id": "W1-14", "number": 30})

    async with loaded.store() as store:
        assert await load_plan(store, read_plan(changed(tmp_path, add))) == 1
    assert len(await actions(loaded)) == 30


def changed(folder: Path, change: Callable[[Data], object]) -> Path:
    data = yaml.safe_load(PLAN_FILE.read_text(encoding="utf-8"))
    change(data)
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def _repeat(data: Data) -> None:
    data["actions"][1]["id"] = "W1-01"


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        (lambda data: data["actions"][3].update(owners=["CMSG"]), "actions.3.owners.0", "'CSMG'"),
        (lambda data: data["actions"][3].update(owners=[]), "actions.3.owners", "at least 1"),
        (_repeat, "W1-01", "stand twice"),
        (lambda data: data["duties"][0].update(id="N-02"), "N-02", "stand twice"),
        (lambda data: data["actions"][0].update(workstream="gardening"), "W1-01", "gardening"),
        (lambda data: data["actions"][0].update(review=[]), "W1-01", "no review month"),
        (lambda data: data["actions"][0].pop("review"), "actions.0.review", "required"),
        (lambda data: data["actions"][0].update(colour="red"), "actions.0.colour", "not permitted"),
        (lambda data: data.update(colour="red"), "colour", "not permitted"),
        (lambda data: data["actions"][0].update(id="W9-01"), "actions.0.id", "pattern"),
        (lambda data: data["duties"][8].pop("text"), "duties.8.text", "required"),
        (lambda data: data["actions"][0].update(review=["2017-13"]), "actions.0.review", "not a month"),
        (lambda data: data["actions"][0].update(review=["October"]), "actions.0.review", "2026-10"),
    ],
)
def test_a_bad_file_is_refused_and_the_place_named(
    tmp_path: Path, change: Callable[[Data], object], place: str, reason: str
) -> None:
    path = changed(tmp_path, change)
    with pytest.raises(PlanError) as caught:
        read_plan(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert place in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"title: [unclosed\nsource: x\n", "line 2"),
        (b"- just\n- a list\n", "the file"),
        (b"", "the file"),
        (b"title: caf\xe9\n", "UTF-8"),
    ],
)
def test_what_is_no_plan_at_all_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    with pytest.raises(PlanError) as caught:
        read_plan(path)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_a_missing_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        read_plan(tmp_path / "none.yaml")
