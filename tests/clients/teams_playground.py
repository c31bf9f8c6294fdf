"""The main conversations in the Microsoft 365 Agents Playground: a Teams client that others wrote.

    python -m tests.clients.teams_playground FOLDER [PICTURES]

FOLDER is where `npm ci` was run with the package.json beside this file. With PICTURES, the same
is done in its own pages with Chromium, and screenshots are left there.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, web

from bot.app import App, assemble
from bot.knowledge_base import open_knowledge
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.settings import TeamsSettings
from bot.settings import Settings
from bot.web import web_application
from storage.database import Database
from tests.clients.playground_pages import in_pages
from tests.conftest import fill

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
ME = "29:1helen"
QUESTION = "our contractor has gone bust what now"
_HERE = Path(__file__).parent
_SECONDS = 20


def _user(number: int, user: str, name: str, email: str) -> dict[str, str]:
    given, _, surname = name.partition(" ")
    return {
        "id": user,
        "name": name,
        "userPrincipleName": email,
        "aadObjectId": f"00000000-0000-0000-0000-0000000000{number:02}",
        "givenName": given,
        "surname": surname or "Example",
        "email": email,
    }


# The Playground wants exactly five others.
CONFIG = {
    "version": "0.1.1",
    "tenantId": TENANT,
    "bot": {"id": f"28:{APP}", "name": "Covenant"},
    "currentUser": _user(20, ME, "Helen Marlowe", "helen.marlowe@example.gov.uk"),
    "users": [_user(n, f"29:1user{n}", f"User {n}", f"user{n}@example.gov.uk") for n in range(21, 26)],
    "personalChat": {"id": "a:1personal-helen"},
    "groupChat": {"id": "19:group1@thread.v2", "name": "Insolvency room"},
    "team": {
        "id": "19:team1@thread.tacv2",
        "name": "Contracts",
        "aadGroupId": "00000000-0000-0000-0000-000000000031",
        "channels": [{"id": "19:channel1@thread.tacv2", "name": "Practice"}],
    },
}
PERSONAL, GROUP, CHANNEL = "a:1personal-helen", "19:group1@thread.v2", "19:channel1@thread.tacv2"


class Failed(Exception):
    """What a conversation showed was not what it should."""


class Playground:
    """The Playground's own interface, as its pages use it."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self.base = base
        self._session = session
        self._events: list[str] = []
        self._more = asyncio.Event()

    async def listen(self, ready: asyncio.Event) -> None:
        """Note every message that the Playground shows."""
        address = f"{self.base.replace('http', 'ws', 1)}/_ws_conversation/v1/conversations/stream"
        async with self._session.ws_connect(address) as stream:
            ready.set()
            async for each in stream:
                self._events.append(str(each.data))
                self._more.set()

    async def says(self, text: str, conversation: str = PERSONAL, *, mention: bool = False) -> None:
        """Write a message."""
        name = "<at>Covenant</at>"
        body: dict[str, Any] = {"type": "text", "textFormat": "plain", "from": {"id": ME}, "text": text}
        if mention:
            body["text"] = f"{name} {text}"
            body["mentions"] = [{"text": name, "mentioned": CONFIG["bot"]}]
        await self._post(f"/_conversation/v1/conversations/{conversation}/messages", body)

    async def invokes(self, name: str, value: Any, reply_to: str | None = None) -> Any:
        """Use a card or the search; the bot's answer."""
        body = {"name": name, "value": value, "from": {"id": ME}, "conversation": {"id": PERSONAL}}
        return await self._post(
            "/_conversation/v1/invoke", body | ({"replyToId": reply_to} if reply_to else {})
        )

    async def sees(self, *words: str) -> dict[str, Any]:
        """Wait for a message with these words, and take it off the list."""

        async def found() -> str:
            while True:
                for each in self._events:
                    if all(word in each for word in words):
                        self._events.remove(each)
                        return each
                self._more.clear()
                await self._more.wait()

        try:
            event: dict[str, Any] = json.loads(await asyncio.wait_for(found(), _SECONDS))
        except TimeoutError:
            raise Failed(f"{words} did not appear; the last was {self._events[-1:]}") from None
        return event

    async def _post(self, path: str, body: Any) -> Any:
        async with self._session.post(f"{self.base}{path}", json=body) as answer:
            text = await answer.text()
            if answer.status >= 300:
                raise Failed(f"{path} answered {answer.status}: {text[:200]}")
            return json.loads(text) if text.startswith(("{", "[")) else text


