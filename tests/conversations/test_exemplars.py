"""Exemplar practices: written up, checked by another, found by tags, thanked for, renewed and gone."""

from __future__ import annotations

from datetime import timedelta

from storage.exemplars import ExemplarState
from tests.conftest import Cast, StandingClock
from tests.driver import House

PRACTICE = {
    "title": "Monthly <!channel> walk-round",
    "done": "We *walked* the sites.",
    "result": "Complaints fell by 40%.",
    "workstream": "Governance",
    "tier": "Gold",
    "stage": "Operate",
    "checked": "yes",
}


async def submitted(house: House, email: str, **other: str) -> None:
    chat = await house.person(email)
    await chat.says("share an exemplar")
    (told,) = await chat.fills(**PRACTICE | other)
    assert "is kept" in told.text


async def test_one_is_written_checked_found_and_thanked_for(house: House, cast: Cast) -> None:
    author, reader = await house.person(cast.manager), await house.person(cast.other_manager)
    lead = await house.person(cast.lead)
    await submitted(house, cast.manager)
    (none,) = await reader.says("exemplars")
    assert "No exemplar practice is published" in none.text
    (hidden,) = await reader.says("show exemplar 1")
    assert "no such exemplar" in hidden.text
    assert "Monthly <!channel> walk-round" in (await lead.screen())[-1].text
    await lead.clicks("Publish exemplar 1")
    assert "is published" in (await author.screen())[-1].text

    (found,) = await reader.says("gold exemplars on governance")
    assert "Monthly <!channel> walk-round" in found.text
    for words in ("exemplars on supply risk", "silver exemplars", "exemplars at the exit stage"):
        assert "No exemplar practice" in (await reader.says(words))[0].text
    (shown,) = await reader.says("show exemplar 1")
    assert "We *walked* the sites." in shown.text
    await reader.clicks("Thank for exemplar 1")
    assert "thanks you for your exemplar" in (await author.screen())[-1].text
    (twice,) = await reader.says("thank for exemplar 1")
    assert "already" in twice.text


async def test_what_may_be_confidential_is_not_taken(house: House, cast: Cast) -> None:
    author = await house.person(cast.manager)
    await author.says("share an exemplar")
    await author.fills(**PRACTICE | {"checked": "no"})
    assert author.form is not None
    assert "confidential" in author.form.errors["checked"]


async def test_it_is_sent_back_with_a_reason_and_changed(house: House, cast: Cast) -> None:
    author, lead = await house.person(cast.manager), await house.person(cast.lead)
    await submitted(house, cast.manager)
    await lead.clicks("Send back exemplar 1")
    await lead.fills(reason="Say how many sites.")
    assert "Say how many sites." in (await author.screen())[-1].text
    await author.clicks("Change exemplar 1")
    assert author.form is not None
    assert author.form.values["result"] == "Complaints fell by 40%."
    await author.fills(done="We walked 12 sites.", checked="yes")
    assert "We walked 12 sites." in (await lead.screen())[-1].text


async def test_nobody_checks_their_own_and_managers_check_none(house: House, cast: Cast) -> None:
    lead, deputy = await house.person(cast.lead), await house.person(cast.deputy)
    manager, other = await house.person(cast.manager), await house.person(cast.other_manager)
    await submitted(house, cast.lead)
    (refused,) = await lead.says("publish exemplar 1")
    assert "somebody else has to check it" in refused.text
    (refused,) = await lead.says("send back exemplar 1")
    assert "somebody else has to check it" in refused.text
    for words in (
        "publish exemplar 1",
        "withdraw exemplar 1",
        "exemplars to check",
        "exemplars stay 6 months",
    ):
        (refused,) = await manager.says(words)
        assert "no such exemplar" in refused.text or "Only the SRM lead" in refused.text
    await submitted(house, cast.manager)
    (refused,) = await manager.says("publish exemplar 2")
    assert "Only the SRM lead or the deputy" in refused.text
    assert "Exemplar 1" in (await deputy.screen())[-1].text
    await deputy.clicks("Publish exemplar 1")
    for words in ("renew exemplar 1", "withdraw exemplar 1"):
        (refused,) = await other.says(words)
        assert "Only its author" in refused.text
    async with house.app.database.reading() as store:
        assert len(await store.exemplars.in_state(ExemplarState.PUBLISHED)) == 1


async def test_it_expires_and_can_be_renewed(house: House, cast: Cast, clock: StandingClock) -> None:
    lead, author = await house.person(cast.lead), await house.person(cast.manager)
    await lead.says("exemplars stay 6 months")
    await submitted(house, cast.manager)
    (done,) = await lead.says("publish exemplar 1")
    assert "until 24 May 2027" in done.text
    (early,) = await author.says("renew exemplar 1")
    assert "can be renewed from 25 March 2027" in early.text
    clock.forward(timedelta(days=200))
    reader = await house.person(cast.other_manager)
    assert "No exemplar practice" in (await reader.says("exemplars"))[0].text
    (renewed,) = await author.says("renew exemplar 1")
    assert "12 December 2027" in renewed.text
    assert "walk-round" in (await reader.says("exemplars"))[0].text


async def test_a_suggestion_is_written_up(house: House, cast: Cast) -> None:
    author = await house.person(cast.manager)
    await author.says("suggest")
    await author.fills(kind="exemplar", text="We agreed a bond of 10%.")
    await author.clicks("Write it up as an exemplar")
    assert author.form is not None
    assert author.form.values["done"] == "We agreed a bond of 10%."
