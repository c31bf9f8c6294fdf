"""What a conversation is in the middle of: the choices just offered and the last questions asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime


class Conversation(Record):
    """One conversation by its address key: `offered` is the buttons that can be typed, by label or number."""

    __tablename__ = "conversations"

    key: Mapped[str] = mapped_column(String(600), primary_key=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default_factory=list)
    recent_questions: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    # The tier the person has named, and the article shown last: "what about Gold?" leans on both.
    tier: Mapped[str | None] = mapped_column(String(10), default=None)
    article: Mapped[str | None] = mapped_column(String(80), default=None)


# Asked in every turn, so it is put together once.
_BY_KEY = select(Conversation).where(Conversation.key == bindparam("key"))


class Conversations:
    """The state of each conversation, and the lock that lets one turn at a time change it."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        # The session lets go of what nobody holds; a turn comes back to its conversation several times.
        self._held: dict[str, Conversation] = {}

    async def lock(self, key: str) -> None:
        """Wait until no other turn of this conversation is under way; held until the transaction ends."""
        # SQLite's writing transactions already follow one another.
        if self._session.get_bind().dialect.name == "postgresql":
            await self._session.execute(
                text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
            )

    async def get(self, key: str) -> Conversation | None:
        """The conversation's state, or None before its first turn."""
        found = self._held.get(key) or await self._session.scalar(_BY_KEY, {"key": key})
        if found is not None:
            self._held[key] = found
        return found

    async def open(self, key: str, now: datetime) -> Conversation:
        """The conversation's state, begun if this is its first turn."""
        found = await self.get(key)
        if found is None:
            found = Conversation(key=key, updated_at=now)
            self._session.add(found)
            self._held[key] = found
        found.updated_at = now
        return found
