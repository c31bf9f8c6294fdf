"""Buttons of a card: what they carry, and how they look to old clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microsoft_teams.cards import ActionSet, AdaptiveCard, ExecuteAction, ShowCardAction, SubmitAction
from microsoft_teams.cards.core import Action

from bot.platforms.teams.card_json import size
from bot.platforms.teams.words import paragraphs
from handlers.conversation.message import Button, spans

_LARGEST_DATA = 2000
# A longer label may be cut on a narrow screen; the tooltip has it whole.
_LONG_LABEL = 30


def button_action(button: Button, *, alone: bool) -> Action:
    """A message's button. One that asks for confirmation opens the question below itself first."""
    data = _carried(button)
    if button.confirm is None:
        return execute(button.label, button.action, data, alone=alone)
    confirmed = execute(f"Yes: {button.label}", button.action, data, alone=alone)
    asked = AdaptiveCard(
        version="1.5", body=[*paragraphs(spans(button.confirm)), ActionSet(actions=[confirmed])]
    )
    return ShowCardAction(title=button.label, card=asked)


def refreshing(button: Button) -> ExecuteAction:
    """What the client asks for by itself when a card is looked at again."""
    return ExecuteAction(title=button.label, verb=button.action, data=_carried(button))


def _carried(button: Button) -> dict[str, Any]:
    data = {"action": button.action, "params": dict(button.params)}
    if size(data) > _LARGEST_DATA:
        raise ValueError(f"the params of the button {button.label!r} are over {_LARGEST_DATA:,} bytes")
    return data


def execute(title: str, verb: str, data: Mapping[str, Any], *, alone: bool = False) -> ExecuteAction:
    """A button for new clients, with its counterpart for old ones. `alone`: not with what is filled in."""
    own: dict[str, Any] = {"title": title, "data": dict(data)}
    if alone:
        own["associated_inputs"] = "none"
    if len(title) > _LONG_LABEL:
        own["tooltip"] = title
    return ExecuteAction(verb=verb, fallback=SubmitAction(**own), **own)
