"""What a question costs over Teams: `python -m benchmarks.teams`.

Servers answer over HTTP, each in a process of its own, one after the other and twice over: a bare
botbuilder echo that reuses its clients; Covenant's transport alone; Covenant whole with SQLite and
every record written, first for a typed command, where nothing is looked up, then for questions
found by words alone, then for questions found with the sentence model too. CPU time is each
server's own, so the ratios hold on a busy machine.

The echo runs without an app id: it checks no token and sends none. Covenant does both.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from aiohttp import ClientSession, web
from pydantic import SecretStr

from benchmarks.installed import settings_in
from benchmarks.teams_echo import echo_application
from bot.app import assemble
from bot.knowledge_base import KnowledgeBase, open_knowledge
from bot.platforms.pace import Limits, Pace, Turnstile
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.port import Activity, Answer, Place
from bot.platforms.teams.sdk import BotbuilderTransport
from bot.platforms.teams.settings import TeamsSettings
from handlers.services import Services
from knowledge.answer import Answerer
from knowledge.library import ARTICLES, Library, stamps_of
from scheduler.clock import SystemClock
from storage.accounts import Account
from storage.database import Database
from tests.conftest import fill
from tests.servers.teams import APP, PASSWORD, TENANT, TeamsServer, payload

_REQUESTS = 400
_WARM_UP = 60
_AT_ONCE = 8
_ROUNDS = 2
_KINDS = ("echo", "transport", "command", "words", "covenant")
_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU microseconds a request, and milliseconds until it was answered."""

    cpu: float
    p50: float
    p99: float


def run() -> None:
    """Measure and print."""
    asyncio.run(_run())


async def _run() -> None:
    best: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(_ROUNDS):
            for kind in _KINDS:
                found = await _measure(kind, Path(folder) / f"{kind}{round_}")
                if kind not in best or found.cpu < best[kind].cpu:
                    best[kind] = found
    for kind, found in best.items():
        ratio = found.cpu / best["echo"].cpu
        times = f"p50 {found.p50:.1f} ms, p99 {found.p99:.1f} ms with {_AT_ONCE} at once"
        print(f"Teams {kind}: {found.cpu:,.0f} us CPU a question, {ratio:.2f} times the echo; {times}")


async def _measure(kind: str, folder: Path) -> Measured:
    teams, texts = TeamsServer(), _texts(kind)
    if kind == "echo":
        # It sends no token, and is answered all the same.
        teams.tokens.append("")
    fake = web.AppRunner(teams.application(), access_log=None)
    await fake.setup()
    await web.TCPSite(fake, "127.0.0.1", 0).start()
    teams.base = f"http://127.0.0.1:{fake.addresses[0][1]}"
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.teams",
        kind,
        teams.base,
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "COVENANT_LOG_LEVEL": "ERROR"},
    )
    try:
        assert server.stdout is not None
        base = (await server.stdout.readline()).decode().strip()
        async with ClientSession() as session:
            await _drive(session, base, teams, _WARM_UP, "warm", texts)
            begun = await _cpu(session, base)
            times = await _drive(session, base, teams, _REQUESTS, "run", texts)
            spent = await _cpu(session, base) - begun
        cuts = quantiles(times, n=100)
        return Measured(spent / _REQUESTS * 1e6, cuts[49] * 1000, cuts[98] * 1000)
    finally:
        server.terminate()
        await server.wait()
        await fake.cleanup()


def _texts(kind: str) -> list[str]:
    if kind == "command":
        return ["who am I"]
    return [question for article in Library.load() for question in article.about.questions][::7]


