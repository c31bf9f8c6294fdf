"""The improvement plan: workstreams, actions with their owners and checkpoints, and the narrative's duties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import MonthType, Named, Record, UtcDateTime
from storage.months import Month


class PlanMissing(Exception):
    """There is no plan in the database; the text says what to do."""


class ActionStatus(StrEnum):
    """How far an action is. `ongoing` has no end, so it is never overdue."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    COMPLETE = "complete"
    ONGOING = "ongoing"

    @property
    def label(self) -> str:
        """The status as people write it."""
        return self.value.replace("_", " ").capitalize()


class Owner(StrEnum):
    """Who the plan names. CSMG and CMA EUG are groups: each Business Unit has its own member."""

    SRM_LEAD = "SRM_LEAD"
    CSMG = "CSMG"
    BSP_COMMERCIAL = "BSP_COMMERCIAL"
    OD = "OD"
    ASSURANCE = "ASSURANCE"
    CMA_EUG = "CMA_EUG"

    @property
    def label(self) -> str:
        """The owner as the plan writes it."""
        return _OWNER_LABELS.get(self.value, self.value.replace("_", " "))


# Every Business Unit has its own member of these, so an action of theirs has one status for each.
GROUPS = frozenset({Owner.CSMG, Owner.CMA_EUG})
_OWNER_LABELS = {"SRM_LEAD": "SRM Lead", "BSP_COMMERCIAL": "BSP Commercial", "ASSURANCE": "Assurance"}


class Programme(Record):
    """The one plan on record. Reminders stay off until someone has confirmed a start month."""

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))
    original_start: Mapped[Month] = mapped_column(MonthType)
    start: Mapped[Month | None] = mapped_column(MonthType, default=None)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)


class Workstream(Record):
    """One of the nine areas, in its wave."""

    __tablename__ = "workstreams"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column()
    wave: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(120))
    table_label: Mapped[str] = mapped_column(String(120))


class Action(Record):
    """One row of the plan's tables. `percent` and `progress_note` are the newest report on its next checkpoint."""

    __tablename__ = "actions"

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column()
    wave: Mapped[int] = mapped_column()
    workstream_id: Mapped[str] = mapped_column(ForeignKey("workstreams.id"))
    text: Mapped[str] = mapped_column(Text)
    owner_as_printed: Mapped[str] = mapped_column(String(60))
    owner_misprint: Mapped[bool] = mapped_column(default=False)
    status: Mapped[ActionStatus] = mapped_column(Named(ActionStatus, 12), default=ActionStatus.NOT_STARTED)
    tiers: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    trigger: Mapped[str] = mapped_column(String(120), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    percent: Mapped[int] = mapped_column(default=0)
    progress_note: Mapped[str] = mapped_column(Text, default="")


class ActionOwner(Record):
    """One owner of an action; position 0 coordinates and closes. `copied` are only kept informed."""

    __tablename__ = "action_owners"

    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), primary_key=True)
    owner: Mapped[Owner] = mapped_column(Named(Owner, 20), primary_key=True)
    position: Mapped[int] = mapped_column()
    copied: Mapped[bool] = mapped_column(default=False)


class Checkpoint(Record):
    """One review month of an action. `expected` is the month in force.

    Beside it stand the plan's own month, `original`, which never changes, and `planned`, which followed
    when the start was confirmed: an owner's new month changes neither.
    """

    __tablename__ = "checkpoints"

    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    original: Mapped[Month] = mapped_column(MonthType)
    planned: Mapped[Month | None] = mapped_column(MonthType, default=None)
    expected: Mapped[Month | None] = mapped_column(MonthType, default=None)
    done_on: Mapped[date | None] = mapped_column(default=None)


class Duty(Record):
    """A commitment that only the plan's narrative names: no row, owner or month of its own."""

    __tablename__ = "duties"

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    suggested_owner: Mapped[Owner] = mapped_column(Named(Owner, 20))
    source_paragraph: Mapped[str] = mapped_column(String(20))
    recurrence: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(Text, default="")


