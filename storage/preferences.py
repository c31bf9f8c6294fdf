"""Small settings that the service itself keeps between starts, by name."""

from __future__ import annotations

from sqlalchemy import String, Text, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
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

    async def settle(self, name: str, value: str) -> str:
        """The value of a name; where it was never set this one, even if two processes ask at once."""
        insert = sqlite_insert if self._session.get_bind().dialect.name == "sqlite" else postgresql_insert
        await self._session.execute(
            insert(Preference).values(name=name, value=value).on_conflict_do_nothing()
        )
        return (await self._session.scalars(select(Preference.value).where(Preference.name == name))).one()
