"""The directory: Business Units and Service Areas, and people and their roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import (
    ForeignKey,
    Integer,
    String,
    bindparam,
    delete,
    exists,
    literal,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.accounts import THIS_ACCOUNT, Account
from storage.base import Named, Record
from storage.manners import Manner


class Role(StrEnum):
    """What a person does in the programme. CSMG member and first contact are kept on the Business Unit."""

    CONTRACT_MANAGER = "contract_manager"
    TEAM_LEADER = "team_leader"
    SRM_LEAD = "srm_lead"
    SRM_DEPUTY = "srm_deputy"
    BSP_COMMERCIAL = "bsp_commercial"
    OD = "od"
    ASSURANCE = "assurance"
    CMA_EUG = "cma_eug"
    SRO = "sro"
    BU_BOARD = "bu_board"
    CSMG_MEMBER = "csmg_member"
    FIRST_CONTACT = "first_contact"

    @property
    def label(self) -> str:
        """The role's name as people write it."""
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.CONTRACT_MANAGER: "Contract manager",
    Role.TEAM_LEADER: "Team leader",
    Role.SRM_LEAD: "SRM lead",
    Role.SRM_DEPUTY: "SRM lead's deputy",
    Role.BSP_COMMERCIAL: "BSP Commercial",
    Role.OD: "Organisational Development",
    Role.ASSURANCE: "Assurance",
    Role.CMA_EUG: "CMA expert user",
    Role.SRO: "Senior Responsible Officer",
    Role.BU_BOARD: "Business Unit Board",
    Role.CSMG_MEMBER: "CSMG member",
    Role.FIRST_CONTACT: "First point of contact",
}
# These two follow from the Business Unit's own fields, so that they can't contradict them.
UNIT_ROLES = frozenset({Role.CSMG_MEMBER, Role.FIRST_CONTACT})
# SQLite takes a limited number of values in one statement.
_IDS_A_STATEMENT = 500


class Unit(Record):
    """A Business Unit, or a Service Area inside one (`parent_id`). Either contact may be vacant."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), default=None)
    csmg_member_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", use_alter=True), default=None)
    first_contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", use_alter=True), default=None
    )


class Person(Record):
    """Someone in the directory. Leave dates are inclusive; `active` is false once they have left."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    job_title: Mapped[str] = mapped_column(String(120), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), default=None, index=True)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    leave_from: Mapped[date | None] = mapped_column(default=None)
    leave_to: Mapped[date | None] = mapped_column(default=None)
    active: Mapped[bool] = mapped_column(default=True)

    def away(self, day: date) -> bool:
        """Whether they are on leave that day."""
        if self.leave_from is None:
            return False
        return self.leave_from <= day and (self.leave_to is None or day <= self.leave_to)


class PersonRole(Record):
    """One role of one person."""

    __tablename__ = "person_roles"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(Named(Role, 40), primary_key=True)


@dataclass(frozen=True, slots=True)
class Profile:
    """A person with their roles and their Business Unit, as a turn needs them."""

    person: Person
    roles: frozenset[Role]
    unit: Unit | None
    # The time zone that they named, None for the council's.
    zone: str | None = None

    def has(self, *roles: Role) -> bool:
        """Whether they hold any of these roles."""
        return not self.roles.isdisjoint(roles)


# What every turn asks, put together once: SQLAlchemy takes longer to do that than the database to answer.
_PERSON_ID = bindparam("person_id", type_=Integer)
_WITH_UNIT = (
    select(Person, Unit, Manner.zone)
    .outerjoin(Unit, Person.unit_id == Unit.id)
    .outerjoin(Manner, Manner.person_id == Person.id)
    .where(Person.id == bindparam("person_id"))
)
_BEHIND_ACCOUNT = (
    select(Account, Person, Unit, Manner.zone)
    .join(Person, Account.person_id == Person.id)
    .outerjoin(Unit, Person.unit_id == Unit.id)
    .outerjoin(Manner, Manner.person_id == Person.id)
    .where(*THIS_ACCOUNT)
)
_ROLES = union_all(
    select(PersonRole.role).where(PersonRole.person_id == _PERSON_ID),
    select(literal(Role.CSMG_MEMBER, PersonRole.role.type)).where(
        exists().where(Unit.csmg_member_id == _PERSON_ID)
    ),
    select(literal(Role.FIRST_CONTACT, PersonRole.role.type)).where(
        exists().where(Unit.first_contact_id == _PERSON_ID)
    ),
)


