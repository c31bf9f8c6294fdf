"""The long forms of the improvement plan asked question by question, as well as in a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import delete

from storage.contracts import Contract
from storage.followups import FollowUp
from storage.handovers import Handover
from storage.reviews import Review, ReviewState
from tests.conversations.assessing import contract_of
from tests.conversations.test_reviews import low, reviews_of
from tests.driver import Chat, House, Shown

PRIYA, MIRIAM = "priya.nair@example.gov.uk", "miriam.goldberg@example.gov.uk"
CHLOE = "chloe.bennett@example.gov.uk"
CHECK = "check your answers"


async def answers_here(chat: Chat, *answers: str) -> Shown:
    """Answer the dialog that has just opened here instead; the summary."""
    (shown,) = await chat.says("answer here")
    for answer in answers:
        assert CHECK not in shown.text, "there are more answers than questions"
        shown = (await chat.says(answer))[-1]
    assert CHECK in shown.text
    return shown


async def screen_of(house: House, email: str) -> Sequence[Shown]:
    return await (await house.person(email)).screen()


async def test_a_review_is_recorded_and_decided(house: House) -> None:
    await low(house, "CMA-2039", "FU-VFM")
    member = await house.person(MIRIAM)
    await member.says("reviews")
    (review,) = await reviews_of(house, "CMA-2039")
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    summary = await answers_here(
        member,
        "last Friday",
        "yes",
        "in place but unused",
        "None",
        "Nobody has used the clause.",
        "2",
        "Ask for the supplier's accounts",
        "priya nair",
        "end of January",
        "Compare with two neighbours",
        "me",
        "next month",
    )
    assert "Friday 20 November 2026" in summary.text
    assert "Owner of activity 1: Priya Nair" in summary.text
    (kept,) = await member.clicks("Record")
    assert "held on 20 November 2026" in kept.text
    (review,) = await reviews_of(house, "CMA-2039")
    assert review.state is ReviewState.DECISION
    assert review.findings["applied"] == "unused"
    assert "Ask for the supplier's accounts" in (await screen_of(house, PRIYA))[-1].text

    await member.clicks("Record the decision")
    await answers_here(member, "next contract", "Too weak to use.", "Angela Whitlock", "today", "February")
    (kept,) = await member.clicks("Record")
    assert "next contract, decided by Angela Whitlock on 24 November 2026" in kept.text
    (review,) = await reviews_of(house, "CMA-2039")
    assert review.state is ReviewState.DONE


async def test_what_a_review_is_refused_for_is_asked_again(memory_house: House) -> None:
    await low(memory_house, "CMA-2039", "FU-RISK")
    member = await memory_house.person(MIRIAM)
    (review,) = await reviews_of(memory_house, "CMA-2039")
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    await answers_here(member, "1/12/2026", "yes", "No plan.", "One will be written.", "0")
    told, asked = await member.clicks("Record")
    assert "Enter today or an earlier day" in told.text
    assert "Day it was held" in asked.text
    await member.says("today")
    (kept,) = await member.clicks("Record")
    assert "Recorded: Risk review of CMA-2039" in kept.text


async def test_a_scorecard_is_recorded_and_corrected(house: House) -> None:
    manager = await house.person(PRIYA)
    for risk in ("red", "amber"):
        await manager.says("scorecard CMA-2015")
        await manager.clicks("Record a scorecard")
        await answers_here(
            manager,
            "keep",
            "green",
            "In budget",
            "2",
            "Late visits",
            risk,
            "Finances",
            "no data",
            "No survey",
        )
        (kept,) = await manager.clicks("Record")
        assert f"cost green, performance amber, risk {risk}, user no data" in kept.text
    async with house.app.database.reading() as store:
        contract = await store.contracts.by_reference("CMA-2015")
        assert contract is not None
        cards = await store.scorecards.of_contract(contract.id)
    assert [each.ratings["risk"] for each in cards] == ["amber", "red"]


async def test_a_contract_moves_to_a_stage(house: House) -> None:
    manager = await house.person(PRIYA)
    await manager.says("move CMA-2039 to exit")
    await answers_here(manager, "In the file", "A new contract", "Nothing")
    (moved,) = await manager.clicks("Move")
    assert "is in the exit stage now" in moved.text


async def test_a_contract_is_handed_over(house: House) -> None:
    goes, comes = await house.person(PRIYA), await house.person(CHLOE)
    await goes.says("hand over CMA-2039")
    await answers_here(goes, "chloe bennett", "New post")
    await goes.clicks("Start")
    await goes.clicks("Fill in for CMA-2039")
    checklist = ("yes", "Notice in March.", "None open.", "The account manager.", "A price review.", "no")
    await answers_here(goes, *checklist)
    await goes.clicks("Hand over")
    await comes.clicks("Confirm CMA-2039")
    await answers_here(comes, "no", "The file's address")
    await comes.clicks("Confirm")
    await goes.clicks("Fill in for CMA-2039")
    (first,) = await goes.says("answer here")
    assert "The file's address" in first.text
    for answer in ("yes", "In the shared folder", "keep", "keep", "keep"):
        await goes.says(answer)
    (summary,) = await goes.says("yes")
    assert "A price review." in summary.text
    await goes.clicks("Hand over")
    assert "In the shared folder" in (await comes.screen())[-1].text
    await comes.clicks("Confirm CMA-2039")
    await answers_here(comes, "yes")
    (done,) = await comes.clicks("Confirm")
    assert "Chloe Bennett is the contract manager" in done.text
    assert (await contract_of(house.app, "CMA-2039")).deputy_id is None


async def test_the_shortest_of_them_on_every_platform(house: House) -> None:
    member = await house.person(MIRIAM)
    await low(house, "CMA-2031", "FU-RISK")
    (review,) = await reviews_of(house, "CMA-2031")
    await member.says(f"review {review.id}")
    await member.clicks("Book")
    await answers_here(member, "next Friday")
    (kept,) = await member.says("book")
    assert "Booked: the risk review of CMA-2031 on 4 December 2026" in kept.text
    (review,) = await reviews_of(house, "CMA-2031")
    assert review.state is ReviewState.BOOKED


async def test_a_post_lost_in_the_middle_of_a_review(memory_house: House) -> None:
    await low(memory_house, "CMA-2039", "FU-RISK")
    member = await memory_house.person(MIRIAM)
    (review,) = await reviews_of(memory_house, "CMA-2039")
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    await answers_here(member, "today", "yes", "No plan.", "One will be written.", "0")
    async with memory_house.app.database.store() as store:
        for unit in await store.people.units():
            unit.csmg_member_id = None
    refused, kept = await member.clicks("Record")
    assert "not among those you may see. Nothing was changed" in refused.text
    assert "Your answers are kept until" in kept.text
    (review,) = await reviews_of(memory_house, "CMA-2039")
    assert (review.state, review.findings) == (ReviewState.OPEN, {})


async def test_a_contract_deleted_in_the_middle_of_a_review(memory_house: House) -> None:
    await low(memory_house, "CMA-2039", "FU-RISK")
    member = await memory_house.person(MIRIAM)
    (review,) = await reviews_of(memory_house, "CMA-2039")
    await member.says(f"review {review.id}")
    await member.clicks("Record")
    await answers_here(member, "today", "yes", "No plan.", "One will be written.", "0")
    async with memory_house.app.database.store() as store:
        await store.session.execute(delete(Review))
        await store.session.execute(delete(FollowUp))
        await store.session.execute(delete(Contract).where(Contract.reference == "CMA-2039"))
    refused, _ = await member.clicks("Record")
    assert "not among those you may see. Nothing was changed" in refused.text


@pytest.mark.parametrize("lost", ["post", "contract"])
async def test_what_is_lost_in_the_middle_of_a_scorecard(memory_house: House, lost: str) -> None:
    manager = await memory_house.person(PRIYA)
    await manager.says("scorecard CMA-2015")
    await manager.clicks("Record a scorecard")
    await answers_here(manager, "keep", "green", "-", "green", "-", "green", "-", "green", "-")
    async with memory_house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2015")
        assert contract is not None
        if lost == "post":
            contract.manager_id = contract.deputy_id
        else:
            await store.session.delete(contract)
    refused, kept = await manager.clicks("Record")
    assert "can't find a contract CMA-2015 among those you may see. Nothing was changed" in refused.text
    assert "nothing was recorded" in kept.text
    async with memory_house.app.database.reading() as store:
        assert not await store.scorecards.latest()


@pytest.mark.parametrize("lost", ["post", "contract"])
async def test_what_is_lost_in_the_middle_of_a_handover(memory_house: House, lost: str) -> None:
    goes = await memory_house.person(PRIYA)
    await goes.says("hand over CMA-2039")
    await goes.fills(to="Chloe Bennett", why="New post")
    await goes.clicks("Fill in for CMA-2039")
    await answers_here(goes, "yes", "March", "None", "Her", "None", "no")
    async with memory_house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2039")
        assert contract is not None
        if lost == "post":
            await store.handovers.change_manager(contract, None, memory_house.app.clock.now(), "moved")
        else:
            await store.session.execute(delete(Handover))
            await store.session.delete(contract)
    refused, kept = await goes.clicks("Hand over")
    assert "Nothing was changed" in refused.text
    assert "nothing was recorded" in kept.text
    comes = await memory_house.person(CHLOE)
    assert not await comes.screen(), "nobody is asked to confirm"
    if lost == "post":
        member = await memory_house.person(MIRIAM)
        await member.says("hand over CMA-2039")
        (asked,) = await member.fills(to="Chloe Bennett", why="Nobody has it")
        assert "Chloe Bennett is asked to take it on" in asked.text


async def test_a_contract_that_ends_in_the_middle_of_a_scorecard_is_still_rated(memory_house: House) -> None:
    manager = await memory_house.person(PRIYA)
    await manager.says("scorecard CMA-2015")
    await manager.clicks("Record a scorecard")
    await answers_here(manager, "keep", "green", "-", "green", "-", "green", "-", "green", "-")
    async with memory_house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2015")
        assert contract is not None
        contract.ends = date(2026, 11, 20)
    (kept,) = await manager.clicks("Record")
    assert "Recorded for CMA-2015" in kept.text, "its last period is rated after its end"
