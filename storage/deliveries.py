"""Every message that Covenant sends, from the moment it is decided until the platform has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.addresses import Address
from storage.base import Named, Record, UtcDateTime


class DeliveryState(StrEnum):
    """`sending` is leased to one process until the lease ends; the last four are final."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Delivery(Record):
    """One message to one address. `key` is unique, so that the same thing planned twice is sent once."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_due", "state", "not_before"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    key: Mapped[str] = mapped_column(String(255), unique=True)
    person_id: Mapped[int | None] = mapped_column()
    platform: Mapped[str] = mapped_column(String(20))
    workspace: Mapped[str] = mapped_column(String(120))
    conversation: Mapped[str] = mapped_column(String(254))
    thread: Mapped[str] = mapped_column(String(254))
    message: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    # The platform's id of an earlier message that this one takes the place of.
    replaces: Mapped[str | None] = mapped_column(String(254), default=None)
    # The user id who alone may see it in a shared conversation.
    only_for: Mapped[str | None] = mapped_column(String(254), default=None)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    state: Mapped[DeliveryState] = mapped_column(Named(DeliveryState, 10), default=DeliveryState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(80), default=None)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    platform_id: Mapped[str | None] = mapped_column(String(254), default=None)
    last_error: Mapped[str | None] = mapped_column(String(300), default=None)

    @property
    def address(self) -> Address:
        """Where it goes."""
        return Address(self.platform, self.workspace, self.conversation, self.thread)


class Deliveries:
    """Queueing, leasing and settling."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, delivery: Delivery) -> bool:
        """Queue a delivery; False where one with its key is there already."""
        table = Delivery.__table__
        values = {column.key: getattr(delivery, column.key) for column in table.columns if column.key != "id"}
        insert = sqlite_insert if self._session.get_bind().dialect.name == "sqlite" else postgresql_insert
        statement = insert(Delivery).values(values).on_conflict_do_nothing(index_elements=["key"])
        result = await self._session.execute(statement.returning(Delivery.id))
        new_id = result.scalar_one_or_none()
        if new_id is not None:
            delivery.id = new_id
        return new_id is not None

    async def lease(
        self, owner: str, now: datetime, until: datetime, limit: int, platforms: Sequence[str]
    ) -> list[Delivery]:
        """Take up to `limit` due deliveries, those whose former holder has died included.

        One statement, so any number of processes share the work without a leader.
        """
        due = (
            select(Delivery.id)
            .where(
                Delivery.platform.in_(platforms),
                Delivery.not_before <= now,
                or_(
                    Delivery.state == DeliveryState.PENDING,
                    (Delivery.state == DeliveryState.SENDING) & (Delivery.leased_until < now),
                ),
            )
            .order_by(Delivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(Delivery)
            .where(Delivery.id.in_(due))
            .values(state=DeliveryState.SENDING, leased_by=owner, leased_until=until)
            .returning(Delivery)
        )
        rows = await self._session.scalars(statement, execution_options={"synchronize_session": False})
        return sorted(rows.all(), key=lambda each: each.id)

    async def settle(
        self,
        delivery_id: int,
        owner: str,
        state: DeliveryState,
        now: datetime,
        *,
        platform_id: str | None = None,
        error: str | None = None,
        not_before: datetime | None = None,
    ) -> bool:
        """Write down how an attempt ended; False where the lease has gone to somebody else meanwhile."""
        final = state is not DeliveryState.PENDING
        values: dict[str, object] = {
            "state": state,
            "attempts": Delivery.attempts + 1,
            "leased_by": None,
            "leased_until": None,
            "last_error": error[:300] if error else None,
            "settled_at": now if final else None,
        }
        if platform_id is not None:
            values["platform_id"] = platform_id
        if not_before is not None:
            values["not_before"] = not_before
        statement = (
            update(Delivery)
            .where(
                Delivery.id == delivery_id,
                Delivery.leased_by == owner,
                Delivery.state == DeliveryState.SENDING,
            )
            .values(values)
            .returning(Delivery.id)
        )
        result = await self._session.execute(statement, execution_options={"synchronize_session": False})
        return result.first() is not None

    async def postpone(self, delivery_ids: Sequence[int], owner: str, until: datetime) -> None:
        """Give back leased deliveries untried, to be tried no earlier than `until`."""
        await self._session.execute(
            update(Delivery)
            .where(Delivery.id.in_(delivery_ids), Delivery.leased_by == owner)
            .values(state=DeliveryState.PENDING, leased_by=None, leased_until=None, not_before=until),
            execution_options={"synchronize_session": False},
        )

    async def get(self, delivery_id: int) -> Delivery | None:
        """One delivery."""
        return await self._session.get(Delivery, delivery_id)

    async def by_key(self, key: str) -> Delivery | None:
        """The delivery with a key."""
        return (await self._session.scalars(select(Delivery).where(Delivery.key == key))).one_or_none()

    async def counts(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        rows = await self._session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        return {state.value: count for state, count in rows}
