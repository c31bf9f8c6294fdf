"""Slack's payloads as inbound events: pure reading, nothing is asked of anybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.platforms.slack.buttons import unpacked
from bot.platforms.slack.forms import Origin, carried_by, values_of
from bot.platforms.slack.text import begins_with_other, read, without_mention
from handlers.articles.suggesting import SUGGEST
from handlers.conversation.turn import Clicked, Forms, HomeOpened, Input, Opened, Said, Submitted
from handlers.experts.view import ABOUT_MESSAGE, ASK
from storage.suggestions import SuggestionKind

Payload = Mapping[str, Any]

# Ways of writing a message; every other subtype is an edit, a deletion, a notice or another app's message.
_WRITTEN = (None, "file_share", "thread_broadcast")
_NO_PERSON = ("USLACKBOT", "")
OWN = ""


@dataclass(frozen=True, slots=True)
class Me:
    """Covenant in this workspace, as `auth.test` says."""

    team_id: str
    user_id: str
    bot_id: str


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that a person did. `conversation` is OWN where it belongs in their own one with Covenant."""

    key: str
    user_id: str
    input: Input
    conversation: str = OWN
    thread: str = ""
    direct: bool = True
    source: str | None = None
    forms: Forms = Forms.BUTTON
    in_response: bool = False
    # With it a dialog can be opened, for three seconds.
    trigger: str | None = None
    # Taken only where Covenant has been spoken to in this thread before, or never before.
    only_if_known: bool = False
    only_if_new: bool = False


def team_of(body: Payload) -> str | None:
    """The workspace that an event is from."""
    team = body.get("team")
    if isinstance(team, Mapping) and team.get("id"):
        return str(team["id"])
    return body.get("team_id") or (body.get("user") or {}).get("team_id")


def message(body: Payload, me: Me) -> Received | None:
    """A message in a direct conversation, or a reply in a thread that Covenant takes part in."""
    event = body["event"]
    if not _by_a_person(event, me):
        return None
    raw, thread = event.get("text") or "", event.get("thread_ts") or ""
    if event.get("channel_type") == "im" or event["channel"].startswith("D"):
        text = without_mention(raw, me.user_id)
        return _said(body, text, thread, direct=True, mentioned=False)
    # A mention comes as an event of its own; words for somebody else in the thread are theirs.
    if not thread or f"<@{me.user_id}" in raw or begins_with_other(raw, me.user_id):
        return None
    return _said(body, raw, thread, direct=False, mentioned=False, only_if_known=True)


def mention(body: Payload, me: Me) -> Received | None:
    """A message that names Covenant in a channel: answered in its thread."""
    event = body["event"]
    if not _by_a_person(event, me) or event["channel"].startswith("D"):
        return None
    text = without_mention(event.get("text") or "", me.user_id)
    return _said(body, text or "help", event.get("thread_ts") or event["ts"], direct=False, mentioned=True)


def home(body: Payload, _me: Me) -> Received | None:
    """The App Home was opened: its page is due, or a first greeting in its Messages tab."""
    event = body["event"]
    channel = event.get("channel") or OWN
    if event.get("tab") == "messages":
        key = f"opened:{event['user']}"
        return Received(key, event["user"], Opened("messages tab"), channel, only_if_new=True)
    return Received(body["event_id"], event["user"], HomeOpened(), channel, in_response=True)


def assistant(body: Payload, _me: Me) -> Received | None:
    """The assistant pane was opened: a new thread with a greeting."""
    thread = body["event"]["assistant_thread"]
    return Received(
        body["event_id"],
        thread["user_id"],
        Opened("assistant pane"),
        thread["channel_id"],
        thread["thread_ts"],
    )


def command(body: Payload, _me: Me) -> Received | None:
    """The slash command, with the same words as in a message. The answer is for this person alone."""
    text = read(body.get("text") or "").strip() or "help"
    return Received(
        _key(body), body["user_id"], Said(text), forms=Forms.DIALOG, trigger=body.get("trigger_id")
    )


def shortcut(body: Payload, _me: Me) -> Received | None:
    """One of the entries in a message's menu, or the global one."""
    found = _SHORTCUTS.get(body.get("callback_id", ""))
    if found is None:
        return None
    text = read(_text_of(body.get("message") or {}))
    clicked = Clicked(found.action, found.params | ({"text": text} if found.with_text else {}))
    return Received(
        _key(body), body["user"]["id"], clicked, forms=Forms.DIALOG, trigger=body.get("trigger_id")
    )


