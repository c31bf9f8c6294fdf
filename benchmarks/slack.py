"""A question in Slack from the signed request to the posted answer, beside a bare Bolt echo, in one run.

Both servers are processes of their own that post to the same stand-in for Slack; their CPU time is their
own count of it, so what else runs on the machine hardly matters. Every record of a turn is written (SQLite).

    python -m benchmarks.slack
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

import storage
from benchmarks.installed import settings_in
from bot.app import App, assemble
from bot.knowledge_base import open_knowledge
from bot.platforms.slack.platform import PATH, SlackPlatform
from bot.platforms.slack.settings import SlackSettings
from bot.runner import Outcome
from handlers.articles import shown as article_shown
from handlers.articles.shown import Reader
from handlers.conversation.reply import reply
from handlers.conversation.turn import Account, Inbound, Said
from knowledge.library import Library
from scheduler.clock import SystemClock
from scheduler.outbox import Gateway, SendResult, Sent
from storage.accounts import Account as AccountRecord
from storage.addresses import Address
from storage.database import Database
from storage.deliveries import Delivery
from storage.imports import import_people
from storage.migrate import migrate

_TOKEN, _SECRET, _TEAM = "xoxb-made-up", "made-up-signing-secret", "T0BENCH"  # made up
_WARM_UP, _EVENTS, _ROUNDS, _TOGETHER = 60, 400, 2, 8
_PER_SECOND, _SECONDS = 20, 10
_SAMPLE = Path(storage.__file__).parent / "seed" / "sample" / "people.csv"


def run() -> None:
    """Measure and print."""
    asyncio.run(_run())


async def _run() -> None:
    with tempfile.TemporaryDirectory() as folder, _child("slack", folder) as slack:
        servers = {name: _child(name, folder, slack) for name in ("echo", "fixed", "covenant")}
        costs: dict[str, list[float]] = {name: [] for name in servers}
        with ExitStack() as stack:
            addresses = {name: stack.enter_context(server) for name, server in servers.items()}
            async with ClientSession(connector=TCPConnector(limit=64)) as session:
                for _ in range(_ROUNDS):
                    for name, address in addresses.items():
                        costs[name].append(await _cost(session, address))
                waits = await _steady(session, addresses["covenant"])
        answering, turn = await _parts(Path(folder))
    _report({name: min(each) for name, each in costs.items()}, waits, answering, turn)


def _report(costs: dict[str, float], waits: Sequence[float], answering: float, turn: float) -> None:
    cuts = statistics.quantiles(waits, n=100)
    echo, fixed, whole = costs["echo"], costs["fixed"], costs["covenant"]
    print(f"bare Bolt echo, shared session: {echo * 1e6:.0f} µs of CPU an event")
    print(f"Covenant, a question answered:  {whole * 1e6:.0f} µs of CPU an event")
    print(f"  ratio: {whole / echo:.2f} (target: at most 3)")
    print("where the time goes:")
    print(f"  finding the answer {answering * 1e6:.0f} µs")
    print(f"  the rest of the turn, its records written {(turn - answering) * 1e6:.0f} µs")
    print(
        f"  Slack, with an article for a fixed answer and no records {fixed * 1e6:.0f} µs "
        f"({fixed / echo:.2f} times the echo)"
    )
    print(
        f"acknowledged after the commit, at {_PER_SECOND} events a second: "
        f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms (target: under 300 ms)"
    )


async def _cost(session: ClientSession, address: str) -> float:
    """The server's CPU seconds for one event, its answer included."""
    await _send(session, address, _WARM_UP)
    before = await _number(session, f"{address}/cpu")
    await _send(session, address, _EVENTS)
    return (await _number(session, f"{address}/cpu") - before) / _EVENTS


async def _send(session: ClientSession, address: str, count: int) -> None:
    numbers = iter(range(count))

    async def one_after_another() -> None:
        for number in numbers:
            await _event(session, address, number)

    await asyncio.gather(*(one_after_another() for _ in range(_TOGETHER)))
    # Answered is not yet posted: the server says when it has nothing left to do.
    await _number(session, f"{address}/idle")