class People:
    """Queries over the directory."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def profile(self, person_id: int) -> Profile | None:
        """A person with roles and unit, or None where there is no such person."""
        found = (await self._session.execute(_WITH_UNIT, {"person_id": person_id})).one_or_none()
        if found is None:
            return None
        person, unit, zone = found
        return Profile(person, await self.roles_of(person_id), unit, zone)

    async def account_and_profile(
        self, platform: str, workspace: str, user_id: str
    ) -> tuple[Account, Profile] | None:
        """One chat account with the person behind it."""
        ids = {"platform": platform, "workspace": workspace, "user_id": user_id}
        found = (await self._session.execute(_BEHIND_ACCOUNT, ids)).one_or_none()
        if found is None:
            return None
        account, person, unit, zone = found
        return account, Profile(person, await self.roles_of(person.id), unit, zone)

    async def roles_of(self, person_id: int) -> frozenset[Role]:
        """All roles of a person, those that follow from a Business Unit's fields included."""
        return frozenset(await self._session.scalars(_ROLES, {"person_id": person_id}))

    async def by_email(self, email: str) -> Person | None:
        """The person with an email address, whatever its capitals."""
        query = select(Person).where(Person.email == email.strip().lower())
        return (await self._session.scalars(query)).one_or_none()

    async def holding(self, *roles: Role) -> list[Person]:
        """The active people with any of these roles, by name."""
        wanted = [role for role in roles if role not in UNIT_ROLES]
        query = (
            select(Person)
            .where(
                Person.active.is_(True),
                Person.id.in_(select(PersonRole.person_id).where(PersonRole.role.in_(wanted))),
            )
            .order_by(Person.name)
        )
        people = list((await self._session.scalars(query)).all())
        known = {person.id for person in people}
        for unit_role in UNIT_ROLES & set(roles):
            column = Unit.csmg_member_id if unit_role is Role.CSMG_MEMBER else Unit.first_contact_id
            members = select(Person).where(
                Person.active.is_(True), Person.id.in_(select(column).where(column.is_not(None)))
            )
            people += [each for each in await self._session.scalars(members) if each.id not in known]
            known |= {person.id for person in people}
        return sorted(people, key=lambda each: each.name)

    async def covered_by(self, person_id: int, day: date) -> list[Person]:
        """The people on leave that day whose deputy somebody is."""
        query = select(Person).where(Person.deputy_id == person_id, Person.active.is_(True))
        return [each for each in await self._session.scalars(query) if each.away(day)]

    async def all(self) -> list[Person]:
        """Everybody who is active, by name."""
        query = select(Person).where(Person.active.is_(True)).order_by(Person.name)
        return list((await self._session.scalars(query)).all())

    async def profiles(self) -> list[Profile]:
        """Everybody who is active with roles and unit, by name, in a fixed number of queries."""
        units = {unit.id: unit for unit in await self.units()}
        roles: dict[int, set[Role]] = {}
        for row in await self._session.scalars(select(PersonRole)):
            roles.setdefault(row.person_id, set()).add(row.role)
        for unit in units.values():
            if unit.csmg_member_id:
                roles.setdefault(unit.csmg_member_id, set()).add(Role.CSMG_MEMBER)
            if unit.first_contact_id:
                roles.setdefault(unit.first_contact_id, set()).add(Role.FIRST_CONTACT)
        named = select(Manner.person_id, Manner.zone).where(Manner.zone.is_not(None))
        zones = {row.person_id: row.zone for row in await self._session.execute(named)}
        return [
            Profile(
                person,
                frozenset(roles.get(person.id, ())),
                units.get(person.unit_id) if person.unit_id else None,
                zones.get(person.id),
            )
            for person in await self.all()
        ]

    async def everyone(self) -> list[Person]:
        """Everybody ever known, those who have left included."""
        return list((await self._session.scalars(select(Person))).all())

    async def units_of(self, unit: Unit | None) -> list[Unit]:
        """A unit and the Business Unit it lies in, the wider one first."""
        if unit is None:
            return []
        parent = await self._session.get(Unit, unit.parent_id) if unit.parent_id else None
        return [each for each in (parent, unit) if each is not None]

    async def named(self, ids: Iterable[int | None]) -> dict[int, str]:
        """The names of people by their ids."""
        wanted = {each for each in ids if each is not None}
        rows = await self._session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
        return {row.id: row.name for row in rows}

    async def units(self) -> list[Unit]:
        """Every Business Unit and Service Area, by name."""
        return list((await self._session.scalars(select(Unit).order_by(Unit.name))).all())

    def add(self, record: Person | Unit | PersonRole | Account) -> None:
        """Keep a new record of the directory."""
        self._session.add(record)

    async def flush(self) -> None:
        """Give new records their ids."""
        await self._session.flush()

    async def replace_roles(self, roles: Mapping[int, Iterable[Role]]) -> None:
        """Make these the roles of many people, in a few statements however many they are."""
        ids = list(roles)
        for start in range(0, len(ids), _IDS_A_STATEMENT):
            chunk = ids[start : start + _IDS_A_STATEMENT]
            await self._session.execute(delete(PersonRole).where(PersonRole.person_id.in_(chunk)))
        self._session.add_all(
            PersonRole(person_id=person_id, role=role)
            for person_id, held in roles.items()
            for role in sorted(set(held) - UNIT_ROLES)
        )

    async def roles_by_person(self) -> dict[int, frozenset[Role]]:
        """The roles on record of everybody, without those that follow from a Business Unit."""
        found: dict[int, set[Role]] = {}
        for row in await self._session.scalars(select(PersonRole)):
            found.setdefault(row.person_id, set()).add(row.role)
        return {person: frozenset(roles) for person, roles in found.items()}

    async def first_contact_of(self, person_id: int) -> Person | None:
        """The first point of contact of somebody's Business Unit, unless that is vacant or they themselves."""
        profile = await self.profile(person_id)
        units = await self.units_of(profile.unit) if profile else []
        for unit in reversed(units):
            if unit.first_contact_id is not None and unit.first_contact_id != person_id:
                contact = await self._session.get(Person, unit.first_contact_id)
                return contact if contact is not None and contact.active else None
        return None

    async def unreachable(self) -> list[tuple[Person, Account]]:
        """Everybody active with an account to which nothing can be sent, by name, and the account."""
        query = (
            select(Person, Account)
            .join(Account, Account.person_id == Person.id)
            .where(Account.unreachable.is_not(None), Person.active.is_(True))
            .order_by(Person.name, Account.platform)
        )
        return [(person, account) for person, account in await self._session.execute(query)]
