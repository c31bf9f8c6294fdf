"""The app manifest: everything that an administrator would else click together on the app's page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import yaml

from bot.platforms.slack.home import PROMPTS
from bot.platforms.slack.listeners import COMMAND

# Every scope, with the reason for it. There is none to read files, members or channels' names.
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "To be told when somebody mentions Covenant in a channel.",
    "assistant:write": "To suggest prompts in the assistant pane.",
    "channels:history": "To read replies in a public channel's thread that Covenant takes part in.",
    "chat:write": "To answer.",
    "commands": f"For {COMMAND} and the entries in a message's menu.",
    "groups:history": "To read replies in a private channel's thread that Covenant takes part in.",
    "im:history": "To read what people write to Covenant directly, and to see after a failure what arrived.",
    "im:write": "To open a direct conversation for an expert's answer.",
    "mpim:history": "To read replies in a group conversation's thread that Covenant takes part in.",
    "users:read": "To tell people from bots and guests.",
    "users:read.email": "To find a person in the council's directory by their work email.",
}
EVENTS: Mapping[str, str] = {
    "app_home_opened": "To show the home page, and to greet.",
    "app_mention": "To answer a mention.",
    "app_uninstalled": "To know that nothing can be sent any more.",
    "message.channels": "To answer in a thread without a new mention.",
    "message.groups": "The same in private channels.",
    "message.im": "To answer direct messages.",
    "message.mpim": "The same in group conversations.",
    "tokens_revoked": "To know that nothing can be sent any more.",
}
_ASSISTANT_EVENT = "assistant_thread_started"
_SHORTCUTS = (
    ("message", "Ask an expert about this", "ask_expert", "Send this message to the SRM lead as a question"),
    ("message", "Save as exemplar", "save_exemplar", "Suggest this message as exemplar practice"),
    ("message", "Add to knowledge base", "add_knowledge", "Suggest this message for the knowledge base"),
    ("global", "Ask a contract expert", "ask_expert_anywhere", "Send a question to the SRM lead"),
)
_ABOUT = "Answers questions about managing contracts, from the council's curated guidance."
_LONG_ABOUT = (
    "Covenant is a chat assistant for contract managers. Ask it about managing a contract in your own words, "
    "and it answers from the council's curated guidance and names the source. It lists your actions and "
    "contracts, and hands a question on to an expert when guidance is not enough. It keeps your questions and "
    "its answers, so that gaps can be filled. It reads only what is written to it."
)


class Pane(StrEnum):
    """How Covenant stands beside Slack's other windows: Slack's present kind, or the one it had before."""

    AGENT = "agent"
    ASSISTANT = "assistant"


class NotAnAddress(ValueError):
    """The public address must begin with https:// and name the host that Slack can call."""


def manifest(public_url: str | None, pane: Pane = Pane.AGENT) -> dict[str, Any]:
    """The manifest. With a public address Slack calls in; without one Covenant connects out (Socket Mode)."""
    older = [_ASSISTANT_EVENT] if pane is Pane.ASSISTANT else []
    events: dict[str, Any] = {"bot_events": sorted([*EVENTS, *older])}
    interactivity: dict[str, Any] = {"is_enabled": True}
    command = {
        "command": COMMAND,
        "description": "Ask about managing a contract",
        "usage_hint": "a question, or help",
        "should_escape": True,
    }
    if public_url is not None:
        address = _events_address(public_url)
        events["request_url"] = interactivity["request_url"] = command["url"] = address
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Covenant",
            "description": _ABOUT,
            "long_description": _LONG_ABOUT,
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "covenant", "always_online": True},
            f"{pane}_view": {
                f"{pane}_description": _ABOUT,
                "suggested_prompts": [dict(prompt) for prompt in PROMPTS],
            },
            "shortcuts": [
                {"type": kind, "name": name, "callback_id": callback, "description": description}
                for kind, name, callback, description in _SHORTCUTS
            ],
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": public_url is None,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(public_url: str | None, pane: Pane = Pane.AGENT) -> str:
    """The manifest as YAML, to paste into the app's page."""
    return yaml.safe_dump(manifest(public_url, pane), sort_keys=False, allow_unicode=True, width=120)


def as_json(public_url: str | None, pane: Pane = Pane.AGENT) -> str:
    """The manifest as JSON."""
    return json.dumps(manifest(public_url, pane), indent=2, ensure_ascii=False) + "\n"


def _events_address(public_url: str) -> str:
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname:
        raise NotAnAddress(f"'{public_url}' does not begin with https:// and a host")
    return f"{public_url.rstrip('/')}/slack/events"
