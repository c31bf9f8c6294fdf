"""The chat driver: a person at a chat, on whatever platform, through the front door.

    manager = await house.person("amira@example.gov.uk")
    await manager.says("the supplier keeps missing its targets")
    await manager.clicks("Read the rest")
    assert manager.sees("…")

The same conversations run on every platform: `MemoryChat` calls the runner as a platform would,
`WebChat` goes through the local chat's pages over real HTTP.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import ClientSession, web
from bs4 import BeautifulSoup, Tag

from bot.app import App
from bot.platforms.terminal import as_text
from bot.web import web_application
from handlers.conversation.form import Form
from handlers.conversation.message import Message
from handlers.conversation.turn import Account, Clicked, Inbound, Input, Opened, Said, Submitted
from scheduler.outbox import SendResult, Sent
from storage.accounts import Account as AccountRecord
from storage.addresses import Address
from storage.deliveries import Delivery
from storage.people import Person


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on somebody's screen: all its words, and the labels of its buttons."""

    text: str
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form on somebody's screen: its title, what its fields hold, and the errors beside them."""

    title: str
    values: Mapping[str, str]
    errors: Mapping[str, str]


class Chat(Protocol):
    """One person's side of a conversation with Covenant."""

    form: ShownForm | None

    async def opens(self) -> list[Shown]:
        """Open the conversation for the first time; what Covenant says unasked."""
        ...

    async def says(self, text: str) -> list[Shown]:
        """Type something; what Covenant answers."""
        ...

    async def clicks(self, label: str) -> list[Shown]:
        """Click the newest button with that label; what Covenant answers."""
        ...

    async def fills(self, **values: str) -> list[Shown]:
        """Fill in and send the form that is open; what Covenant answers."""
        ...

    async def screen(self) -> list[Shown]:
        """Everything that Covenant has written here, oldest first."""
        ...


ChatOf = Callable[[Person], Chat]


class MemoryGateway:
    """A platform that keeps what it is sent, as a chat service would.

    Each message is shown to `inspect` first: so whatever any test makes Covenant say is looked at.
    """

    platform = "memory"

    def __init__(self, inspect: Callable[[Message], None] = lambda _message: None) -> None:
        self.sent: dict[str, list[Message]] = {}
        self.failures: list[SendResult] = []
        # What becomes of everything that is sent to a conversation.
        self.closed: dict[str, SendResult] = {}
        self._inspect = inspect

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        self._inspect(message)
        if self.failures:
            return self.failures.pop(0)
        if delivery.conversation in self.closed:
            return self.closed[delivery.conversation]
        screen = self.sent.setdefault(delivery.conversation, [])
        if delivery.replaces is not None:
            screen[int(delivery.replaces)] = message
            return Sent(delivery.replaces)
        screen.append(message)
        return Sent(str(len(screen) - 1))


