"""Local notes: what a Business Unit adds to an article, shown after the corporate rule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime


class LocalNote(Record):
    """A Business Unit's or Service Area's own note on an article; the text is Markdown."""

    __tablename__ = "local_notes"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    article: Mapped[str] = mapped_column(String(80), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


# Asked with every answer, so it is put together once; and no answer changes a note in the same turn, so that what
# it has changed need not be written before.
_ON_ARTICLE = (
    select(LocalNote)
    .where(
        LocalNote.article == bindparam("article"),
        LocalNote.unit_id.in_(bindparam("unit_ids", expanding=True)),
    )
    .execution_options(autoflush=False)
)


class LocalNotes:
    """Reading and setting local notes."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def on(self, article: str, unit_ids: Iterable[int]) -> list[LocalNote]:
        """The notes of some units on an article."""
        these = {"article": article, "unit_ids": list(unit_ids)}
        return list((await self._session.scalars(_ON_ARTICLE, these)).all())

    async def put(self, unit_id: int, article: str, text: str, at: datetime) -> None:
        """Set a unit's note on an article."""
        await self._session.merge(LocalNote(unit_id=unit_id, article=article, text=text, updated_at=at))

    async def remove(self, unit_id: int, article: str) -> None:
        """Take a unit's note on an article away."""
        await self._session.execute(
            delete(LocalNote).where(LocalNote.unit_id == unit_id, LocalNote.article == article)
        )
