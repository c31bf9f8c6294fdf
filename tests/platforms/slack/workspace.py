"""Covenant in a Slack workspace of our own: its settings, and its routes while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from pydantic import SecretStr

from bot.app import App
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.settings import SlackSettings
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, TEAM, SlackServer


def slack_settings(server: SlackServer, *, socket: bool = False, team: str | None = TEAM) -> SlackSettings:
    """Settings that point at the test server, with no pace to wait for."""
    return SlackSettings(
        SecretStr(BOT_TOKEN),
        SecretStr(SIGNING_SECRET),
        SecretStr(APP_TOKEN) if socket else None,
        team,
        server.api_url,
        channel_seconds=0,
        workspace_seconds=0,
    )


@asynccontextmanager
async def running(app: App, platform: SlackPlatform) -> AsyncIterator[str]:
    """The platform's routes on a free port, between its start and its stop."""
    application = web.Application()
    platform.add_routes(application, app.runner)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await platform.start(app.runner)
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        await app.outbox.idle()
        await platform.stop()
