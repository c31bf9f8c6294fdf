"""A person in Slack: what they do goes to Covenant as signed requests, what they see comes from the test server."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
import secrets
import time
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession

from bot.app import App
from bot.platforms.slack.platform import SlackPlatform
from tests.driver import Shown, ShownForm
from tests.servers.slack import SIGNING_SECRET, SlackServer, dm_of

Json = dict[str, Any]
_OPENS_A_FORM = "press the button to open the form"
_PAYLOADS = Path(__file__).parent / "payloads" / "slack"


def payload(name: str, changes: Mapping[str, Any] | None = None) -> Json:
    """A payload as Slack documents it, with some of its values changed."""
    found: Json = json.loads((_PAYLOADS / f"{name}.json").read_text())
    return _changed(found, changes or {})


def _changed(base: Json, changes: Mapping[str, Any]) -> Json:
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _changed(base[key], value)
        else:
            base[key] = deepcopy(value)
    return base


def signed(body: str, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, str]:
    """The headers with which Slack signs a body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def encoded(found: Json) -> tuple[str, str]:
    """A payload as the body and the content type in which Slack sends it."""
    if "command" in found:
        return urlencode(found), "application/x-www-form-urlencoded"
    if "event" in found or found["type"] == "url_verification":
        return json.dumps(found), "application/json"
    return urlencode({"payload": json.dumps(found)}), "application/x-www-form-urlencoded"


