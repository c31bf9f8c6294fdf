"""Broadcasts: what the SRM lead says to many at once, from the first draft to the last figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.audiences import Audience
from storage.base import Named, Record, UtcDateTime

MOST_BUTTONS = 5


class BroadcastState(StrEnum):
    """Where a broadcast stands. Whether its sending is paused is a hold on its deliveries, not a state."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """As people read it."""
        return "Proposed for approval" if self is BroadcastState.PROPOSED else self.value.capitalize()

    @property
    def editable(self) -> bool:
        """Whether what it says may still change without anybody having read it."""
        return self in (BroadcastState.DRAFT, BroadcastState.PROPOSED)


class Repeat(StrEnum):
    """How often it is sent again."""

    NONE = "none"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def label(self) -> str:
        """As people read it."""
        return {"none": "Once", "weekly": "Every week", "monthly": "Every month"}[self.value]


class ButtonKind(StrEnum):
    """What a reader's button does."""

    LINK = "link"
    ARTICLE = "article"
    COMMAND = "command"
    ACKNOWLEDGE = "acknowledge"

    @property
    def label(self) -> str:
        """As people read it."""
        return {
            "link": "Gives a link",
            "article": "Opens an article",
            "command": "Starts a form or another command",
            "acknowledge": "Says that it was read",
        }[self.value]


@dataclass(frozen=True, slots=True)
class ReaderButton:
    """A button under a broadcast: `target` is the address, the article's slug or the words of the command."""

    label: str
    kind: ButtonKind
    target: str = ""


class Broadcast(Record):
    """One broadcast. `starts_at` is when it is wanted, and from `scheduled` on the moment at which it begins.

    `version` counts the changes: a confirmation that was given for another version does not count.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (Index("ix_broadcasts_due", "state", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    title: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    image: Mapped[str] = mapped_column(String(1000), default="")
    alt: Mapped[str] = mapped_column(String(500), default="")
    button_rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default_factory=list)
    audience_row: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    repeat: Mapped[Repeat] = mapped_column(Named(Repeat, 10), default=Repeat.NONE)
    # The day of the month that was wanted at first: after a February the 28th, the 31st comes back.
    repeat_day: Mapped[int | None] = mapped_column(default=None)
    # By whose clock the time was chosen and it repeats: a time zone's name, None for the council's.
    zone: Mapped[str | None] = mapped_column(String(50), default=None)
    urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    template: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[BroadcastState] = mapped_column(Named(BroadcastState, 10), default=BroadcastState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    corrected_on: Mapped[date | None] = mapped_column(default=None)
    # The progress that the sender was shown last.
    told: Mapped[str] = mapped_column(String(200), default="")

    @property
    def batch(self) -> str:
        """What its deliveries are counted, paused and cancelled with."""
        return f"broadcast:{self.id}"

    @property
    def status_key(self) -> str:
        """The key of the message in which the sender follows it."""
        return f"{self.batch}:status:{self.version}"

    @property
    def buttons(self) -> tuple[ReaderButton, ...]:
        """The readers' buttons."""
        return tuple(
            ReaderButton(each["label"], ButtonKind(each["kind"]), each["target"]) for each in self.button_rows
        )

    @buttons.setter
    def buttons(self, buttons: Iterable[ReaderButton]) -> None:
        self.button_rows = [asdict(each) for each in buttons]

    @property
    def audience(self) -> Audience:
        """For whom it is."""
        return Audience.read(self.audience_row)

    @audience.setter
    def audience(self, audience: Audience) -> None:
        self.audience_row = audience.written()

    @property
    def acknowledgement(self) -> int | None:
        """The place of the button by which readers say that they have read it, if it has one."""
        kinds = [each.kind for each in self.buttons]
        return kinds.index(ButtonKind.ACKNOWLEDGE) if ButtonKind.ACKNOWLEDGE in kinds else None

    def changed(self, now: datetime) -> None:
        """Count a change of what it says, to whom or when."""
        self.version += 1
        self.updated_at = now


class RoundKind(StrEnum):
    """Why messages go out for a broadcast."""

    SEND = "send"
    CHASE = "chase"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


