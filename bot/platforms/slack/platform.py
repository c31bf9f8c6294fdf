"""Slack as one of Covenant's platforms: its way in, its way out, and its life."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.pace import Turnstile
from bot.platforms.port import Conversations, PlatformFinding
from bot.platforms.slack import checks
from bot.platforms.slack.errors import FAILURES, result_of
from bot.platforms.slack.gateway import SlackGateway
from bot.platforms.slack.inbound import Me
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.pace import turnstile as slack_turnstile
from bot.platforms.slack.people import SlackAway, SlackPeople
from bot.platforms.slack.screens import Screens
from bot.platforms.slack.settings import SlackSettings
from bot.platforms.slack.socket import SlackSocket
from scheduler.outbox import Gateway

log = logging.getLogger(__name__)

PATH = "/slack/events"
_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)


class _OneWorkspace(AsyncAuthorize):
    """Tells Bolt who Covenant is, so that it can leave out what Covenant itself has written."""

    def __init__(self, who_am_i: Callable[[], Awaitable[Me]]) -> None:
        self._who_am_i = who_am_i

    async def __call__(self, **_: Any) -> AuthorizeResult:
        try:
            me = await self._who_am_i()
        except SlackAway:
            # The listener asks again, and gives the event back to Slack.
            return AuthorizeResult(enterprise_id=None, team_id=None)
        return AuthorizeResult(
            enterprise_id=None, team_id=me.team_id, bot_user_id=me.user_id, bot_id=me.bot_id
        )


class SlackPlatform:
    """Slack over HTTP events, or over Socket Mode where there is an app token."""

    def __init__(self, settings: SlackSettings, turnstile: Turnstile | None = None) -> None:
        self._settings = settings
        # Failures come back typed, with Slack's own time to wait: the outbox tries again, not the SDK.
        self._client = AsyncWebClient(
            token=settings.bot_token.get_secret_value(), base_url=settings.base_url, retry_handlers=[]
        )
        self._people = SlackPeople(self._client, settings.team_id)
        self._screens = Screens(self._client)
        self._gateway = SlackGateway(self._client, self._people, turnstile or slack_turnstile(settings))
        self._me: Me | None = None
        self._asking = asyncio.Lock()
        self._bolt: AsyncApp | None = None
        self._listeners: Listeners | None = None
        self._socket: SlackSocket | None = None

    @property
    def gateway(self) -> Gateway:
        """The way out."""
        return self._gateway

    def add_routes(self, application: web.Application, conversations: Conversations) -> None:
        """Put the way in into the one web application; in Socket Mode there is none."""
        if self._settings.app_token is None:
            self._bolt_app(conversations)
            application.router.add_post(PATH, self._events)

    async def start(self, conversations: Conversations) -> None:
        """Open the one session that every call goes through, and in Socket Mode the connection."""
        self._client.session = aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            await self._who_am_i()
        except SlackAway as away:
            # Slack may be back before the first event is; until then events are given back to it.
            log.error("Slack does not answer at the start: %s", away)
        if self._settings.app_token is not None:
            token = self._settings.app_token.get_secret_value()
            self._socket = SlackSocket(self._bolt_app(conversations), token, self._settings.base_url)
            self._socket.start()

    async def stop(self) -> None:
        """Take nothing new, finish what was accepted, then close the session."""
        if self._socket is not None:
            self._socket.stop_receiving()
        await self.idle()
        if self._socket is not None:
            await self._socket.close()
        if self._client.session is not None:
            await self._client.session.close()

    async def idle(self) -> None:
        """Wait until every event that was accepted is answered, and what it opens is open."""
        if self._listeners is not None:
            await self._listeners.idle()
        await self._screens.idle()

    async def check(self) -> list[PlatformFinding]:
        """Try the credentials, and name each scope that is missing."""
        return await checks.check(self._settings)

    def _bolt_app(self, conversations: Conversations) -> AsyncApp:
        if self._bolt is not None:
            return self._bolt
        app = AsyncApp(
            name="Covenant",
            # Bolt's own client makes no calls: it gets no token to lose.
            client=AsyncWebClient(base_url=self._settings.base_url, retry_handlers=[]),
            authorize=_OneWorkspace(self._who_am_i),
            signing_secret=self._settings.signing_secret.get_secret_value(),
            # Without it Bolt answers 200 before a listener has run, and whatever becomes of it.
            process_before_response=True,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        self._listeners = Listeners(conversations, self._people, self._screens, self._who_am_i)
        self._listeners.register(app)
        self._bolt = app
        return app

    async def _events(self, request: web.Request) -> web.Response:
        assert self._bolt is not None, "the route is added with the Bolt app"
        if not request.headers.get("X-Slack-Request-Timestamp", "0").isdecimal():
            # Bolt would answer 500.
            return web.Response(status=401, text="The request is not signed by Slack.")
        try:
            asked = await to_bolt_request(request)
        except ValueError:
            return web.Response(status=400, text="The body can't be read.")
        return await to_aiohttp_response(await self._bolt.async_dispatch(asked))

    async def _who_am_i(self) -> Me:
        """Covenant's own ids, asked for once. Raises SlackAway while Slack can't say."""
        async with self._asking:
            if self._me is None:
                try:
                    found = await self._client.auth_test()
                except FAILURES as error:
                    raise SlackAway(result_of(error).reason, 30.0) from error
                team = self._settings.team_id or str(found["team_id"])
                if team != found["team_id"]:
                    log.error("the bot token belongs to workspace %s, and %s is set", found["team_id"], team)
                self._me = Me(team, str(found["user_id"]), str(found.get("bot_id") or ""))
            return self._me
