"""The Community of Practice: who has joined, and what each member says of themselves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Text, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.accounts import Account
from storage.base import MonthType, Named, Record, UtcDateTime
from storage.contracts import Contract
from storage.months import Month
from storage.people import Person, PersonRole, Role, Unit

# Those on record as contract management staff; who manages or covers a contract is staff without a role too.
STAFF_ROLES = (Role.CONTRACT_MANAGER, Role.TEAM_LEADER)


class Membership(StrEnum):
    """Where somebody stands; no record at all is `NOT_YET` too."""

    NOT_YET = "not_yet"
    JOINED = "joined"
    LEFT = "left"


class CommunityMember(Record):
    """One person's membership since `since`, and their introduction, which goes when they leave.

    `topics` are workstreams, `offers` further words for what they can help with, `wants` where they would
    like help. `nudged` is the month of the last nudge to join.
    """

    __tablename__ = "community_members"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    state: Mapped[Membership] = mapped_column(Named(Membership, 10), default=Membership.NOT_YET)
    since: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    nudged: Mapped[Month | None] = mapped_column(MonthType, default=None)
    introduced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    manages: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    offers: Mapped[str] = mapped_column(Text, default="")
    wants: Mapped[str] = mapped_column(Text, default="")

    def join(self, now: datetime) -> None:
        """Make them a member."""
        self.state, self.since = Membership.JOINED, now

    def leave(self, now: datetime) -> None:
        """End the membership, and forget the introduction with it."""
        self.state, self.since, self.introduced_at = Membership.LEFT, now, None
        self.manages, self.topics, self.offers, self.wants = "", [], "", ""


class Community:
    """Queries over the Community."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, person_id: int) -> CommunityMember | None:
        """Somebody's record, or None where there is none."""
        return await self._session.get(CommunityMember, person_id)

    async def joined(self, person_id: int | None) -> bool:
        """Whether somebody is a member."""
        record = await self.of(person_id) if person_id else None
        return record is not None and record.state is Membership.JOINED

    async def open(self, person_id: int) -> CommunityMember:
        """Somebody's record to write in, locked; made where there was none, even if two processes ask at once."""
        insert = sqlite_insert if self._session.get_bind().dialect.name == "sqlite" else postgresql_insert
        empty = {"state": Membership.NOT_YET, "manages": "", "topics": [], "offers": "", "wants": ""}
        await self._session.execute(
            insert(CommunityMember).values(person_id=person_id, **empty).on_conflict_do_nothing()
        )
        query = select(CommunityMember).where(CommunityMember.person_id == person_id).with_for_update()
        return (await self._session.scalars(query, execution_options={"populate_existing": True})).one()

    async def members(self) -> list[int]:
        """The person ids of the members who are still in the directory, by name."""
        return [person.id for person, _ in await self.profiles()]

    async def profiles(self) -> list[tuple[Person, CommunityMember]]:
        """The members who are still in the directory with what they say of themselves, by name."""
        query = (
            select(Person, CommunityMember)
            .join(CommunityMember, CommunityMember.person_id == Person.id)
            .where(Person.active.is_(True), CommunityMember.state == Membership.JOINED)
            .order_by(Person.name, Person.id)
        )
        return [(person, member) for person, member in await self._session.execute(query)]

    async def records(self) -> dict[int, CommunityMember]:
        """Every record by person id."""
        return {each.person_id: each for each in await self._session.scalars(select(CommunityMember))}

    async def staff(self) -> list[Person]:
        """The contract management staff, by name: all who are expected to join."""
        by_role = select(PersonRole.person_id).where(PersonRole.role.in_(STAFF_ROLES))
        of_units = select(Unit.csmg_member_id).union(select(Unit.first_contact_id))
        of_contracts = select(Contract.manager_id).union(select(Contract.deputy_id))
        query = (
            select(Person)
            .where(
                Person.active.is_(True),
                Person.id.in_(by_role) | Person.id.in_(of_units) | Person.id.in_(of_contracts),
            )
            .order_by(Person.name, Person.id)
        )
        return list((await self._session.scalars(query)).all())

    async def reachable(self) -> frozenset[int]:
        """The ids of the people to whom something can be sent."""
        query = select(Account.person_id).where(Account.unreachable.is_(None))
        return frozenset(await self._session.scalars(query))
