"""A Slack Web API of our own over real HTTP: it records whole requests, checks them, and fails on demand.

It knows the methods that Covenant calls, answers as Slack documents them, keeps messages, dialogs and home
pages, and refuses what Slack would: a wrong token, a wrong content type, blocks beyond the limits, a
trigger used twice, a thread or message that is not there.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests.servers.slack_limits import message_problems, view_problems

BOT_TOKEN = "xoxb-made-up"
APP_TOKEN = "xapp-made-up"
SIGNING_SECRET = "made-up-signing-secret"
TEAM = "T0COUNCIL"
BOT_USER = "U0COVENANT"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in."""

    method: str
    arguments: Json
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call fails: a status, an error code, a wait asked for, or a cut connection (`cut`), before or after."""

    error: str = "internal_error"
    status: int = 200
    retry_after: str | None = None
    cut: bool = False
    # Whether the call does its work all the same, and only its answer is lost.
    after_the_work: bool = False


@dataclass(slots=True)
class Channel:
    """The messages of a conversation, oldest first."""

    messages: list[Json] = field(default_factory=list)

    def find(self, stamp: str) -> Json | None:
        return next((each for each in self.messages if each["ts"] == stamp), None)


class SlackError(Exception):
    """An answer with `ok` false."""


class SlackServer:
    """The server, and what was sent to it."""

    def __init__(self, scopes: str = "chat:write") -> None:
        self.calls: list[Call] = []
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Channel] = defaultdict(Channel)
        self.private: list[Json] = []
        self.dialogs: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.problems: list[str] = []
        self.acknowledged: list[Json] = []
        self.triggers: set[str] = set()
        self.team = TEAM
        self.scopes = scopes
        # The channels that nobody can write to any longer, by pattern.
        self.gone = re.compile("(?!)")
        # How many messages a page of a conversation's history holds at most.
        self.page = 1000
        self.address = ""
        self._failures: dict[str, list[Failure]] = defaultdict(list)
        # Later than the tests' clock, and than the machine's, by which processes that are killed ask what arrived
        # (some with their clock moved on by a few leases).
        self._stamp = max(1795512600, int(time.time()) + 24 * 60 * 60)
        self._sockets: list[web.WebSocketResponse] = []
        self._something = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=2**20)
        application.router.add_route("*", "/api/{method}", self._called)
        application.router.add_post("/response/{name}", self._responded)
        application.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        for socket in self._sockets:
            await socket.close()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"{self.address}/api/"

    def add_user(self, user_id: str, email: str | None, **more: Any) -> str:
        """Somebody in the workspace."""
        profile = {"email": email} if email else {}
        user = {"id": user_id, "team_id": TEAM, "is_bot": False, "deleted": False, "is_email_confirmed": True}
        self.users[user_id] = user | {"profile": profile} | more
        return user_id

    def fail(self, method: str, *failures: Failure) -> None:
        """Let the next calls of a method fail, one after another."""
        self._failures[method] += failures

    def called(self, method: str) -> list[Json]:
        """The arguments of every call of a method."""
        return [call.arguments for call in self.calls if call.method == method]

    async def until(self, met: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something that Slack is sent makes the condition true."""
        async with asyncio.timeout(seconds), self._something:
            await self._something.wait_for(lambda: bool(met()))

    async def send(self, kind: str, payload: Json, envelope: str, **more: Any) -> None:
        """Send an event over the socket."""
        await self.until(lambda: self._sockets)
        await self._sockets[-1].send_json({"type": kind, "envelope_id": envelope, "payload": payload, **more})

    def stamp(self) -> str:
        self._stamp += 1
        return f"{self._stamp}.000100"

    async def _changed(self) -> None:
        async with self._something:
            self._something.notify_all()

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append(Call(method, arguments, dict(request.headers)))
        waiting = self._failures[method]
        failure = waiting.pop(0) if waiting else None
        if failure is not None and not failure.after_the_work:
            await self._changed()
            return _failed(request, failure)
        try:
            self._check(request, method)
            answer = {"ok": True} | getattr(self, f"_{method.replace('.', '_')}", _unknown)(arguments)
        except SlackError as error:
            answer = {"ok": False, "error": str(error)}
        await self._changed()
        if failure is not None:
            return _failed(request, failure)
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    def _check(self, request: web.Request, method: str) -> None:
        token = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if request.headers.get("Authorization") != f"Bearer {token}":
            raise SlackError("invalid_auth")
        if request.method == "POST" and request.content_type not in (
            "application/json",
            "application/x-www-form-urlencoded",
        ):
            raise SlackError("invalid_post_type")

    def _auth_test(self, _: Json) -> Json:
        return {
            "team_id": self.team,
            "team": "Council",
            "user_id": BOT_USER,
            "user": "covenant",
            "bot_id": "B0COVENANT",
        }

    def _users_info(self, arguments: Json) -> Json:
        if arguments["user"] not in self.users:
            raise SlackError("user_not_found")
        return {"user": self.users[arguments["user"]]}

    def _conversations_open(self, arguments: Json) -> Json:
        if arguments["users"] not in self.users:
            raise SlackError("user_not_found")
        return {"channel": {"id": dm_of(arguments["users"])}}

    def _chat_postMessage(self, arguments: Json) -> Json:  # noqa: N802  # Slack's name
        self._inspect(arguments)
        name = arguments["channel"]
        if self.gone.fullmatch(name):
            raise SlackError("channel_not_found")
        channel = self.channels[dm_of(name) if name in self.users else name]
        stamp = self.stamp()
        channel.messages.append({"ts": stamp, **arguments})
        return {"ts": stamp, "channel": arguments["channel"]}

    def _chat_update(self, arguments: Json) -> Json:
        self._inspect(arguments)
        found = self.channels[arguments["channel"]].find(arguments["ts"])
        if found is None:
            raise SlackError("message_not_found")
        found |= arguments | {"edited": {"ts": self.stamp()}}
        return {"ts": arguments["ts"], "channel": arguments["channel"]}

    def _chat_postEphemeral(self, arguments: Json) -> Json:  # noqa: N802  # Slack's name
        self._inspect(arguments)
        self.private.append(arguments)
        return {"message_ts": self.stamp()}

    def _conversations_history(self, arguments: Json) -> Json:
        return self._paged(self.channels[arguments["channel"]].messages[::-1], arguments)

    def _conversations_replies(self, arguments: Json) -> Json:
        found = [
            each
            for each in self.channels[arguments["channel"]].messages
            if arguments["ts"] in (each.get("thread_ts"), each["ts"])
        ]
        return self._paged(found, arguments)

    def _paged(self, messages: list[Json], arguments: Json) -> Json:
        found = [each for each in messages if float(each["ts"]) >= float(arguments.get("oldest", 0))]
        if arguments.get("include_all_metadata") != "1":
            found = [{key: value for key, value in each.items() if key != "metadata"} for each in found]
        start = int(arguments.get("cursor") or 0)
        end = start + min(self.page, int(arguments.get("limit", 100)))
        cursor = str(end) if end < len(found) else ""
        return {"messages": found[start:end], "response_metadata": {"next_cursor": cursor}}

    def _views_open(self, arguments: Json) -> Json:
        trigger = arguments["trigger_id"]
        if trigger in self.triggers:
            raise SlackError("exchanged_trigger_id")
        self.triggers.add(trigger)
        self._inspect_view(arguments["view"])
        self.dialogs[trigger] = arguments["view"]
        return {"view": {"id": "V0MODAL"}}

    def _views_publish(self, arguments: Json) -> Json:
        self._inspect_view(arguments["view"])
        self.homes[arguments["user_id"]] = arguments["view"]
        return {"view": {"id": "V0HOME"}}

    def _assistant_threads_setSuggestedPrompts(self, arguments: Json) -> Json:  # noqa: N802  # Slack's name
        if not 0 < len(arguments["prompts"]) <= 4:
            raise SlackError("invalid_arguments")
        return {}

    def _apps_connections_open(self, _: Json) -> Json:
        return {"url": f"{self.address.replace('http', 'ws', 1)}/socket"}

    def _inspect(self, arguments: Json) -> None:
        problems = message_problems(arguments)
        self.problems += problems
        if problems:
            raise SlackError("invalid_blocks")

    def _inspect_view(self, view: Json) -> None:
        problems = view_problems(view)
        self.problems += problems
        if problems:
            raise SlackError("invalid_arguments")

    async def _responded(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(
            Call(f"response/{request.match_info['name']}", await request.json(), dict(request.headers))
        )
        waiting = self._failures["response"]
        await self._changed()
        return _failed(request, waiting.pop(0)) if waiting else web.Response(text="ok")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        await self._changed()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data))
                await self._changed()
        return socket


def dm_of(user_id: str) -> str:
    """The channel of a person's conversation with Covenant."""
    return f"D{user_id[1:]}"


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        found: Json = await request.json()
        return found
    return dict(request.query) | {key: str(value) for key, value in (await request.post()).items()}


def _failed(request: web.Request, failure: Failure) -> web.StreamResponse:
    if failure.cut:
        assert request.transport is not None
        request.transport.abort()
    headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
    return web.json_response({"ok": False, "error": failure.error}, status=failure.status, headers=headers)


def _unknown(_: Json) -> Json:
    raise SlackError("unknown_method")
