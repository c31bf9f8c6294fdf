"""How far each action is: what Business Units report, who took it on, proposed months, and the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import MonthType, Named, Record, UtcDateTime
from storage.months import Month
from storage.people import Unit
from storage.programme import ActionStatus, Checkpoint, PlanAction


class UnitStatus(Record):
    """What a unit reports for one checkpoint of an action that a group owns. No row: nothing reported yet.

    `expected` is the unit's own month, where it has one; the action's months are never changed by it.
    """

    __tablename__ = "unit_statuses"

    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    checkpoint: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[ActionStatus] = mapped_column(Named(ActionStatus, 12), default=ActionStatus.NOT_STARTED)
    percent: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    expected: Mapped[Month | None] = mapped_column(MonthType, default=None)
    reported_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class Assignment(Record):
    """A person named beside the role that owns an action, or a unit's part of it; the newest holds."""

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    named_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)


class What(StrEnum):
    """What a line of the history is about."""

    STATUS = "status"
    PROGRESS = "progress"
    MONTH = "month"
    PROPOSED = "proposed"
    DECLINED = "declined"
    ASSIGNED = "assigned"
    ASKED = "asked"
    AGREED = "agreed"
    NOT_YET = "not_yet"


class Change(Record):
    """One line of an action's history: who did what, when, from, to and why. Nothing rewrites it."""

    __tablename__ = "action_changes"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    checkpoint: Mapped[int | None] = mapped_column()
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    what: Mapped[What] = mapped_column(Named(What, 10))
    before: Mapped[str] = mapped_column(String(120), default="")
    after: Mapped[str] = mapped_column(String(120), default="")
    why: Mapped[str] = mapped_column(Text, default="")


class ProposalState(StrEnum):
    """Where a proposed month stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


class Proposal(Record):
    """A new month that waits for the SRM lead's yes."""

    __tablename__ = "month_proposals"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    checkpoint: Mapped[int] = mapped_column()
    month: Mapped[Month] = mapped_column(MonthType)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[ProposalState] = mapped_column(
        Named(ProposalState, 10), default=ProposalState.WAITING, index=True
    )
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


@dataclass(frozen=True, slots=True)
class LocalAction:
    """A unit's part of an action that a group owns, with what it reported by checkpoint."""

    plan: PlanAction
    unit: Unit
    reported: dict[int, UnitStatus]

    @property
    def subject(self) -> str:
        """How buttons, reminders and snoozes name it."""
        return f"action:{self.plan.action.id}:unit:{self.unit.id}"

    @property
    def next_checkpoint(self) -> Checkpoint | None:
        """The first checkpoint that neither the unit nor the whole action is done with."""
        if self.plan.action.status is ActionStatus.COMPLETE:
            return None
        return next((each for each in self.plan.checkpoints if not self._done(each)), None)

    @property
    def row(self) -> UnitStatus | None:
        """What is reported for the next checkpoint; of the last one, where all are done."""
        checkpoint = self.next_checkpoint or (self.plan.checkpoints or (None,))[-1]
        return self.reported.get(checkpoint.position) if checkpoint else None

    @property
    def status(self) -> ActionStatus:
        """The unit's status at its next checkpoint."""
        if not self.plan.checkpoints:
            return ActionStatus.ONGOING
        if self.next_checkpoint is None:
            return ActionStatus.COMPLETE
        return self.row.status if self.row else ActionStatus.NOT_STARTED

    @property
    def percent(self) -> int:
        """How far the unit is with all checkpoints of the action, of 100."""
        if not self.plan.checkpoints:
            return 0
        return sum(self._percent(each) for each in self.plan.checkpoints) // len(self.plan.checkpoints)

    @property
    def expected(self) -> Month | None:
        """The month in force for the unit: its own, else the action's."""
        checkpoint = self.next_checkpoint
        own = self.row.expected if self.row and checkpoint else None
        return own or (checkpoint.expected if checkpoint else None)

    @property
    def open(self) -> bool:
        """Whether the unit still has something to do by a date."""
        return self.status not in (ActionStatus.COMPLETE, ActionStatus.ONGOING)

    def overdue(self, today: date) -> bool:
        """Whether the unit's month has passed."""
        return self.open and self.expected is not None and today > self.expected.last_day

    def _done(self, checkpoint: Checkpoint) -> bool:
        row = self.reported.get(checkpoint.position)
        return checkpoint.done_on is not None or (row is not None and row.status is ActionStatus.COMPLETE)

    def _percent(self, checkpoint: Checkpoint) -> int:
        if self.plan.action.status is ActionStatus.COMPLETE or self._done(checkpoint):
            return 100
        row = self.reported.get(checkpoint.position)
        return row.percent if row else 0


