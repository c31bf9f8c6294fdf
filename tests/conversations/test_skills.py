"""A command said in other words is done for what the message names."""

from __future__ import annotations

import pytest

from tests.driver import House

HELEN = "helen.marlowe@example.gov.uk"
PRIYA = "priya.nair@example.gov.uk"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("could you bring up action W1-06", "W1-06"),
        ("please list all of the wave 2 actions for me", "Wave 2"),
        ("please list the actions that CSMG still has open", "Actions of CSMG"),
        ("please show me all the actions that are overdue", "Overdue actions"),
        ("please show me my overdue actions", "Your overdue actions"),
        ("which briefings can i go to this month", "briefing"),
        ("please show me some exemplars from colleagues", "exemplar"),
        ("please fill in the scorecard for CMA-2039 with me", "CMA-2039"),
        ("please show the handovers that are under way", "handover"),
        ("please create the progress pack for the board", "How things stand"),
    ],
)
async def test_a_command_in_other_words(memory_house: House, text: str, shown: str) -> None:
    lead = await memory_house.person(HELEN)
    said = await lead.says(text)
    assert any(shown.casefold() in each.text.casefold() for each in said), [each.text for each in said]


async def test_a_form_is_opened_for_the_contract_that_is_named(memory_house: House) -> None:
    manager = await memory_house.person(PRIYA)
    await manager.says("i need to hand CMA-2039 over to my successor")
    assert manager.form is not None
    assert "CMA-2039" in manager.form.title
    await manager.says("cancel")
    await manager.says("please send bsp commercial a market intelligence request for me")
    assert manager.form is not None


@pytest.mark.parametrize("text", ["could we have a briefing for our team", "please arrange a session for us"])
async def test_wanting_a_briefing_asks_for_one(memory_house: House, text: str) -> None:
    manager = await memory_house.person(PRIYA)
    await manager.says(text)
    assert manager.form is not None
    assert manager.form.title == "Ask for a briefing"


async def test_wanting_a_place_at_a_briefing_shows_what_is_planned(memory_house: House) -> None:
    manager = await memory_house.person(PRIYA)
    (said,) = await manager.says("i would like to book a place at a briefing")
    assert manager.form is None
    assert "briefing" in said.text
