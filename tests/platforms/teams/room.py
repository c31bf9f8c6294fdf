"""Covenant in a Teams of our own: what tests post to the bot, and what a person then sees."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.platforms.pace import Pace, Turnstile
from bot.platforms.teams.pace import LIMITS
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.settings import TeamsSettings
from bot.settings import Settings
from bot.web import web_application
from scheduler.clock import Clock, MovedClock
from storage.database import Database
from storage.people import Person
from tests.driver import Shown, ShownForm
from tests.servers.teams import TENANT, TeamsServer

_numbers = itertools.count(1)


class Room:
    """The bot under test, with its way in and the Teams that it is in."""

    def __init__(self, app: App, platform: TeamsPlatform, server: TeamsServer, base: str) -> None:
        self.app = app
        self.platform = platform
        self.server = server
        self.base = base
        self.session = ClientSession()

    async def post(
        self, activity: Any, token: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Post an activity as Teams does; the status and the body of the answer."""
        sent = {"Authorization": f"Bearer {token or self.server.token()}"} if headers is None else headers
        async with self.session.post(f"{self.base}/api/messages", json=activity, headers=sent) as answer:
            await answer.read()
            body = await answer.json() if answer.content_type == "application/json" else None
            status = answer.status
        await self.app.outbox.idle()
        return status, body

    async def does(self, name: str, **changes: Any) -> Any:
        """Post one of the payloads; the body of the answer."""
        status, body = await self.post(self.server.activity(name, **changes))
        assert status == 200, status
        return body

    def person(self, person: Person | None) -> TeamsChat:
        """Somebody at their own chat, as the roster knows them."""
        return TeamsChat(self, person)


class TeamsChat:
    """A person at their own chat with Covenant in Teams."""

    def __init__(self, room: Room, person: Person | None) -> None:
        self._room = room
        self.user = f"29:1person-{person.id if person else 'stranger'}"
        self.conversation = f"a:1chat-{self.user[4:]}"
        room.server.conversations[self.user] = self.conversation
        email = person.email if person else "stranger@example.gov.uk"
        room.server.members[self.user] = {
            "id": self.user,
            "name": person.name if person else "Somebody",
            "email": email,
            "userPrincipalName": email,
            "tenantId": TENANT,
            "userRole": "user",
        }
        self.form: ShownForm | None = None
        self._form_message: str | None = None
        self._form_card: dict[str, Any] | None = None

    async def says(self, text: str) -> list[Shown]:
        return await self._sees("message_personal", text=text)

    async def opens(self) -> list[Shown]:
        return await self._sees("install_personal")

    async def clicks(self, label: str) -> list[Shown]:
        for message in reversed(self._messages()):
            for action in actions_in(cards_in(message.activity)):
                if action["title"] in (label, f"Yes: {label}"):
                    return await self._sees("card_execute", replyToId=message.id, value={"action": action})
        raise AssertionError(f"no button {label!r} on the screen")

    async def fills(self, **values: str) -> list[Shown]:
        assert self._form_card is not None, "no form is open"
        assert self._form_message is not None
        action = next(each for each in actions_in([self._form_card]) if "form" in each["data"])
        inputs = {each["id"]: str(each.get("value", "")) for each in inputs_in(self._form_card)}
        typed = {f"field.{name}": value for name, value in values.items()}
        assert typed.keys() <= inputs.keys(), f"the form has no field {sorted(typed)}"
        used = {**action, "data": {**action["data"], **inputs, **typed}}
        return await self._sees("card_execute", replyToId=self._form_message, value={"action": used})

    async def screen(self) -> list[Shown]:
        return [shown(each.activity) for each in self._messages()]

    def _messages(self) -> list[Any]:
        return self._room.server.shown(self.conversation)

    async def _sees(self, name: str, **changes: Any) -> list[Shown]:
        before = len(self._messages())
        activity = self._room.server.activity(name, id=f"test-{next(_numbers)}", **changes)
        activity["from"] = {"id": self.user, "name": "Somebody"}
        activity["conversation"]["id"] = self.conversation
        status, body = await self._room.post(activity)
        assert status == 200, status
        new = self._messages()[before:]
        self._watch_form(new, body)
        return [shown(each.activity) for each in new]

    def _watch_form(self, new: list[Any], body: Any) -> None:
        if isinstance(body, dict) and isinstance(body.get("value"), dict):
            # The card that was used now looks like this.
            self._form_card = body["value"] if inputs_in(body["value"]) else None
        for message in new:
            for card in cards_in(message.activity):
                if inputs_in(card):
                    self._form_card, self._form_message = card, message.id
        self.form = shown_form(self._form_card) if self._form_card else None


def cards_in(activity: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cards that an activity carries."""
    return [each["content"] for each in activity.get("attachments", ())]


def walk(value: Any) -> list[dict[str, Any]]:
    """Every object of a card, in reading order."""
    if isinstance(value, dict):
        inner = [
            each for key, part in value.items() if key not in ("data", "fallback") for each in walk(part)
        ]
        return [value, *inner]
    return [each for part in value for each in walk(part)] if isinstance(value, list) else []


def actions_in(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every button, those behind a question included."""
    return [each for each in walk(cards) if each.get("type") == "Action.Execute"]


def inputs_in(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in walk(card) if str(each.get("type", "")).startswith("Input.")]


def text_in(card: dict[str, Any]) -> str:
    """Every word of a card, a line for each block."""
    lines = []
    for each in walk(card):
        if each.get("type") == "TextBlock":
            lines.append(each["text"])
        elif each.get("type") == "RichTextBlock":
            lines.append("".join(run if isinstance(run, str) else run["text"] for run in each["inlines"]))
    return "\n".join(lines)


def shown(activity: Mapping[str, Any]) -> Shown:
    cards = cards_in(activity)
    titles = [
        each["title"]
        for each in walk(cards)
        if each.get("type") in ("Action.Execute", "Action.ShowCard") and "form" not in each.get("data", {})
    ]
    return Shown("\n".join(text_in(each) for each in cards), tuple(titles))


def shown_form(card: dict[str, Any]) -> ShownForm:
    title = card["fallbackText"]
    errors: dict[str, str] = {}
    waiting = ""
    for each in walk(card["body"]):
        if each.get("type") == "RichTextBlock" and (text := text_in(each)).startswith("Error: "):
            waiting = text.removeprefix("Error: ")
        elif str(each.get("type", "")).startswith("Input."):
            if waiting:
                errors[each["id"].removeprefix("field.")] = waiting
            waiting = ""
    values = {each["id"].removeprefix("field."): str(each.get("value", "")) for each in inputs_in(card)}
    return ShownForm(title, values, errors)


async def at_once(_seconds: float) -> None:
    """The pace is measured in its own tests; here nobody waits for it."""


@asynccontextmanager
async def teams_room(
    server: TeamsServer,
    database: Database,
    knowledge: KnowledgeBase,
    clock: Clock,
    settings: TeamsSettings | None = None,
) -> AsyncIterator[Room]:
    """Covenant with Teams as its platform, served on a free port."""
    platform = TeamsPlatform(settings or server.settings(), turnstile=Turnstile(Pace(LIMITS), at_once))
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(platform.gateway,))
    application = web_application(app)
    platform.add_routes(application, app.runner)
    await platform.start(app.runner)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    room = Room(app, platform, server, f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield room
    finally:
        await room.session.close()
        await runner.cleanup()
        await platform.stop()
