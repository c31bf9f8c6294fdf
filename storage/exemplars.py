"""Exemplar practices: submitted by members, checked by the SRM lead, shown until they expire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.contracts import Stage, Tier


class ExemplarState(StrEnum):
    """Where an exemplar stands. A published one is shown until `expires`."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Exemplar(Record):
    """One practice worth copying. No `tier` or `stage`: it holds for all. `expires` is its last day.

    `round` counts how often it was submitted.
    """

    __tablename__ = "exemplars"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    title: Mapped[str] = mapped_column(String(150))
    done: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    workstream: Mapped[str] = mapped_column(String(40))
    tier: Mapped[Tier | None] = mapped_column(Named(Tier, 10), default=None)
    stage: Mapped[Stage | None] = mapped_column(Named(Stage, 10), default=None)
    # Told to the author and to who checks it, and to nobody else.
    contract: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[ExemplarState] = mapped_column(
        Named(ExemplarState, 10), default=ExemplarState.SUBMITTED, index=True
    )
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    reason: Mapped[str] = mapped_column(Text, default="")
    expires: Mapped[date | None] = mapped_column(default=None)
    round: Mapped[int] = mapped_column(default=1)

    def shown(self, day: date) -> bool:
        """Whether everybody may read it that day."""
        return self.state is ExemplarState.PUBLISHED and self.expires is not None and day <= self.expires


class Thanks(Record):
    """One person's thanks to another for something, such as `exemplar:3`; said once."""

    __tablename__ = "thanks"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    giver_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Exemplars:
    """Queries over exemplar practices and the thanks for them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, exemplar: Exemplar) -> Exemplar:
        """Keep an exemplar and give it its id."""
        self._session.add(exemplar)
        await self._session.flush()
        return exemplar

    async def get(self, exemplar_id: int) -> Exemplar | None:
        """One exemplar, locked for the transaction so that two checks can't cross."""
        query = select(Exemplar).where(Exemplar.id == exemplar_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def in_state(self, state: ExemplarState) -> list[Exemplar]:
        """The exemplars in a state, newest first."""
        query = select(Exemplar).where(Exemplar.state == state).order_by(Exemplar.id.desc())
        return list((await self._session.scalars(query)).all())

    async def of(self, author_id: int) -> list[Exemplar]:
        """What one person has submitted, newest first."""
        query = select(Exemplar).where(Exemplar.author_id == author_id).order_by(Exemplar.id.desc())
        return list((await self._session.scalars(query)).all())

    async def thank(self, subject: str, giver_id: int, receiver_id: int, now: datetime) -> bool:
        """Keep somebody's thanks; False where they had said it already."""
        if await self._session.get(Thanks, (subject, giver_id)) is not None:
            return False
        self._session.add(Thanks(subject=subject, giver_id=giver_id, receiver_id=receiver_id, at=now))
        return True

    async def thanks_to(self, receiver_id: int) -> int:
        """How often somebody was thanked."""
        query = select(func.count()).select_from(Thanks).where(Thanks.receiver_id == receiver_id)
        return (await self._session.scalar(query)) or 0

    async def thanks_for(self, subjects: Iterable[str]) -> int:
        """How often people said thanks for some things."""
        query = select(func.count()).select_from(Thanks).where(Thanks.subject.in_(list(subjects)))
        return (await self._session.scalar(query)) or 0