async def _steady(session: ClientSession, address: str) -> list[float]:
    """How long each event waits for its acknowledgement when they come evenly."""
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def timed(number: int) -> float:
        await asyncio.sleep(begun + number / _PER_SECOND - loop.time())
        start = time.perf_counter()
        await _event(session, address, number)
        return time.perf_counter() - start

    return await asyncio.gather(*(timed(number) for number in range(_PER_SECOND * _SECONDS)))


_QUESTIONS: list[str] = []
_sent = 0


async def _event(session: ClientSession, address: str, number: int) -> None:
    global _sent  # noqa: PLW0603  # each event of a run has its own id
    _sent += 1
    user = f"U{number % 40}"
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": f"D{user[1:]}",
        "user": user,
        "team": _TEAM,
        "text": _questions()[number * 7 % len(_questions())],
        "ts": f"{1795512600 + _sent}.000100",
    }
    body = json.dumps(
        {
            "type": "event_callback",
            "team_id": _TEAM,
            "api_app_id": "A0BENCH",
            "event_id": f"Ev{_sent}",
            "event": event,
            "authorizations": [{"team_id": _TEAM, "user_id": "U0BOT", "is_bot": True}],
        }
    )
    stamp = str(int(time.time()))
    digest = hmac.new(_SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }
    async with session.post(f"{address}{PATH}", data=body, headers=headers) as answer:
        assert answer.status == 200, answer.status


def _questions() -> list[str]:
    if not _QUESTIONS:
        _QUESTIONS.extend(question for article in Library.load() for question in article.about.questions)
    return _QUESTIONS


async def _number(session: ClientSession, url: str) -> float:
    async with session.get(url) as answer:
        return float(await answer.text())


async def _parts(folder: Path) -> tuple[float, float]:
    """CPU seconds of finding an answer, and of a whole turn without a platform."""

    class Nowhere:
        platform = "slack"

        async def send(self, delivery: Delivery, message: object) -> SendResult:  # noqa: ARG002
            return Sent(str(delivery.id))

    app = await _app(folder / "parts.db", Nowhere())
    answer, questions = app.knowledge.services.answerer.answer, _questions()
    asked = [questions[number * 7 % len(questions)] for number in range(_EVENTS)]
    for text in asked[:_WARM_UP]:
        answer(text)
    begun = time.process_time()
    for text in asked:
        answer(text)
    answering = (time.process_time() - begun) / _EVENTS
    begun = time.process_time()
    for number, text in enumerate(asked):
        user = f"U{number % 40}"
        address = Address("slack", _TEAM, f"D{user[1:]}")
        await app.runner.accept(Inbound(f"p{number}", Account("slack", _TEAM, user), address, Said(text)))
    await app.outbox.idle()
    turn = (time.process_time() - begun) / _EVENTS
    await app.close()
    return answering, turn


async def _app(path: Path, gateway: object) -> App:
    database = Database(f"sqlite:///{path}")
    await migrate(database)
    clock = SystemClock()
    async with database.store() as store:
        await import_people(store, _SAMPLE, clock.now())
        for number, person in enumerate((await store.people.all())[:40]):
            account = AccountRecord(
                person_id=person.id,
                platform="slack",
                workspace=_TEAM,
                user_id=f"U{number}",
                conversation=f"D{number}",
            )
            store.people.add(account)
    settings = settings_in(path.parent)
    return await assemble(settings, database, open_knowledge(settings), clock, gateways=(gateway,))  # type: ignore[arg-type]


