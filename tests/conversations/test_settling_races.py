"""Two people settle the same thing at once, on both databases: it is settled once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.app import assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from scheduler.clock import MovedClock
from storage.database import Database
from storage.programme import ActionStatus
from tests.conftest import StandingClock
from tests.driver import MemoryChat, MemoryGateway, add_memory_accounts

PEOPLE = ("helen.marlowe@example.gov.uk", "kwame.asante@example.gov.uk", "sunita.deshpande@example.gov.uk")


Chats = tuple[MemoryChat, MemoryChat, MemoryChat]


@pytest.fixture
async def chats(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway
) -> AsyncIterator[Chats]:
    """The SRM lead, the deputy and the owner of W1-05, each at their own conversation."""
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    await add_memory_accounts(app)
    async with database.reading() as store:
        lead, deputy, owner = [await store.people.by_email(email) for email in PEOPLE]
    yield MemoryChat(app, gateway, lead), MemoryChat(app, gateway, deputy), MemoryChat(app, gateway, owner)
    await app.outbox.idle()


async def test_two_people_settle_one_action_at_once(chats: Chats, database: Database) -> None:
    lead, deputy, _ = chats
    answers = await asyncio.gather(lead.says("done W1-02"), deputy.says("done W1-02"))
    texts = [shown.text for (shown,) in answers]
    assert sum("already marked complete" in text for text in texts) == 1
    assert sum("W1-02 is complete" in text for text in texts) == 1
    async with database.reading() as store:
        assert len(await store.progress.history("W1-02")) == 1


async def test_two_forms_of_one_checkpoint_close_it_once(chats: Chats, database: Database) -> None:
    lead, deputy, _ = chats
    for chat in (lead, deputy):
        await chat.says("show W1-13")
        await chat.clicks("Done")
    await asyncio.gather(lead.fills(), deputy.fills())
    async with database.reading() as store:
        found = next(each for each in await store.programme.actions() if each.action.id == "W1-13")
    assert [point.done_on is None for point in found.checkpoints] == [False, True]
    assert found.action.status is ActionStatus.IN_PROGRESS


async def test_a_proposal_is_decided_once(chats: Chats, database: Database) -> None:
    lead, deputy, owner = chats
    await owner.says("move W1-05 to January because the provider is late")
    for chat in (lead, deputy):
        await chat.says("new dates")
    answers = await asyncio.gather(lead.clicks("Approve proposal 1"), deputy.clicks("Decline proposal 1"))
    assert sum("already" in shown.text for (shown,) in answers) == 1
    async with database.reading() as store:
        assert not await store.progress.proposals()
