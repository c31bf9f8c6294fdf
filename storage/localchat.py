"""The local chat's own record of what stands on the screen: it plays the part of the platform's server."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, Text, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime

_VERSION_LOCK = 5_170_313


class Author(StrEnum):
    """Who wrote a line of the local chat."""

    PERSON = "person"
    COVENANT = "covenant"


class LocalMessage(Record):
    """A line of the local chat: plain text from the person, or a message (JSON) from Covenant."""

    __tablename__ = "local_messages"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    conversation: Mapped[str] = mapped_column(String(254), index=True)
    author: Mapped[Author] = mapped_column(Named(Author, 10))
    content: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Grows with each change of the line, so that a screen can ask what is new or different.
    version: Mapped[int] = mapped_column(default=0, index=True)
    delivery_key: Mapped[str | None] = mapped_column(String(255), default=None, unique=True)


class LocalChat:
    """Writing and reading the local chat."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def write(
        self,
        conversation: str,
        author: Author,
        content: str,
        at: datetime,
        delivery_key: str | None = None,
    ) -> LocalMessage:
        """Add a line. A delivery that was written already is not written again."""
        if delivery_key is not None:
            query = select(LocalMessage).where(LocalMessage.delivery_key == delivery_key)
            found = (await self._session.scalars(query)).one_or_none()
            if found is not None:
                return found
        line = LocalMessage(
            conversation=conversation, author=author, content=content, at=at, delivery_key=delivery_key
        )
        line.version = await self._next_version()
        self._session.add(line)
        await self._session.flush()
        return line

    async def rewrite(self, line_id: int, content: str) -> LocalMessage | None:
        """Put a new message in the place of an old one; None where there is none."""
        line = await self._session.get(LocalMessage, line_id)
        if line is not None:
            line.content, line.version = content, await self._next_version()
        return line

    async def get(self, line_id: int) -> LocalMessage | None:
        """One line."""
        return await self._session.get(LocalMessage, line_id)

    async def since(self, conversation: str, version: int, limit: int = 200) -> list[LocalMessage]:
        """The newest lines of a conversation that are new or changed after `version`, in order of writing."""
        query = (
            select(LocalMessage)
            .where(LocalMessage.conversation == conversation, LocalMessage.version > version)
            .order_by(LocalMessage.id.desc())
            .limit(limit)
        )
        return list(reversed((await self._session.scalars(query)).all()))

    async def _next_version(self) -> int:
        # SQLite's writers already follow one another; on PostgreSQL two must not take the same number.
        if self._session.get_bind().dialect.name == "postgresql":
            await self._session.execute(text(f"select pg_advisory_xact_lock({_VERSION_LOCK})"))
        return await self.version() + 1

    async def version(self) -> int:
        """The newest version over all conversations."""
        return (await self._session.scalar(select(func.max(LocalMessage.version)))) or 0

    async def newest_by_conversation(self) -> dict[str, int]:
        """For each conversation, the version of the newest line that Covenant wrote."""
        rows = await self._session.execute(
            select(LocalMessage.conversation, func.max(LocalMessage.version).label("newest"))
            .where(LocalMessage.author == Author.COVENANT)
            .group_by(LocalMessage.conversation)
        )
        return {row.conversation: row.newest for row in rows}
