"""Looking after deliveries: how much waits and how long, what failed and why, trying again, cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.deliveries import Delivery, DeliveryState


@dataclass(frozen=True, slots=True)
class Failed:
    """How many failed for one reason on one platform."""

    platform: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class BatchCount:
    """How many of a batch are in one state."""

    batch: str
    state: DeliveryState
    count: int


class DeliveryDesk:
    """What an administrator asks of the deliveries."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """How many are due and not sent, and since when the oldest of them has been due."""
        query = select(func.count(), func.min(Delivery.not_before)).where(
            Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]), Delivery.not_before <= now
        )
        count, oldest = (await self._session.execute(query)).one()
        return count, oldest

    async def later(self, now: datetime) -> int:
        """How many are for a later time."""
        query = select(func.count()).where(Delivery.state == DeliveryState.PENDING, Delivery.not_before > now)
        return (await self._session.scalar(query)) or 0

    async def failures(self) -> list[Failed]:
        """What failed and was not tried again, by reason, the most frequent first."""
        count = func.count()
        query = (
            select(Delivery.platform, Delivery.last_error, count)
            .where(Delivery.state == DeliveryState.FAILED)
            .group_by(Delivery.platform, Delivery.last_error)
            .order_by(count.desc(), Delivery.platform, Delivery.last_error)
        )
        return [
            Failed(platform, reason or "", number)
            for platform, reason, number in await self._session.execute(query)
        ]

    async def repeats(self) -> int:
        """How often a message was sent again though the platform may have had it."""
        return (await self._session.scalar(select(func.sum(Delivery.repeats)))) or 0

    async def batches(self) -> list[BatchCount]:
        """The batches that still have something to send or that failed in part, by state."""
        unfinished = select(Delivery.batch).where(
            Delivery.batch.is_not(None),
            Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.FAILED]),
        )
        query = (
            select(Delivery.batch, Delivery.state, func.count())
            .where(Delivery.batch.in_(unfinished))
            .group_by(Delivery.batch, Delivery.state)
            .order_by(Delivery.batch, Delivery.state)
        )
        return [
            BatchCount(batch or "", state, count)
            for batch, state, count in await self._session.execute(query)
        ]

    async def retry_failed(self, now: datetime, batch: str | None = None) -> int:
        """Let what failed be tried anew; how many there were. What was sent or cancelled stays as it is."""
        chosen = Delivery.state == DeliveryState.FAILED
        if batch is not None:
            chosen &= Delivery.batch == batch
        return await self._change(
            chosen, state=DeliveryState.PENDING, attempts=0, not_before=now, settled_at=None
        )

    async def cancel(self, key_or_batch: str, now: datetime) -> int:
        """Cancel what waits under a key or in a batch; how many there were. What is on its way goes out."""
        chosen = (Delivery.state == DeliveryState.PENDING) & or_(
            Delivery.key == key_or_batch, Delivery.batch == key_or_batch
        )
        return await self._change(chosen, state=DeliveryState.CANCELLED, settled_at=now)

    async def _change(self, chosen: ColumnElement[bool], **values: object) -> int:
        statement = update(Delivery).where(chosen).values(**values).returning(Delivery.id)
        result = await self._session.execute(statement, execution_options={"synchronize_session": False})
        return len(result.all())
