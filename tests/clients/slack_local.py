"""The main conversations in local-slack: a Slack workspace that others wrote, over HTTP events and Socket Mode.

    python -m tests.clients.slack_local FOLDER [PICTURES]

FOLDER is where `npm ci` was run with the package.json beside this file. With PICTURES, Chromium looks at its
pages, and screenshots are left there. What local-slack does not have (shortcuts, the assistant pane, repeated
events, limits, rate limits) is covered by tests/servers/slack.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, web
from playwright.async_api import async_playwright
from pydantic import SecretStr

from bot.app import App, assemble
from bot.knowledge_base import open_knowledge
from bot.platforms.slack.platform import PATH, SlackPlatform
from bot.platforms.slack.settings import SlackSettings
from bot.settings import Settings
from storage.database import Database
from tests.conftest import fill

TEAM, BOT, PERSON, LEAD, CHANNEL = "T01TEST", "U0COVENANT", "U01ANN", "U02LEAD", "C01CONTRACTS"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-made-up", "xapp-made-up", "made-up-signing-secret"
QUESTION = "our contractor has gone bust what now"
NASTY = "<!channel> *b* &lt; [x](javascript:alert(1))"
_HERE = Path(__file__).parent
_SECONDS = 20


class Failed(Exception):
    """What a conversation showed was not what it should."""


class LocalSlack:
    """The workspace through its own control interface, as its pages use it."""

    def __init__(self, session: ClientSession, base: str, stream: ClientWebSocketResponse) -> None:
        self._session = session
        self.base = base
        self._stream = stream
        self.events: list[dict[str, Any]] = []

    async def control(self, what: str, **body: Any) -> Any:
        """One act of somebody in the workspace."""
        async with self._session.post(f"{self.base}/_control/{what}", json=body) as answer:
            text = await answer.text()
            if answer.status != 200:
                raise Failed(f"{what} was answered {answer.status}: {text}")
            return json.loads(text or "{}")

    async def until(self, what: str, met: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first event from here on that meets a condition."""
        try:
            async with asyncio.timeout(_SECONDS):
                while True:
                    event: dict[str, Any] = json.loads((await self._stream.receive()).data)
                    self.events.append(event)
                    if met(event):
                        return event
        except TimeoutError:
            raise Failed(f"{what}: nothing of the kind came; last {self.events[-2:]}") from None

    async def answer(self, what: str, *words: str) -> dict[str, Any]:
        """The first message of Covenant from here on that has all of these words."""

        def met(event: dict[str, Any]) -> bool:
            message = event.get("message") or {}
            shown = json.dumps(message, ensure_ascii=False)
            return bool(event["t"] in ("message", "message_update") and message.get("bot_id")) and all(
                word in shown for word in words
            )

        found: dict[str, Any] = (await self.until(what, met))["message"]
        return found

    async def press(self, message: dict[str, Any], label: str, user: str = PERSON) -> None:
        """Press the button of a message that has this label."""
        for block in message.get("blocks") or []:
            for button in block.get("elements") or []:
                if button.get("type") == "button" and button["text"]["text"] == label:
                    action = {"type": "button", "block_id": block.get("block_id", "")}
                    action |= {key: button[key] for key in ("action_id", "value")}
                    await self.control(
                        "interact",
                        channel=message["channel"],
                        messageTs=message["ts"],
                        user=user,
                        action=action,
                    )
                    return
        raise Failed(f"there is no button {label!r} in {message}")

    async def submit(self, values: dict[str, str], user: str = PERSON) -> None:
        """Send the dialog that is open."""
        state = {
            name: {"value": {"type": "plain_text_input", "value": text}} for name, text in values.items()
        }
        await self._stream.send_json({"t": "view_submit", "user": user, "values": state})


async def converse(slack: LocalSlack, direct: str) -> None:
    """The main conversations, one after another."""
    await slack.control("message", channel=direct, user=PERSON, text="my contracts")
    await slack.answer("a table", '"table"')
    await slack.control("message", channel=direct, user=PERSON, text="supplier " * 2300)
    await slack.answer("20,000 characters", "20,")

    mention = await slack.control("message", channel=CHANNEL, user=PERSON, text=f"<@{BOT}> {QUESTION}")
    in_thread = await slack.answer("a mention", "nsolven")
    root = in_thread.get("thread_ts")
    if in_thread["channel"] != CHANNEL or not root:
        raise Failed(f"a mention is answered outside its thread: {mention} {in_thread}")
    await slack.control("message", channel=CHANNEL, user=PERSON, text="help", thread_ts=root)
    if (await slack.answer("a follow-up in the thread", "what I can do")).get("thread_ts") != root:
        raise Failed("a follow-up is answered outside its thread")

    await slack.control("command", channel=CHANNEL, user=PERSON, command="/covenant", text="")
    if (await slack.answer("the slash command", "what I can do"))["channel"] != direct:
        raise Failed("the slash command is answered before everybody")
    await slack.control("open-home", user=PERSON)
    home = await slack.until("the home page", lambda event: event["t"] == "home")
    if "Your actions" not in json.dumps(home):
        raise Failed(f"the home page shows {home}")

    await slack.control("message", channel=direct, user=PERSON, text=QUESTION)
    answer = await slack.answer("a direct question", "nsolven")
    await slack.press(answer, "Ask an expert")
    view = (await slack.until("a dialog", lambda event: event["t"] == "view" and event.get("stack")))[
        "stack"
    ][-1]
    if view["callback_id"] != "experts.ask":
        raise Failed(f"another dialog opened: {view['callback_id']}")
    await slack.submit({"question": " ", "context": ""})
    errors = (await slack.until("errors beside the fields", lambda event: event["t"] == "view_errors"))[
        "errors"
    ]
    if errors != {"question": "Enter your question"}:
        raise Failed(f"the dialog says {errors}")
    await slack.submit({"question": NASTY, "context": ""})
    await slack.answer("a dialog sent", "as request 1")


