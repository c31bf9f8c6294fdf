"""Follow-ups: what a low score on one contract asks of a person, until it is done or called off."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.months import months_after


class FollowUpState(StrEnum):
    """Where a follow-up stands. `BOOKED`: a day for its review is agreed."""

    OPEN = "open"
    BOOKED = "booked"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether something is still asked of somebody."""
        return self in OPEN_STATES


OPEN_STATES = (FollowUpState.OPEN, FollowUpState.BOOKED)


class FollowUp(Record):
    """One follow-up on one contract, opened by a rule such as `FU-RISK`.

    `owner_id` is the person asked, `copied_id` the first point of contact; either is empty where the
    post is vacant. `note` grows by a line for each later low score. One that is added by hand has no
    `assessment_id`. `reassess_months` after its closing the area is to be assessed again.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (UniqueConstraint("assessment_id", "rule"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    rule: Mapped[str] = mapped_column(String(40))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    area: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[date] = mapped_column()
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessments.id"), default=None)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None, index=True)
    copied_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    state: Mapped[FollowUpState] = mapped_column(Named(FollowUpState, 10), default=FollowUpState.OPEN)
    note: Mapped[str] = mapped_column(Text, default="")
    reassess_months: Mapped[int | None] = mapped_column(default=None)
    reassess_on: Mapped[date | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)

    def add_note(self, line: str) -> None:
        """Add a line to the note."""
        self.note = f"{self.note}\n{line}".strip()

    def close(self, state: FollowUpState, at: datetime, by: int | None) -> None:
        """Mark it done or called off; done, its area is assessed again after the rule's months."""
        self.state, self.closed_at, self.closed_by = state, at, by
        if state is FollowUpState.DONE and self.reassess_months is not None:
            self.reassess_on = months_after(at.date(), self.reassess_months)


class FollowUps:
    """Queries over follow-ups."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, follow_up: FollowUp) -> FollowUp:
        """Keep a follow-up and give it its id."""
        self._session.add(follow_up)
        await self._session.flush()
        return follow_up

    async def get(self, follow_up_id: int) -> FollowUp | None:
        """One follow-up, locked for the transaction so that two people can't close it at once."""
        query = select(FollowUp).where(FollowUp.id == follow_up_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def of_contract(self, contract_id: int) -> list[FollowUp]:
        """Every follow-up of a contract, oldest first."""
        query = select(FollowUp).where(FollowUp.contract_id == contract_id).order_by(FollowUp.id)
        return list((await self._session.scalars(query)).all())

    async def open_for(self, contract_id: int) -> list[FollowUp]:
        """What is open on a contract, the first due first."""
        return await self._open(FollowUp.contract_id == contract_id)

    async def open_of(self, person_id: int) -> list[FollowUp]:
        """What is open and asked of a person, the first due first."""
        return await self._open(FollowUp.owner_id == person_id)

    async def all_open(self) -> list[FollowUp]:
        """Everything open, the first due first."""
        return await self._open()

    async def to_reassess(self) -> list[FollowUp]:
        """Those done whose area is to be assessed again, the first due first."""
        query = select(FollowUp).where(FollowUp.reassess_on.is_not(None)).order_by(FollowUp.reassess_on)
        return list((await self._session.scalars(query)).all())

    async def _open(self, *conditions: ColumnElement[bool]) -> list[FollowUp]:
        query = select(FollowUp).where(FollowUp.state.in_(OPEN_STATES), *conditions)
        return list((await self._session.scalars(query.order_by(FollowUp.due, FollowUp.id))).all())
