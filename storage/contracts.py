"""The contract register as far as Covenant needs it. The Contract Management Application stays the master."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric, String, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record
from storage.months import months_after
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


class Post(StrEnum):
    """Who looks after a contract."""

    MANAGER = "manager"
    DEPUTY = "deputy"
    SRO = "sro"

    @property
    def label(self) -> str:
        """The post inside a sentence."""
        return {"manager": "contract manager", "deputy": "deputy", "sro": "SRO"}[self.value]

    @property
    def article(self) -> str:
        """`a` or `an`, as the label is said."""
        return "an" if self is Post.SRO else "a"


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

    @property
    def notice_by(self) -> date | None:
        """The last day on which notice reaches the contract's end: the end minus the notice period."""
        if self.ends is None or self.notice_months is None:
            return None
        return months_after(self.ends, -self.notice_months)

    def holder(self, post: Post) -> int | None:
        """Who holds a post, by their id."""
        held: int | None = getattr(self, f"{post.value}_id")
        return held

    def name(self, post: Post, person_id: int) -> None:
        """Put somebody in a post."""
        setattr(self, f"{post.value}_id", person_id)

    def is_live(self, today: date) -> bool:
        """Whether the contract has not ended; one without an end on record counts as live."""
        return self.ends is None or self.ends >= today


def unit_chain(unit_id: int, units: Mapping[int, Unit]) -> list[Unit]:
    """A Service Area and the Business Unit it lies in, the narrower one first."""
    unit = units.get(unit_id)
    parent = units.get(unit.parent_id) if unit and unit.parent_id else None
    return [each for each in (unit, parent) if each is not None]


def business_unit_of(unit_id: int, units: Mapping[int, Unit]) -> Unit | None:
    """The Business Unit that a unit is, or lies in."""
    chain = unit_chain(unit_id, units)
    return chain[-1] if chain else None


def leads(profile: Profile | None, unit_id: int, units: Mapping[int, Unit]) -> bool:
    """Whether somebody leads a Business Unit's contract management, as its CSMG member or contact, or all of it."""
    if profile is None:
        return False
    if profile.has(Role.SRM_LEAD, Role.SRM_DEPUTY):
        return True
    person_id = profile.person.id
    return any(
        person_id in (each.csmg_member_id, each.first_contact_id) for each in unit_chain(unit_id, units)
    )


def may_see(profile: Profile | None, contract: Contract, units: Mapping[int, Unit]) -> bool:
    """Whether somebody manages, covers or answers for a contract, leads its Business Unit or the programme."""
    if profile is None:
        return False
    if profile.person.id in (contract.manager_id, contract.deputy_id, contract.sro_id):
        return True
    return leads(profile, contract.unit_id, units)


def csmg_member_of(unit_id: int, units: Mapping[int, Unit]) -> int | None:
    """The person id of the nearest CSMG member, up from a Service Area to its Business Unit."""
    return next((each.csmg_member_id for each in unit_chain(unit_id, units) if each.csmg_member_id), None)


def first_contact_of(unit_id: int, units: Mapping[int, Unit]) -> int | None:
    """The person id of the nearest first point of contact, up from a Service Area to its Business Unit."""
    return next((each.first_contact_id for each in unit_chain(unit_id, units) if each.first_contact_id), None)


# Asked with every question, so it is put together once; and no question changes a contract in the same turn, so
# that what it has changed need not be written before.
_TIERS = (
    select(Contract.tier)
    .where(
        or_(Contract.manager_id == bindparam("person_id"), Contract.deputy_id == bindparam("person_id")),
        Contract.tier.is_not(None),
    )
    .execution_options(autoflush=False)
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

    async def tiers_managed_by(self, person_id: int) -> frozenset[Tier]:
        """The tiers of the contracts that a person manages or covers as deputy."""
        return frozenset(await self._session.scalars(_TIERS, {"person_id": person_id}))

    async def by_reference(self, reference: str) -> Contract | None:
        """The contract with a reference, whatever its capitals."""
        query = select(Contract).where(func.upper(Contract.reference) == reference.strip().upper())
        return (await self._session.scalars(query)).one_or_none()

    async def locked(self, reference: str) -> Contract | None:
        """The contract with a reference, locked for the transaction and as it is on record now."""
        query = select(Contract).where(func.upper(Contract.reference) == reference.strip().upper())
        return (await self._session.scalars(query.with_for_update())).one_or_none()

    async def get(self, contract_id: int) -> Contract | None:
        """One contract, locked for the transaction so that two changes of it can't cross."""
        query = select(Contract).where(Contract.id == contract_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def count(self) -> int:
        """How many contracts are on record."""
        return (await self._session.scalar(select(func.count()).select_from(Contract))) or 0