async def show(slack: LocalSlack, pictures: Path, mode: str) -> None:
    """Screenshots of the workspace's own pages."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1200, "height": 1500})
        await page.goto(slack.base)
        for place in ("Covenant", "Hamza", "contracts"):
            # The name stands in the sidebar first, then beside messages.
            entries = page.get_by_text(place)
            await entries.first.wait_for(state="attached")
            boxes = [await each.bounding_box() for each in await entries.all()]
            left = min(range(len(boxes)), key=lambda number: (boxes[number] or {"x": 10_000})["x"])
            await entries.nth(left).click()
            await page.wait_for_load_state("networkidle")
            await page.screenshot(path=pictures / f"slack-{mode}-{place.lower()}.png", full_page=True)
        await browser.close()


@asynccontextmanager
async def covenant(folder: Path, settings: SlackSettings) -> AsyncIterator[tuple[App, SlackPlatform]]:
    """An App with the sample directory, whose way out is Slack."""
    database = Database(f"sqlite:///{folder}/covenant.db")
    await fill(database)
    platform = SlackPlatform(settings)
    app = await assemble(Settings(), database, open_knowledge(Settings()), gateways=(platform.gateway,))
    try:
        yield app, platform
    finally:
        await app.outbox.idle()
        await platform.stop()
        await app.close()


@asynccontextmanager
async def workspace(folder: Path, packages: Path, port: int, events: int | None) -> AsyncIterator[str]:
    """local-slack on this machine alone."""
    config = folder / "workspace.yaml"
    config.write_text(yaml.safe_dump(_config(events)))
    library = folder / "loopback_only.so"
    compiler = ["cc", "-shared", "-fPIC", "-o", str(library), str(_HERE / "loopback_only.c"), "-ldl"]
    await (await asyncio.create_subprocess_exec(*compiler)).wait()
    binary = packages / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"
    command = [str(binary), "--config", str(config), "--port", str(port), "--base-host", "127.0.0.1"]
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | {"LD_PRELOAD": str(library)}, stdout=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def _config(events: int | None) -> dict[str, Any]:
    app = {
        "appId": "A01COVENANT",
        "botUserId": BOT,
        "botName": "Covenant",
        "botToken": BOT_TOKEN,
        "appToken": APP_TOKEN,
        "signingSecret": SECRET,
        "mode": "socket" if events is None else "events",
    }
    if events is not None:
        app["requestUrl"] = f"http://127.0.0.1:{events}{PATH}"
    people = {PERSON: "hamza.qureshi@example.gov.uk", LEAD: "helen.marlowe@example.gov.uk"}
    users = [{"id": user, "name": email.split(".")[0], "email": email} for user, email in people.items()]
    members = [PERSON, LEAD, BOT]
    return {
        "workspace": {"name": "Council", "domain": "council", "teamId": TEAM},
        "app": app,
        "users": [user | {"real_name": user["name"].title()} for user in users],
        "channels": [{"id": CHANNEL, "name": "contracts", "members": members}],
    }


async def run(packages: Path, pictures: Path | None, mode: str) -> None:
    """Everything once, in one mode."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port, events = _free_port(), _free_port() if mode == "http" else None
        settings = SlackSettings(
            SecretStr(BOT_TOKEN),
            SecretStr(SECRET),
            SecretStr(APP_TOKEN) if events is None else None,
            TEAM,
            f"http://127.0.0.1:{port}/api/",
        )
        async with workspace(folder, packages, port, events) as base, ClientSession() as session:
            await _ready(session, base)
            async with covenant(folder, settings) as (app, platform):
                application = web.Application()
                platform.add_routes(application, app.runner)
                runner = web.AppRunner(application, access_log=None)
                await runner.setup()
                if events is not None:
                    await web.TCPSite(runner, "127.0.0.1", events).start()
                async with session.ws_connect(
                    base.replace("http", "ws", 1) + "/ui", max_msg_size=0
                ) as stream:
                    slack = LocalSlack(session, base, stream)
                    await slack.until("the state", lambda event: "state" in event)
                    await platform.start(app.runner)
                    if events is None:
                        await slack.until("the socket", lambda event: bool(event.get("connected")))
                    await converse(slack, await _direct(session, base))
                    if pictures is not None:
                        await show(slack, pictures, mode)
                await runner.cleanup()


async def _direct(session: ClientSession, base: str) -> str:
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with session.post(
        f"{base}/api/conversations.open", data={"users": PERSON}, headers=headers
    ) as answer:
        return str((await answer.json())["channel"]["id"])


async def _ready(session: ClientSession, base: str) -> None:
    async with asyncio.timeout(_SECONDS):
        while True:
            try:
                async with session.get(f"{base}/_control/state") as answer:
                    if answer.status == 200:
                        return
            except ClientError:
                await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main() -> None:
    """Both modes; a failure ends the program with its sentence."""
    packages = Path(sys.argv[1]).resolve()
    pictures = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    for mode in ("http", "socket"):
        asyncio.run(run(packages, pictures, mode))
        print(f"local-slack over {mode}: the main conversations went as they should", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