async def _drive(  # noqa: PLR0917  # each of these differs from call to call
    session: ClientSession, base: str, teams: TeamsServer, count: int, name: str, texts: list[str]
) -> list[float]:
    """Ask that many questions, some at once, and wait until each has its reply."""
    token = teams.token()
    before = len(teams.messages)
    numbers = iter(range(count))
    times: list[float] = []

    async def ask() -> None:
        for number in numbers:
            activity = _question(teams, f"{name}{number}", number, texts[number % len(texts)])
            begun = time.perf_counter()
            async with session.post(
                f"{base}/api/messages", json=activity, headers={"Authorization": f"Bearer {token}"}
            ) as answer:
                assert answer.status < 300, answer.status
            times.append(time.perf_counter() - begun)

    await asyncio.gather(*(ask() for _ in range(_AT_ONCE)))
    while len(teams.messages) < before + count:  # noqa: ASYNC110  # the server under load should not be held up
        await asyncio.sleep(0.01)
    teams.messages.clear()
    teams.requests.clear()
    return times


def _question(teams: TeamsServer, key: str, number: int, text: str) -> dict[str, Any]:
    activity = payload("message_personal") | {"serviceUrl": teams.service_url, "id": key, "text": text}
    person = number % _PEOPLE
    activity["from"]["id"] = f"29:1person{person}"
    activity["conversation"]["id"] = f"a:1person{person}"
    return activity


async def _cpu(session: ClientSession, base: str) -> float:
    async with session.get(f"{base}/cpu") as answer:
        return float(await answer.text())


# The servers, each run in a process of its own


async def _serve(kind: str, teams: str, folder: Path) -> None:
    settings = TeamsSettings(
        APP,
        SecretStr(PASSWORD),
        TENANT,
        openid_url=f"{teams}/openid",
        token_url=f"{teams}/token",
        service_hosts=("127.0.0.1",),
        service_url=f"{teams}/connector/",
    )
    match kind:
        case "echo":
            application = echo_application()
        case "transport":
            application = await _transport(settings)
        case _:
            application = await _covenant(settings, folder, with_model=kind == "covenant")
    application.router.add_get("/cpu", _own_cpu)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def _own_cpu(_: web.Request) -> web.Response:
    return web.Response(text=str(time.process_time()))


async def _transport(settings: TeamsSettings) -> web.Application:
    """The port alone: parsed, authenticated, echoed."""
    transport = BotbuilderTransport(settings)
    await transport.open()

    async def echo(activity: Activity) -> Answer:
        said = {"type": "message", "text": f"echo: {activity.text}"}
        await transport.send(Place(activity.service_url, activity.conversation), said)
        return Answer()

    async def messages(request: web.Request) -> web.Response:
        answer = await transport.receive(request.headers["Authorization"], await request.json(), echo)
        return web.Response(status=answer.status)

    application = web.Application()
    application.router.add_post("/api/messages", messages)
    return application


async def _covenant(settings: TeamsSettings, folder: Path, *, with_model: bool) -> web.Application:
    """Everything, with nothing left out but the pace: Teams' own limits would be all that is measured."""
    platform = TeamsPlatform(settings, turnstile=Turnstile(Pace(Limits((), ()))))
    database = Database(f"sqlite:///{folder}/covenant.db")
    await fill(database)
    async with database.store() as store:
        people = await store.people.all()
        for number, person in enumerate(people[:_PEOPLE]):
            store.people.add(
                Account(
                    person_id=person.id,
                    platform="teams",
                    workspace=TENANT,
                    user_id=f"29:1person{number}",
                    conversation=f"a:1person{number}",
                )
            )
    # One cache for both rounds.
    own = settings_in(folder.parent)
    knowledge = open_knowledge(own) if with_model else _by_words_alone()
    app = await assemble(own, database, knowledge, SystemClock(), gateways=(platform.gateway,))
    application = web.Application()
    platform.add_routes(application, app.runner)
    await platform.start(app.runner)
    return application


def _by_words_alone() -> KnowledgeBase:
    library = Library.load()
    services = Services(library, Answerer.build(library, model=None))
    return KnowledgeBase(ARTICLES, None, None, "left out of this measurement", services, stamps_of(ARTICLES))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[3]).mkdir(parents=True)
        asyncio.run(_serve(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
    else:
        run()
