"""Follow-ups that ask for no review are closed with what was done; and who looks after a contract is told."""

from __future__ import annotations

from datetime import date

import pytest

from storage.followups import FollowUp, FollowUpState
from tests.conftest import Cast
from tests.driver import House

PRIYA, MIRIAM = "priya.nair@example.gov.uk", "miriam.goldberg@example.gov.uk"
DUE = date(2026, 12, 14)


async def test_it_is_closed_with_what_was_done_and_the_manager_is_told(house: House, cast: Cast) -> None:
    await _open(house, "CMA-2031", "FU-KNOWLEDGE")
    member, manager = await house.person(MIRIAM), await house.person(PRIYA)
    other = await house.person(cast.manager)
    (listed,) = await member.says("follow-ups")
    assert "Follow-ups open: 1." in listed.text
    assert "FU-KNOWLEDGE" in listed.text
    (hidden,) = await other.says("follow-ups")
    assert "No follow-up is open" in hidden.text
    (refused,) = await manager.says("close follow-up 1")
    assert "You can't do this for CMA-2031" in refused.text
    await member.says("follow-ups")
    await member.clicks("Close follow-up 1")
    (closed,) = await member.fills(why="Training booked with the supplier")
    assert "Follow-up 1 is closed: FU-KNOWLEDGE on CMA-2031" in closed.text
    assert "Training booked with the supplier" in (await manager.screen())[-1].text
    (again,) = await member.says("close follow-up 1 because it was done twice")
    assert "was closed by Miriam Goldberg on 24 November 2026" in again.text
    found = await _get(house, 1)
    assert found.state is FollowUpState.DONE
    assert found.note == "Done: Training booked with the supplier"


async def test_typed_with_its_reason_it_keeps_the_words_as_they_were(memory_house: House) -> None:
    await _open(memory_house, "CMA-2031", "FU-KNOWLEDGE")
    member = await memory_house.person(MIRIAM)
    (told,) = await member.says("Close follow-up 1 because OD ran the session for Priya")
    assert "is closed" in told.text
    assert (await _get(memory_house, 1)).note == "Done: OD ran the session for Priya"


async def test_one_with_a_review_closes_with_that(memory_house: House) -> None:
    await _open(memory_house, "CMA-2031", "FU-RISK", review=True)
    member = await memory_house.person(MIRIAM)
    (told,) = await member.says("close follow-up 1")
    assert "closes when that is recorded" in told.text
    assert "Show review 1" in told.buttons
    assert (await _get(memory_house, 1)).state.is_open


async def test_whoever_is_asked_may_close_it_without_seeing_the_contract(
    memory_house: House, cast: Cast
) -> None:
    asked, contract = await memory_house.person(cast.manager), "CMA-2031"
    (hidden,) = await asked.says(f"show {contract}")
    assert "can't find a contract" in hidden.text
    await _open(memory_house, contract, "FU-STAFF", owner=cast.manager)
    (listed,) = await asked.says("my follow-ups")
    assert "FU-STAFF" in listed.text
    (closed,) = await asked.says("close follow-up 1 because a colleague joined")
    assert "is closed" in closed.text


async def test_a_follow_up_that_is_not_there_or_not_seen_says_the_same(
    memory_house: House, cast: Cast
) -> None:
    await _open(memory_house, "CMA-2031", "FU-KNOWLEDGE")
    other = await memory_house.person(cast.manager)
    (unseen,) = await other.says("close follow-up 1")
    (absent,) = await other.says("close follow-up 999")
    assert unseen.text == absent.text


@pytest.mark.parametrize(
    "text",
    [
        "who manages CMA-2031",
        "Who is the contract manager for CMA-2031?",
        "who looks after contract cma-2031",
    ],
)
async def test_who_looks_after_a_contract(memory_house: House, cast: Cast, text: str) -> None:
    manager, other = await memory_house.person(PRIYA), await memory_house.person(cast.manager)
    (told,) = await manager.says(text)
    assert "is managed by Priya Nair" in told.text
    assert "Adult Social Care" in told.text
    (hidden,) = await other.says(text)
    assert "can't find a contract" in hidden.text
    assert "Priya" not in hidden.text


async def test_who_manages_risk_is_a_question_for_the_knowledge_base(memory_house: House) -> None:
    manager = await memory_house.person(PRIYA)
    shown = await manager.says("who manages risk in a contract")
    assert "can't find a contract" not in shown[-1].text


async def _open(
    house: House, reference: str, rule: str, *, review: bool = False, owner: str | None = None
) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference(reference)
        assert contract is not None
        asked = await store.people.by_email(owner) if owner else None
        opened = await store.followups.add(
            FollowUp(
                rule=rule,
                contract_id=contract.id,
                area="supply-risk",
                opened_at=house.app.clock.now(),
                due=DUE,
                owner_id=asked.id if asked else None,
            )
        )
        if review:
            await store.reviews.open_for_follow_up(opened, house.app.clock.now())


async def _get(house: House, number: int) -> FollowUp:
    async with house.app.database.store() as store:
        found = await store.followups.get(number)
    assert found is not None
    return found
