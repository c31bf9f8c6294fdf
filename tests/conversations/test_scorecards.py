"""Scorecards: four ratings, never averaged, with their history, a unit's own fields, and the export."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO

import pytest

from handlers.scorecards.export import NoSuchUnit, scorecards_csv
from storage.months import Month
from storage.scorecards import Every, Period
from tests.driver import House

PRIYA, MIRIAM = "priya.nair@example.gov.uk", "miriam.goldberg@example.gov.uk"
HELEN, STEPHEN = "helen.marlowe@example.gov.uk", "stephen.blackwood@example.gov.uk"
ANGELA = "angela.whitlock@example.gov.uk"
TODAY = date(2026, 11, 24)
CARD = {
    "period": "2026-12/quarter",
    "cost": "green",
    "cost_comment": "=1+1",
    "performance": "amber",
    "performance_comment": "Late visits",
    "risk": "red",
    "risk_comment": "Provider's finances",
    "user": "no_data",
    "user_comment": "No survey yet",
}


def test_a_quarter_is_known_by_its_last_month() -> None:
    period = Period.of(TODAY, Every.QUARTER)
    assert period.last == Month(2026, 12)
    assert period.label == "October 2026 to December 2026"
    assert period.before().last == Month(2026, 9)
    assert Period.parse(str(period)) == period
    assert Period.of(TODAY, Every.MONTH).before().last == Month(2026, 10)


async def test_four_ratings_are_recorded_and_shown_each_by_itself(house: House) -> None:
    manager, board = await house.person(PRIYA), await house.person(ANGELA)
    await manager.says("scorecard CMA-2015")
    await manager.clicks("Record a scorecard")
    await manager.fills(**CARD | {"cost": "no_data"})
    assert not await _cards(house, "CMA-2015"), "only the user aspect may be without data"
    (kept,) = await manager.fills(**CARD)
    assert "cost green, performance amber, risk red, user no data" in kept.text
    (shown,) = await manager.says("scorecard CMA-2015")
    assert "never averaged" in shown.text
    assert "October 2026 to December 2026" in shown.text
    (summary,) = await board.says("scorecards")
    assert "CMA-2015" in summary.text


async def test_a_correction_keeps_what_was_there_and_a_double_send_changes_nothing(house: House) -> None:
    manager, deputy = await house.person(PRIYA), await house.person("daniel.osei@example.gov.uk")
    for each in (manager, deputy):
        await each.says("scorecard CMA-2015")
        await each.clicks("Record a scorecard")
    await manager.fills(**CARD)
    (refused,) = await deputy.fills(**CARD | {"risk": "green"})
    assert "recorded meanwhile" in refused.text
    await deputy.says("scorecard CMA-2015")
    await deputy.clicks("Record a scorecard")
    await deputy.fills(**CARD | {"risk": "amber"})
    assert await _cards(house, "CMA-2015") == ["amber", "red"]


async def test_a_unit_adds_a_field_and_the_four_stay(house: House) -> None:
    manager, member = await house.person(PRIYA), await house.person(MIRIAM)
    (refused,) = await manager.says("add scorecard field social value")
    assert "Only a Business Unit's CSMG member" in refused.text
    (added,) = await member.says("add scorecard field social value")
    assert "Social value" in added.text
    await manager.says("scorecard CMA-2015")
    await manager.clicks("Record a scorecard")
    assert manager.form is not None
    extra = next(each for each in manager.form.values if each.startswith("extra_"))
    await manager.fills(**CARD, **{extra: "Two apprentices"})
    (shown,) = await manager.says("scorecard CMA-2015")
    assert "Two apprentices" in shown.text


async def test_the_export_holds_the_unit_with_its_risk_section(house: House) -> None:
    manager = await house.person(PRIYA)
    await manager.says("scorecard CMA-2015")
    await manager.clicks("Record a scorecard")
    await manager.fills(**CARD)
    async with house.app.database.reading() as store:
        written = await scorecards_csv(store, "adult social care", TODAY)
        with pytest.raises(NoSuchUnit, match="There are 'Adult Social Care'"):
            await scorecards_csv(store, "Narnia", TODAY)
    rows = {each["reference"]: each for each in csv.DictReader(StringIO(written))}
    assert {each["business_unit"] for each in rows.values()} == {"Adult Social Care"}
    row = rows["CMA-2015"]
    assert (row["cost"], row["risk"], row["user"]) == ("Green", "Red", "No data")
    assert row["cost_comment"] == "'=1+1", "a spreadsheet must not take it for a formula"
    assert (row["high_risk"], row["sro_named"], row["open_risk_follow_ups"]) == ("yes", "yes", "0")
    assert rows["CMA-2028"]["period"] == ""


async def test_asked_for_in_chat_the_export_says_how_it_is_made(memory_house: House) -> None:
    member, lead = await memory_house.person(MIRIAM), await memory_house.person(HELEN)
    (told,) = await member.says("export scorecards")
    assert "covenant export scorecards --unit 'Adult Social Care'" in told.text
    (told,) = await lead.says("export the scorecards")
    assert "--unit" not in told.text


async def test_stale_ones_are_known_and_the_period_is_the_leads(house: House) -> None:
    manager, lead = await house.person(PRIYA), await house.person(HELEN)
    (refused,) = await manager.says("scorecards every month")
    assert "Only the SRM lead" in refused.text
    (done,) = await lead.says("scorecards every month")
    assert "every month" in done.text
    await manager.says("scorecard CMA-2015")
    await manager.clicks("Record a scorecard")
    await manager.fills(**CARD | {"period": "2026-11/month"})
    async with house.app.database.reading() as store:
        stale = {each.reference for each in await store.scorecards.stale(await store.contracts.all(), TODAY)}
        later = await store.scorecards.stale(await store.contracts.all(), date(2027, 1, 5))
    assert "CMA-2015" not in stale
    assert {"CMA-2028", "CMA-2031"} <= stale
    assert "CMA-2039" not in stale, "Silver is no key contract"
    assert "CMA-2015" in {each.reference for each in later}


async def test_another_unit_sees_none_of_it(house: House) -> None:
    stranger = await house.person(STEPHEN)
    (refused,) = await stranger.says("scorecard CMA-2015")
    assert "can't find a contract" in refused.text


async def _cards(house: House, reference: str) -> list[str]:
    """The risk ratings on record, the newest first."""
    async with house.app.database.reading() as store:
        contract = await store.contracts.by_reference(reference)
        assert contract is not None
        return [each.ratings["risk"] for each in await store.scorecards.of_contract(contract.id)]
