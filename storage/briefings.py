"""Briefings and drop-ins: when and where, to whom each was offered, who has a place, and who came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class BriefingKind(StrEnum):
    """What sort of meeting it is."""

    BRIEFING = "briefing"
    DROP_IN = "drop-in"


class BriefingState(StrEnum):
    """Where a briefing stands; only its lead sees a draft."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """Where a person stands with a briefing that was offered to them."""

    OFFERED = "offered"
    PLACE = "place"
    WAITING = "waiting"
    GAVE_UP = "gave up"


class Briefing(Record):
    """One meeting. No `capacity`: everybody finds room. No `units`: it is for the whole Community.

    `revision` counts its changes since it was announced.
    """

    __tablename__ = "briefings"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[BriefingKind] = mapped_column(Named(BriefingKind, 10))
    title: Mapped[str] = mapped_column(String(150))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(500))
    lead_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    capacity: Mapped[int | None] = mapped_column(default=None)
    units: Mapped[list[int]] = mapped_column(JSON, default_factory=list)
    notes: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[BriefingState] = mapped_column(Named(BriefingState, 10), default=BriefingState.DRAFT)
    revision: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.starts_at + timedelta(minutes=self.minutes)

    def open_at(self, now: datetime) -> bool:
        """Whether people can sign up and give up their place."""
        return self.state is BriefingState.ANNOUNCED and now < self.starts_at


class Seat(Record):
    """One person's standing with a briefing since `at`; the order on the waiting list is that of `at`.

    `unit_id` is the Business Unit at the time of the offer, so that figures stand when people move on.
    `round` counts the sign-ups, `reminded_of` is the start that the last reminder named.
    """

    __tablename__ = "briefing_seats"

    briefing_id: Mapped[int] = mapped_column(ForeignKey("briefings.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), default=None)
    standing: Mapped[Standing] = mapped_column(Named(Standing, 10), default=Standing.OFFERED)
    round: Mapped[int] = mapped_column(default=0)
    reminded_of: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    attended: Mapped[bool | None] = mapped_column(default=None)


class Briefings:
    """Queries over briefings and their seats."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, briefing: Briefing) -> Briefing:
        """Keep a briefing and give it its id."""
        self._session.add(briefing)
        await self._session.flush()
        return briefing

    async def get(self, briefing_id: int) -> Briefing | None:
        """One briefing, locked for the transaction so that its last place is given once."""
        query = select(Briefing).where(Briefing.id == briefing_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def starting(self, since: datetime, until: datetime | None = None) -> list[Briefing]:
        """Those that start from one moment on, and before another where one is given, in order of time."""
        query = select(Briefing).where(Briefing.starts_at >= since).order_by(Briefing.starts_at, Briefing.id)
        if until is not None:
            query = query.where(Briefing.starts_at < until)
        return list((await self._session.scalars(query)).all())

    async def offer(self, briefing: Briefing, units: Mapping[int, int | None], now: datetime) -> list[int]:
        """Offer it to people, given with their Business Units; the ids of those to whom it is new."""
        known = {each.person_id for each in await self.seats(briefing.id)}
        new = [each for each in units if each not in known]
        self._session.add_all(
            Seat(briefing_id=briefing.id, person_id=each, at=now, unit_id=units[each]) for each in new
        )
        await self._session.flush()
        return new

    async def seat(self, briefing_id: int, person_id: int) -> Seat | None:
        """Somebody's standing, or None where it was never offered to them."""
        return await self._session.get(Seat, (briefing_id, person_id))

    async def seats(self, briefing_id: int, *standings: Standing) -> list[Seat]:
        """The seats of a briefing, those of some standings where any are named; who came first is first."""
        query = (
            select(Seat).where(Seat.briefing_id == briefing_id).order_by(Seat.at, Seat.round, Seat.person_id)
        )
        if standings:
            query = query.where(Seat.standing.in_(standings))
        return list((await self._session.scalars(query)).all())

    async def seats_of(self, briefing_ids: Iterable[int]) -> list[Seat]:
        """The seats of several briefings."""
        query = select(Seat).where(Seat.briefing_id.in_(list(briefing_ids)))
        return list((await self._session.scalars(query)).all())

    async def standings_of(self, person_id: int) -> dict[int, Standing]:
        """Where somebody stands with each briefing that was offered to them, by its id."""
        query = select(Seat).where(Seat.person_id == person_id)
        return {each.briefing_id: each.standing for each in await self._session.scalars(query)}

    async def to_remind(self, briefing: Briefing, signed_before: datetime) -> list[Seat]:
        """Who has had a place since before a moment and was not reminded of this start yet."""
        return [
            each
            for each in await self.seats(briefing.id, Standing.PLACE)
            if each.reminded_of != briefing.starts_at and each.at < signed_before
        ]
