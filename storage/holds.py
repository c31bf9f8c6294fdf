"""What keeps messages back: a pause of all sending, of one batch, and the brakes that platforms ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, ColumnElement, String, and_, bindparam, delete, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.addresses import Address
from storage.base import Record, UtcDateTime

if TYPE_CHECKING:
    from storage.deliveries import Delivery

# Everything but the words about the pause itself.
EVERYTHING = "everything"


def batch_scope(batch: str) -> str:
    """The messages of a batch."""
    return f"batch|{batch}"


def tenant_scope(address: Address) -> str:
    """The messages to one workspace or tenant of a platform."""
    return f"tenant|{address.platform}|{address.workspace}"


def place_scope(address: Address) -> str:
    """The messages to one conversation, its threads included: platforms count them together."""
    return f"place|{address.platform}|{address.workspace}|{address.conversation}"


class Hold(Record):
    """One thing that keeps messages back, until a moment or until somebody lifts it."""

    __tablename__ = "holds"

    scope: Mapped[str] = mapped_column(String(420), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    reason: Mapped[str] = mapped_column(String(300), default="")
    person_id: Mapped[int | None] = mapped_column(default=None)


class Holds:
    """Setting and lifting them. They stand in the database, so every process obeys them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(
        self,
        scope: str,
        now: datetime,
        *,
        until: datetime | None = None,
        reason: str = "",
        by: int | None = None,
    ) -> bool:
        """Hold something back; False where that is so already, and for as long."""
        found = await self._session.get(Hold, scope)
        if found is None:
            self._session.add(Hold(scope=scope, since=now, until=until, reason=reason[:300], person_id=by))
            return True
        if found.until is None or (until is not None and until <= found.until):
            return False
        if found.until <= now:
            found.since = now
        found.until, found.reason, found.person_id = until, reason[:300], by
        return True

    async def lift(self, scope: str) -> bool:
        """Let it go; False where nothing was held."""
        result = await self._session.execute(delete(Hold).where(Hold.scope == scope).returning(Hold.scope))
        return result.first() is not None

    async def in_force(self, now: datetime) -> list[Hold]:
        """Every hold in force, the oldest first."""
        return list((await self._session.scalars(_IN_FORCE, {"now": now})).all())

    async def forget_ended(self, now: datetime) -> None:
        """Remove brakes whose time is over."""
        await self._session.execute(_FORGET_ENDED, {"now": now})


def scopes_of(address: Address, batch: str | None, *, control: bool = False) -> Iterable[str]:
    """Each scope that a message lies in."""
    if not control:
        yield EVERYTHING
    if batch is not None:
        yield batch_scope(batch)
    yield tenant_scope(address)
    yield place_scope(address)


def holds_back(table: type[Delivery], now: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether some hold in force keeps a row of deliveries back, as SQL: the same rule as `scopes_of`."""
    tenant = table.platform + "|" + table.workspace
    return (
        select(1)
        .where(
            _in_force(now),
            or_(
                and_(Hold.scope == EVERYTHING, table.priority > 0),
                Hold.scope == literal("batch|") + table.batch,
                Hold.scope == literal("tenant|") + tenant,
                Hold.scope == literal("place|") + tenant + "|" + table.conversation,
            ),
        )
        .exists()
    )


def _in_force(now: BindParameter[datetime]) -> ColumnElement[bool]:
    return or_(Hold.until.is_(None), Hold.until > now)


# Asked in every turn, so it is put together once.
_IN_FORCE = select(Hold).where(_in_force(bindparam("now"))).order_by(Hold.since, Hold.scope)
_FORGET_ENDED = delete(Hold).where(Hold.until <= bindparam("now"))
