"""What colleagues suggest for the knowledge base: an exemplar practice, or something to add."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class SuggestionKind(StrEnum):
    """What is suggested."""

    EXEMPLAR = "exemplar"
    KNOWLEDGE = "knowledge"


class Suggestion(Record):
    """One suggestion, as its author wrote it."""

    __tablename__ = "suggestions"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[SuggestionKind] = mapped_column(Named(SuggestionKind, 12))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Suggestions:
    """Keeping and listing suggestions."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, suggestion: Suggestion) -> Suggestion:
        """Keep a suggestion and give it its id."""
        self._session.add(suggestion)
        await self._session.flush()
        return suggestion

    async def get(self, suggestion_id: int) -> Suggestion | None:
        """One suggestion."""
        return await self._session.get(Suggestion, suggestion_id)

    async def latest(self, limit: int = 20) -> list[Suggestion]:
        """The newest suggestions first."""
        query = select(Suggestion).order_by(Suggestion.id.desc()).limit(limit)
        return list((await self._session.scalars(query)).all())
