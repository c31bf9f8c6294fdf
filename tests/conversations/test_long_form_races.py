"""Two people send the same review, decision, scorecard or handover at once, on both databases: it counts once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from sqlalchemy import func, select

from bot.app import assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from scheduler.clock import MovedClock
from storage.contracts import Contract
from storage.database import Database
from storage.handovers import Handover, HandoverState, ManagerChange
from storage.reviews import Decision, Review, ReviewState, Topic
from storage.scorecards import Scorecard
from tests.conftest import StandingClock
from tests.conversations.test_handover import CHECKLIST
from tests.conversations.test_scorecards import CARD
from tests.driver import MemoryChat, MemoryGateway, Shown, add_memory_accounts

PEOPLE = (
    "miriam.goldberg@example.gov.uk",
    "tom.hargreave@example.gov.uk",
    "priya.nair@example.gov.uk",
    "chloe.bennett@example.gov.uk",
)
RECORD = {"held_on": "2026-11-24", "manager_present": "no", "found": "x", "outcome": "y", "activities": "0"}
DECISION = {
    "choice": "contract_change",
    "reason": "Nobody uses it.",
    "maker": "angela.whitlock@example.gov.uk",
    "decided_on": "2026-11-24",
    "next_step": "2027-02",
}
Chats = tuple[MemoryChat, ...]


@pytest.fixture
async def chats(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway
) -> AsyncIterator[Chats]:
    """The CSMG member, the first point of contact, the contract manager, and the next one."""
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    await add_memory_accounts(app)
    async with database.reading() as store:
        people = [await store.people.by_email(email) for email in PEOPLE]
    yield tuple(MemoryChat(app, gateway, each) for each in people)
    await app.outbox.idle()


async def reviewed(database: Database, clock: StandingClock, state: ReviewState) -> None:
    """Review 1, of CMA-2039."""
    async with database.store() as store:
        contract = await store.contracts.by_reference("CMA-2039")
        assert contract is not None
        topic = Topic.KPI if state is ReviewState.DECISION else Topic.RISK
        await store.reviews.add(
            Review(topic=topic, contract_id=contract.id, opened_at=clock.now(), state=state)
        )


async def count(database: Database, record: type[Decision | Handover | ManagerChange | Scorecard]) -> int:
    async with database.reading() as store:
        return (await store.session.scalar(select(func.count()).select_from(record))) or 0


def having(answers: Iterable[list[Shown]], words: str) -> int:
    """How many of the answers say so."""
    return sum(any(words in each.text for each in shown) for shown in answers)


async def test_a_review_is_recorded_once(chats: Chats, database: Database, clock: StandingClock) -> None:
    await reviewed(database, clock, ReviewState.OPEN)
    for chat in chats[:2]:
        await chat.says("review 1")
        await chat.clicks("Record")
    answers = await asyncio.gather(*(chat.fills(**RECORD) for chat in chats[:2]))
    assert (having(answers, "Recorded: "), having(answers, "finished already")) == (1, 1)


async def test_a_decision_is_recorded_once(chats: Chats, database: Database, clock: StandingClock) -> None:
    await reviewed(database, clock, ReviewState.DECISION)
    for chat in chats[:2]:
        await chat.says("review 1")
        await chat.clicks("Record the decision")
    answers = await asyncio.gather(*(chat.fills(**DECISION) for chat in chats[:2]))
    assert (having(answers, "Recorded for CMA-2039"), having(answers, "finished already")) == (1, 1)
    assert await count(database, Decision) == 1


async def test_a_scorecard_is_recorded_once(chats: Chats, database: Database) -> None:
    for chat in (chats[0], chats[2]):
        await chat.says("scorecard CMA-2015")
        await chat.clicks("Record a scorecard")
    answers = await asyncio.gather(chats[0].fills(**CARD), chats[2].fills(**CARD))
    assert (having(answers, "Recorded for CMA-2015"), having(answers, "recorded meanwhile")) == (1, 1)
    assert await count(database, Scorecard) == 1


async def test_one_person_who_sends_a_scorecard_twice_at_once(chats: Chats, database: Database) -> None:
    manager = chats[2]
    await manager.says("scorecard CMA-2015")
    await manager.clicks("Record a scorecard")
    await asyncio.gather(manager.fills(**CARD), manager.fills(**CARD))
    assert await count(database, Scorecard) == 1


async def test_a_contract_is_handed_over_once(chats: Chats, database: Database) -> None:
    member, _, goes, comes = chats
    for chat in (member, goes):
        await chat.says("hand over CMA-2039")
    answers = await asyncio.gather(*(chat.fills(to=comes.user, why="New post") for chat in (member, goes)))
    assert having(answers, "is being handed over, or has been") == 1
    assert await count(database, Handover) == 1
    await goes.clicks("Fill in for CMA-2039")
    await asyncio.gather(goes.fills(**CHECKLIST), goes.fills(**CHECKLIST))
    await comes.clicks("Confirm CMA-2039")
    await asyncio.gather(comes.fills(complete="yes"), comes.fills(complete="yes"))
    assert "has gone on meanwhile" in " ".join(each.text for each in await comes.screen())
    assert await count(database, ManagerChange) == 1
    async with database.reading() as store:
        handover = await store.handovers.get(1)
        contract = await store.session.scalar(select(Contract).where(Contract.reference == "CMA-2039"))
    assert handover is not None
    assert contract is not None
    assert (handover.state, contract.manager_id) == (HandoverState.DONE, handover.to_id)
