"""Answers that lean on who asks, what was said before, and what may be an emergency."""

from __future__ import annotations

from storage.people import Unit
from tests.conftest import Cast
from tests.driver import House

TIERS = "what is the minimum we have to do for each tier"
SLUG = "tier-minimum-expectations"


async def _no_contracts(house: House, email: str) -> None:
    async with house.app.database.store() as store:
        person = await store.people.by_email(email)
        assert person is not None
        for contract in await store.contracts.managed_by(person.id):
            contract.manager_id = contract.deputy_id = None


async def _only_tier(house: House, email: str, tier: str) -> None:
    async with house.app.database.store() as store:
        person = await store.people.by_email(email)
        assert person is not None
        for contract in await store.contracts.managed_by(person.id):
            contract.tier = type(contract.tier)(tier) if contract.tier else None


def _tier_headings(house: House) -> dict[str, str]:
    article = house.app.knowledge.services.library.get(SLUG)
    assert article is not None
    return {section.tiers[0]: section.heading for section in article.sections if len(section.tiers) == 1}


async def test_a_manager_sees_what_holds_for_their_own_tier(house: House, cast: Cast) -> None:
    await _only_tier(house, cast.manager, "Gold")
    headings = _tier_headings(house)
    manager = await house.person(cast.manager)
    (answer,) = await manager.says(TIERS)
    assert headings["Gold"].casefold() in answer.text.casefold()
    assert headings["Bronze"].casefold() not in answer.text.casefold()


async def test_naming_another_tier_shows_the_last_answer_for_it(house: House, cast: Cast) -> None:
    await _no_contracts(house, cast.manager)
    headings = _tier_headings(house)
    manager = await house.person(cast.manager)
    (plain,) = await manager.says(TIERS)
    assert headings["Bronze"].casefold() not in plain.text.casefold()
    (answer,) = await manager.says("my contract is Bronze")
    assert headings["Bronze"].casefold() in answer.text.casefold()
    (other,) = await manager.says("what about Silver?")
    assert headings["Silver"].casefold() in other.text.casefold()
    assert headings["Bronze"].casefold() not in other.text.casefold()


async def test_naming_a_tier_first_is_remembered(house: House, cast: Cast) -> None:
    await _no_contracts(house, cast.manager)
    manager = await house.person(cast.manager)
    (noted,) = await manager.says("It's a Platinum contract")
    assert "I will answer for a Platinum contract" in noted.text
    (answer,) = await manager.says(TIERS)
    assert _tier_headings(house)["Platinum"].casefold() in answer.text.casefold()


async def test_an_article_for_other_tiers_says_so(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    await manager.says("my contract is Bronze")
    (answer,) = await manager.says("low risk score review on a contract")
    if "Review after a low risk score" in answer.buttons:
        (answer,) = await manager.clicks("Review after a low risk score on a Gold or Platinum contract")
    assert "This article is written for" in answer.text


async def test_a_term_is_explained_before_the_article(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says("what does SRO mean?")
    assert "Senior Responsible Officer (SRO): " in answer.text
    assert answer.buttons


async def test_words_of_an_emergency_bring_what_to_do_now_first(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says("a worker was hurt while we were checking the KPI scorecard")
    assert "Do this now: If someone is hurt or in danger" in answer.text
    assert answer.buttons[0] == "Contractors' health and safety"
    (article,) = await manager.clicks("Contractors' health and safety")
    assert "Do this now" in article.text


async def test_an_emergency_without_an_answer_still_says_what_to_do(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says("zebra keeper arrested yesterday")
    assert "Do this now: Do not confront anyone" in answer.text
    assert "I do not have an answer" not in answer.text
    assert "If it is about something else: Covenant holds no spend" in answer.text
    assert "Ask an expert" in answer.buttons, "it may be about something else all the same"


async def test_several_questions_are_answered_one_by_one(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    first, second = await manager.says(
        "our contractor has gone bust what now? what does CSMG do and can it decide anything?"
    )
    assert "If a supplier becomes insolvent".casefold() in first.text.casefold()
    assert any("CSMG" in words for words in (second.text, *second.buttons))
    async with house.app.database.reading() as store:
        assert await store.questions.count() == 2


async def test_a_local_note_follows_the_corporate_rule_and_is_named(house: House, cast: Cast) -> None:
    async with house.app.database.store() as store:
        person = await store.people.by_email(cast.manager)
        units = await store.people.units()
        assert person is not None
        own = next(unit for unit in units if unit.id == person.unit_id)
        other = next(unit for unit in units if unit.id not in (own.id, own.parent_id))
        now = house.app.clock.now()
        await store.notes.put(own.id, "supplier-insolvency", "Ring the **brokerage** desk first.", now)
        await store.notes.put(other.id, "supplier-insolvency", "Not for you.", now)
    manager = await house.person(cast.manager)
    (answer,) = await manager.says("our contractor has gone bust what now")
    text = answer.text.casefold()
    assert f"Local note from {own.name}".casefold() in text
    assert "Ring the brokerage desk first." in answer.text
    assert text.index("what to do") < text.index("local note from")
    assert "Not for you." not in answer.text


async def test_the_lead_sees_why_and_others_do_not(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    await manager.says("our contracter has gone bust what now")
    (why,) = await lead.says("why 1")
    assert "supplier-insolvency" in why.text
    assert "Thresholds" in why.text
    (refused,) = await manager.says("why 1")
    assert "Only the SRM lead" in refused.text
    (nothing,) = await lead.says("why 999")
    assert "no such question" in nothing.text


async def test_a_unit_without_parent_is_its_own_chain(house: House) -> None:
    async with house.app.database.reading() as store:
        units = await store.people.units()
        area = next(unit for unit in units if unit.parent_id is not None)
        chain = await store.people.units_of(area)
        assert [type(each) for each in chain] == [Unit, Unit]
        assert chain[0].id == area.parent_id
        assert await store.people.units_of(None) == []
