"""How far a broadcast has come: what became of each copy, and whose messages are still to change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, Subquery, case, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.broadcast_readers import Click
from storage.broadcasts import Broadcast, Recipient
from storage.deliveries import Delivery, DeliveryState
from storage.people import Person

# A copy that could not be left at one account goes to another of the same person: the best of them counts.
_BEST_FIRST = (
    DeliveryState.SENT,
    DeliveryState.SENDING,
    DeliveryState.PENDING,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
    DeliveryState.CANCELLED,
)
_RANKS = {state: len(_BEST_FIRST) - place for place, state in enumerate(_BEST_FIRST)}
_STATES = {rank: state for state, rank in _RANKS.items()}
_UNSENT = (DeliveryState.PENDING, DeliveryState.SENDING)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """One broadcast's figures: `audience` is the sum of all the others."""

    audience: int
    states: Mapping[DeliveryState, int]
    failed: Mapping[str, int]
    unreachable: Mapping[str, int]
    later: int

    @property
    def sent(self) -> int:
        """How many have it."""
        return self.states.get(DeliveryState.SENT, 0)

    @property
    def waiting(self) -> int:
        """How many are still to be sent, those in their quiet hours included."""
        return sum(self.states.get(each, 0) for each in _UNSENT)

    @property
    def not_reached(self) -> int:
        """How many could not be written to from the start."""
        return sum(self.unreachable.values())


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one copy, for a table of them all."""

    name: str
    email: str
    state: str
    reason: str
    platform: str
    sent_at: datetime | None
    clicked: Mapping[int, datetime]


class BroadcastFigures:
    """Counting what went out."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, broadcast: Broadcast, now: datetime) -> Figures:
        """The figures now, counted in the database."""
        best = _best(broadcast.batch)
        states = {
            _STATES[rank]: count
            for rank, count in await self._session.execute(
                select(best.c.rank, func.count()).group_by(best.c.rank)
            )
        }
        failed = await self._grouped(
            select(best.c.reason, func.count())
            .where(best.c.rank == _RANKS[DeliveryState.FAILED])
            .group_by(best.c.reason)
        )
        unreachable = await self._grouped(
            select(Recipient.unreachable, func.count())
            .where(Recipient.broadcast_id == broadcast.id, Recipient.unreachable.is_not(None))
            .group_by(Recipient.unreachable)
        )
        total = select(func.count()).where(Recipient.broadcast_id == broadcast.id)
        later = select(func.count()).where(
            Delivery.batch == broadcast.batch,
            Delivery.state == DeliveryState.PENDING,
            Delivery.attempts == 0,
            Delivery.not_before > now,
        )
        return Figures(
            (await self._session.scalar(total)) or 0,
            states,
            failed,
            unreachable,
            (await self._session.scalar(later)) or 0,
        )

    async def _grouped(self, query: object) -> dict[str, int]:
        rows = await self._session.execute(query)  # type: ignore[call-overload]  # any select of two columns
        return {reason or "no reason given": count for reason, count in rows}

    async def unsent(self, batch: str) -> bool:
        """Whether anything of a batch is still to be sent."""
        query = select(Delivery.id).where(Delivery.batch == batch, Delivery.state.in_(_UNSENT)).limit(1)
        return (await self._session.execute(query)).first() is not None

    async def under_way(self, batch: str) -> bool:
        """Whether anything of a batch is being sent at this moment."""
        query = select(Delivery.id).where(Delivery.batch == batch, Delivery.state == DeliveryState.SENDING)
        return (await self._session.execute(query.limit(1))).first() is not None

    async def retry_failed(self, batch: str, now: datetime) -> int:
        """Let what failed be tried anew for those who have it nowhere else; how many there were."""
        other = aliased(Delivery)
        elsewhere = (
            select(1)
            .where(
                other.batch == Delivery.batch,
                other.person_id == Delivery.person_id,
                other.state.in_([DeliveryState.SENT, *_UNSENT]),
            )
            .exists()
        )
        failed = select(Delivery.id).where(
            Delivery.batch == batch, Delivery.state == DeliveryState.FAILED, ~elsewhere
        )
        statement = (
            update(Delivery)
            .where(Delivery.id.in_(failed))
            .values(state=DeliveryState.PENDING, attempts=0, not_before=now, settled_at=None)
            .returning(Delivery.id)
        )
        rows = await self._session.execute(statement, execution_options={"synchronize_session": False})
        return len(rows.all())

    async def not_acknowledged(self, broadcast: Broadcast, place: int, after: int, size: int) -> list[int]:
        """The ids of the next people who have it and have not pressed that button."""
        pressed = select(Click.person_id).where(Click.broadcast_id == broadcast.id, Click.place == place)
        query = (
            select(Delivery.person_id)
            .join(Person, Person.id == Delivery.person_id)
            .where(
                Delivery.batch == broadcast.batch,
                Delivery.state == DeliveryState.SENT,
                Delivery.person_id > after,
                Delivery.person_id.not_in(pressed),
                Person.active.is_(True),
            )
            .group_by(Delivery.person_id)
            .order_by(Delivery.person_id)
            .limit(size)
        )
        return [each for each in await self._session.scalars(query) if each is not None]

    async def say_instead(self, batch: str, message: str) -> int:
        """Change what waits to be sent of a batch; how many there were. What is on its way is not among them."""
        statement = (
            update(Delivery)
            .where(
                Delivery.batch == batch, Delivery.state == DeliveryState.PENDING, Delivery.message != message
            )
            .values(message=message)
            .returning(Delivery.id)
        )
        rows = await self._session.execute(statement, execution_options={"synchronize_session": False})
        return len(rows.all())

    async def shown_otherwise(self, batch: str, message: str, size: int) -> list[Delivery]:
        """Some messages of a batch that were sent and say something else, locked until the transaction ends."""
        query = (
            select(Delivery)
            .where(
                Delivery.batch == batch,
                Delivery.state == DeliveryState.SENT,
                Delivery.platform_id.is_not(None),
                Delivery.message != message,
            )
            .order_by(Delivery.id)
            .limit(size)
            .with_for_update(skip_locked=True)
        )
        return list((await self._session.scalars(query)).all())

    async def lines(self, broadcast: Broadcast) -> AsyncIterator[Line]:
        """What became of every copy, read page by page in the order of the recipients' keys."""
        after = ""
        while page := await self._recipients(broadcast.id, after):
            for line in await self._lines(broadcast, page):
                yield line
            after = page[-1].key

    async def _recipients(self, broadcast_id: int, after: str) -> Sequence[Recipient]:
        query = (
            select(Recipient)
            .where(Recipient.broadcast_id == broadcast_id, Recipient.key > after)
            .order_by(Recipient.key)
            .limit(_PAGE)
        )
        return (await self._session.scalars(query)).all()

    async def _lines(self, broadcast: Broadcast, page: Sequence[Recipient]) -> list[Line]:
        ids = [each.person_id for each in page if each.person_id is not None]
        people = {
            each.id: each for each in await self._session.scalars(select(Person).where(Person.id.in_(ids)))
        }
        copies: dict[str, Delivery] = {}
        query = select(Delivery).where(
            Delivery.batch == broadcast.batch,
            or_(Delivery.person_id.in_(ids), Delivery.key.in_([each.key for each in page])),
        )
        for copy in await self._session.scalars(query):
            key = f"{broadcast.batch}:person:{copy.person_id}" if copy.person_id else copy.key
            if key not in copies or _RANKS[copy.state] > _RANKS[copies[key].state]:
                copies[key] = copy
        clicks: dict[int, dict[int, datetime]] = {}
        pressed = select(Click).where(Click.broadcast_id == broadcast.id, Click.person_id.in_(ids))
        for click in await self._session.scalars(pressed):
            clicks.setdefault(click.person_id, {})[click.place] = click.at
        return [
            _line(
                each, people.get(each.person_id or 0), copies.get(each.key), clicks.get(each.person_id or 0)
            )
            for each in page
        ]


def _line(
    recipient: Recipient, person: Person | None, copy: Delivery | None, clicked: Mapping[int, datetime] | None
) -> Line:
    sent = copy is not None and copy.state is DeliveryState.SENT
    return Line(
        person.name if person else "Channel",
        person.email if person else "",
        copy.state.value if copy else "not reached",
        recipient.unreachable or (copy.last_error if copy and not sent else "") or "",
        copy.platform if copy else "",
        copy.settled_at if copy and sent else None,
        clicked or {},
    )


def _best(batch: str) -> Subquery:
    """For each recipient of a batch, how far the best of their copies has come, and a reason where it failed."""
    rank: ColumnElement[int] = case(_RANKS, value=Delivery.state)
    who = case((Delivery.person_id.is_(None), Delivery.key), else_=cast(Delivery.person_id, String))
    return (
        select(
            func.max(rank).label("rank"),
            func.max(case((Delivery.state == DeliveryState.FAILED, Delivery.last_error))).label("reason"),
        )
        .where(Delivery.batch == batch)
        .group_by(who)
        .subquery()
    )