class SlackCaller:
    """Slack's side of the way in."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session = session
        self._url = f"{base}/slack/events"

    async def post(self, found: Json, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Send a payload, signed unless other headers are given; the status and the body that come back."""
        body, content_type = encoded(found)
        sent = {"Content-Type": content_type} | dict(signed(body) if headers is None else headers)
        async with self._session.post(self._url, data=body.encode(), headers=sent) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text

    async def raw(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send any bytes; the status that comes back."""
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            return answer.status


class SlackChat:
    """One person's direct conversation with Covenant."""

    def __init__(
        self, app: App, platform: SlackPlatform, server: SlackServer, caller: SlackCaller, user_id: str
    ) -> None:
        self._app = app
        self._platform = platform
        self._server = server
        self._caller = caller
        self.user_id = user_id
        self.channel = dm_of(user_id)
        self.form: ShownForm | None = None
        self._view: Json = {}

    async def opens(self) -> list[Shown]:
        """Open the messages of Covenant for the first time."""
        key = f"Ev{secrets.token_hex(5)}"
        event = {"user": self.user_id, "channel": self.channel, "tab": "messages"}
        return await self._does(payload("app_home_opened", {"event_id": key, "event": event}))

    async def says(self, text: str) -> list[Shown]:
        """Type something into the direct conversation; press the button with which Slack opens a form."""
        stamp = self._server.stamp()
        event = {
            "user": self.user_id,
            "channel": self.channel,
            "text": html.escape(text, quote=False),
            "ts": stamp,
        }
        key = f"Ev{secrets.token_hex(5)}"
        said = await self._does(payload("message_im", {"event_id": key, "event": event}))
        if said and _OPENS_A_FORM in said[-1].text:
            return said[:-1] + await self.clicks(said[-1].buttons[0])
        return said

    async def clicks(self, label: str) -> list[Shown]:
        """Click the newest button with that label."""
        for message in reversed(self._server.channels[self.channel].messages):
            for block in message.get("blocks", []):
                for button in block.get("elements", []) if block["type"] == "actions" else []:
                    if html.unescape(button["text"]["text"]) == label:
                        return await self._click(message, button)
        raise AssertionError(f"no button {label!r} on the screen")

    async def fills(self, **values: str) -> list[Shown]:
        """Fill in and send the dialog that is open."""
        assert self.form is not None, "no form is open"
        filled = {**self.form.values, **values}
        assert set(filled) == set(self.form.values), "the form has no such field"
        state = {name: {"value": _filled(self._view, name, value)} for name, value in filled.items()}
        found = payload("view_submission", {"trigger_id": secrets.token_hex(8), "user": {"id": self.user_id}})
        found["view"] |= self._view | {"state": {"values": state}}
        before = len(self._server.channels[self.channel].messages)
        status, answer = await self._caller.post(found)
        assert status == 200, answer
        title = self.form.title
        self.form = None
        if answer and answer.get("response_action") == "errors":
            self.form = ShownForm(title, filled, answer["errors"])
        elif answer and answer.get("response_action") == "update":
            self._open(answer["view"])
        await self._app.outbox.idle()
        return self._shown(before)

    def sees_dialog(self, trigger: str) -> None:
        """Look at the dialog that was opened for an interaction."""
        self._open(self._server.dialogs[trigger])

    async def screen(self) -> list[Shown]:
        """Everything that Covenant has written here."""
        return self._shown(0)

    async def _click(self, message: Json, button: Json) -> list[Shown]:
        trigger = secrets.token_hex(8)
        found = payload(
            "block_actions_message",
            {
                "trigger_id": trigger,
                "user": {"id": self.user_id},
                "channel": {"id": self.channel},
                "container": {"channel_id": self.channel, "message_ts": message["ts"]},
                "message": {"ts": message["ts"]},
            },
        )
        found["actions"] = [found["actions"][0] | button]
        return await self._does(found)

    async def _does(self, found: Json) -> list[Shown]:
        before = len(self._server.channels[self.channel].messages)
        status, answer = await self._caller.post(found)
        assert status == 200, answer
        await self._app.outbox.idle()
        await self._platform.idle()
        if found.get("trigger_id") in self._server.dialogs:
            self.sees_dialog(found["trigger_id"])
        assert not self._server.problems, self._server.problems
        return self._shown(before)

    def _open(self, view: Json) -> None:
        self._view = view
        values = {
            each["block_id"]: _initial(each["element"]) for each in view["blocks"] if each["type"] == "input"
        }
        self.form = ShownForm(html.unescape(view["title"]["text"]), values, {})

    def _shown(self, start: int) -> list[Shown]:
        """What is on the screen from there on; the parts of a long message count as one."""
        whole: dict[str, Shown] = {}
        for each in self._server.channels[self.channel].messages[start:]:
            key = each["metadata"]["event_payload"]["key"] if "metadata" in each else each["ts"]
            part = shown(each)
            found = whole.get(key)
            whole[key] = Shown(f"{found.text}\n{part.text}", found.buttons + part.buttons) if found else part
        return list(whole.values())


def shown(message: Mapping[str, Any]) -> Shown:
    """A message as words and the labels of its buttons."""
    blocks = message.get("blocks") or [{"type": "text", "text": message["text"]}]
    buttons = [
        each["text"]["text"] for block in blocks if block["type"] == "actions" for each in block["elements"]
    ]
    return Shown("\n".join(_words(block) for block in blocks), tuple(html.unescape(each) for each in buttons))


# One way out for each kind.
def _words(block: Mapping[str, Any]) -> str:  # noqa: PLR0911  # noqa: PLR0911  # one for each kind of element
    """Everything that is read in a block: rich text and cells as they are, plain text with its escapes undone."""
    kind = block.get("type")
    if kind == "table":
        return "\n".join("; ".join(cell["text"] for cell in row) for row in block["rows"])
    if kind in ("text", "raw_text", "link"):
        address = f" ({block['url']})" if kind == "link" and block["url"] != block["text"] else ""
        return f"{block['text']}{address}"
    if kind == "plain_text":
        return html.unescape(block["text"])
    if kind == "mrkdwn":
        # Marked text has no marks but its own: a test of the renderer sees to that.
        linked = re.sub(r"<([^|<>]+)\|([^|<>]+)>", r"\2 (\1)", block["text"])
        return html.unescape(re.sub(r"[*_`]", "", linked))
    if kind == "rich_text_section":
        return "".join(_words(each) for each in block["elements"])
    if kind == "image":
        return html.unescape(block["alt_text"])
    parts = [block[key] for key in ("text", "label") if isinstance(block.get(key), Mapping)]
    return "\n".join(_words(each) for each in (*parts, *block.get("elements", [])))


def _initial(element: Mapping[str, Any]) -> str:
    several = ",".join(each["value"] for each in element.get("initial_options") or [])
    one = (element.get("initial_option") or {}).get("value")
    return str(element.get("initial_value") or element.get("initial_date") or several or one or "")


def _filled(view: Json, name: str, value: str) -> Json:
    element = next(each["element"] for each in view["blocks"] if each.get("block_id") == name)
    match element["type"]:
        case "plain_text_input" | "number_input":
            return {"type": element["type"], "value": value or None}
        case "datepicker":
            return {"type": element["type"], "selected_date": value or None}
        case "checkboxes" | "multi_static_select":
            chosen = [{"value": each} for each in value.split(",") if each]
            return {"type": element["type"], "selected_options": chosen}
    return {"type": element["type"], "selected_option": {"value": value} if value else None}