class _Child:
    """A server in a process of its own; entering gives its address."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "benchmarks.slack", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _child(*arguments: str) -> _Child:
    return _Child(*arguments)


async def _slack(_request: web.Request) -> web.Response:
    return web.Response(
        text='{"ok":true,"ts":"1.1","team_id":"T0BENCH","user_id":"U0BOT","bot_id":"B0","channel":{"id":"D0"}}',
        content_type="application/json",
    )


@asynccontextmanager
async def _echo(application: web.Application, slack: str) -> AsyncIterator[None]:
    async with ClientSession() as session:
        client = AsyncWebClient(token=_TOKEN, base_url=f"{slack}/api/", session=session)
        bolt = AsyncApp(client=client, signing_secret=_SECRET)
        posting: set[asyncio.Task[None]] = set()

        @bolt.event("message")
        async def echo(event: dict[str, str], say: AsyncSay) -> None:
            task = asyncio.current_task()
            if task is not None:
                posting.add(task)
                task.add_done_callback(posting.discard)
            await say(event["text"])

        async def events(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

        async def idle(_: web.Request) -> web.Response:
            while posting:
                await asyncio.wait(posting)
            return web.Response(text="0")

        application.router.add_post(PATH, events)
        application.router.add_get("/idle", idle)
        yield


class _FixedAnswer:
    """Stands in for the runner: every event gets the same article, posted at once, and nothing is kept."""

    def __init__(self, gateway: Gateway) -> None:
        article = next(iter(Library.load()))
        self._message = article_shown.whole_of(article, Reader(SystemClock().now().date()))
        self._gateway = gateway
        self.posting: set[asyncio.Task[SendResult]] = set()

    async def accept(self, inbound: Inbound) -> Outcome:
        now = SystemClock().now()
        delivery = Delivery(
            key=inbound.key,
            person_id=None,
            platform="slack",
            workspace=_TEAM,
            conversation=inbound.address.conversation,
            thread="",
            message="",
            cause="reply",
            created_at=now,
            not_before=now,
        )
        delivery.id = 1
        task = asyncio.create_task(self._gateway.send(delivery, self._message))
        self.posting.add(task)
        task.add_done_callback(self.posting.discard)
        return Outcome(reply(self._message))

    async def knows(self, account: Account) -> bool:  # noqa: ARG002  # the runner's signature
        return True

    async def takes_part(self, address: Address) -> bool:  # noqa: ARG002  # the runner's signature
        return False

    async def reference(self, address: Address) -> None:  # noqa: ARG002  # the runner's signature
        return None

    async def remember(self, address: Address, reference: object) -> None:
        """Nothing is kept."""


def _platform(slack: str) -> SlackPlatform:
    token, secret = SecretStr(_TOKEN), SecretStr(_SECRET)
    # Slack's pace would be all that is measured, so there is none.
    return SlackPlatform(SlackSettings(token, secret, None, _TEAM, f"{slack}/api/", 0, 0))


@asynccontextmanager
async def _fixed(application: web.Application, slack: str) -> AsyncIterator[None]:
    platform = _platform(slack)
    desk = _FixedAnswer(platform.gateway)

    async def idle(_: web.Request) -> web.Response:
        while desk.posting:
            await asyncio.wait(desk.posting)
        return web.Response(text="0")

    platform.add_routes(application, desk)
    application.router.add_get("/idle", idle)
    await platform.start(desk)
    yield
    await platform.stop()


@asynccontextmanager
async def _covenant(application: web.Application, folder: Path, slack: str) -> AsyncIterator[None]:
    platform = _platform(slack)
    app = await _app(folder / "bench.db", platform.gateway)

    async def idle(_: web.Request) -> web.Response:
        await app.outbox.idle()
        return web.Response(text="0")

    platform.add_routes(application, app.runner)
    application.router.add_get("/idle", idle)
    await platform.start(app.runner)
    yield
    await app.outbox.idle()
    await platform.stop()
    await app.close()


async def _serve(role: str, folder: Path, slack: str) -> None:
    application = web.Application()
    application.router.add_get("/cpu", _cpu)
    if role == "slack":
        application.router.add_route("*", "/api/{method}", _slack)
        await _listen(application)
        return
    servers = {"echo": _echo, "fixed": _fixed}
    serving = servers[role](application, slack) if role in servers else _covenant(application, folder, slack)
    async with serving:
        await _listen(application)


async def _listen(application: web.Application) -> None:
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def _cpu(_: web.Request) -> web.Response:
    return web.Response(text=str(time.process_time()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        role, folder, *rest = sys.argv[1:]
        asyncio.run(_serve(role, Path(folder), *(rest or [""])))
    else:
        run()
