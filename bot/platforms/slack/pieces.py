"""What a page of a Slack message is made of."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.models.blocks import Block


@dataclass(frozen=True, slots=True)
class Piece:
    """One Slack block, with the characters that it takes of the message's allowance."""

    block: Block
    size: int
    table: bool = False
