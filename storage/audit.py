"""The audit trail: one row for each administrative act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime


class AuditEntry(Record):
    """Who did what to what, and when. `person_id` is empty for an act at the command line."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    act: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)


class Audit:
    """Writing and reading the audit trail; nothing changes or removes an entry."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def record(
        self, at: datetime, act: str, subject: str, *, person_id: int | None = None, **detail: Any
    ) -> None:
        """Note an act; `detail` holds plain JSON values."""
        self._session.add(AuditEntry(at=at, act=act, subject=subject, person_id=person_id, detail=detail))

    async def of(self, act: str, subject: str) -> list[AuditEntry]:
        """Every entry of one act on one thing, oldest first."""
        query = select(AuditEntry).where(AuditEntry.act == act, AuditEntry.subject == subject)
        return list((await self._session.scalars(query.order_by(AuditEntry.id))).all())

    async def latest(self, limit: int = 50) -> list[AuditEntry]:
        """The newest entries first."""
        query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
        return list((await self._session.scalars(query)).all())
