"""A message as every platform would show it: rendered for each, and held against each one's limits."""

from __future__ import annotations

import json
from pathlib import Path

from bot.platforms.slack.render import render
from bot.platforms.teams.render import cards_of
from bot.platforms.terminal import as_text
from handlers.conversation.message import Message, to_json
from tests.servers.slack_limits import message_problems

_LARGEST_CARD = 28 * 1024
# What was found in each message: most are said in many tests.
_FOUND: dict[str, list[str]] = {}


def problems_of(message: Message) -> list[str]:
    """What a platform would refuse or show badly, a line for each."""
    found = [] if message.summary.strip() else ["there is no plain summary"]
    if not as_text(message).strip():
        found.append("the terminal shows nothing")
    for payload in render(message):
        arguments = {"text": payload.text, "blocks": payload.blocks}
        found += [f"Slack: {problem}" for problem in message_problems(arguments)]
    for card in cards_of(message):
        size = len(json.dumps(card))
        found += [f"Teams: a card of {size} bytes"] if size > _LARGEST_CARD else []
        found += [] if card.get("fallbackText") else ["Teams: no plain text for old clients"]
    return found


class Inspector:
    """Looks at every message, and keeps each on its own line of a file where one is named."""

    def __init__(self, keep: Path | None) -> None:
        self._keep = keep
        # The outbox takes no gateway's failure for an answer, so what is wrong is said at the test's end.
        self.problems: list[str] = []

    def __call__(self, message: Message) -> None:
        """Note what a platform would refuse in a message."""
        written = to_json(message)
        if written not in _FOUND:
            _FOUND[written] = problems_of(message)
        self.problems += [f"{message.summary[:80]!r}: {problem}" for problem in _FOUND[written]]
        if self._keep is not None:
            with self._keep.open("a", encoding="utf-8") as file:
                file.write(f"{written}\n")
