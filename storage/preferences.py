"""Small settings that the service itself keeps between starts, by name."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record


class Preference(Record):
    """One named value."""

    __tablename__ = "preferences"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Preferences:
    """Reading and setting named values."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: str) -> str | None:
        """The value of a name, or None where it was never set."""
        row = await self._session.get(Preference, name)
        return row.value if row else None

    async def put(self, name: str, value: str) -> None:
        """Set a name's value."""
        await self._session.merge(Preference(name=name, value=value))
