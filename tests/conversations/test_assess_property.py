"""Whatever is answered, what is stored and what follows are those of a plain re-computation from the stored answers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from scheduler.clock import MovedClock
from storage.contracts import Contract, Tier
from storage.database import Database
from tests.conftest import StandingClock
from tests.conversations.assessing import PRIYA
from tests.driver import MemoryChat, MemoryGateway, add_memory_accounts
from tests.knowledge.test_scoring import ANSWERS, RISKS, TIERS, recomputed


@pytest.fixture
def desk(
    sqlite_template: Path, tmp_path: Path, knowledge: KnowledgeBase, gateway: MemoryGateway
) -> Iterator[tuple[asyncio.Runner, App, MemoryChat]]:
    shutil.copy(sqlite_template, tmp_path / "covenant.db")
    with asyncio.Runner() as runner:
        database = Database(f"sqlite:///{tmp_path}/covenant.db")

        async def open_desk() -> tuple[App, MemoryChat]:
            clock = MovedClock(StandingClock())
            app = await assemble(Settings(), database, knowledge, clock, gateways=(gateway,))
            await add_memory_accounts(app)
            async with database.reading() as store:
                return app, MemoryChat(app, gateway, await store.people.by_email(PRIYA))

        app, chat = runner.run(open_desk())
        yield runner, app, chat
        runner.run(app.close())


async def given_to(app: App, number: int, tier: Tier | None) -> Contract:
    """One contract of the sample after the other, of this tier and in the hands of who assesses it."""
    async with app.database.store() as store:
        person = await store.people.by_email(PRIYA)
        assert person is not None
        contract = sorted(await store.contracts.all(), key=lambda each: each.reference)[number]
        contract.tier, contract.manager_id = tier, person.id
        return contract


def test_what_is_stored_matches_a_plain_recomputation(
    desk: tuple[asyncio.Runner, App, MemoryChat],
) -> None:
    runner, app, chat = desk
    numbers = count()

    async def assessed(everything: dict[str, str], high_risk: str, tier: Tier | None) -> None:
        contract = await given_to(app, next(numbers), tier)
        await chat.says(f"assess {contract.reference}")
        await chat.says("open as a form")
        about = {"tier": tier.value if tier else "not_sure", "high_risk": high_risk}
        await chat.fills(**about, **everything)
        async with app.database.reading() as store:
            (kept,) = await store.assessments.of_contract(contract.id)
            opened = await store.followups.of_contract(contract.id)
        scores, total, possible, rules = recomputed(kept.answers, kept.context["high_risk"], kept.tier)
        assert kept.answers == {name: everything[name] for name in kept.answers}
        assert (kept.scores, kept.total, kept.possible) == (scores, total, possible)
        assert sorted(each.rule for each in opened) == sorted(rules)

    # Each example takes a contract of its own, so that one does not follow from another.
    @settings(
        max_examples=25,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(everything=ANSWERS, high_risk=RISKS, tier=TIERS)
    def example(everything: dict[str, str], high_risk: str, tier: Tier | None) -> None:
        runner.run(assessed(everything, high_risk, tier))

    example()