def percent_of(plan: PlanAction, parts: Sequence[LocalAction]) -> int:
    """How far an action is, of 100: what its Business Units report, else what its owner says."""
    if plan.action.status is ActionStatus.COMPLETE:
        return 100
    if parts:
        return sum(each.percent for each in parts) // len(parts)
    done = sum(each.done_on is not None for each in plan.checkpoints)
    now = plan.action.percent if plan.next_checkpoint else 0
    return (100 * done + now) // max(1, len(plan.checkpoints))


def percent_complete(actions: Sequence[PlanAction]) -> int:
    """How much of a plan is done, counted in checkpoints: ongoing actions have none, and W1-13 has two."""
    points = [(each, point) for each in actions for point in each.checkpoints]
    done = sum(
        plan.action.status is ActionStatus.COMPLETE or point.done_on is not None for plan, point in points
    )
    return 100 * done // len(points) if points else 0


class Progress:
    """Queries over how far actions are."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def parts(self, actions: Sequence[PlanAction], units: Sequence[Unit]) -> list[LocalAction]:
        """The parts of those actions that a group owns: one for each Business Unit, in the actions' order.

        A Service Area has a part of its own once it has reported one.
        """
        reported = await self._reported()
        return [
            LocalAction(plan, unit, reported.get((plan.action.id, unit.id), {}))
            for plan in actions
            if plan.by_unit
            for unit in units
            if unit.parent_id is None or (plan.action.id, unit.id) in reported
        ]

    async def part(self, plan: PlanAction, unit: Unit) -> LocalAction:
        """One unit's part, read anew: the action's row should be locked when something follows from it."""
        reported = await self._reported(plan.action.id, unit.id)
        return LocalAction(plan, unit, reported.get((plan.action.id, unit.id), {}))

    async def _reported(
        self, action_id: str | None = None, unit_id: int | None = None
    ) -> dict[tuple[str, int], dict[int, UnitStatus]]:
        query = select(UnitStatus).execution_options(populate_existing=True)
        if action_id is not None:
            query = query.where(UnitStatus.action_id == action_id, UnitStatus.unit_id == unit_id)
        found: dict[tuple[str, int], dict[int, UnitStatus]] = {}
        for row in await self._session.scalars(query):
            found.setdefault((row.action_id, row.unit_id), {})[row.checkpoint] = row
        return found

    def report(self, row: UnitStatus) -> None:
        """Keep a unit's first report for a checkpoint."""
        self._session.add(row)

    def note(self, change: Change) -> None:
        """Write a line of the history."""
        self._session.add(change)

    async def history(self, action_id: str) -> list[Change]:
        """The history of an action, the newest line first."""
        query = select(Change).where(Change.action_id == action_id).order_by(Change.id.desc())
        return list((await self._session.scalars(query)).all())

    async def assign(self, assignment: Assignment) -> None:
        """Name a person beside the role."""
        self._session.add(assignment)
        await self._session.flush()

    async def assignees(self) -> dict[tuple[str, int | None], int]:
        """Who has been named, by action and unit (None: the action itself)."""
        query = select(Assignment).order_by(Assignment.id)
        return {(each.action_id, each.unit_id): each.person_id for each in await self._session.scalars(query)}

    async def propose(self, proposal: Proposal) -> Proposal:
        """Keep a proposed month and give it its id."""
        self._session.add(proposal)
        await self._session.flush()
        return proposal

    async def proposal(self, proposal_id: int) -> Proposal | None:
        """One proposal, locked for the transaction so that it is decided once."""
        query = select(Proposal).where(Proposal.id == proposal_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def proposals(self) -> list[Proposal]:
        """The proposed months that wait, oldest first."""
        query = select(Proposal).where(Proposal.state == ProposalState.WAITING).order_by(Proposal.id)
        return list((await self._session.scalars(query)).all())
