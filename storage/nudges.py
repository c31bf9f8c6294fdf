"""What reminding has done so far: hours planned, messages made, kinds switched off, and words added."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, Text, UniqueConstraint, delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.deliveries import Delivery, DeliveryState
from storage.rules import Kind

# A message in one of these states has not been read by anybody: what it said is said again.
_UNREAD = (DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.CANCELLED)


def _lost(today: date) -> ColumnElement[bool]:
    # What was not sent on its own day never is, also where nobody has written that down yet.
    over = (Delivery.state == DeliveryState.PENDING) & (Nudge.day < today)
    return Delivery.state.in_(_UNREAD) | over


class PlannedHour(Record):
    """An hour of a day, by the council's clock, whose messages have been planned: by one process, once."""

    __tablename__ = "planned_hours"

    day: Mapped[date] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Nudge(Record):
    """One message of reminders: what it named, and the key of its delivery.

    A person gets one a day, and more only of what does not wait and was found after it.
    """

    __tablename__ = "nudges"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    day: Mapped[date] = mapped_column(index=True)
    key: Mapped[str] = mapped_column(String(255))
    subjects: Mapped[list[str]] = mapped_column(JSON)


class MutedKind(Record):
    """A kind of reminder that a person has switched off for themselves."""

    __tablename__ = "muted_kinds"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    kind: Mapped[Kind] = mapped_column(Named(Kind, 30), primary_key=True)


class Context(Record):
    """What somebody adds about a thing that is late, for those to whom it goes up."""

    __tablename__ = "nudge_contexts"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(Text)


class Nudges:
    """Queries over what reminding has done."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hours_since(self, day: date) -> set[tuple[date, int]]:
        """The hours planned on a day and after it."""
        rows = await self._session.execute(
            select(PlannedHour.day, PlannedHour.hour).where(PlannedHour.day >= day)
        )
        return {(row.day, row.hour) for row in rows}

    async def began(self) -> date | None:
        """The first day for which anything was planned."""
        return await self._session.scalar(select(func.min(PlannedHour.day)))

    async def take_hours(self, day: date, hours: Collection[int]) -> set[int]:
        """Take hours to plan; those that another process has taken are left out."""
        insert = sqlite_insert if self._session.get_bind().dialect.name == "sqlite" else postgresql_insert
        # In one order, so that two processes wait for each other and never both for ever.
        values = [{"day": day, "hour": hour} for hour in sorted(hours)]
        statement = insert(PlannedHour).values(values).on_conflict_do_nothing()
        return set(await self._session.scalars(statement.returning(PlannedHour.hour)))

    def add(self, record: Nudge | Context | MutedKind) -> None:
        """Keep a record."""
        self._session.add(record)

    async def by_key(self, key: str) -> Nudge | None:
        """One message by the key of its delivery."""
        return (await self._session.scalars(select(Nudge).where(Nudge.key == key))).one_or_none()

    async def told(self, since: date, today: date) -> dict[int, date]:
        """The last day of each person's message, of those that were not lost on the way."""
        query = (
            select(Nudge.person_id, func.max(Nudge.day).label("day"))
            .outerjoin(Delivery, Delivery.key == Nudge.key)
            .where(Nudge.day >= since, Delivery.state.is_(None) | ~_lost(today))
            .group_by(Nudge.person_id)
        )
        return {row.person_id: row.day for row in await self._session.execute(query)}

    async def named(self, since: date, today: date) -> dict[tuple[int, str], date]:
        """The last day on which each person was told of each thing, of the messages that were not lost."""
        query = (
            select(Nudge.person_id, Nudge.day, Nudge.subjects)
            .outerjoin(Delivery, Delivery.key == Nudge.key)
            .where(Nudge.day >= since, Delivery.state.is_(None) | ~_lost(today))
            .order_by(Nudge.day)
        )
        rows = await self._session.execute(query)
        return {(row.person_id, subject): row.day for row in rows for subject in row.subjects}

    async def lost(self, since: date, today: date) -> frozenset[tuple[int, date]]:
        """The messages that nobody has read, by person and day."""
        query = (
            select(Nudge.person_id, Nudge.day)
            .join(Delivery, Delivery.key == Nudge.key)
            .where(Nudge.day >= since, _lost(today))
        )
        return frozenset((row.person_id, row.day) for row in await self._session.execute(query))

    async def muted(self) -> dict[int, frozenset[Kind]]:
        """The kinds that people have switched off, by person."""
        found: dict[int, set[Kind]] = {}
        for row in await self._session.scalars(select(MutedKind)):
            found.setdefault(row.person_id, set()).add(row.kind)
        return {person_id: frozenset(kinds) for person_id, kinds in found.items()}

    async def unmute(self, person_id: int, kind: Kind) -> None:
        """Switch a kind on again."""
        await self._session.execute(
            delete(MutedKind).where(MutedKind.person_id == person_id, MutedKind.kind == kind)
        )

    async def mute(self, person_id: int, kind: Kind) -> None:
        """Switch a kind off."""
        await self._session.merge(MutedKind(person_id=person_id, kind=kind))

    async def said_of(self, subject: str) -> list[Context]:
        """Every line added to one thing, oldest first."""
        query = select(Context).where(Context.subject == subject).order_by(Context.id)
        return list((await self._session.scalars(query)).all())

    async def contexts(self, subjects: Collection[str]) -> dict[str, Context]:
        """The newest words added to each of these things."""
        query = select(Context).where(Context.subject.in_(subjects)).order_by(Context.id)
        return {each.subject: each for each in await self._session.scalars(query)}
