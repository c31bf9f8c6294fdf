"""One message as Slack and as Teams draw it, made of what would really be sent to each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.platforms.slack.render import render
from bot.platforms.teams.render import cards_of
from handlers.conversation.message import Message

# Slack's own mark-up as it stands in a section; what people typed is escaped there as it is in HTML.
_MARKS = (
    (re.compile(r"<(https?://[^|>\"]+)\|([^>]*)>"), r'<a href="\1" rel="noopener noreferrer">\2</a>'),
    (re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
)


@dataclass(frozen=True, slots=True)
class Preview:
    """Both renderings: Slack's messages as lists of blocks, Teams' as cards."""

    title: str
    slack: Sequence[Sequence[Any]]
    teams: Sequence[dict[str, Any]]


def preview_of(message: Message) -> Preview:
    """What each platform would be sent for a message."""
    return Preview(message.summary, [each.blocks for each in render(message)], cards_of(message))


def mrkdwn(text: str) -> Markup:
    """Slack's mark-up as HTML. It comes from the renderer, which leaves no `<` in what somebody typed."""
    for pattern, html in _MARKS:
        text = pattern.sub(html, text)
    return Markup(text.replace("\n", "<br>"))  # noqa: S704  # escaped by the renderer, see above
