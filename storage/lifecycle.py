"""A contract's way through its lifecycle: each change of stage, and a Business Unit's handover points."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.contracts import Stage


class StageChange(Record):
    """One change of stage, with what was asked for; `answers` are by the question's words."""

    __tablename__ = "stage_changes"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    to_stage: Mapped[Stage] = mapped_column(Named(Stage, 10))
    from_stage: Mapped[Stage | None] = mapped_column(Named(Stage, 10), default=None)
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)


class HandoverPoint(Record):
    """What a Business Unit does between its teams when a contract comes to a stage."""

    __tablename__ = "handover_points"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(Named(Stage, 10), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Lifecycles:
    """Queries over stages."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, change: StageChange) -> None:
        """Keep a change of stage."""
        self._session.add(change)

    async def of_contract(self, contract_id: int) -> list[StageChange]:
        """Every change of a contract's stage, the newest first."""
        query = (
            select(StageChange).where(StageChange.contract_id == contract_id).order_by(StageChange.id.desc())
        )
        return list((await self._session.scalars(query)).all())

    async def point(self, unit_id: int, stage: Stage) -> HandoverPoint | None:
        """What a Business Unit does when a contract comes to a stage."""
        return await self._session.get(HandoverPoint, (unit_id, stage))

    async def set_point(self, unit_id: int, stage: Stage, text: str) -> None:
        """Set what a Business Unit does when a contract comes to a stage."""
        await self._session.merge(HandoverPoint(unit_id=unit_id, stage=stage, text=text))
