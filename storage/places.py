"""What a platform needs to know to write into a conversation again, as it gave it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime


class Place(Record):
    """A conversation by its key, with the platform's own reference to it (service address, tenant, ...)."""

    __tablename__ = "places"

    key: Mapped[str] = mapped_column(String(600), primary_key=True)
    reference: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Places:
    """Reading and setting references."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, key: str) -> Mapping[str, Any] | None:
        """The reference of a conversation, or None where it was never met."""
        place = await self._session.get(Place, key)
        return place.reference if place else None

    async def put(self, key: str, reference: Mapping[str, Any], at: datetime) -> None:
        """Keep the newest reference of a conversation."""
        place = await self._session.get(Place, key)
        if place is None:
            self._session.add(Place(key=key, reference=dict(reference), updated_at=at))
        elif place.reference != dict(reference):
            place.reference, place.updated_at = dict(reference), at
