"""A Bot Connector, a token endpoint and the channel's keys over real HTTP, on a free port.

Every request is recorded whole. Tokens, content types and Teams' own limits are checked, and any
call can be made to fail.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from bot.platforms.teams.settings import TeamsSettings

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PASSWORD = "made-up-password"
ISSUER = "https://api.botframework.com"
_PAYLOADS = Path(__file__).parent / "payloads" / "teams"
_LARGEST_CARD = 28 * 1024
_LARGEST_MESSAGE = 80 * 1024


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key of that name, the same all through a test run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def payload(name: str) -> dict[str, Any]:
    """An activity as Teams sends it."""
    found: dict[str, Any] = json.loads((_PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Failure:
    """How a call fails: with a status and a code, by a cut connection (status 0), or only after `until`."""

    status: int = 0
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    method: str = ""
    path: str = ""
    until: asyncio.Event | None = None

    def concerns(self, request: web.Request) -> bool:
        return (
            self.times > 0
            and self.method in ("", request.method)
            and re.search(self.path, request.path) is not None
        )


@dataclass(slots=True)
class Shown:
    """A message in a conversation."""

    id: str
    conversation: str
    activity: dict[str, Any]


class TeamsServer:
    """Teams, as far as a bot can see it."""

    def __init__(self) -> None:
        self.base = ""
        self.requests: list[Recorded] = []
        self.messages: list[Shown] = []
        self.failures: list[Failure] = []
        self.members: dict[str, dict[str, Any]] = {}
        self.conversations: dict[str, str] = {}
        self.gone: set[str] = set()
        self.keys: list[dict[str, Any]] = [self.jwk("main")]
        self.tokens: list[str] = []
        self.key_fetches = 0
        self.token_seconds = 3599
        self._next = 1795512700000
        self._something = asyncio.Condition()

    @property
    def service_url(self) -> str:
        return f"{self.base}/connector/"

    def settings(self, **changes: Any) -> TeamsSettings:
        """Settings of a bot that is registered here."""
        own: dict[str, Any] = {
            "app_id": APP,
            "app_password": SecretStr(PASSWORD),
            "tenant_id": TENANT,
            "openid_url": f"{self.base}/openid",
            "token_url": f"{self.base}/token",
            "service_hosts": ("127.0.0.1",),
            "service_url": self.service_url,
        }
        return TeamsSettings(**{**own, **changes})

    @staticmethod
    def jwk(name: str, endorsements: tuple[str, ...] = ("msteams",)) -> dict[str, Any]:
        """The public half of a key, as the channel lists it."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key(name).public_key()))
        return {**public, "kid": name, "use": "sig", "endorsements": list(endorsements)}

    def token(self, key: str = "main", kid: str | None = None, **claims: Any) -> str:
        """A token as the channel signs it, or wrong in the ways that `claims` say; None leaves a claim out."""
        now = time.time()
        whole = {
            "iss": ISSUER,
            "aud": APP,
            "serviceurl": self.service_url,
            "nbf": now - 10,
            "exp": now + 3600,
            **claims,
        }
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, rsa_key(key), algorithm="RS256", headers={"kid": kid or key})

    def activity(self, name: str, **changes: Any) -> dict[str, Any]:
        """A payload that is answered here."""
        return {**copy.deepcopy(payload(name)), "serviceUrl": self.service_url, **changes}

    def shown(self, conversation: str) -> list[Shown]:
        """What a conversation shows, oldest first; a reply chain is named with its post."""
        return [each for each in self.messages if each.conversation == conversation]

    def calls(self, method: str, path: str) -> list[Recorded]:
        """The recorded requests of a kind."""
        return [each for each in self.requests if each.method == method and re.search(path, each.path)]

    async def until(self, met: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something that Teams is sent makes the condition true."""
        async with asyncio.timeout(seconds), self._something:
            await self._something.wait_for(lambda: bool(met()))

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._middleware], client_max_size=1024 * 1024)
        add = application.router.add_route
        add("GET", "/openid", self._openid)
        add("GET", "/keys", self._listed_keys)
        add("POST", "/token", self._token)
        add("POST", "/connector/v3/conversations", self._create)
        add("POST", "/connector/v3/conversations/{conversation}/activities", self._send)
        add("POST", "/connector/v3/conversations/{conversation}/activities/{activity}", self._send)
        add("PUT", "/connector/v3/conversations/{conversation}/activities/{activity}", self._update)
        add("DELETE", "/connector/v3/conversations/{conversation}/activities/{activity}", self._delete)
        add("GET", "/connector/v3/conversations/{conversation}/members/{user}", self._member)
        return application

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        raw = await request.read()
        body: Any = raw.decode()
        if request.content_type == "application/json":
            body = json.loads(raw or b"null")
        self.requests.append(Recorded(request.method, request.path, dict(request.headers), body))
        async with self._something:
            self._something.notify_all()
        failure = next((each for each in self.failures if each.concerns(request)), None)
        if failure is not None:
            failure.times -= 1
            if failure.until is not None:
                await failure.until.wait()
            elif failure.status == 0:
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            else:
                return _error(failure.status, failure.code, failure.headers)
        if request.path.startswith("/connector") and (refused := self._refusal(request, raw, body)):
            return refused
        answer: web.StreamResponse = await handler(request)
        return answer

    def _refusal(self, request: web.Request, raw: bytes, body: Any) -> web.Response | None:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _error(401, "Unauthorized")
        if request.method in ("POST", "PUT"):
            if request.content_type != "application/json":
                return _error(415, "UnsupportedMediaType")
            if len(raw) > _LARGEST_MESSAGE or any(
                len(json.dumps(each["content"], ensure_ascii=False).encode()) > _LARGEST_CARD
                for each in body.get("attachments", ())
            ):
                return _error(413, "MessageSizeTooBig")
        conversation = request.match_info.get("conversation", "")
        if conversation in self.gone:
            return _error(404, "ConversationNotFound")
        return None

    async def _openid(self, request: web.Request) -> web.Response:
        self.key_fetches += 1
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.base}/keys"})

    async def _listed_keys(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": self.keys})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        wanted = {
            "grant_type": "client_credentials",
            "client_id": APP,
            "client_secret": PASSWORD,
            "scope": f"{ISSUER}/.default",
        }
        if dict(form) != wanted:
            return web.json_response({"error": "invalid_client"}, status=401)
        self.tokens.append(f"token-{len(self.tokens)}")
        return web.json_response(
            {"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": self.tokens[-1]}
        )

    async def _create(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if wanted["isGroup"] or wanted["tenantId"] != TENANT or wanted["bot"]["id"] != f"28:{APP}":
            return _error(400, "BadArgument")
        user = wanted["members"][0]["id"]
        own = self.conversations.setdefault(user, f"a:own-{user}")
        return web.json_response({"id": own}, status=201)

    async def _send(self, request: web.Request) -> web.Response:
        activity = await request.json()
        if not activity.get("type"):
            return _error(400, "BadArgument")
        self._next += 1
        shown = Shown(str(self._next), request.match_info["conversation"], activity)
        self.messages.append(shown)
        return web.json_response({"id": shown.id}, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        found = self._find(request)
        if found is None:
            return _error(404, "ActivityNotFoundInConversation")
        found.activity = await request.json()
        return web.json_response({"id": found.id})

    async def _delete(self, request: web.Request) -> web.Response:
        found = self._find(request)
        if found is None:
            return _error(404, "ActivityNotFoundInConversation")
        self.messages.remove(found)
        return web.Response()

    async def _member(self, request: web.Request) -> web.Response:
        found = self.members.get(request.match_info["user"])
        return web.json_response(found) if found else _error(404, "MemberNotFoundInConversation")

    def _find(self, request: web.Request) -> Shown | None:
        wanted = (request.match_info["conversation"], request.match_info["activity"])
        return next((each for each in self.messages if (each.conversation, each.id) == wanted), None)


def _error(status: int, code: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"error": {"code": code, "message": f"made to answer {status}"}}
    return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def teams_server() -> AsyncIterator[TeamsServer]:
    """Teams on a free port of this machine."""
    server = TeamsServer()
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
