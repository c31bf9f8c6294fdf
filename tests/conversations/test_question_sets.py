"""The question set changes its version: what was answered, and what somebody is in the middle of, stays with its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from handlers.services import Services
from knowledge.assessment import FILE, QuestionSetError, QuestionSets, load_question_sets
from knowledge.library import ARTICLES, stamps_of
from scheduler.clock import MovedClock
from storage.database import Database
from storage.drafts import Draft
from tests.conftest import StandingClock
from tests.conversations.assessing import PRIYA, answer_all, answers, assess, kept
from tests.driver import MemoryChat, MemoryGateway, add_memory_accounts

OLD, NEW = "How are the risks on this contract recorded and managed?", "Who looks after the risks?"
Restarted = Callable[[QuestionSets], Awaitable[MemoryChat]]


@pytest.fixture
def sets(tmp_path: Path) -> QuestionSets:
    """A second version: one statement asked otherwise, one area less, beside the first."""
    text = FILE.read_text(encoding="utf-8")
    (tmp_path / "self-assessment-1.yaml").write_text(text, encoding="utf-8")
    without = text[: text.index("  - id: value-for-money")] + text[text.index("\nrules:") :]
    vfm = without.index("  - id: FU-VFM")
    without = without[:vfm] + without[without.index("  - id: FU-MARKET") :]
    changed = without.replace("version: 1", "version: 2").replace(OLD, NEW)
    (tmp_path / FILE.name).write_text(changed, encoding="utf-8")
    return load_question_sets(tmp_path)


@pytest.fixture
async def before(app: App, gateway: MemoryGateway) -> MemoryChat:
    await add_memory_accounts(app)
    return await at(app, gateway)


async def at(app: App, gateway: MemoryGateway) -> MemoryChat:
    async with app.database.reading() as store:
        return MemoryChat(app, gateway, await store.people.by_email(PRIYA))


@pytest.fixture
def restarted(
    sqlite_database: Database, services: Services, clock: StandingClock, gateway: MemoryGateway
) -> Restarted:
    """The same person after the service was started with these questions."""

    async def start(sets: QuestionSets) -> MemoryChat:
        own = Services(services.library, services.answerer, questions=sets)
        knowledge = KnowledgeBase(ARTICLES, None, None, "left out of tests", own, stamps_of(ARTICLES))
        app = await assemble(Settings(), sqlite_database, knowledge, MovedClock(clock), gateways=(gateway,))
        return await at(app, gateway)

    return start


@pytest.fixture
async def later(restarted: Restarted, sets: QuestionSets) -> MemoryChat:
    """The same person after the service was started with the second version."""
    return await restarted(sets)


async def test_what_was_begun_is_finished_with_its_own_questions(
    app: App, before: MemoryChat, later: MemoryChat
) -> None:
    await before.says("assess CMA-2031")
    (asked,) = await before.says("1")
    shown = await later.says("my assessments")
    assert asked.text in shown[-1].text
    _, asked_for = await answer_all(later, shown[-1], answers(q12="0"))
    assert "q12" in asked_for
    (result,) = (await later.clicks("Submit"))[-1:]
    assert "Value for money" in result.text
    (assessment,), _ = await kept(app, "CMA-2031")
    assert (assessment.version, assessment.scores["value-for-money"]) == (1, 0)


async def test_what_was_answered_is_shown_with_its_own_questions(
    app: App, before: MemoryChat, later: MemoryChat, clock: StandingClock
) -> None:
    await assess(before, "CMA-2031", **answers(q12="1"))
    (old,) = await later.says("show assessment of CMA-2031")
    assert "Value for money" in old.text
    clock.forward(timedelta(days=1))
    await later.says("assess CMA-2031")
    for text in ("1", "no", "yes"):
        await later.says(text)
    (asked,) = await later.says("3")
    assert NEW in asked.text


async def test_begun_afresh_it_asks_the_new_questions(
    app: App, before: MemoryChat, later: MemoryChat
) -> None:
    await before.says("assess CMA-2031")
    (offer,) = await later.says("assess CMA-2031")
    assert "begun 'Assess CMA-2031' already" in offer.text
    await later.clicks("Start afresh")
    async with app.database.reading() as store:
        draft = await store.session.get(Draft, 2)
        assert draft is not None
        assert draft.version == 2


async def test_questions_that_are_not_kept_any_more(
    before: MemoryChat, restarted: Restarted, sets: QuestionSets
) -> None:
    await assess(before, "CMA-2031", **answers())
    alone = await restarted(QuestionSets(sets.newest))
    (told,) = await alone.says("show assessment of CMA-2031")
    assert "which are not kept any more" in told.text


def test_an_earlier_file_must_be_of_an_earlier_version(tmp_path: Path) -> None:
    for name in (FILE.name, "self-assessment-1.yaml"):
        (tmp_path / name).write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(QuestionSetError, match="version 1 is not an earlier one"):
        load_question_sets(tmp_path)
