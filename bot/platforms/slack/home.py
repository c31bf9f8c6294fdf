"""The App Home as a Slack view, and the prompts that the assistant pane suggests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.views import View

from bot.platforms.slack.render import blocks_for_view
from handlers.conversation.message import Message

# At most four; each is also something that can be typed.
PROMPTS: tuple[dict[str, str], ...] = (
    {"title": "What can you do?", "message": "help"},
    {"title": "A supplier misses its targets", "message": "The supplier keeps missing its targets"},
    {"title": "See my actions", "message": "my actions"},
    {"title": "Ask an expert", "message": "ask an expert"},
)


def home_view(messages: Sequence[Message]) -> dict[str, Any]:
    """The home page made of the messages that answer a look at it."""
    blocks = [block for message in messages for block in blocks_for_view(message)]
    blocks = blocks or blocks_for_view(Message("Ask me about managing a contract, in the Messages tab."))
    found: dict[str, Any] = View(type="home", blocks=blocks).to_dict()
    return found
