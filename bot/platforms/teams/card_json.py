"""Cards as JSON, and how large that is."""

from __future__ import annotations

import json
from typing import Any

from microsoft_teams.cards.core import SerializableObject


class CardTooLarge(ValueError):
    """Something that must stay in one card does not fit into one."""


def dumped(element: SerializableObject) -> dict[str, Any]:
    """An element of the typed library as JSON."""
    written: dict[str, Any] = _whole(element.model_dump(exclude_none=True))
    return written


def size(value: object) -> int:
    """How many bytes a value takes as it is sent."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _whole(value: Any) -> Any:
    """Numbers without a fraction as whole numbers: the library writes 3 as 3.0, which some clients refuse."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
