"""Questions handed to a person, what became of each, and the teams of experts who answer them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.people import Person


class ExpertState(StrEnum):
    """Where a request stands. One that is reopened is open or claimed again."""

    OPEN = "open"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


WAITING = (ExpertState.OPEN, ExpertState.CLAIMED)


class Step(StrEnum):
    """What happened to a request."""

    ADDED = "added"
    CLAIMED = "claimed"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    REPLIED = "replied"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    BUMPED = "bumped"
    TO_LEAD = "to_lead"


class ExpertRequest(Record):
    """One request for a person's answer, and the answer once it is given.

    `trail` has the asker's questions before it in the same conversation, `feedback` what they missed in
    the article; `sent_to` the ids of those it went to, `channel` the key of the channel where it was posted.
    `waiting_since` is when it was asked, or reopened without a holder; `bumps` counts reminders since.
    """

    __tablename__ = "expert_requests"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    question: Mapped[str] = mapped_column(Text)
    context: Mapped[str] = mapped_column(Text, default="")
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"), default=None)
    article: Mapped[str | None] = mapped_column(String(80), default=None)
    state: Mapped[ExpertState] = mapped_column(Named(ExpertState, 10), default=ExpertState.OPEN)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answer: Mapped[str] = mapped_column(Text, default="")
    workstream: Mapped[str | None] = mapped_column(String(40), default=None)
    trail: Mapped[list[str]] = mapped_column(JSON, default_factory=list, server_default="[]")
    feedback: Mapped[str] = mapped_column(Text, default="", server_default="")
    sent_to: Mapped[list[int]] = mapped_column(JSON, default_factory=list, server_default="[]")
    channel: Mapped[str] = mapped_column(String(600), default="", server_default="")
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    bumps: Mapped[int] = mapped_column(default=0, server_default="0")
    with_lead: Mapped[bool] = mapped_column(default=False, server_default="0")


class ExpertStep(Record):
    """One step of a request; `person_id` is empty where Covenant took it."""

    __tablename__ = "expert_steps"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("expert_requests.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    step: Mapped[Step] = mapped_column(Named(Step, 12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    text: Mapped[str] = mapped_column(Text, default="")


class ExpertTeam(Record):
    """Those who answer for some workstreams."""

    __tablename__ = "expert_teams"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    workstreams: Mapped[list[str]] = mapped_column(JSON, default_factory=list)


class ExpertTeamMember(Record):
    """One person in one team; a person may be in several."""

    __tablename__ = "expert_team_members"

    team_id: Mapped[int] = mapped_column(ForeignKey("expert_teams.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)


class ExpertRequests:
    """Queries over expert requests."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: ExpertRequest) -> ExpertRequest:
        """Keep a request and give it its id."""
        self._session.add(request)
        await self._session.flush()
        return request

    async def get(self, request_id: int) -> ExpertRequest | None:
        """One request, locked for the transaction so that two claims or answers can't cross."""
        query = select(ExpertRequest).where(ExpertRequest.id == request_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def refreshed(self, request_id: int) -> ExpertRequest | None:
        """One request as it is now, locked, although it was read before in this transaction."""
        query = select(ExpertRequest).where(ExpertRequest.id == request_id).with_for_update()
        return (
            await self._session.scalars(query, execution_options={"populate_existing": True})
        ).one_or_none()

    async def of(self, asker_id: int, limit: int = 20) -> list[ExpertRequest]:
        """The requests of one person, newest first."""
        query = (
            select(ExpertRequest)
            .where(ExpertRequest.asker_id == asker_id)
            .order_by(ExpertRequest.id.desc())
            .limit(limit)
        )
        return list((await self._session.scalars(query)).all())

    async def waiting_of(self, asker_id: int) -> list[ExpertRequest]:
        """The requests of one person that wait for an answer, oldest first."""
        query = (
            select(ExpertRequest)
            .where(ExpertRequest.asker_id == asker_id, ExpertRequest.state.in_(WAITING))
            .order_by(ExpertRequest.id)
        )
        return list((await self._session.scalars(query)).all())

    async def in_state(self, *states: ExpertState) -> list[ExpertRequest]:
        """The requests in some states, oldest first."""
        query = select(ExpertRequest).where(ExpertRequest.state.in_(states)).order_by(ExpertRequest.id)
        return list((await self._session.scalars(query)).all())

    async def asked_since(self, moment: datetime) -> list[ExpertRequest]:
        """The requests made since a moment, oldest first."""
        query = select(ExpertRequest).where(ExpertRequest.asked_at >= moment).order_by(ExpertRequest.id)
        return list((await self._session.scalars(query)).all())

    async def note(self, step: ExpertStep) -> ExpertStep:
        """Keep a step and give it its id."""
        self._session.add(step)
        await self._session.flush()
        return step

    async def steps(self, request_id: int) -> list[ExpertStep]:
        """The steps of a request in order."""
        query = select(ExpertStep).where(ExpertStep.request_id == request_id).order_by(ExpertStep.id)
        return list((await self._session.scalars(query)).all())

    async def handed_up(self) -> dict[int, datetime]:
        """When a request that nobody took went to the SRM lead, the last time, by its id."""
        query = (
            select(ExpertStep.request_id, func.max(ExpertStep.at).label("at"))
            .where(ExpertStep.step == Step.TO_LEAD)
            .group_by(ExpertStep.request_id)
        )
        return {row.request_id: row.at for row in await self._session.execute(query)}

    async def answered_to(self, question_ids: Iterable[int]) -> list[ExpertRequest]:
        """The answered requests that came from some questions."""
        query = select(ExpertRequest).where(
            ExpertRequest.question_id.in_(list(question_ids)), ExpertRequest.answer != ""
        )
        return list((await self._session.scalars(query)).all())


class ExpertTeams:
    """Queries over the teams of experts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> list[ExpertTeam]:
        """Every team, by name."""
        return list((await self._session.scalars(select(ExpertTeam).order_by(ExpertTeam.name))).all())

    async def get(self, team_id: int) -> ExpertTeam | None:
        """One team."""
        return await self._session.get(ExpertTeam, team_id)

    async def put(self, team: ExpertTeam, people: Iterable[int]) -> None:
        """Keep a team with these members and no others."""
        self._session.add(team)
        await self._session.flush()
        await self._session.execute(delete(ExpertTeamMember).where(ExpertTeamMember.team_id == team.id))
        self._session.add_all(
            ExpertTeamMember(team_id=team.id, person_id=each) for each in dict.fromkeys(people)
        )

    async def remove(self, team: ExpertTeam) -> None:
        """Take a team away."""
        await self._session.execute(delete(ExpertTeamMember).where(ExpertTeamMember.team_id == team.id))
        await self._session.delete(team)

    async def members(self, team_ids: Iterable[int]) -> list[Person]:
        """The active members of some teams, each once, by name."""
        wanted = select(ExpertTeamMember.person_id).where(ExpertTeamMember.team_id.in_(list(team_ids)))
        query = select(Person).where(Person.active.is_(True), Person.id.in_(wanted)).order_by(Person.name)
        return list((await self._session.scalars(query)).all())

    async def workstreams_of(self, person_id: int | None) -> frozenset[str]:
        """The workstreams for which a person answers."""
        joined = select(ExpertTeam.workstreams).join(
            ExpertTeamMember, ExpertTeamMember.team_id == ExpertTeam.id
        )
        rows = await self._session.scalars(joined.where(ExpertTeamMember.person_id == person_id))
        return frozenset(each for row in rows for each in row)
