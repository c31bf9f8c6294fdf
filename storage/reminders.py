"""What people ask to be reminded of, and which reminders they have put off."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class Repeat(StrEnum):
    """How often a reminder comes back."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"

    @property
    def label(self) -> str:
        """As people read it behind the first time."""
        return _REPEAT_LABELS[self.value]

    def following(self, at: datetime, after: datetime, zone: tzinfo) -> datetime | None:
        """The first time later than `after`, at the same hour by the clock of `zone`; None if it comes once.

        Months count from the first time, so the 31st does not creep forward after a short month.
        """
        if self is Repeat.NONE:
            return None
        first = at.astimezone(zone)
        turns = 1
        while (found := self._moved(first, turns).astimezone(UTC)) <= after:
            turns += 1
        return found

    def _moved(self, first: datetime, turns: int) -> datetime:
        if self in _DAYS:
            return first + turns * _DAYS[self]
        months = turns * (3 if self is Repeat.QUARTERLY else 1)
        years, month = divmod(first.month - 1 + months, 12)
        year = first.year + years
        last = calendar.monthrange(year, month + 1)[1]
        return first.replace(year=year, month=month + 1, day=min(first.day, last))


_REPEAT_LABELS = {
    "none": "once",
    "daily": "every day",
    "weekly": "every week",
    "monthly": "every month",
    "quarterly": "every quarter",
}
_DAYS = {Repeat.DAILY: timedelta(days=1), Repeat.WEEKLY: timedelta(days=7)}


class Snooze(Record):
    """A reminder that a person has put off: it comes back on the day `until`. No date is moved by it."""

    __tablename__ = "snoozes"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    until: Mapped[date] = mapped_column()


class PersonalReminder(Record):
    """Something a person asked to be reminded of. `first_at` is the time asked for, `at` the next one."""

    __tablename__ = "personal_reminders"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    text: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    repeat: Mapped[Repeat] = mapped_column(Named(Repeat, 10), default=Repeat.NONE)
    done: Mapped[bool] = mapped_column(default=False)

    @property
    def subject(self) -> str:
        """How buttons and snoozes name it."""
        return f"reminder:{self.id}"

    def told(self, now: datetime, zone: tzinfo) -> None:
        """Note that it has been sent: one that repeats waits for its next time, any other is done."""
        following = self.repeat.following(self.first_at, max(now, self.at), zone)
        if following is None:
            self.done = True
        else:
            self.at = following


class Reminders:
    """Queries over personal reminders and snoozes."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def snoozes(self) -> list[Snooze]:
        """Every snooze, also those that have ended."""
        return list((await self._session.scalars(select(Snooze))).all())

    async def snooze(self, person_id: int, subject: str, until: date) -> None:
        """Put a person's reminder off; a later snooze of the same takes the place of the earlier."""
        await self._session.merge(Snooze(person_id=person_id, subject=subject, until=until))

    async def snoozed(self, person_id: int) -> list[Snooze]:
        """What one person has put off, the first to come back first."""
        query = select(Snooze).where(Snooze.person_id == person_id).order_by(Snooze.until, Snooze.subject)
        return list((await self._session.scalars(query)).all())

    async def wake(self, person_id: int, subject: str) -> None:
        """End a person's snooze of something, if there is one."""
        await self._session.execute(
            delete(Snooze).where(Snooze.person_id == person_id, Snooze.subject == subject)
        )

    async def add(self, reminder: PersonalReminder) -> PersonalReminder:
        """Keep a reminder and give it its id."""
        self._session.add(reminder)
        await self._session.flush()
        return reminder

    async def get(self, reminder_id: int) -> PersonalReminder | None:
        """One reminder, locked for the transaction."""
        query = select(PersonalReminder).where(PersonalReminder.id == reminder_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def of(self, person_id: int) -> list[PersonalReminder]:
        """What a person has yet to be reminded of, the next first."""
        query = (
            select(PersonalReminder)
            .where(PersonalReminder.person_id == person_id, PersonalReminder.done.is_(False))
            .order_by(PersonalReminder.at, PersonalReminder.id)
        )
        return list((await self._session.scalars(query)).all())

    async def waiting(self) -> list[PersonalReminder]:
        """Everybody's reminders that are still to come, the next first."""
        query = select(PersonalReminder).where(PersonalReminder.done.is_(False)).order_by(PersonalReminder.at)
        return list((await self._session.scalars(query)).all())