class MemoryChat:
    """A person on the memory platform."""

    def __init__(self, app: App, gateway: MemoryGateway, person: Person | None) -> None:
        self._app = app
        self._gateway = gateway
        self.user = person.email if person else "stranger"
        self.form: ShownForm | None = None
        self._form: Form | None = None
        # Each message as it was read, which need not be read again while it is the same.
        self._read: dict[int, tuple[Message, Shown]] = {}
        self.in_response: list[Shown] = []

    @property
    def _address(self) -> Address:
        return Address("memory", "test", self.user)

    async def opens(self) -> list[Shown]:
        """Open the conversation for the first time."""
        return await self._does(Opened("first visit"))

    async def says(self, text: str) -> list[Shown]:
        return await self._does(Said(text))

    async def clicks(self, label: str) -> list[Shown]:
        for number, message in reversed(list(enumerate(self._messages))):
            for button in message.buttons:
                if button.label == label:
                    return await self._does(Clicked(button.action, button.params), str(number))
        raise AssertionError(f"no button {label!r} on the screen")

    async def fills(self, **values: str) -> list[Shown]:
        assert self._form is not None, "no form is open"
        filled = {field.name: values.pop(field.name, field.initial) for field in self._form.fields}
        assert not values, f"the form has no field {', '.join(values)}"
        return await self._does(Submitted(self._form.name, filled, self._form.params))

    async def screen(self) -> list[Shown]:
        return self._seen(0)

    async def sends(self, done: Input, key: str, **about: Any) -> list[Shown]:
        """Hand over an event under a key of the test's choosing, and what else its Inbound should say."""
        return await self._does(done, None, key, **about)

    @property
    def _messages(self) -> list[Message]:
        return self._gateway.sent.get(self.user, [])

    async def _does(
        self, done: Input, source: str | None = None, key: str | None = None, **about: Any
    ) -> list[Shown]:
        before = len(self._messages)
        account = Account("memory", "test", self.user)
        address = about.pop("address", self._address)
        inbound = Inbound(key or secrets.token_hex(8), account, address, done, source, **about)
        outcome = await self._app.runner.accept(inbound)
        await self._app.outbox.idle()
        self.in_response = [_shown(each) for each in outcome.reply.messages] if outcome.reply else []
        self._open_form(outcome.reply.form if outcome.reply else None, done)
        if outcome.reply is not None and outcome.reply.errors:
            assert self._form is not None, "errors belong to the form that was sent"
            assert isinstance(done, Submitted)
            self.form = ShownForm(self._form.title, done.values, outcome.reply.errors)
        return self._seen(before)

    def _seen(self, first: int) -> list[Shown]:
        """The messages on the screen from a number on."""
        for number, message in enumerate(self._messages[first:], first):
            if number not in self._read or self._read[number][0] is not message:
                self._read[number] = message, _shown(message)
        return [self._read[number][1] for number in range(first, len(self._messages))]

    def _open_form(self, form: Form | None, done: Input) -> None:
        if form is not None:
            self._form = form
            self.form = ShownForm(form.title, {each.name: each.initial for each in form.fields}, {})
        elif isinstance(done, Submitted):
            self.form = None


