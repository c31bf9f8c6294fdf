"""Each platform from a person's side: the way out that it gives the App, and the chat of each person on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from aiohttp import ClientSession, web

from bot.app import App
from bot.platforms.pace import Limits, Pace, Turnstile
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.web.inbound import add_accounts
from scheduler.outbox import Gateway
from storage.people import Person
from tests.driver import (
    Chat,
    ChatOf,
    MemoryChat,
    MemoryGateway,
    WebChat,
    add_chat_accounts,
    add_memory_accounts,
    served,
)
from tests.platforms.slack.workspace import running, slack_settings
from tests.platforms.teams.room import Room
from tests.servers.slack import TEAM, SlackServer, dm_of
from tests.servers.slack_chat import SlackCaller, SlackChat
from tests.servers.teams import TENANT, TeamsServer


class Side(Protocol):
    """A platform with the people on it."""

    name: str

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        """What the App needs to write here."""
        ...

    def open(self, app: App) -> AbstractAsyncContextManager[ChatOf]:
        """The platform while it runs: gives the chat of a person."""
        ...


def _unhurried() -> Turnstile:
    """The pace has tests of its own; here nobody waits for it."""
    return Turnstile(Pace(Limits((), ())))


class MemorySide:
    """The memory platform, whose way out every App of the tests has."""

    name = "memory"
    gateways: tuple[Gateway, ...] = ()

    def __init__(self, gateway: MemoryGateway) -> None:
        self._gateway = gateway

    @asynccontextmanager
    async def open(self, app: App) -> AsyncIterator[ChatOf]:
        """Chats that call the runner as a platform would."""
        await add_memory_accounts(app)
        yield lambda person: MemoryChat(app, self._gateway, person)


class WebSide:
    """The local chat in a browser."""

    name = "web"
    gateways: tuple[Gateway, ...] = ()

    @asynccontextmanager
    async def open(self, app: App) -> AsyncIterator[ChatOf]:
        """Chats that go through the pages over HTTP."""
        async with app.database.store() as store:
            await add_accounts(store)
        async with served(app) as base, ClientSession() as session:
            yield lambda person: WebChat(session, base, person)


class SlackSide:
    """Slack over signed HTTP events, with our own Web API behind it."""

    name = "slack"

    def __init__(self, server: SlackServer) -> None:
        self._server = server
        self._platform = SlackPlatform(slack_settings(server), _unhurried())

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        """Slack's own."""
        return (self._platform.gateway,)

    @asynccontextmanager
    async def open(self, app: App) -> AsyncIterator[ChatOf]:
        """Everybody's direct conversation; each is in the workspace from the start."""
        async with app.database.reading() as store:
            people = await store.people.all()
        for person in people:
            self._server.add_user(_user_id(person), person.email)
        await add_chat_accounts(app, self.name, TEAM, lambda each: (_user_id(each), dm_of(_user_id(each))))
        async with running(app, self._platform) as base, ClientSession() as session:
            caller = SlackCaller(session, base)

            def chat_of(person: Person) -> Chat:
                return SlackChat(app, self._platform, self._server, caller, _user_id(person))

            yield chat_of


def _user_id(person: Person) -> str:
    return f"U0PERSON{person.id:04d}"


class TeamsSide:
    """Teams with our own Bot Connector behind it."""

    name = "teams"

    def __init__(self, server: TeamsServer) -> None:
        self._server = server
        self._platform = TeamsPlatform(server.settings(), turnstile=_unhurried())

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        """Teams' own."""
        return (self._platform.gateway,)

    @asynccontextmanager
    async def open(self, app: App) -> AsyncIterator[ChatOf]:
        """Everybody's own chat with Covenant; each has it installed from the start."""
        application = web.Application()
        self._platform.add_routes(application, app.runner)
        await self._platform.start(app.runner)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        room = Room(app, self._platform, self._server, f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            async with app.database.reading() as store:
                chats = {person.id: room.person(person) for person in await store.people.all()}
            await add_chat_accounts(
                app, self.name, TENANT, lambda each: (chats[each.id].user, chats[each.id].conversation)
            )
            yield lambda person: chats[person.id]
        finally:
            await room.session.close()
            await runner.cleanup()
            await self._platform.stop()
