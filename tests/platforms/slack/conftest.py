"""Covenant in a Slack workspace: our own Web API on a free port, and signed requests to the way in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.settings import SlackSettings
from bot.settings import Settings
from scheduler.clock import MovedClock
from storage.database import Database
from tests.conftest import StandingClock
from tests.platforms.slack.workspace import running, slack_settings
from tests.servers.slack import SlackServer
from tests.servers.slack_chat import SlackCaller, SlackChat


@dataclass(frozen=True, slots=True)
class Workspace:
    """A running Covenant in Slack, with both ends in hand."""

    app: App
    platform: SlackPlatform
    server: SlackServer
    slack: SlackCaller

    def person(self, email: str | None, user_id: str = "U0PERSON") -> SlackChat:
        """Somebody in the workspace, at their direct conversation with Covenant."""
        return SlackChat(
            self.app, self.platform, self.server, self.slack, self.server.add_user(user_id, email)
        )


Opening = Callable[[SlackSettings], Awaitable[tuple[App, SlackPlatform]]]


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running_server:
        yield running_server


@pytest.fixture
def opened(sqlite_database: Database, knowledge: KnowledgeBase, clock: StandingClock) -> Opening:
    """Puts an App together whose way out is Slack."""

    async def open_with(given: SlackSettings) -> tuple[App, SlackPlatform]:
        platform = SlackPlatform(given)
        gateways = (platform.gateway,)
        app = await assemble(Settings(), sqlite_database, knowledge, MovedClock(clock), gateways=gateways)
        return app, platform

    return open_with


@pytest.fixture
async def workspace(server: SlackServer, opened: Opening) -> AsyncIterator[Workspace]:
    """Covenant in Slack over HTTP events."""
    app, platform = await opened(slack_settings(server))
    async with running(app, platform) as base, ClientSession() as session:
        yield Workspace(app, platform, server, SlackCaller(session, base))
