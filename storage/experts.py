"""Questions handed to a person, because the knowledge base had no answer or not enough of one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class ExpertState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class ExpertRequest(Record):
    """One request for a person's answer, and the answer once it is given."""

    __tablename__ = "expert_requests"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    question: Mapped[str] = mapped_column(Text)
    context: Mapped[str] = mapped_column(Text, default="")
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"), default=None)
    article: Mapped[str | None] = mapped_column(String(80), default=None)
    state: Mapped[ExpertState] = mapped_column(Named(ExpertState, 10), default=ExpertState.OPEN)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answer: Mapped[str] = mapped_column(Text, default="")


class ExpertRequests:
    """Queries over expert requests."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: ExpertRequest) -> ExpertRequest:
        """Keep a request and give it its id."""
        self._session.add(request)
        await self._session.flush()
        return request

    async def get(self, request_id: int) -> ExpertRequest | None:
        """One request, locked for the transaction so that two answers can't cross."""
        query = select(ExpertRequest).where(ExpertRequest.id == request_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def open_of(self, asker_id: int) -> list[ExpertRequest]:
        """The requests of one person that wait for an answer, oldest first."""
        query = (
            select(ExpertRequest)
            .where(ExpertRequest.asker_id == asker_id, ExpertRequest.state == ExpertState.OPEN)
            .order_by(ExpertRequest.id)
        )
        return list((await self._session.scalars(query)).all())

    async def in_state(self, state: ExpertState) -> list[ExpertRequest]:
        """The requests in a state, oldest first."""
        query = select(ExpertRequest).where(ExpertRequest.state == state).order_by(ExpertRequest.id)
        return list((await self._session.scalars(query)).all())
