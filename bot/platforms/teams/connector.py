"""The Bot Connector's REST calls over one shared session, with the bot's own token."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse, ClientSession
from yarl import URL

from bot.platforms.teams.port import ConnectorProblem, Json, Place
from bot.platforms.teams.settings import TeamsSettings

_SCOPE = "https://api.botframework.com/.default"
# A token is renewed this long before its end, so that none ends on its way.
_MARGIN_SECONDS = 300


class Token:
    """The bot's token: fetched once, kept until shortly before its end."""

    def __init__(self, settings: TeamsSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._value = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def get(self, session: ClientSession) -> str:
        """A token that is good now; ConnectorProblem where none is given."""
        if self._now() >= self._until:
            async with self._lock:
                if self._now() >= self._until:
                    await self._fetch(session)
        return self._value

    def drop(self, token: str) -> None:
        """Forget a token that was refused, unless a newer one is already there."""
        if token == self._value:
            self._until = 0.0

    async def _fetch(self, session: ClientSession) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "client_secret": self._settings.app_password.get_secret_value(),
            "scope": _SCOPE,
        }
        try:
            async with session.post(self._settings.token_address, data=form) as answer:
                given = await _json_of(answer)
                if answer.status != 200:
                    # The description names the app and a trace; the short word is enough to act on.
                    raise ConnectorProblem(answer.status, "token", str(given.get("error", ""))[:80])
                self._value = str(given["access_token"])
                self._until = self._now() + max(float(given["expires_in"]) - _MARGIN_SECONDS, 1.0)
        except (ClientError, TimeoutError) as error:
            raise ConnectorProblem(0, "token", type(error).__name__) from error
        except (KeyError, ValueError, TypeError) as error:
            raise ConnectorProblem(0, "token", "the answer can't be read") from error


class Connector:
    """Sends, updates and deletes activities, begins conversations, and reads the roster."""

    def __init__(self, settings: TeamsSettings, token: Token) -> None:
        self._settings = settings
        self._token = token
        self._session: ClientSession | None = None

    def use(self, session: ClientSession) -> None:
        """Send with this session from now on."""
        self._session = session

    async def send(self, place: Place, activity: Json) -> str:
        """Send an activity and return its id."""
        return str((await self._call("POST", _activities(place), activity)).get("id", ""))

    async def update(self, place: Place, activity_id: str, activity: Json) -> None:
        """Put an activity in the place of an earlier one."""
        await self._call("PUT", _activities(place, activity_id), activity)

    async def delete(self, place: Place, activity_id: str) -> None:
        """Take an activity away."""
        await self._call("DELETE", _activities(place, activity_id), None)

    async def create_conversation(self, service_url: str, user: str) -> str:
        """The id of a person's own conversation with the bot; the same one where there is one already."""
        tenant = self._settings.tenant_id
        wanted = {
            "isGroup": False,
            "bot": {"id": self._settings.bot_id},
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        given = await self._call("POST", f"{_base(service_url)}/v3/conversations", wanted)
        if not given.get("id"):
            raise ConnectorProblem(0, "NoConversation", "no conversation id was given")
        return str(given["id"])

    async def member(self, place: Place, user: str) -> Json:
        """What the roster of a conversation says about a person."""
        return await self._call("GET", f"{_conversation(place)}/members/{quote(user, safe='')}", None)

    async def try_token(self) -> None:
        """Fetch the bot's token."""
        await self._token.get(self._open_session())

    def _open_session(self) -> ClientSession:
        assert self._session is not None, "the transport is not open"
        return self._session

    async def _call(self, method: str, address: str, body: Json | None) -> Mapping[str, Any]:
        if not self._settings.serves(address):
            raise ConnectorProblem(0, "UntrustedServiceUrl", URL(address).host or "")
        try:
            return await self._once(method, address, body)
        except ConnectorProblem as problem:
            if problem.status != 401 or problem.code == "token":
                raise
        # The token was refused and is forgotten: once more with a new one.
        return await self._once(method, address, body)

    async def _once(self, method: str, address: str, body: Json | None) -> Mapping[str, Any]:
        session = self._open_session()
        headers = {"Accept": "application/json"}
        token = ""
        if not self._settings.anonymous:
            token = await self._token.get(session)
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            async with session.request(
                method, URL(address, encoded=True), data=data, headers=headers
            ) as answer:
                given = await _json_of(answer)
                if answer.status < 300:
                    return given
                if answer.status == 401:
                    self._token.drop(token)
                raise _problem(answer, given)
        except (ClientError, TimeoutError) as error:
            raise ConnectorProblem(0, type(error).__name__) from error


def _base(service_url: str) -> str:
    return service_url.rstrip("/")


def _conversation(place: Place) -> str:
    return f"{_base(place.service_url)}/v3/conversations/{quote(place.conversation, safe='')}"


def _activities(place: Place, activity_id: str | None = None) -> str:
    address = f"{_conversation(place)}/activities"
    return f"{address}/{quote(activity_id, safe='')}" if activity_id else address


async def _json_of(answer: ClientResponse) -> Mapping[str, Any]:
    try:
        given = json.loads(await answer.read() or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _problem(answer: ClientResponse, given: Mapping[str, Any]) -> ConnectorProblem:
    error = given.get("error")
    error = error if isinstance(error, dict) else {}
    inner = error.get("innerHttpError")
    detail = str(error.get("message", ""))[:160] or (str(inner)[:160] if inner else "")
    return ConnectorProblem(
        answer.status, str(error.get("code", "")), detail, _after(answer.headers.get("Retry-After"))
    )


def _after(header: str | None) -> timedelta | None:
    """How long the connector asks to wait: in seconds, or until a date."""
    if not header:
        return None
    if header.strip().isdecimal():
        return timedelta(seconds=int(header))
    try:
        moment = parsedate_to_datetime(header)
        return max(timedelta(), moment - moment.now(moment.tzinfo))
    except (ValueError, TypeError):
        return None