class Round(Record):
    """One going-out to the audience, page by page. `cursor` is the last person of the pages that are done."""

    __tablename__ = "broadcast_rounds"
    __table_args__ = (UniqueConstraint("broadcast_id", "kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    kind: Mapped[RoundKind] = mapped_column(Named(RoundKind, 10))
    number: Mapped[int] = mapped_column()
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cursor: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def batch(self) -> str:
        """What its deliveries are counted with."""
        sent = f"broadcast:{self.broadcast_id}"
        return sent if self.kind is RoundKind.SEND else f"{sent}:{self.kind.value}:{self.number}"


class Recipient(Record):
    """One person or channel of the audience: the key of its delivery, or why there is none."""

    __tablename__ = "broadcast_recipients"

    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    unreachable: Mapped[str | None] = mapped_column(String(200), default=None)


class Broadcasts:
    """Keeping and finding them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, broadcast: Broadcast) -> Broadcast:
        """Keep a new one and give it its id."""
        self._session.add(broadcast)
        await self._session.flush()
        return broadcast

    async def get(self, broadcast_id: int) -> Broadcast | None:
        """One broadcast as it stands."""
        return await self._session.get(Broadcast, broadcast_id)

    async def locked(self, broadcast_id: int) -> Broadcast | None:
        """One broadcast, locked for the transaction so that two acts can't cross."""
        query = select(Broadcast).where(Broadcast.id == broadcast_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def remove(self, broadcast: Broadcast) -> None:
        """Forget a draft that nobody was sent."""
        await self._session.delete(broadcast)

    async def newest(
        self, *states: BroadcastState, author: int | None = None, limit: int = 10
    ) -> list[Broadcast]:
        """The newest in any of these states, templates left out; by one author where that is asked for."""
        wanted: list[ColumnElement[bool]] = [Broadcast.state.in_(states), Broadcast.template.is_(False)]
        if author is not None:
            wanted.append(Broadcast.author_id == author)
        query = select(Broadcast).where(*wanted).order_by(Broadcast.updated_at.desc(), Broadcast.id.desc())
        return list((await self._session.scalars(query.limit(limit))).all())

    async def templates(self) -> list[Broadcast]:
        """What was kept to begin from, by title."""
        query = select(Broadcast).where(Broadcast.template.is_(True)).order_by(Broadcast.title, Broadcast.id)
        return list((await self._session.scalars(query)).all())

    async def due(self, now: datetime) -> list[int]:
        """The ids of those whose moment has come."""
        query = select(Broadcast.id).where(
            Broadcast.state == BroadcastState.SCHEDULED, Broadcast.starts_at <= now
        )
        return list((await self._session.scalars(query.order_by(Broadcast.starts_at, Broadcast.id))).all())

    async def sending(self) -> list[int]:
        """The ids of those that are on their way, or were stopped and have something on its way still."""
        begun = (BroadcastState.SENDING, BroadcastState.CANCELLED, BroadcastState.WITHDRAWN)
        query = (
            select(Broadcast.id)
            .where(Broadcast.state.in_(begun), Broadcast.finished_at.is_(None))
            .order_by(Broadcast.id)
        )
        return list((await self._session.scalars(query)).all())

    async def begin_round(self, broadcast: Broadcast, kind: RoundKind, now: datetime) -> Round:
        """Begin a going-out; its pages follow."""
        begun = Round(
            broadcast_id=broadcast.id, kind=kind, number=await self.rounds(broadcast, kind) + 1, begun_at=now
        )
        self._session.add(begun)
        await self._session.flush()
        return begun

    async def rounds(self, broadcast: Broadcast, kind: RoundKind) -> int:
        """How many rounds of a kind there have been."""
        query = select(Round.number).where(Round.broadcast_id == broadcast.id, Round.kind == kind)
        return max((await self._session.scalars(query)).all(), default=0)

    async def end_rounds(self, broadcast: Broadcast, now: datetime) -> None:
        """Let no more pages of any round follow."""
        query = select(Round).where(Round.broadcast_id == broadcast.id, Round.done_at.is_(None))
        for each in (await self._session.scalars(query.with_for_update())).all():
            each.done_at = now

    async def open_rounds(self) -> list[int]:
        """The ids of the rounds that are not done, in the order in which they began."""
        query = select(Round.id).where(Round.done_at.is_(None)).order_by(Round.id)
        return list((await self._session.scalars(query)).all())

    async def round_to_do(self, round_id: int) -> Round | None:
        """A round that is not done, locked; None where it is, or where another process is at it."""
        query = (
            select(Round)
            .where(Round.id == round_id, Round.done_at.is_(None))
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def has_open_round(self, broadcast_id: int, *kinds: RoundKind) -> bool:
        """Whether pages of such a round are still to follow."""
        query = select(Round.id).where(Round.broadcast_id == broadcast_id, Round.done_at.is_(None))
        wanted = or_(*(Round.kind == kind for kind in kinds)) if kinds else None
        return (
            await self._session.execute(query if wanted is None else query.where(wanted))
        ).first() is not None

    def add_recipients(self, recipients: Iterable[Recipient]) -> None:
        """Note a page of the audience."""
        self._session.add_all(recipients)
