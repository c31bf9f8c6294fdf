"""Blocks as dictionaries, quickly.

The SDK's own `to_dict` looks through every attribute of every object for validators on every call, which
took three quarters of the time of rendering. The limits hold by construction, and a test holds this
to the SDK's result, validators included.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block


def dumped(block: Block) -> dict[str, Any]:
    """The block as Slack takes it."""
    found: dict[str, Any] = _dumped(block)
    return found


def _dumped(thing: object) -> Any:
    if isinstance(thing, list | tuple):
        return [_dumped(each) for each in thing]
    if not isinstance(thing, JsonObject):
        to_dict = getattr(thing, "to_dict", None)
        return thing if to_dict is None else to_dict()
    if type(thing).to_dict is not JsonObject.to_dict:
        # An object with a shape of its own says it itself.
        return thing.to_dict()
    values = ((name, getattr(thing, name, None)) for name in _names(type(thing)))
    return {name: _dumped(value) for name, value in values if not _empty(value)}


@cache
def _names(kind: type[JsonObject]) -> tuple[str, ...]:
    """The attributes of a class. The SDK tells them through an object, made here without its arguments."""
    return tuple(sorted(kind.__new__(kind).attributes))


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str | list | tuple) and not value)
