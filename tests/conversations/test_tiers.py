"""A contract's tier is changed in chat: by whom, with what follows, and told."""

from __future__ import annotations

from tests.conftest import Cast
from tests.conversations.assessing import PRIYA, holder
from tests.driver import House

REFERENCE = "CMA-2031"


async def test_the_manager_is_told_and_the_change_is_kept(house: House, cast: Cast) -> None:
    member = await house.person(await holder(house.app, REFERENCE))
    manager = await house.person(PRIYA)
    (told,) = await member.says(f"set {REFERENCE} to Bronze because The spend fell by HALF")
    assert "is now Bronze; it was Gold" in told.text
    assert "Why: The spend fell by HALF" in (await manager.screen())[-1].text
    (again,) = await member.says(f"set {REFERENCE} to bronze because of it")
    assert "is Bronze already" in again.text
    async with house.app.database.reading() as store:
        newest = next(each for each in await store.audit.latest() if each.act == "set tier")
    assert newest.detail["before"] == "Gold"
    assert newest.detail["after"] == "Bronze"


async def test_only_those_who_lead_the_unit_change_it(memory_house: House, cast: Cast) -> None:
    manager, other = await memory_house.person(PRIYA), await memory_house.person(cast.manager)
    (refused,) = await manager.says(f"set {REFERENCE} to Bronze because I say so")
    assert f"You can't do this for {REFERENCE}" in refused.text
    (hidden,) = await other.says(f"set {REFERENCE} to Bronze because I say so")
    assert "can't find a contract" in hidden.text


async def test_a_form_for_another_tier_changes_nothing(memory_house: House) -> None:
    member = await memory_house.person(await holder(memory_house.app, REFERENCE))
    lead = await memory_house.person("helen.marlowe@example.gov.uk")
    await member.says(f"change the tier of {REFERENCE}")
    await lead.says(f"set {REFERENCE} to Silver because it was decided")
    (told,) = await member.fills(tier="Bronze", why="I was first")
    assert "has changed to Silver meanwhile" in told.text
