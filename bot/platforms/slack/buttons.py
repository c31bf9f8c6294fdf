"""Buttons, and what they carry: the action and its params as JSON that no escaping can change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, PlainTextObject

from bot.platforms.slack import rich, words
from bot.platforms.slack.pieces import Piece
from bot.platforms.slack.text import fits, fitted
from handlers.conversation.message import Button, Buttons, ButtonStyle, Span, bold

LONGEST_VALUE = 2000
LONGEST_ID = 255
_MOST_IN_A_BLOCK = 25
_LONGEST_LABEL = 75
_LONGEST_QUESTION = 300
# Slack escapes these three on the way; written so, there is nothing to escape.
_KEPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


class TooLong(ValueError):
    """What a button or a form carries is longer than Slack lets it be; shorten its params."""


def packed(carried: Mapping[str, Any], longest: int, what: str) -> str:
    """The mapping as JSON; TooLong where Slack would not keep it."""
    text = json.dumps(carried, ensure_ascii=False, separators=(",", ":")).translate(_KEPT)
    if len(text) > longest:
        raise TooLong(f"{what} carries {len(text):,} characters, and Slack keeps {longest:,}")
    return text


def unpacked(text: object) -> dict[str, Any] | None:
    """What `packed` wrote, or None for anything else."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def buttons_of(block: Buttons, number: int) -> Iterator[Piece]:
    """The buttons with the words that say what they are for; labels too long for a button stand above it."""
    lines = [(bold(block.label if block.label.endswith("?") else f"{block.label}:"),)] if block.label else []
    lines += [
        (Span(f"{count}. {button.label}"),)
        for count, button in enumerate(block.buttons, 1)
        if not fits(button.label, _LONGEST_LABEL)
    ]
    for line in lines:
        yield from (Piece(words.block([part]), rich.size(part)) for part in rich.chunks(line))
    elements = [_element(each, f"{number}.{count}", count) for count, each in enumerate(block.buttons, 1)]
    for first in range(0, len(elements), _MOST_IN_A_BLOCK):
        row = elements[first : first + _MOST_IN_A_BLOCK]
        yield Piece(ActionsBlock(elements=row), sum(len(each.text.text) for each in row if each.text))


def _element(button: Button, place: str, count: int) -> ButtonElement:
    label = button.label.strip() or button.action
    short = label if fits(label, _LONGEST_LABEL) else f"{count}. {label}"
    value = packed({"a": button.action, "p": dict(button.params)}, LONGEST_VALUE, f"button {button.label!r}")
    return ButtonElement(
        text=PlainTextObject(text=fitted(short, _LONGEST_LABEL), emoji=False),
        # Unique in the message; what is asked for stands in the value.
        action_id=f"{place}:{button.action}"[:LONGEST_ID],
        value=value,
        style=None if button.style is ButtonStyle.NORMAL else button.style.value,
        confirm=_confirm(button.confirm) if button.confirm else None,
    )


def _confirm(question: str) -> ConfirmObject:
    if not fits(question, _LONGEST_QUESTION):
        raise TooLong(f"a question before a click has at most {_LONGEST_QUESTION} characters in Slack")
    return ConfirmObject(
        title=PlainTextObject(text="Are you sure?", emoji=False),
        text=PlainTextObject(text=fitted(question, _LONGEST_QUESTION), emoji=False),
        confirm=PlainTextObject(text="Yes", emoji=False),
        deny=PlainTextObject(text="No", emoji=False),
    )
