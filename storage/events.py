"""Inbound events already taken: a platform's retry of the same event is stopped by this key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime


class Event(Record):
    """One event that a platform delivered; the key is the platform's own id of it."""

    __tablename__ = "events"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


_EVENTS = Event.metadata.tables["events"]
_TAKE_SQLITE, _TAKE_POSTGRESQL = (
    insert(_EVENTS).on_conflict_do_nothing().returning(_EVENTS.c.key)
    for insert in (sqlite_insert, postgresql_insert)
)


class Events:
    """The keys of the events already taken."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take(self, key: str, received_at: datetime) -> bool:
        """Whether this event is new. It is taken with the transaction, so a failed turn can be retried."""
        connection = await self._session.connection()
        take = _TAKE_SQLITE if connection.dialect.name == "sqlite" else _TAKE_POSTGRESQL
        result = await connection.execute(take, {"key": key, "received_at": received_at})
        return result.first() is not None

    async def forget_before(self, moment: datetime) -> None:
        """Drop keys older than any platform's retries."""
        await self._session.execute(delete(Event).where(Event.received_at < moment))
