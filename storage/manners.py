"""How each person wants to be reminded: how often, at which hour, and where."""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record

USUAL_HOUR = 9
USUAL_QUIET = (19, 7)


class Cadence(StrEnum):
    """How often reminders come."""

    DAILY = "daily"
    WEEKLY = "weekly"
    AT_ONCE = "at_once"

    @property
    def label(self) -> str:
        """As people read it."""
        return {"daily": "Once a day", "weekly": "Once a week", "at_once": "At once"}[self.value]


class Manner(Record):
    """One person's wishes, in hours of their day from 0 to 23. Quiet hours may run past midnight.

    Nothing is sent from the hour `quiet_from` on until the hour `quiet_to`; where both are the same,
    no hour is quiet. `platform` is None for the one used last.
    `zone` is the name of the time zone by whose clock their day goes, None for the council's.
    `thanks`: they like to be thanked for what they do for the Community.
    """

    __tablename__ = "manners"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    hour: Mapped[int] = mapped_column(default=USUAL_HOUR)
    cadence: Mapped[Cadence] = mapped_column(Named(Cadence, 10), default=Cadence.DAILY)
    quiet_from: Mapped[int] = mapped_column(default=USUAL_QUIET[0])
    quiet_to: Mapped[int] = mapped_column(default=USUAL_QUIET[1])
    platform: Mapped[str | None] = mapped_column(String(20), default=None)
    thanks: Mapped[bool] = mapped_column(default=True, server_default=true())
    zone: Mapped[str | None] = mapped_column(String(50), default=None)

    def quiet(self, hour: int) -> bool:
        """Whether an hour of the day is quiet."""
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= hour < self.quiet_to
        return hour >= self.quiet_from or hour < self.quiet_to


def clock_of(manner: Manner | None, council: tzinfo) -> tzinfo:
    """The zone by whose clock somebody's day goes."""
    return ZoneInfo(manner.zone) if manner is not None and manner.zone else council


class Manners:
    """Queries over people's wishes."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, person_id: int) -> Manner:
        """A person's wishes: the usual ones where they have stated none, kept only once `put` is called."""
        return await self._session.get(Manner, person_id) or Manner(person_id=person_id)

    async def all(self) -> dict[int, Manner]:
        """The wishes of everybody who has stated any, by person."""
        return {each.person_id: each for each in await self._session.scalars(select(Manner))}

    async def put(self, manner: Manner) -> None:
        """Keep a person's wishes."""
        await self._session.merge(manner)
