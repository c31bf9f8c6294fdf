"""Contracts in chat: lists narrowed in words, one contract's card, and naming who looks after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from handlers.contracts.asked import Known, Lack, read_asked
from handlers.conversation.likeness import meant_by
from storage.contracts import Contract, Stage, Tier
from storage.followups import FollowUp, FollowUpState
from storage.people import Unit
from tests.driver import House

PRIYA, MIRIAM = "priya.nair@example.gov.uk", "miriam.goldberg@example.gov.uk"
HELEN, STEPHEN = "helen.marlowe@example.gov.uk", "stephen.blackwood@example.gov.uk"
TODAY = date(2026, 11, 24)
CARE, HIGHWAYS = Unit(name="Adult Social Care"), Unit(name="Highways")
CARE.id, HIGHWAYS.id = 1, 2
KNOWN = Known((CARE, HIGHWAYS), ("Fernleigh Care at Home Ltd",), CARE, TODAY)


def test_a_request_in_words_is_read_part_by_part() -> None:
    asked = read_asked("high risk platinum contracts without an sro ending next year in highways", KNOWN)
    assert asked.tier is Tier.PLATINUM
    assert asked.lacks == (Lack.SRO,)
    assert asked.high_risk
    assert asked.unit_id == HIGHWAYS.id
    assert (asked.since, asked.until) == (date(2027, 1, 1), date(2027, 12, 31))
    assert not asked.left


def test_either_of_two_posts_may_be_empty() -> None:
    asked = read_asked("contracts with no manager or deputy", KNOWN)
    assert asked.title == "Contracts without a manager or a deputy"
    nobody = Contract(
        reference="CMA-1", title="Lifts", supplier="Larch", unit_id=1, manager_id=5, deputy_id=None
    )
    assert asked.holds(nobody, {}, {5})
    nobody.deputy_id = 6
    assert not asked.holds(nobody, {}, {5, 6})


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("this year", date(2026, 12, 31)),
        ("this quarter", date(2026, 12, 31)),
        ("next month", date(2026, 12, 31)),
        ("in the next six months", date(2027, 5, 24)),
        ("in 2028", date(2028, 12, 31)),
    ],
)
def test_times_are_read(words: str, until: date) -> None:
    assert read_asked(f"contracts ending {words}", KNOWN).until == until


def test_a_stage_my_unit_and_a_supplier_are_read() -> None:
    assert read_asked("contracts in the exit stage", KNOWN).stage is Stage.EXIT
    assert read_asked("contracts in my business unit", KNOWN).unit_id == CARE.id
    assert read_asked("contracts with fernleigh", KNOWN).supplier == "Fernleigh Care at Home Ltd"
    assert read_asked("contracts in narnia", KNOWN).left == "narnia"


CALLED = {
    "north": "Home care, north of the county Fernleigh Care at Home Ltd",
    "south": "Home care, south of the county Brightwater Homecare Ltd",
    "reablement": "Reablement at home Steadfast Independence CIC",
    "extra": "Extra care schemes: care and support Larkspur Living",
}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("homecare north", ["north"]),
        ("the home care contract in the south", ["south"]),
        ("reablment", ["reablement"]),
        ("larkspur", ["extra"]),
        ("brightwater homecare", ["south"]),
        ("home care", ["south", "north"]),
        ("street cleaning", []),
        ("?", []),
    ],
)
def test_a_contract_is_told_from_others_by_every_word(words: str, meant: list[str]) -> None:
    assert sorted(meant_by(words.replace(" contract", ""), CALLED)) == sorted(meant)


async def test_lists_are_narrowed_and_paged(house: House) -> None:
    lead = await house.person(HELEN)
    (listed,) = await lead.says("platinum contracts without an SRO")
    assert "CMA-2071" in listed.text
    assert "CMA-2015" not in listed.text
    (ending,) = await lead.says("contracts ending this year")
    assert "contracts ending this year" in ending.text.casefold()
    (everything,) = await lead.says("contracts in adult social care")
    assert "1 to 20 are shown" in everything.text
    (following,) = await lead.clicks(next(each for each in everything.buttons if each.startswith("Next ")))
    assert "21 to" in following.text


async def test_a_list_holds_only_what_the_person_may_see(house: House) -> None:
    stephen = await house.person(STEPHEN)
    (listed,) = await stephen.says("platinum contracts")
    assert "CMA-2015" not in listed.text
    (nowhere,) = await stephen.says("contracts in narnia")
    assert "can't find 'narnia'" in nowhere.text


async def test_guidance_about_contracts_is_still_answered(house: House) -> None:
    manager = await house.person(PRIYA)
    for question in (
        "how do I extend a contract",
        "what is a contract review",
        "contract management training",
    ):
        (answer, *_) = await manager.says(question)
        assert "among those you may see" not in answer.text
        assert "Show CMA" not in " ".join(answer.buttons)


async def test_a_contract_is_found_by_name_or_chosen_from_a_few(house: House) -> None:
    manager = await house.person(PRIYA)
    (card,) = await manager.says("show the night sitting contract")
    assert "CMA-2039" in card.text
    assert "31 December 2027" in card.text, "notice: three months before 31 March 2028"
    (few,) = await manager.says("show the home care contract")
    assert "Which of these" in few.text
    assert any("CMA-2015" in each for each in few.buttons)
    (none,) = await manager.says("show the waste collection contract")
    assert "can't find a contract" in none.text


async def test_the_member_names_an_sro_and_the_follow_up_closes(house: House) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2071")
        assert contract is not None
        asked = await store.followups.add(
            FollowUp(
                rule="FU-SRO",
                contract_id=contract.id,
                area="governance",
                opened_at=house.app.clock.now(),
                due=TODAY + timedelta(days=10),
            )
        )
    member = await house.person(MIRIAM)
    await member.says("name an SRO for CMA-2071")
    (named,) = await member.fills(person="Angela Whitlock")
    assert "Angela Whitlock is now SRO" in named.text
    assert "never write to the CMA" in named.text
    async with house.app.database.reading() as store:
        closed = await store.followups.get(asked.id)
    assert closed is not None
    assert closed.state is FollowUpState.DONE
    sro = await house.person("angela.whitlock@example.gov.uk")
    assert "named you as SRO of CMA-2071" in (await sro.screen())[-1].text


async def test_a_manager_cannot_name_an_sro(house: House) -> None:
    manager = await house.person(PRIYA)
    (refused,) = await manager.says("name an SRO for CMA-2015")
    assert "You can't do this for CMA-2015" in refused.text
    (unknown,) = await manager.says("name an SRO for CMA-2071")
    assert "can't find a contract CMA-2071" in unknown.text


async def test_a_right_lost_while_the_form_is_open_changes_nothing(house: House) -> None:
    member = await house.person(MIRIAM)
    await member.says("name a deputy for CMA-2039")
    async with house.app.database.store() as store:
        for unit in await store.people.units():
            if unit.name == "Adult Social Care":
                unit.csmg_member_id = None
    (refused,) = await member.fills(person="Tom Hargreave")
    assert "Nothing was changed" in refused.text
    assert (await _contract(house, "CMA-2039")).deputy_id is None


async def test_a_contract_deleted_while_the_form_is_open_is_said(house: House) -> None:
    member = await house.person(MIRIAM)
    await member.says("name a deputy for CMA-2039")
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2039")
        await store.session.delete(contract)
    (refused,) = await member.fills(person="Tom Hargreave")
    assert "can't find a contract CMA-2039" in refused.text


async def test_the_second_of_two_namings_is_refused(house: House) -> None:
    member, contact = await house.person(MIRIAM), await house.person("tom.hargreave@example.gov.uk")
    await member.says("name a deputy for CMA-2039")
    await contact.says("name a deputy for CMA-2039")
    await member.fills(person="Tom Hargreave")
    (refused,) = await contact.fills(person="Daniel Osei")
    assert "changed meanwhile" in refused.text


async def _contract(house: House, reference: str) -> Contract:
    async with house.app.database.reading() as store:
        found = await store.contracts.by_reference(reference)
    assert found is not None
    return found
