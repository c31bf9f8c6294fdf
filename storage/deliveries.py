"""Every message that Covenant sends, from the moment it is decided until the platform has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from storage.addresses import Address
from storage.base import Named, Record, UtcDateTime
from storage.holds import holds_back

# Leases are taken one after another, so that two processes never part the messages of one conversation.
_LEASE_LOCK = 5_170_313
# A message that never ends in a result, as one that kills its process, is given up after so many attempts.
MOST_ATTEMPTS = 12
# Nothing that a session holds is changed by a statement of ours.
_UNSYNCHRONIZED = {"synchronize_session": False}


class DeliveryState(StrEnum):
    """`sending` is leased to one process until the lease ends; the last four are final."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Priority(IntEnum):
    """What goes first. `CONTROL` is words about the delivery itself, which go out while it is paused."""

    CONTROL = 0
    REPLY = 1
    NUDGE = 2
    BULK = 3


class Delivery(Record):
    """One message to one address. `key` is unique, so that the same thing planned twice is sent once.

    A key begins with what the message is about, and which one: `expert:12:asked`, `broadcast:3:person:7`.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "state", "priority", "id"),
        Index("ix_deliveries_open", "conversation", "state"),
        Index("ix_deliveries_batch", "batch", "state"),
    )

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
    priority: Mapped[int] = mapped_column(SmallInteger, default=Priority.NUDGE, server_default="2")
    # What it is counted, paused and cancelled with, such as `broadcast:12`.
    batch: Mapped[str | None] = mapped_column(String(80), default=None)
    # Whether an earlier attempt may have got through without our knowing.
    doubtful: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How often it was sent again where the platform could not say whether it had it.
    repeats: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")

    @property
    def address(self) -> Address:
        """Where it goes."""
        return Address(self.platform, self.workspace, self.conversation, self.thread)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended. `repeated`: it was sent though it may have been there already."""

    delivery_id: int
    state: DeliveryState
    platform_id: str | None = None
    error: str | None = None
    not_before: datetime | None = None
    doubtful: bool = False
    repeated: bool = False


