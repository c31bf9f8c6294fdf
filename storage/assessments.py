"""Self-assessments as they were answered, and when each contract's next one is due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import JSON, ForeignKey, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime
from storage.contracts import Contract, Tier
from storage.months import months_after
from storage.preferences import Preferences

_SCHEDULE = "assessment schedule"
# An assessment made this long before a contract's last year begins serves for it.
_ENOUGH_BEFORE = timedelta(days=90)


class Assessment(Record):
    """One self-assessment of one contract. It is never changed afterwards.

    `tier` is the register's at the time. `context` holds the answers that are not scored, `answers`
    the level of each statement asked as text ("0" to "3", or "not_sure"), `comments` a text by area,
    `scores` each area's level, empty where it is unknown. `key` is that of the form that was sent:
    one form makes one assessment.
    """

    __tablename__ = "assessments"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    answered_by: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    question_set: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column()
    tier: Mapped[Tier | None] = mapped_column(Named(Tier, 10))
    context: Mapped[dict[str, str]] = mapped_column(JSON)
    answers: Mapped[dict[str, str]] = mapped_column(JSON)
    comments: Mapped[dict[str, str]] = mapped_column(JSON)
    scores: Mapped[dict[str, int | None]] = mapped_column(JSON)
    total: Mapped[int] = mapped_column()
    possible: Mapped[int] = mapped_column()

    @property
    def day(self) -> date:
        """The day on which it was submitted, in UTC."""
        return self.submitted_at.date()


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often contracts are assessed. A tier without months is assessed when somebody wishes to.

    `first_days`: within how many days of a new contract manager, and of a contract's or the plan's start.
    `months_before_end`: once more so long before a contract ends.
    """

    months: Mapping[Tier, int] = field(
        default_factory=lambda: {Tier.PLATINUM: 6, Tier.GOLD: 6, Tier.SILVER: 12}
    )
    first_days: int = 30
    months_before_end: int = 12

    def to_json(self) -> str:
        """The schedule as a preference keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Schedule:
        """The schedule written by `to_json`."""
        data = json.loads(text)
        months = {Tier(tier): count for tier, count in data["months"].items()}
        return cls(months, data["first_days"], data["months_before_end"])


@dataclass(frozen=True, slots=True)
class History:
    """What counts for a contract's next assessment.

    `last` is the day of the newest one, `reassess` the first day on which a follow-up wants another.
    `since` is the day from which assessments are asked for at all; None: they are not yet.
    """

    since: date | None
    last: date | None = None
    reassess: date | None = None


def next_due(contract: Contract, history: History, schedule: Schedule, today: date) -> date | None:
    """The day by which a contract is to be assessed next: None where nothing asks for it."""
    months = schedule.months.get(contract.tier) if contract.tier else None
    ended = contract.ends is not None and contract.ends < today
    if months is None or history.since is None or ended:
        return None
    counted = _counted(contract, history)
    begun = max(filter(None, (history.since, contract.starts, contract.manager_since)))
    first = timedelta(days=schedule.first_days)
    due = [months_after(counted, months) if counted else begun + first]
    due += _last_year(contract, history.since, counted, schedule)
    if history.reassess is not None and (counted is None or counted < history.reassess):
        due.append(history.reassess)
    return min(due)


def _counted(contract: Contract, history: History) -> date | None:
    """The newest assessment, unless another manager has taken over since: scores are not carried over."""
    if history.last is None or (contract.manager_since and history.last < contract.manager_since):
        return None
    return history.last


def _last_year(contract: Contract, since: date, counted: date | None, schedule: Schedule) -> list[date]:
    if contract.ends is None:
        return []
    day = months_after(contract.ends, -schedule.months_before_end)
    served = counted is not None and counted >= day - _ENOUGH_BEFORE
    # A last year that had begun before anybody was asked is not held against anybody.
    return [] if served or day < max(since, contract.starts or since) else [day]


class Assessments:
    """Queries over assessments."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._preferences = Preferences(session)

    async def add(self, assessment: Assessment) -> Assessment:
        """Keep an assessment and give it its id."""
        self._session.add(assessment)
        await self._session.flush()
        return assessment

    async def get(self, assessment_id: int) -> Assessment | None:
        """One assessment."""
        return await self._session.get(Assessment, assessment_id)

    async def by_key(self, key: str) -> Assessment | None:
        """The assessment that a form made."""
        return (await self._session.scalars(select(Assessment).where(Assessment.key == key))).one_or_none()

    async def of_contract(self, contract_id: int) -> list[Assessment]:
        """Every assessment of a contract, the newest first."""
        query = select(Assessment).where(Assessment.contract_id == contract_id).order_by(Assessment.id.desc())
        return list((await self._session.scalars(query)).all())

    async def newest(self) -> dict[int, Assessment]:
        """The newest assessment of each contract that has one, by the contract's id."""
        latest = select(func.max(Assessment.id)).group_by(Assessment.contract_id)
        rows = await self._session.scalars(select(Assessment).where(Assessment.id.in_(latest)))
        return {each.contract_id: each for each in rows}

    async def schedule(self) -> Schedule:
        """How often contracts are assessed, as the SRM lead has set it."""
        text = await self._preferences.get(_SCHEDULE)
        return Schedule.from_json(text) if text else Schedule()

    async def set_schedule(self, schedule: Schedule) -> None:
        """Assess contracts so often from now on."""
        await self._preferences.put(_SCHEDULE, schedule.to_json())
