"""Contracts that change hands: the checklist for both sides, each change of manager, and what goes over with it."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.contracts import Contract, first_contact_of
from storage.followups import OPEN_STATES, FollowUp
from storage.people import Person, Unit
from storage.reminders import PersonalReminder
from storage.reviews import Activity

# A smaller count could point at a person.
SMALLEST_SHOWN = 5


class HandoverState(StrEnum):
    """Whose turn it is: the manager who goes fills in, the one who comes confirms."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"
    DONE = "done"
    CANCELLED = "cancelled"


_UNDER_WAY = (HandoverState.OUTGOING, HandoverState.INCOMING)


class Handover(Record):
    """One handover of one contract. `from_id` is empty where nobody was there to hand over.

    `answers` are those of the checklist, `missing` what the next manager still wants to know.
    """

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    why: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    state: Mapped[HandoverState] = mapped_column(Named(HandoverState, 10))
    from_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None, index=True)
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)
    missing: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class ManagerChange(Record):
    """One change of a contract's manager. Either side is empty where the post was, or became, vacant."""

    __tablename__ = "manager_changes"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    from_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    to_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    why: Mapped[str] = mapped_column(String(200), default="")


class Handovers:
    """Changing a contract's manager, and counting how often that happens."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, handover: Handover) -> None:
        """Keep a handover and give it its id."""
        self._session.add(handover)
        await self._session.flush()

    async def get(self, handover_id: int) -> Handover | None:
        """One handover, locked for the transaction so that two answers can't cross."""
        query = select(Handover).where(Handover.id == handover_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def all_under_way(self) -> list[Handover]:
        """Every handover that is not finished, oldest first."""
        query = select(Handover).where(Handover.state.in_(_UNDER_WAY)).order_by(Handover.id)
        return list((await self._session.scalars(query)).all())

    async def under_way(self, contract_id: int) -> bool:
        """Whether a contract is being handed over."""
        return any(each.contract_id == contract_id for each in await self.all_under_way())

    async def change_manager(self, contract: Contract, to_id: int | None, at: datetime, why: str) -> int:
        """Give a contract to another manager, with what the one before still had to do; how much that was.

        Where nobody comes, that goes to the deputy, else to the first point of contact, else it stays.
        """
        before = contract.manager_id
        if before == to_id:
            return 0
        stays_with = before if before is not None else await self._last_manager(contract)
        contract.give_to(to_id, at.date())
        self._session.add(
            ManagerChange(
                contract_id=contract.id, unit_id=contract.unit_id, at=at, from_id=before, to_id=to_id, why=why
            )
        )
        for handover in await self._session.scalars(
            select(Handover).where(Handover.contract_id == contract.id, Handover.state.in_(_UNDER_WAY))
        ):
            # It was to come from somebody who has it no more.
            handover.state, handover.finished_at = HandoverState.CANCELLED, at
        heir = to_id if to_id is not None else await self._stand_in(contract, stays_with)
        if stays_with is None or heir is None:
            return 0
        moved = await self._move(contract, stays_with, heir)
        if to_id is not None:
            for reminder in await self.reminders_about(contract, before):
                reminder.person_id, moved = to_id, moved + 1
        return moved

    async def _last_manager(self, contract: Contract) -> int | None:
        """Who had a vacant contract last: what nobody could take over stayed with them."""
        query = (
            select(ManagerChange.from_id)
            .where(ManagerChange.contract_id == contract.id)
            .order_by(ManagerChange.id.desc())
            .limit(1)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def _stand_in(self, contract: Contract, gone: int | None) -> int | None:
        """Who sees to a contract without a manager: its deputy, else the first point of contact, who have not left."""
        units = {each.id: each for each in await self._session.scalars(select(Unit))}
        for person_id in (contract.deputy_id, first_contact_of(contract.unit_id, units)):
            person = await self._session.get(Person, person_id) if person_id else None
            if person is not None and person.active and person.id != gone:
                return person.id
        return None

    async def _move(self, contract: Contract, from_id: int, to_id: int) -> int:
        """Ask somebody else for what is open on a contract; how much that was."""
        moved = 0
        for item in await self._session.scalars(
            select(Activity).where(
                Activity.contract_id == contract.id, Activity.owner_id == from_id, Activity.done_at.is_(None)
            )
        ):
            item.owner_id, moved = to_id, moved + 1
        for follow_up in await self._session.scalars(
            select(FollowUp).where(
                FollowUp.contract_id == contract.id,
                FollowUp.owner_id == from_id,
                FollowUp.state.in_(OPEN_STATES),
            )
        ):
            follow_up.owner_id, moved = to_id, moved + 1
        return moved

    async def reminders_about(self, contract: Contract, person_id: int | None) -> list[PersonalReminder]:
        """What somebody asked to be reminded of that names the contract, and is still to come."""
        query = (
            select(PersonalReminder)
            .where(
                PersonalReminder.person_id == person_id,
                PersonalReminder.done.is_(False),
                PersonalReminder.text.icontains(contract.reference, autoescape=True),
            )
            .order_by(PersonalReminder.at, PersonalReminder.id)
        )
        return [
            each
            for each in await self._session.scalars(query)
            # CMA-201 is not meant by CMA-2015.
            if re.search(rf"\b{re.escape(contract.reference)}\b", each.text, re.IGNORECASE)
        ]

    async def changes_since(self, since: datetime) -> dict[int, int]:
        """How many contracts changed hands since a moment, by unit."""
        query = (
            select(ManagerChange.unit_id, func.count())
            .where(ManagerChange.at >= since, ManagerChange.from_id.is_not(None))
            .group_by(ManagerChange.unit_id)
        )
        return {row[0]: row[1] for row in await self._session.execute(query)}
