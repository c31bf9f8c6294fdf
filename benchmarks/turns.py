"""How long a question takes: from a cold start, in the knowledge base alone, and as a whole turn.

Each figure stands beside a floor or a peer measured in the same run; the ratios are what to compare.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.app import assemble
from bot.knowledge_base import KnowledgeBase, open_knowledge
from bot.settings import Settings
from handlers.conversation.turn import Account, Inbound, Said
from handlers.services import Services
from scheduler.clock import SystemClock
from scheduler.outbox import SendResult, Sent
from storage.addresses import Address
from storage.database import Database
from storage.deliveries import Delivery
from storage.migrate import migrate

_ROUNDS = 400
_FIRST_ANSWER = """
from bot.knowledge_base import open_knowledge
from bot.settings import read_settings
open_knowledge(read_settings()).services.answerer.answer("our supplier has gone bust")
"""
_LIBRARIES = "import aiohttp.web, sqlalchemy.ext.asyncio, numpy, onnxruntime, pydantic"


class _Nowhere:
    """A platform that takes a message at once."""

    platform = "nowhere"

    async def send(self, delivery: Delivery, message: object) -> SendResult:  # noqa: ARG002
        return Sent(str(delivery.id))


def run() -> None:
    """Measure and print."""
    settings = Settings()
    knowledge = open_knowledge(settings)
    services = knowledge.services
    print(f"articles: {len(services.library)}; model: {knowledge.without_model or 'loaded'}")
    _cold_start()
    questions = [question for article in services.library for question in article.about.questions]
    _answering(services, questions)
    asyncio.run(_turns(settings, knowledge, questions))


def _cold_start() -> None:
    python = sys.executable
    floor = min(_seconds([python, "-c", _LIBRARIES]) for _ in range(3))
    ours = min(_seconds([python, "-c", _FIRST_ANSWER]) for _ in range(3))
    print(
        f"cold start to first answer: {ours:.2f} s, {ours / floor:.1f} times importing its libraries ({floor:.2f} s)"
    )


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True)  # noqa: S603  # our own interpreter and text
    return time.perf_counter() - begun


def _answering(services: Services, questions: Sequence[str]) -> None:
    ours = _timed(services.answerer.answer, questions)
    peer = _timed(lambda text: process.extractOne(text, questions, scorer=fuzz.WRatio), questions)
    _print("one answer", ours)
    _print("rapidfuzz over the same questions", peer)
    print(f"  ratio of medians: {statistics.median(ours) / statistics.median(peer):.1f}")


def _timed(act: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    times = []
    for round_ in range(_ROUNDS):
        text = questions[round_ * 7 % len(questions)]
        begun = time.perf_counter()
        act(text)
        times.append(time.perf_counter() - begun)
    return times


async def _turns(settings: Settings, knowledge: KnowledgeBase, questions: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/bench.db")
        await migrate(database)
        app = await assemble(settings, database, knowledge, SystemClock(), gateways=(_Nowhere(),))

        async def turn(number: int) -> None:
            said = Said(questions[number * 7 % len(questions)])
            address = Address("nowhere", "bench", f"c{number % 20}")
            await app.runner.accept(
                Inbound(f"turn{number}", Account("nowhere", "bench", "somebody"), address, said)
            )

        async def commit(number: int) -> None:
            async with database.store() as store:
                await store.events.take(f"floor{number}", datetime.now(UTC))

        turns = await _timed_each(turn)
        commits = await _timed_each(commit)
        await app.close()
    _print("one turn, every record saved (SQLite)", turns)
    _print("one row saved", commits)
    print(f"  ratio of medians: {statistics.median(turns) / statistics.median(commits):.1f}")


async def _timed_each(act: Callable[[int], Awaitable[None]]) -> list[float]:
    times = []
    for number in range(_ROUNDS):
        begun = time.perf_counter()
        await act(number)
        times.append(time.perf_counter() - begun)
    return times


def _print(what: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    print(f"{what}: p50 {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms")
