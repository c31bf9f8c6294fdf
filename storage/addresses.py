"""Where messages go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: a conversation, perhaps a thread in it, on a platform's workspace or tenant."""

    platform: str
    workspace: str
    conversation: str
    thread: str = ""

    @property
    def key(self) -> str:
        """One text for the conversation, to lock and to look up by."""
        return f"{self.platform}|{self.workspace}|{self.conversation}|{self.thread}"


def own_of(user_id: str) -> str:
    """How somebody's own conversation is called as long as their platform has not named it."""
    return f"user:{user_id}"