@dataclass(frozen=True, slots=True)
class PlanAction:
    """An action with its owners (the coordinator first), those copied, and its checkpoints in order."""

    action: Action
    workstream: Workstream
    owners: tuple[Owner, ...]
    copied: tuple[Owner, ...]
    checkpoints: tuple[Checkpoint, ...]

    @property
    def next_checkpoint(self) -> Checkpoint | None:
        """The first checkpoint not done; None for an ongoing or finished action."""
        return next((each for each in self.checkpoints if each.done_on is None), None)

    @property
    def by_unit(self) -> bool:
        """Whether a group owns it, alone or with others, so that each Business Unit reports its own part."""
        return not GROUPS.isdisjoint(self.owners)

    @property
    def joint(self) -> bool:
        """Whether several own it: the first coordinates, and closes it once the others were asked."""
        return len(self.owners) > 1

    @property
    def open(self) -> bool:
        """Whether there is still something to do by a date."""
        return self.action.status not in (ActionStatus.COMPLETE, ActionStatus.ONGOING)

    def overdue(self, today: date) -> bool:
        """Whether the next checkpoint's month has passed; never so before the start is confirmed."""
        checkpoint = self.next_checkpoint
        if not self.open or checkpoint is None or checkpoint.expected is None:
            return False
        return today > checkpoint.expected.last_day


class Programmes:
    """Queries over the plan."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def current(self) -> Programme | None:
        """The plan on record, or None before it is loaded."""
        return await self._session.get(Programme, 1)

    async def actions(self) -> list[PlanAction]:
        """Every action in the plan's own order."""
        streams = {each.id: each for each in await self.workstreams()}
        owners: dict[str, list[ActionOwner]] = {}
        for owner in await self._session.scalars(select(ActionOwner).order_by(ActionOwner.position)):
            owners.setdefault(owner.action_id, []).append(owner)
        checkpoints: dict[str, list[Checkpoint]] = {}
        for checkpoint in await self._session.scalars(select(Checkpoint).order_by(Checkpoint.position)):
            checkpoints.setdefault(checkpoint.action_id, []).append(checkpoint)
        actions = await self._session.scalars(select(Action).order_by(Action.number))
        return [
            PlanAction(
                action,
                streams[action.workstream_id],
                tuple(o.owner for o in owners.get(action.id, ()) if not o.copied),
                tuple(o.owner for o in owners.get(action.id, ()) if o.copied),
                tuple(checkpoints.get(action.id, ())),
            )
            for action in actions
        ]

    async def locked(self, action_id: str) -> PlanAction | None:
        """One action read anew, locked for the transaction so that two people can't settle it at once."""
        query = select(Action).where(Action.id == action_id).with_for_update()
        action = await self._session.scalar(query.execution_options(populate_existing=True))
        if action is None:
            return None
        stream = await self._session.get_one(Workstream, action.workstream_id)
        owners = select(ActionOwner).where(ActionOwner.action_id == action_id).order_by(ActionOwner.position)
        points = select(Checkpoint).where(Checkpoint.action_id == action_id).order_by(Checkpoint.position)
        listed = list(await self._session.scalars(owners))
        return PlanAction(
            action,
            stream,
            tuple(each.owner for each in listed if not each.copied),
            tuple(each.owner for each in listed if each.copied),
            tuple(await self._session.scalars(points.execution_options(populate_existing=True))),
        )

    async def workstreams(self) -> list[Workstream]:
        """The nine workstreams in order."""
        query = select(Workstream).order_by(Workstream.number)
        return list((await self._session.scalars(query)).all())

    async def duties(self) -> list[Duty]:
        """The duties that only the narrative names."""
        return list((await self._session.scalars(select(Duty).order_by(Duty.id))).all())

    async def confirm_start(self, start: Month, at: datetime, person_id: int | None) -> Programme:
        """Date the plan from `start`: every checkpoint keeps its distance from the original first month."""
        programme = await self.current()
        if programme is None:
            raise PlanMissing("The improvement plan is not loaded. Run 'covenant setup'.")
        shift = start.months_since(programme.original_start)
        for checkpoint in await self._session.scalars(select(Checkpoint)):
            checkpoint.planned = checkpoint.expected = checkpoint.original.plus(shift)
        programme.start, programme.confirmed_at, programme.confirmed_by = start, at, person_id
        return programme

    async def existing(self) -> Mapping[str, Action]:
        """The actions on record by id."""
        return {each.id: each for each in await self._session.scalars(select(Action))}

    def add(self, record: Programme | Workstream | Action | ActionOwner | Checkpoint | Duty) -> None:
        """Keep a new record of the plan."""
        self._session.add(record)

    async def flush(self) -> None:
        """Write what was added, so that later records may refer to it."""
        await self._session.flush()