class Deliveries:
    """Queueing, leasing and settling."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, delivery: Delivery) -> bool:
        """Queue a delivery; False where one with its key is there already."""
        connection = await self._session.connection()
        new_id = (await connection.execute(self._add, _values(delivery))).scalar_one_or_none()
        if new_id is not None:
            delivery.id = new_id
        return new_id is not None

    async def add_many(self, deliveries: Sequence[Delivery]) -> int:
        """Queue many in few statements, and say how many were new; their ids are not filled in."""
        if not deliveries:
            return 0
        connection = await self._session.connection()
        return len((await connection.execute(self._add, [_values(each) for each in deliveries])).all())

    @property
    def _add(self) -> ReturningInsert[int]:
        return _ADD_SQLITE if self._sqlite else _ADD_POSTGRESQL

    async def reclaim(self, now: datetime) -> list[Delivery]:
        """Put back what a process that died had leased, and give up what has killed too many.

        Whether those messages went out is not known: they are doubtful from now on.
        """
        rows = await self._session.scalars(_RECLAIM, {"now": now}, execution_options=_UNSYNCHRONIZED)
        return list(rows.all())

    async def lease(
        self, owner: str, now: datetime, until: datetime, limit: int, platforms: Sequence[str]
    ) -> list[Delivery]:
        """Take up to `limit` due deliveries, the most urgent first. Each lease counts as an attempt.

        One statement, so any number of processes share the work without a leader. A conversation's
        messages stay in order: none is taken while an earlier one, no less urgent, is on its way or waits
        to be tried again.
        """
        if not self._sqlite:
            await self._session.execute(text(f"select pg_advisory_xact_lock({_LEASE_LOCK})"))
        these = {"owner": owner, "now": now, "until": until, "limit": limit, "platforms": list(platforms)}
        rows = await self._session.scalars(_LEASE, these, execution_options=_UNSYNCHRONIZED)
        return sorted(rows.all(), key=lambda each: (each.priority, each.id))

    async def busy(self, conversations: Iterable[str], owner: str, now: datetime) -> dict[Address, int]:
        """Where something waits to be tried again or another process has it on its way: how urgent that is."""
        these = {"conversations": list(conversations), "owner": owner, "now": now}
        rows = await self._session.execute(_BUSY, these)
        return {Address(*where): priority for *where, priority in rows}

    async def settle(self, settlements: Sequence[Settlement], owner: str, now: datetime) -> frozenset[int]:
        """Write down how attempts ended; the ids of those whose lease had not gone to somebody else."""
        these = {"ids": [each.delivery_id for each in settlements], "owner": owner}
        held = await self._session.scalars(_HELD, these)
        mine = frozenset(held.all())
        rows = [_row(each, now) for each in settlements if each.delivery_id in mine]
        if rows:
            connection = await self._session.connection()
            await connection.execute(_SETTLE, rows)
        return mine

    async def give_back(self, delivery_ids: Sequence[int], owner: str) -> None:
        """Give back leased deliveries untried: that was no attempt."""
        await self._session.execute(
            update(Delivery)
            .where(
                Delivery.id.in_(delivery_ids),
                Delivery.leased_by == owner,
                Delivery.state == DeliveryState.SENDING,
            )
            .values(
                state=DeliveryState.PENDING,
                leased_by=None,
                leased_until=None,
                attempts=Delivery.attempts - 1,
            ),
            execution_options=_UNSYNCHRONIZED,
        )

    async def get(self, delivery_id: int) -> Delivery | None:
        """One delivery."""
        return await self._session.get(Delivery, delivery_id)

    async def by_key(self, key: str) -> Delivery | None:
        """The delivery with a key."""
        return (await self._session.scalars(select(Delivery).where(Delivery.key == key))).one_or_none()

    async def root(self, address: Address, *also_called: str) -> Delivery | None:
        """The message of ours that the thread of an address hangs under; its conversation may have other names."""
        if not address.thread:
            return None
        query = select(Delivery).where(
            Delivery.conversation.in_((address.conversation, *also_called)),
            Delivery.state == DeliveryState.SENT,
            Delivery.platform == address.platform,
            Delivery.workspace == address.workspace,
            Delivery.platform_id == address.thread,
        )
        # What took its place later has the same id: the first of them says what it is about.
        return (await self._session.scalars(query.order_by(Delivery.id).limit(1))).one_or_none()

    async def counts(self, batch: str | None = None) -> dict[str, int]:
        """How many deliveries are in each state: all of them, or those of a batch."""
        query = select(Delivery.state, func.count()).group_by(Delivery.state)
        if batch is not None:
            query = query.where(Delivery.batch == batch)
        return {state.value: count for state, count in await self._session.execute(query)}

    @property
    def _sqlite(self) -> bool:
        return bool(self._session.get_bind().dialect.name == "sqlite")


def _under_way(table: type[Delivery], now: BindParameter[datetime]) -> ColumnElement[bool]:
    """On its way, or waiting to be tried again."""
    return or_(
        table.state == DeliveryState.SENDING,
        and_(table.state == DeliveryState.PENDING, table.attempts > 0, table.not_before > now),
    )


def _has_one_before(now: BindParameter[datetime]) -> ColumnElement[bool]:
    earlier = aliased(Delivery)
    return (
        select(1)
        .where(
            earlier.conversation == Delivery.conversation,
            earlier.platform == Delivery.platform,
            earlier.workspace == Delivery.workspace,
            earlier.thread == Delivery.thread,
            earlier.id < Delivery.id,
            earlier.priority <= Delivery.priority,
            earlier.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
            _under_way(earlier, now),
        )
        .exists()
    )


# What every turn and every sweep asks, put together once: SQLAlchemy takes longer to do that than the database to answer.
_ADDRESS = (Delivery.platform, Delivery.workspace, Delivery.conversation, Delivery.thread)
_BUSY = (
    select(*_ADDRESS, func.min(Delivery.priority))
    .where(
        Delivery.conversation.in_(bindparam("conversations", expanding=True)),
        Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
        _under_way(Delivery, bindparam("now")),
        or_(Delivery.leased_by.is_(None), Delivery.leased_by != bindparam("owner")),
    )
    .group_by(*_ADDRESS)
)
_HELD = (
    select(Delivery.id)
    .where(
        Delivery.id.in_(bindparam("ids", expanding=True)),
        Delivery.leased_by == bindparam("owner"),
        Delivery.state == DeliveryState.SENDING,
    )
    .order_by(Delivery.id)
    .with_for_update()
)
_NOW = bindparam("now", type_=UtcDateTime())
_DUE = (
    select(Delivery.id)
    .where(
        Delivery.platform.in_(bindparam("platforms", expanding=True)),
        Delivery.not_before <= _NOW,
        Delivery.state == DeliveryState.PENDING,
        ~_has_one_before(_NOW),
        ~holds_back(Delivery, _NOW),
    )
    .order_by(Delivery.priority, Delivery.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(Delivery)
    .where(Delivery.id.in_(_DUE))
    .values(
        state=DeliveryState.SENDING,
        leased_by=bindparam("owner"),
        leased_until=bindparam("until"),
        attempts=Delivery.attempts + 1,
    )
    .returning(Delivery)
)
_ENDED = (
    select(Delivery.id)
    .where(Delivery.state == DeliveryState.SENDING, Delivery.leased_until < _NOW)
    .with_for_update(skip_locked=True)
)
_HOPELESS = Delivery.attempts >= MOST_ATTEMPTS
_GIVEN_UP = f"given up: {MOST_ATTEMPTS} attempts ended without a result, each with the end of its process"
_RECLAIM = (
    update(Delivery)
    .where(Delivery.id.in_(_ENDED))
    .values(
        state=case((_HOPELESS, DeliveryState.FAILED), else_=DeliveryState.PENDING),
        last_error=case((_HOPELESS, _GIVEN_UP), else_="the process that sent it ended"),
        settled_at=case((_HOPELESS, _NOW), else_=None),
        doubtful=true(),
        leased_by=None,
        leased_until=None,
    )
    .returning(Delivery)
)
_DELIVERIES = Delivery.metadata.tables["deliveries"]
_ADD_SQLITE, _ADD_POSTGRESQL = (
    insert(_DELIVERIES).on_conflict_do_nothing(index_elements=["key"]).returning(_DELIVERIES.c.id)
    for insert in (sqlite_insert, postgresql_insert)
)
_SETTLE = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("this_id"))
    .values(
        state=bindparam("new_state"),
        leased_by=None,
        leased_until=None,
        last_error=bindparam("new_error"),
        settled_at=bindparam("new_settled_at"),
        platform_id=func.coalesce(bindparam("new_platform_id", type_=String), _DELIVERIES.c.platform_id),
        not_before=func.coalesce(bindparam("new_not_before", type_=UtcDateTime), _DELIVERIES.c.not_before),
        doubtful=bindparam("new_doubtful"),
        repeats=_DELIVERIES.c.repeats + bindparam("new_repeats"),
    )
)


_COLUMNS = tuple(column.key for column in _DELIVERIES.columns if column.key != "id")


def _values(delivery: Delivery) -> dict[str, object]:
    return {name: getattr(delivery, name) for name in _COLUMNS}


def _row(settlement: Settlement, now: datetime) -> dict[str, object]:
    return {
        "this_id": settlement.delivery_id,
        "new_state": settlement.state,
        "new_error": settlement.error[:300] if settlement.error else None,
        "new_settled_at": None if settlement.state is DeliveryState.PENDING else now,
        "new_platform_id": settlement.platform_id,
        "new_not_before": settlement.not_before,
        "new_doubtful": settlement.doubtful,
        "new_repeats": int(settlement.repeated),
    }
