"""Lists of actions: by Business Unit, workstream, month, and what is blocked."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import Cast
from tests.driver import House

HELEN = "helen.marlowe@example.gov.uk"

TOM = "tom.hargreave@example.gov.uk"
MIRIAM = "miriam.goldberg@example.gov.uk"


async def test_those_of_ones_own_actions_that_are_overdue(house: House, cast: Cast) -> None:
    lead = await house.person(HELEN)
    (whole,) = await lead.says("my actions")
    (late,) = await lead.says("my overdue actions")
    assert "Your overdue actions" in late.text
    assert "W1-02" in late.text
    assert "W2-01" in whole.text
    assert "W2-01" not in late.text, "its month is still to come"
    manager = await house.person(cast.manager)
    (none,) = await manager.says("what am I late with")
    assert "None of your actions is overdue." in none.text
    (every,) = await manager.clicks("Overdue actions")
    assert "W1-02" in every.text


async def test_what_is_overdue_in_a_business_unit(house: House, cast: Cast) -> None:
    manager, tom = await house.person(cast.manager), await house.person(TOM)
    (before,) = await manager.says("what is overdue in adult social care?")
    assert "Overdue in Adult Social Care: 2 actions. First point of contact: Tom Hargreave" in before.text
    assert "W1-11" in before.text
    await tom.says("done W1-11")
    (after,) = await manager.says("overdue in adult social care")
    assert "1 action." in after.text
    assert "W1-11" not in after.text
    (elsewhere,) = await manager.says("overdue in public health")
    assert "W1-11" in elsewhere.text
    (unknown,) = await manager.says("overdue in narnia")
    assert "They are: Adult Social Care" in unknown.text


async def test_a_units_late_contract_reviews_are_for_those_who_may_see_them(house: House, cast: Cast) -> None:
    miriam, priya = await house.person(MIRIAM), await house.person("priya.nair@example.gov.uk")
    (_, led) = await miriam.says("overdue in adult social care")
    assert "Contract reviews overdue in Adult Social Care" in led.text
    assert "CMA-2028" in led.text
    assert "Priya Nair" in led.text
    assert "16 October 2026" in led.text
    assert "CMA-2286" in led.text, "another manager's, in her unit"
    (_, own) = await priya.says("overdue in adult social care")
    assert "CMA-2028" in own.text
    assert "CMA-2286" not in own.text
    only = await miriam.says("overdue in highways")
    assert all("Contract reviews" not in each.text for each in only)


async def test_the_actions_of_an_owner_by_any_of_its_names(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (misprint,) = await manager.says("CMSG actions")
    assert "Actions of CSMG (CMSG is read as CSMG)" in misprint.text
    assert "W3-02" in misprint.text, "printed with the misprint"
    assert "W1-08" in misprint.text, "a joint one"
    (od,) = await manager.says("actions owned by OD")
    assert "Actions of OD: 3 actions" in od.text
    (in_full,) = await manager.says("the actions of organisational development")
    assert in_full.text == od.text
    (in_other_words,) = await manager.says("which actions is Organisational Development responsible for")
    assert "Actions of OD: 3 actions" in in_other_words.text


async def test_a_units_own_month_counts_there_and_not_elsewhere(house: House, cast: Cast) -> None:
    tom, manager = await house.person(TOM), await house.person(cast.manager)
    await tom.says("move W1-06 to December because two managers are new")
    house.app.clock.move(timedelta(days=8))  # type: ignore[attr-defined]
    (here,) = await manager.says("overdue in adult social care")
    (there,) = await manager.says("overdue in public health")
    assert "W1-06" not in here.text
    assert "W1-06" in there.text


async def test_my_actions_are_those_of_my_units(house: House) -> None:
    miriam = await house.person(MIRIAM)
    (own,) = await miriam.says("my actions")
    assert "Adult Social Care" in own.text
    assert "Public Health" in own.text
    assert "Children" not in own.text


async def test_what_is_blocked_says_what_it_waits_for(house: House, cast: Cast) -> None:
    tom, manager = await house.person(TOM), await house.person(cast.manager)
    (none,) = await manager.says("what is blocked")
    assert "Blocked: 0 actions" in none.text
    await tom.says("W1-06 blocked waiting for OD")
    (listed,) = await manager.says("what's blocked?")
    assert "waiting for OD" in listed.text
    assert "Adult Social Care" in listed.text


async def test_a_workstream_and_a_month(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (governance,) = await manager.says("governance actions")
    assert "Contract governance and decision making: 2 actions" in governance.text
    (month,) = await manager.says("actions due in November")
    assert "Due in November 2026: 10 actions" in month.text
    (opened,) = await manager.clicks("Show W1-03")
    assert "W1-03: Review Platinum contracts" in opened.text
    assert "November 2026 expected, December 2017 in the original plan" in opened.text
    assert "Business Unit" in opened.text


async def test_percent_complete_leaves_out_what_is_ongoing(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    for action_id in ("W1-02", "W1-04", "W1-13"):
        await lead.says(f"done {action_id}")
    (whole,) = await lead.says("all actions")
    assert "10% complete: 3 of 29 checkpoints" in whole.text
