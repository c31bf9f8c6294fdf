"""Briefings that somebody asks for, for their Business Unit or team, and what becomes of each request."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class RequestState(StrEnum):
    """Where a request stands: `announced` is what it asked for, and the last three are final."""

    ASKED = "asked"
    ANNOUNCED = "announced"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class BriefingRequest(Record):
    """One request. `suits` says when and for about how many; `outcome` why it was declined.

    `briefing_id` is the briefing that was planned from it, announced or not yet.
    """

    __tablename__ = "briefing_requests"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    asker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    topic: Mapped[str] = mapped_column(String(150))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), default=None)
    suits: Mapped[str] = mapped_column(String(200), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RequestState] = mapped_column(Named(RequestState, 10), default=RequestState.ASKED)
    briefing_id: Mapped[int | None] = mapped_column(ForeignKey("briefings.id"), default=None, index=True)
    outcome: Mapped[str] = mapped_column(Text, default="")

    @property
    def open(self) -> bool:
        """Whether somebody still waits for it."""
        return self.state is RequestState.ASKED


class BriefingRequests:
    """Queries over what was asked for."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: BriefingRequest) -> BriefingRequest:
        """Keep a request and give it its id."""
        self._session.add(request)
        await self._session.flush()
        return request

    async def get(self, request_id: int) -> BriefingRequest | None:
        """One request, locked for the transaction so that two answers can't cross."""
        query = select(BriefingRequest).where(BriefingRequest.id == request_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def open(self) -> list[BriefingRequest]:
        """Those that somebody waits for, the oldest first."""
        query = select(BriefingRequest).where(BriefingRequest.state == RequestState.ASKED)
        return list((await self._session.scalars(query.order_by(BriefingRequest.id))).all())

    async def of(self, asker_id: int, limit: int) -> list[BriefingRequest]:
        """Somebody's own, the newest first."""
        query = select(BriefingRequest).where(BriefingRequest.asker_id == asker_id)
        return list(
            (await self._session.scalars(query.order_by(BriefingRequest.id.desc()).limit(limit))).all()
        )

    async def since(self, moment: datetime) -> list[BriefingRequest]:
        """Those made since a moment, withdrawn ones left out."""
        query = select(BriefingRequest).where(
            BriefingRequest.asked_at >= moment, BriefingRequest.state != RequestState.WITHDRAWN
        )
        return list((await self._session.scalars(query.order_by(BriefingRequest.id))).all())

    async def planned_as(self, briefing_id: int) -> list[BriefingRequest]:
        """The open ones from which a briefing was planned."""
        query = select(BriefingRequest).where(
            BriefingRequest.briefing_id == briefing_id, BriefingRequest.state == RequestState.ASKED
        )
        return list((await self._session.scalars(query.order_by(BriefingRequest.id))).all())