def click(body: Payload, _me: Me) -> Received | None:
    """A button of a message or of the App Home."""
    action = next((each for each in body.get("actions", []) if each.get("type") == "button"), None)
    if action is None:
        return None
    origin = _origin(body)
    return Received(
        _key(body),
        body["user"]["id"],
        _asked(action, body.get("state") or {}),
        origin.conversation,
        origin.thread,
        origin.direct,
        origin.source,
        Forms.DIALOG,
        trigger=body.get("trigger_id"),
    )


def submission(body: Payload, _me: Me) -> Received | None:
    """A dialog that was filled in."""
    view = body["view"]
    params, found = carried_by(view)
    origin = found or Origin(OWN, "", direct=True)
    return Received(
        _key(body),
        body["user"]["id"],
        Submitted(view.get("callback_id") or "", values_of(view.get("state") or {}), params),
        origin.conversation,
        origin.thread,
        origin.direct,
        origin.source,
        Forms.DIALOG,
    )


@dataclass(frozen=True, slots=True)
class _Shortcut:
    action: str
    params: dict[str, Any]
    with_text: bool = True


_SHORTCUTS: Mapping[str, _Shortcut] = {
    "ask_expert": _Shortcut(ABOUT_MESSAGE.name, {}),
    "save_exemplar": _Shortcut(SUGGEST.name, {"kind": SuggestionKind.EXEMPLAR.value}),
    "add_knowledge": _Shortcut(SUGGEST.name, {"kind": SuggestionKind.KNOWLEDGE.value}),
    "ask_expert_anywhere": _Shortcut(ASK.name, {}, with_text=False),
}


def _by_a_person(event: Payload, me: Me) -> bool:
    """Whether a person of this workspace wrote it, now: no bot, no edit, nobody of another organisation."""
    user = event.get("user") or ""
    if event.get("subtype") not in _WRITTEN or event.get("edited") or event.get("hidden"):
        return False
    if event.get("bot_id") or event.get("app_id") or user in (*_NO_PERSON, me.user_id):
        return False
    team = event.get("user_team") or event.get("source_team") or event.get("team")
    return team in (None, me.team_id)


def _said(  # the text and where it was said
    body: Payload,
    raw: str,
    thread: str,
    *,
    direct: bool,
    mentioned: bool,
    only_if_known: bool = False,
) -> Received:
    event = body["event"]
    return Received(
        body["event_id"],
        event["user"],
        Said(read(raw), mentioned=mentioned),
        event["channel"],
        thread,
        direct,
        only_if_known=only_if_known,
    )


def _asked(action: Payload, state: Payload) -> Input:
    carried = unpacked(action.get("value")) or {}
    params = carried.get("p")
    params = params if isinstance(params, dict) else {}
    if isinstance(carried.get("f"), str):
        return Submitted(carried["f"], values_of(state, str(carried.get("n") or "")), params)
    name = carried.get("a")
    return Clicked(name, params) if isinstance(name, str) else Clicked(str(action.get("action_id")), {})


def _origin(body: Payload) -> Origin:
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    if container.get("type") != "message" or not channel:
        return Origin(OWN, "", direct=True)
    clicked = body.get("message") or {}
    stamp = container.get("message_ts") or clicked.get("ts")
    thread = container.get("thread_ts") or clicked.get("thread_ts") or ""
    direct = channel.startswith("D")
    # Only one person sees a private message, and only through its own address can it be changed.
    source = body.get("response_url") if container.get("is_ephemeral") else stamp
    if not direct and not thread and not container.get("is_ephemeral"):
        thread = stamp or ""
    return Origin(channel, thread, direct, source)


def _text_of(about: Payload) -> str:
    text = about.get("text") or ""
    if text:
        return str(text)
    attached = [each.get("text") or each.get("fallback") or "" for each in about.get("attachments") or []]
    return "\n".join(each for each in attached if each)


def _key(body: Payload) -> str:
    """The id of an interaction: its trigger, which Slack makes anew for each; else a print of all of it."""
    trigger = body.get("trigger_id")
    if trigger:
        return f"trigger:{trigger}"[:200]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