class WebChat:
    """A person at the local chat with its script: the page once, then what is new, over real HTTP."""

    def __init__(self, session: ClientSession, base: str, person: Person) -> None:
        self._session = session
        self._base = base
        self._path = f"/chat/{person.id}"
        self._version = 0
        self._composer: Tag | None = None
        self._dialog: BeautifulSoup | None = None
        self._lines: dict[int, Tag] = {}
        self._shown: dict[int, Shown | None] = {}
        self.form: ShownForm | None = None

    async def opens(self) -> list[Shown]:
        return await self.screen()

    async def says(self, text: str) -> list[Shown]:
        await self._catch_up()
        return await self._send(self._composer, {"text": text})

    async def clicks(self, label: str) -> list[Shown]:
        await self._catch_up()
        for line in reversed(self._lines.values()):
            for form in reversed(line.select(".buttons form")):
                if form.get_text(strip=True) == label:
                    return await self._send(form, {})
        raise AssertionError(f"no button {label!r} on the screen")

    async def fills(self, **values: str) -> list[Shown]:
        assert self._dialog is not None, "no form is open"
        await self._catch_up()
        return await self._send(self._dialog.select_one(".dialog form"), values)

    async def screen(self) -> list[Shown]:
        await self._catch_up()
        return self._said()

    async def _catch_up(self) -> None:
        """See what was said meanwhile, as a page that stands open does."""
        if self._composer is None:
            async with self._session.get(self._base + self._path) as answer:
                assert answer.status == 200, await answer.text()
                page = BeautifulSoup(await answer.text(), "html.parser")
            self._composer = page.select_one("form.composer")
        async with self._session.get(f"{self._base}{self._path}/lines?after={self._version}") as answer:
            assert answer.status == 200, await answer.text()
            self._show(await answer.json())

    def _show(self, news: Mapping[str, Any]) -> None:
        self._version = news["version"]
        for line in news["lines"]:
            self._lines[line["id"]] = read = BeautifulSoup(line["html"], "html.parser")
            # A line that comes again has a new text, and keeps its place.
            self._shown[line["id"]] = _shown_line(read)

    async def _send(self, form: Tag | None, values: Mapping[str, str]) -> list[Shown]:
        assert form is not None, "the form is not on the page"
        before = len(self._said())
        ticked = {str(each["name"]) for each in form.select("input[type=checkbox]")}
        data = [
            (name, part)
            for name, value in {**_held(form), **values}.items()
            for part in (value.split(",") if name in ticked else [value])
            if part or name not in ticked
        ]
        data = [(name, value) for name, value in data if name != "key"]
        data += [("key", secrets.token_hex(12)), ("after", str(self._version))]
        headers = {"X-Requested-With": "fetch"}
        async with self._session.post(self._base + str(form["action"]), data=data, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            news = await answer.json()
        self._show(news)
        self._dialog = BeautifulSoup(news["form"], "html.parser") if news["form"] else None
        self.form = _shown_form(self._dialog) if self._dialog else None
        return self._said()[before:]

    def _said(self) -> list[Shown]:
        return [each for each in self._shown.values() if each is not None]


def _shown_line(line: Tag) -> Shown | None:
    """What a line of Covenant's says; None for a line of the person's."""
    if not line.select_one(".covenant"):
        return None
    return Shown(
        "\n".join(line.get_text(" ", strip=True).split("\n")),
        tuple(button.get_text(strip=True) for button in line.select(".buttons button")),
    )


def _shown(message: Message) -> Shown:
    return Shown(as_text(message, width=10_000), tuple(button.label for button in message.buttons))


def _held(part: Tag) -> dict[str, str]:
    """What a browser would send of the inputs there; several ticked boxes with commas between."""
    found: dict[str, str] = {}
    for each in part.select("input[name], select[name], textarea[name]"):
        name, value = str(each["name"]), str(each.get("value", ""))
        if each.name == "select":
            chosen = each.select_one("option[selected]") or each.select_one("option")
            found[name] = str(chosen["value"]) if chosen else ""
        elif each.get("type") in ("radio", "checkbox"):
            kept = [found[name]] if found.get(name) else []
            found[name] = ",".join([*kept, value] if each.has_attr("checked") else kept)
        else:
            found[name] = each.get_text() if each.name == "textarea" else value
    return found


def _shown_form(page: BeautifulSoup) -> ShownForm | None:
    dialog = page.select_one(".dialog")
    if dialog is None:
        return None
    title = dialog.select_one("#form-title")
    assert title is not None
    values = {name: value for field in dialog.select(".field") for name, value in _held(field).items()}
    errors = {
        str(each["id"]).removeprefix("error-"): each.get_text(" ", strip=True).removeprefix("Error: ")
        for each in dialog.select(".error")
    }
    return ShownForm(title.get_text(strip=True), values, errors)


@asynccontextmanager
async def served(app: App) -> AsyncIterator[str]:
    """The App on a free port of this machine; the address is given."""
    runner = web.AppRunner(web_application(app), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class House:
    """A running Covenant with its people, on one platform."""

    def __init__(self, app: App, platform: str, gateway: MemoryGateway, chat_of: ChatOf) -> None:
        self.app = app
        self.gateway = gateway
        self.platform = platform
        self._chat_of = chat_of
        self._chats: dict[str, Chat] = {}

    async def person(self, email: str) -> Chat:
        """Somebody in the directory, at their chat."""
        if email not in self._chats:
            async with self.app.database.reading() as store:
                person = await store.people.by_email(email)
            assert person is not None, f"nobody has the email {email}"
            self._chats[email] = self._chat_of(person)
        return self._chats[email]

    def stranger(self, user: str = "stranger") -> MemoryChat:
        """An account that is linked to nobody, on the memory platform."""
        chat = MemoryChat(self.app, self.gateway, None)
        chat.user = user
        return chat


async def add_memory_accounts(app: App) -> None:
    """Give everybody an account on the memory platform."""
    await add_chat_accounts(app, "memory", "test", lambda person: (person.email, person.email))


async def add_chat_accounts(
    app: App, platform: str, workspace: str, ids: Callable[[Person], tuple[str, str]]
) -> None:
    """Give everybody an account who has none; `ids` tells somebody's user id and their own conversation."""
    async with app.database.store() as store:
        there = {each.person_id for each in await store.accounts.on(platform)}
        for person in await store.people.all():
            if person.id in there:
                continue
            user_id, conversation = ids(person)
            account = AccountRecord(
                person_id=person.id,
                platform=platform,
                workspace=workspace,
                user_id=user_id,
                conversation=conversation,
            )
            store.people.add(account)
