"""When platforms were last asked for something, so that all processes together keep one pace."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import JSON, String, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime


class Lane(Record):
    """What shares one limit: a tenant, a method or a conversation of one platform.

    `times` are the moments of its latest requests, those still to come included, in seconds since 1970
    and sorted; `used_at` is when it was last asked for.
    """

    __tablename__ = "paces"

    name: Mapped[str] = mapped_column(String(420), primary_key=True)
    times: Mapped[list[float]] = mapped_column(JSON)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Paces:
    """Queries over the lanes."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked(self, platform: str, names: Collection[str], now: datetime) -> Mapping[str, Lane]:
        """These lanes of a platform, begun where they are new; no other process has any until this ends."""
        # SQLite's writing transactions already follow one another.
        if self._session.get_bind().dialect.name == "postgresql":
            lock = text("select pg_advisory_xact_lock(hashtextextended(:key, 1))")
            await self._session.execute(lock, {"key": platform})
        query = select(Lane).where(Lane.name.in_(names))
        found = {each.name: each for each in await self._session.scalars(query)}
        for name in names:
            if name not in found:
                found[name] = Lane(name=name, times=[], used_at=now)
                self._session.add(found[name])
        return found

    async def forget_before(self, moment: datetime) -> None:
        """Remove lanes that nobody has asked for since."""
        await self._session.execute(delete(Lane).where(Lane.used_at < moment))
