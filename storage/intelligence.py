"""Market-intelligence requests: who asks BSP Commercial for what, by when, and what becomes of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class IntelligenceState(StrEnum):
    """Where a request stands; the last three are final."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN = (IntelligenceState.ASKED, IntelligenceState.ACCEPTED)


class IntelligenceRequest(Record):
    """One request about a contract, a market or both; what is not named is empty.

    `contract` is its reference and title as the asker saw them: whoever answers may not see the contract.
    `outcome` is the answer, or why it was declined. `changed_at` is when it came to its state.
    """

    __tablename__ = "intelligence_requests"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    asker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    needed_by: Mapped[date]
    question: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contract: Mapped[str] = mapped_column(String(300), default="")
    market: Mapped[str] = mapped_column(String(150), default="")
    state: Mapped[IntelligenceState] = mapped_column(
        Named(IntelligenceState, 10), default=IntelligenceState.ASKED
    )
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    outcome: Mapped[str] = mapped_column(Text, default="")

    @property
    def open(self) -> bool:
        """Whether somebody still waits for it."""
        return self.state in OPEN

    def late_on(self, day: date) -> bool:
        """Whether it was needed before this day and is still open."""
        return self.open and self.needed_by < day


class Intelligence:
    """Queries over market-intelligence requests."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: IntelligenceRequest) -> IntelligenceRequest:
        """Keep a request and give it its id."""
        self._session.add(request)
        await self._session.flush()
        return request

    async def get(self, request_id: int) -> IntelligenceRequest | None:
        """One request, locked for the transaction so that two people can't both accept it."""
        query = select(IntelligenceRequest).where(IntelligenceRequest.id == request_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def waiting(self, asker_id: int | None = None) -> list[IntelligenceRequest]:
        """The open ones, of one asker where one is given, soonest needed first."""
        query = (
            select(IntelligenceRequest)
            .where(IntelligenceRequest.state.in_(OPEN))
            .order_by(IntelligenceRequest.needed_by, IntelligenceRequest.id)
        )
        if asker_id is not None:
            query = query.where(IntelligenceRequest.asker_id == asker_id)
        return list((await self._session.scalars(query)).all())

    async def settled(self, limit: int, asker_id: int | None = None) -> list[IntelligenceRequest]:
        """The newest of those that are answered, declined or withdrawn."""
        query = (
            select(IntelligenceRequest)
            .where(IntelligenceRequest.state.not_in(OPEN))
            .order_by(IntelligenceRequest.changed_at.desc(), IntelligenceRequest.id.desc())
            .limit(limit)
        )
        if asker_id is not None:
            query = query.where(IntelligenceRequest.asker_id == asker_id)
        return list((await self._session.scalars(query)).all())
