"""Forms that somebody is in the middle of: every answer is kept as it is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.people import Person

KEPT = timedelta(days=14)


class DraftState(StrEnum):
    """`open` is being answered, `saved` is put aside; the others are final.

    A draft past its last moment is as good as `expired` before anybody has written that down.
    """

    OPEN = "open"
    SAVED = "saved"
    SUBMITTED = "submitted"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


IN_PROGRESS = (DraftState.OPEN, DraftState.SAVED)


class Draft(Record):
    """One person's form in progress, with the whole form as it was when it was begun.

    `asking` is the name of the question that is asked, empty for the summary. `place` is the address
    key of the conversation in which it is answered. An optional question that was skipped has an empty answer.
    """

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_person", "person_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    form: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column()
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    place: Mapped[str] = mapped_column(String(600))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asking: Mapped[str] = mapped_column(String(80))
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)
    state: Mapped[DraftState] = mapped_column(Named(DraftState, 12), default=DraftState.OPEN)


# Asked in every turn, so it is put together once.
_ANSWERED_HERE = select(Draft.id).where(
    Draft.person_id == bindparam("person_id"),
    Draft.place == bindparam("place"),
    Draft.state == DraftState.OPEN,
    Draft.expires_at > bindparam("now"),
)


class Drafts:
    """Keeping and finding drafts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, draft: Draft) -> Draft:
        """Keep a draft and give it its id."""
        self._session.add(draft)
        await self._session.flush()
        return draft

    async def locked(self, draft_id: int) -> Draft | None:
        """One draft, which no other conversation can change until this transaction ends."""
        query = select(Draft).where(Draft.id == draft_id).with_for_update()
        query = query.execution_options(populate_existing=True)
        return (await self._session.scalars(query)).one_or_none()

    async def in_progress(self, person_id: int, now: datetime) -> list[Draft]:
        """What a person can go on with, the one answered last first."""
        query = (
            select(Draft)
            .where(Draft.person_id == person_id, Draft.state.in_(IN_PROGRESS), Draft.expires_at > now)
            .order_by(Draft.updated_at.desc(), Draft.id.desc())
        )
        return list((await self._session.scalars(query)).all())

    async def left(self, since: datetime) -> list[Draft]:
        """Everybody's drafts in progress, and those that have expired since this moment."""
        left = Draft.state.in_((*IN_PROGRESS, DraftState.EXPIRED))
        query = select(Draft).where(left, Draft.expires_at >= since)
        return list((await self._session.scalars(query.order_by(Draft.id))).all())

    async def save(self, ids: Collection[int], untouched_since: datetime) -> None:
        """Put drafts aside, but for those that somebody has answered since this moment."""
        statement = update(Draft).where(
            Draft.id.in_(ids), Draft.state == DraftState.OPEN, Draft.updated_at <= untouched_since
        )
        await self._session.execute(statement.values(state=DraftState.SAVED))

    async def expire(self, now: datetime) -> None:
        """Write down which drafts have come to their end."""
        statement = update(Draft).where(Draft.state.in_(IN_PROGRESS), Draft.expires_at <= now)
        await self._session.execute(statement.values(state=DraftState.EXPIRED, updated_at=now))

    async def forget_before(self, moment: datetime) -> None:
        """Forget drafts that were over before this moment: what was sent has its own records."""
        over = Draft.state.not_in(IN_PROGRESS)
        await self._session.execute(delete(Draft).where(over, Draft.updated_at < moment))

    async def answered_here(self, person_id: int, place: str, now: datetime) -> Draft | None:
        """The draft that a person answers in this conversation, locked."""
        here = {"person_id": person_id, "place": place, "now": now}
        found = (await self._session.scalars(_ANSWERED_HERE, here)).first()
        return await self.locked(found) if found is not None else None

    async def like(self, person_id: int, form: str, params: Mapping[str, Any], now: datetime) -> Draft | None:
        """The draft in progress of the same form about the same thing."""
        mine = await self.in_progress(person_id, now)
        return next((each for each in mine if each.form == form and each.params == dict(params)), None)

    async def begin_alone(self, person_id: int) -> None:
        """Let a person begin one form at a time, on whatever platform, until this transaction ends."""
        query = select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
        await self._session.execute(query)

    async def put_aside(self, person_id: int, but: int | None) -> list[str]:
        """Save what else the person was answering, since one form is answered at a time; the titles."""
        statement = (
            update(Draft)
            .where(Draft.person_id == person_id, Draft.state == DraftState.OPEN, Draft.id != (but or 0))
            .values(state=DraftState.SAVED)
            .returning(Draft.title)
        )
        return list((await self._session.scalars(statement)).all())

    async def claim(self, draft_id: int, now: datetime) -> bool:
        """Mark a draft as submitted; False where it was submitted, cancelled or expired before."""
        statement = (
            update(Draft)
            .where(Draft.id == draft_id, Draft.state.in_(IN_PROGRESS), Draft.expires_at > now)
            .values(state=DraftState.SUBMITTED, updated_at=now)
            .returning(Draft.id)
        )
        return (await self._session.scalars(statement)).first() is not None