@asynccontextmanager
async def _playground(folder: Path, work: Path, bot: str) -> AsyncIterator[str]:
    # YAML reads JSON.
    (work / ".m365agentsplayground.yml").write_text(json.dumps(CONFIG), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = folder / "node_modules/@microsoft/m365agentsplayground/cli.js"
    arguments = ("start", "-e", f"{bot}/api/messages", "-p", str(port), "-c", "msteams", "--dt")
    environment = {
        **os.environ,
        "BROWSER": "/bin/true",
        "NODE_OPTIONS": f"--require {_HERE / 'loopback_only.cjs'}",
    }
    process = await asyncio.create_subprocess_exec(
        "node", str(script), *arguments, cwd=work, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        base = f"http://127.0.0.1:{port}"
        await _answers(f"{base}/_debug/ping")
        yield base
    finally:
        process.terminate()
        await process.wait()


async def _answers(address: str) -> None:
    async with ClientSession() as session:
        for _ in range(_SECONDS * 10):
            try:
                async with session.get(address) as answer:
                    if answer.status == 200:
                        return
            except ClientError:
                pass
            await asyncio.sleep(0.1)
    raise Failed(f"{address} does not answer; does a rule of its settings not hold?")


@asynccontextmanager
async def _covenant(work: Path) -> AsyncIterator[tuple[App, str]]:
    database = Database(f"sqlite:///{work}/covenant.db")
    await fill(database)
    settings = Settings(cache_dir=work / "cache")
    platform = TeamsPlatform(TeamsSettings(APP, tenant_id=TENANT, anonymous=True))
    app = await assemble(settings, database, open_knowledge(settings), gateways=(platform.gateway,))
    application = web_application(app)
    platform.add_routes(application, app.runner)
    await platform.start(app.runner)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield app, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        await platform.stop()
        await app.close()


async def _conversations(client: Playground) -> None:
    """The main conversations, one after the other."""
    await client.says(QUESTION)
    answer = await client.sees("insolven", "Ask an expert")
    _print("a question is answered with a card")
    button = _find(answer, lambda each: each.get("title") == "Ask an expert")
    message = answer["message"]["messageId"]
    await client.invokes("adaptiveCard/action", {"action": button}, message)
    form = await client.sees("Input.Text", "Send to an expert")
    send = _find(form, lambda each: each.get("verb") == "experts.ask")
    _print("a button opens a form")
    await _form(client, send, form["message"]["messageId"])
    await client.says("who am I")
    await client.sees("You are", "Helen Marlowe")
    _print("the person is known by the email of the roster")
    await client.says(f"{QUESTION} please", GROUP, mention=True)
    await client.sees("insolven", GROUP)
    await client.says("who am I", GROUP, mention=True)
    await client.sees("You are", PERSONAL)
    _print("a group is answered there, and privately what is private")
    await client.says(f"{QUESTION} in a channel", CHANNEL, mention=True)
    await client.sees("insolven", f"{CHANNEL};messageid=")
    _print("a channel is answered in the reply chain")
    found = await client.invokes(
        "composeExtension/query", {"parameters": [{"name": "text", "value": "insolvency"}]}
    )
    if "insolven" not in json.dumps(found).lower():
        raise Failed(f"the search found nothing: {json.dumps(found)[:200]}")
    _print("a search finds articles")
    await client.says(
        "a *bold* <b>word</b> {{DATE(2026-02-14T06:08:00Z, SHORT)}} and [x](javascript:alert(1))?"
    )
    await client.sees("Ask an expert")
    _print("hostile text does no harm")


async def _form(client: Playground, send: dict[str, Any], message: str) -> None:
    def filled(question: str) -> dict[str, Any]:
        return {"action": send | {"data": send["data"] | {"field.question": question}}}

    wrong = await client.invokes("adaptiveCard/action", filled(" "), message)
    if "Error: Enter your question" not in json.dumps(wrong):
        raise Failed(f"the error is not beside its field: {json.dumps(wrong)[:300]}")
    _print("an incomplete form comes back with its error")
    sent = await client.invokes("adaptiveCard/action", filled("Who keeps the bond?"), message)
    if "you sent this" not in json.dumps(sent):
        raise Failed(f"the form was not replaced: {json.dumps(sent)[:300]}")
    await client.sees("Your question has gone to")
    await client.sees("Answer request")
    await client.sees("you sent this", message)
    _print("a sent form is replaced, and the expert is told")


def _find(value: Any, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    if isinstance(value, dict) and wanted(value):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        if found := _find(part, wanted):
            return found
    return {}


def _print(line: str) -> None:
    print(f"ok: {line}", flush=True)  # noqa: T201


async def _main(folder: Path, pictures: Path | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        async with (
            _covenant(work) as (_, bot),
            _playground(folder, work, bot) as base,
            ClientSession() as session,
        ):
            client, ready = Playground(session, base), asyncio.Event()
            listening = asyncio.create_task(client.listen(ready))
            await ready.wait()
            await _conversations(client)
            listening.cancel()
            if pictures is not None:
                await in_pages(base, pictures, QUESTION)
                _print(f"the same in its own pages; see {pictures}")


if __name__ == "__main__":
    shots = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    asyncio.run(_main(Path(sys.argv[1]).resolve(), shots))
