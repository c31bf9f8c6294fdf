"""The contract register as far as Covenant needs it. The Contract Management Application stays the master."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record
from storage.people import Profile, Role, Unit


class Tier(StrEnum):
    """How important a contract is, as the register states it; never computed from its value."""

    PLATINUM = "Platinum"
    GOLD = "Gold"
    SILVER = "Silver"
    BRONZE = "Bronze"


class Stage(StrEnum):
    """Where a contract is in its lifecycle."""

    PLAN = "plan"
    PROCURE = "procure"
    MOBILISE = "mobilise"
    OPERATE = "operate"
    CHANGE = "change"
    EXIT = "exit"


class Contract(Record):
    """One contract. Dates are inclusive, the value is pounds a year, notice is in months."""

    __tablename__ = "contracts"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    supplier: Mapped[str] = mapped_column(String(200), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    tier: Mapped[Tier | None] = mapped_column(Named(Tier, 10), default=None)
    stage: Mapped[Stage | None] = mapped_column(Named(Stage, 10), default=None)
    annual_value: Mapped[Decimal | None] = mapped_column(Numeric(14, 2), default=None)
    starts: Mapped[date | None] = mapped_column(default=None)
    ends: Mapped[date | None] = mapped_column(default=None, index=True)
    notice_months: Mapped[int | None] = mapped_column(default=None)
    extension_months: Mapped[int | None] = mapped_column(default=None)
    review_date: Mapped[date | None] = mapped_column(default=None)
    high_risk: Mapped[bool] = mapped_column(default=False)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None, index=True)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    sro_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    # Since when the present manager has it, where another was seen to hand it over.
    manager_since: Mapped[date | None] = mapped_column(default=None)
    notes: Mapped[str] = mapped_column(String(500), default="")
    # When the supplier's evidence of insurance runs out, and when its continuity plan is to be tested.
    insurance_ends: Mapped[date | None] = mapped_column(default=None)
    continuity_test: Mapped[date | None] = mapped_column(default=None)

    def give_to(self, manager_id: int | None, day: date) -> None:
        """Make somebody its manager from a day on; nothing happens where they are already."""
        if self.manager_id != manager_id:
            self.manager_id, self.manager_since = manager_id, day


def may_see(profile: Profile | None, contract: Contract, units: Mapping[int, Unit]) -> bool:
    """Whether somebody manages, covers or answers for a contract, leads its Business Unit or the programme."""
    if profile is None:
        return False
    if profile.has(Role.SRM_LEAD, Role.SRM_DEPUTY):
        return True
    person_id = profile.person.id
    if person_id in (contract.manager_id, contract.deputy_id, contract.sro_id):
        return True
    unit = units.get(contract.unit_id)
    chain = [unit, units.get(unit.parent_id) if unit and unit.parent_id else None]
    return any(
        each is not None and person_id in (each.csmg_member_id, each.first_contact_id) for each in chain
    )


class Contracts:
    """Queries over the register."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, contract: Contract) -> None:
        """Keep a new contract."""
        self._session.add(contract)

    async def all(self) -> list[Contract]:
        """Every contract, by reference."""
        query = select(Contract).order_by(Contract.reference)
        return list((await self._session.scalars(query)).all())

    async def managed_by(self, person_id: int) -> list[Contract]:
        """The contracts that a person manages or covers as deputy, those that end first first."""
        query = (
            select(Contract)
            .where((Contract.manager_id == person_id) | (Contract.deputy_id == person_id))
            .order_by(Contract.ends.nulls_last(), Contract.reference)
        )
        return list((await self._session.scalars(query)).all())

    async def by_reference(self, reference: str) -> Contract | None:
        """The contract with a reference, whatever its capitals."""
        query = select(Contract).where(func.upper(Contract.reference) == reference.strip().upper())
        return (await self._session.scalars(query)).one_or_none()

    async def locked(self, reference: str) -> Contract | None:
        """The contract with a reference, locked for the transaction and as it is on record now."""
        query = select(Contract).where(func.upper(Contract.reference) == reference.strip().upper())
        return (await self._session.scalars(query.with_for_update())).one_or_none()

    async def count(self) -> int:
        """How many contracts are on record."""
        return (await self._session.scalar(select(func.count()).select_from(Contract))) or 0
