"""Microsoft Teams as a platform: its way in, its way out, and its life."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.platforms.pace import Turnstile
from bot.platforms.port import Conversations, PlatformFinding
from bot.platforms.teams.gateway import TeamsGateway
from bot.platforms.teams.inbound import Incoming
from bot.platforms.teams.pace import turnstile as teams_turnstile
from bot.platforms.teams.places import Places
from bot.platforms.teams.port import (
    Activity,
    Answer,
    ConnectorProblem,
    KeysUnavailable,
    NotAllowed,
    NotUnderstood,
    Transport,
)
from bot.platforms.teams.sdk import BotbuilderTransport
from bot.platforms.teams.settings import TeamsSettings, is_loopback

log = logging.getLogger(__name__)

ROUTE = "/api/messages"


class TeamsPlatform:
    """The bot in Teams."""

    def __init__(
        self, settings: TeamsSettings, transport: Transport | None = None, turnstile: Turnstile | None = None
    ) -> None:
        self._settings = settings
        self._transport = transport or BotbuilderTransport(settings)
        turnstile = turnstile or teams_turnstile()
        self._places = Places(settings, self._transport, turnstile)
        self._gateway = TeamsGateway(self._transport, self._places, turnstile)
        self._incoming: Incoming | None = None

    @property
    def gateway(self) -> TeamsGateway:
        """The way out."""
        return self._gateway

    def add_routes(self, application: web.Application, conversations: Conversations) -> None:
        """Put `/api/messages` into the one web application."""
        self._places.use(conversations)
        self._incoming = Incoming(self._settings, self._transport, self._places, conversations)
        application.router.add_post(ROUTE, self._route(self._incoming.handle))

    async def start(self, conversations: Conversations) -> None:
        """Open the session that everything is sent with."""
        self._places.use(conversations)
        await self._transport.open()

    async def stop(self) -> None:
        """Finish what was begun and close the session."""
        if self._incoming is not None:
            await self._incoming.idle()
        await self._transport.close()

    async def check(self) -> list[PlatformFinding]:
        """Try the credentials and the keys; nothing is sent to anybody."""
        if self._settings.anonymous:
            return [PlatformFinding("Teams", ok=True, detail="without sign-in, for the Playground only")]
        await self._transport.open()
        try:
            return [await self._check_token(), await self._check_keys()]
        finally:
            await self._transport.close()

    async def _check_token(self) -> PlatformFinding:
        try:
            await self._transport.try_token()
        except ConnectorProblem as problem:
            detail = (
                f"No token was given ({problem}). Check COVENANT_TEAMS_APP_ID, COVENANT_TEAMS_APP_PASSWORD and "
                "COVENANT_TEAMS_TENANT_ID against the app registration, and that its secret has not expired."
            )
            return PlatformFinding("Teams credentials", ok=False, detail=detail)
        return PlatformFinding("Teams credentials", ok=True, detail="a token was given")

    async def _check_keys(self) -> PlatformFinding:
        try:
            await self._transport.try_keys()
        except KeysUnavailable as problem:
            detail = (
                f"The keys that messages from Teams are checked with can't be fetched ({problem}). "
                "Let this machine reach login.botframework.com on port 443."
            )
            return PlatformFinding("Teams keys", ok=False, detail=detail)
        return PlatformFinding("Teams keys", ok=True, detail="fetched")

    def _route(
        self, handle: Callable[[Activity], Awaitable[Answer]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def messages(request: web.Request) -> web.Response:
            """An activity from Teams: 401 or 403 where it is not one, 5xx where it should be sent again."""
            if self._settings.anonymous and not is_loopback(request.remote or ""):
                return _refused(403, "without sign-in only this machine is served")
            try:
                body = await _body(request)
                answer = await self._transport.receive(request.headers.get("Authorization", ""), body, handle)
            except NotAllowed as refusal:
                return _refused(refusal.status, refusal.reason)
            except NotUnderstood as problem:
                return _refused(400, f"the activity can't be read: {problem}")
            except KeysUnavailable as problem:
                log.error("a request from Teams can't be checked: %s", problem)
                return web.Response(status=503, headers={"Retry-After": "5"})
            if answer.body is None:
                return web.Response(status=answer.status)
            return web.json_response(answer.body, status=answer.status, dumps=_dumps)

        return messages


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise NotUnderstood("it is not JSON")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(type(error).__name__) from error
    if not isinstance(body, dict):
        raise NotUnderstood("it is not an object")
    return body


def _refused(status: int, reason: str) -> web.Response:
    # What is wrong goes into the log; somebody who guesses learns nothing from the answer.
    log.warning("a request to %s was refused with %d: %s", ROUTE, status, reason)
    return web.Response(status=status)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
