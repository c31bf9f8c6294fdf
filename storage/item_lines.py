"""What people have said of things that wait for them: that one is settled, or when it is expected now.

Lines are only ever added, so that the date at first stands beside each later one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class Said(StrEnum):
    """What a line says."""

    DONE = "done"
    NEW_DATE = "new_date"
    PASSED_ON = "passed_on"


class ItemLine(Record):
    """One line about one thing, such as `contract:CMA-2015:notice`.

    `first` is the date that the thing had by its record: once the record has another, the line is history.
    `day` is the new date, `to_id` whoever it was passed on to where the record names no owner.
    """

    __tablename__ = "item_lines"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    said: Mapped[Said] = mapped_column(Named(Said, 10))
    first: Mapped[date] = mapped_column()
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(Text)
    day: Mapped[date | None] = mapped_column(default=None)
    to_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)


class ItemLines:
    """Queries over these lines."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, line: ItemLine) -> None:
        """Keep a line."""
        self._session.add(line)

    async def newest(self) -> Mapping[tuple[str, Said], ItemLine]:
        """The last line of each sort about each thing."""
        rows = await self._session.scalars(select(ItemLine).order_by(ItemLine.id))
        return {(each.subject, each.said): each for each in rows}

    async def of(self, subject: str) -> list[ItemLine]:
        """Every line about one thing, oldest first."""
        query = select(ItemLine).where(ItemLine.subject == subject).order_by(ItemLine.id)
        return list((await self._session.scalars(query)).all())
