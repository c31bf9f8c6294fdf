"""Who a message to many is for: told as data, counted before sending, read page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from storage.accounts import Account
from storage.community import CommunityMember, Membership
from storage.contracts import Contract, Tier
from storage.manners import Manner
from storage.people import UNIT_ROLES, Person, PersonRole, Role, Unit

NO_ACCOUNT = "no chat account: Covenant was never installed"
BLOCKED = "blocked or removed Covenant"
LEFT = "left the council"


class Who(StrEnum):
    """Whom the audience is chosen from."""

    COMMUNITY = "community"
    MEMBERS = "members"
    EVERYONE = "everyone"
    NOBODY = "nobody"

    @property
    def label(self) -> str:
        """As people read it."""
        return {
            "community": "Contract management staff",
            "members": "Those who have joined the Community of Practice",
            "everyone": "Everyone in the directory",
            "nobody": "Nobody in person, channels only",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Audience:
    """Those of `who` that lie in any of the units, hold any of the roles and manage a contract of any of the tiers.

    What is empty does not narrow it. `channels` are beside the people.
    """

    who: Who = Who.COMMUNITY
    units: tuple[int, ...] = ()
    roles: tuple[Role, ...] = ()
    tiers: tuple[Tier, ...] = ()
    channels: tuple[int, ...] = ()

    def written(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "who": self.who.value,
            "units": list(self.units),
            "roles": [each.value for each in self.roles],
            "tiers": [each.value for each in self.tiers],
            "channels": list(self.channels),
        }

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Audience:
        """What `written` wrote; the widest for nothing."""
        return cls(
            Who(row.get("who", Who.COMMUNITY)),
            tuple(row.get("units", ())),
            tuple(Role(each) for each in row.get("roles", ())),
            tuple(Tier(each) for each in row.get("tiers", ())),
            tuple(row.get("channels", ())),
        )


@dataclass(frozen=True, slots=True)
class Count:
    """How many people an audience has, and how many of them can't be reached, by reason."""

    people: int
    unreachable: Mapping[str, int]

    @property
    def reached(self) -> int:
        """How many a message can be sent to."""
        return self.people - sum(self.unreachable.values())


@dataclass(frozen=True, slots=True)
class Member:
    """One person of an audience: where to write to them, or why that can't be; and their wishes."""

    person: Person
    account: Account | None
    why_not: str
    manner: Manner


class Audiences:
    """Counting and reading audiences."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self, audience: Audience) -> Count:
        """How many people it is now, counted in the database."""
        why_not = case(
            (Person.active.is_(False), literal(LEFT)),
            (~_has_account(), literal(NO_ACCOUNT)),
            (~_has_account(Account.unreachable.is_(None)), literal(BLOCKED)),
            else_=literal(""),
        )
        chosen = select(why_not.label("why_not")).where(_chosen(audience)).subquery()
        query = select(chosen.c.why_not, func.count()).group_by(chosen.c.why_not)
        found = {row[0]: row[1] for row in await self._session.execute(query)}
        return Count(sum(found.values()), {why: found[why] for why in sorted(found) if why})

    async def page(self, audience: Audience, after: int, size: int) -> list[Member]:
        """The next people of it after a person's id, each with the one account to write to."""
        query = select(Person).where(_chosen(audience), Person.id > after).order_by(Person.id).limit(size)
        return await self._members((await self._session.scalars(query)).all())

    async def members(self, ids: Sequence[int]) -> list[Member]:
        """These people, by id, each with the one account to write to."""
        query = select(Person).where(Person.id.in_(ids)).order_by(Person.id)
        return await self._members((await self._session.scalars(query)).all())

    async def not_reached(self, audience: Audience, most: int) -> list[Member]:
        """Some of those who can't be reached, each with why."""
        out = or_(Person.active.is_(False), ~_has_account(Account.unreachable.is_(None)))
        query = select(Person).where(_chosen(audience), out).order_by(Person.name).limit(most)
        return await self._members((await self._session.scalars(query)).all())

    async def _members(self, people: Sequence[Person]) -> list[Member]:
        ids = [each.id for each in people]
        accounts = await self._accounts(ids)
        manners = {
            each.person_id: each
            for each in await self._session.scalars(select(Manner).where(Manner.person_id.in_(ids)))
        }
        return [
            _member(each, accounts.get(each.id, ()), manners.get(each.id) or Manner(person_id=each.id))
            for each in people
        ]

    async def _accounts(self, ids: Sequence[int]) -> dict[int, list[Account]]:
        """The accounts of people, the one used last first."""
        query = (
            select(Account)
            .where(Account.person_id.in_(ids))
            .order_by(Account.last_seen.desc().nulls_last(), Account.id)
        )
        found: dict[int, list[Account]] = {}
        for account in await self._session.scalars(query):
            found.setdefault(account.person_id, []).append(account)
        return found


def _member(person: Person, accounts: Sequence[Account], manner: Manner) -> Member:
    """One copy to a person: on the platform they chose, else on the one they used last."""
    if not person.active:
        return Member(person, None, LEFT, manner)
    if not accounts:
        return Member(person, None, NO_ACCOUNT, manner)
    reachable = [each for each in accounts if each.unreachable is None]
    if not reachable:
        return Member(person, None, BLOCKED, manner)
    preferred = [each for each in reachable if each.platform == manner.platform]
    return Member(person, (preferred or reachable)[0], "", manner)


def _chosen(audience: Audience) -> ColumnElement[bool]:
    if audience.who is Who.NOBODY:
        return Person.id < 0
    manages = select(Contract.manager_id).where(Contract.manager_id.is_not(None))
    # Who has left is told of only where a contract still names them.
    here = or_(Person.active.is_(True), Person.id.in_(manages))
    conditions = [here]
    if audience.who is Who.COMMUNITY:
        conditions.append(
            or_(_holds((Role.CONTRACT_MANAGER,)), Person.id.in_(manages), and_(Person.active, _has_account()))
        )
    if audience.who is Who.MEMBERS:
        joined = select(CommunityMember.person_id).where(CommunityMember.state == Membership.JOINED)
        conditions.append(Person.id.in_(joined))
    if audience.units:
        within = select(Unit.id).where(or_(Unit.id.in_(audience.units), Unit.parent_id.in_(audience.units)))
        conditions.append(Person.unit_id.in_(within))
    if audience.roles:
        conditions.append(_holds(audience.roles))
    if audience.tiers:
        conditions.append(Person.id.in_(manages.where(Contract.tier.in_(audience.tiers))))
    return and_(true(), *conditions)


def _holds(roles: Sequence[Role]) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = [
        Person.id.in_(select(PersonRole.person_id).where(PersonRole.role.in_(roles)))
    ]
    for role in UNIT_ROLES.intersection(roles):
        column = Unit.csmg_member_id if role is Role.CSMG_MEMBER else Unit.first_contact_id
        found.append(Person.id.in_(select(column).where(column.is_not(None))))
    return or_(*found)


def _has_account(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(1).where(Account.person_id == Person.id, *conditions).exists()
