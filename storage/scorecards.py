"""Scorecards: cost, performance, risk and user of a contract in a period, each rated by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import MonthType, Record, UtcDateTime
from storage.contracts import Contract, Tier
from storage.months import Month
from storage.preferences import Preferences

_PERIOD = "scorecard period"
# Contracts that are expected to have a scorecard for each period.
KEY_TIERS = frozenset({Tier.PLATINUM, Tier.GOLD})


class Aspect(StrEnum):
    """The four that are rated. They are never averaged or combined."""

    COST = "cost"
    PERFORMANCE = "performance"
    RISK = "risk"
    USER = "user"


class Rating(StrEnum):
    """One rating. `NO_DATA` is for the user aspect alone: most contracts have no satisfaction data."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    NO_DATA = "no_data"

    @property
    def label(self) -> str:
        """The rating as people write it."""
        return self.value.replace("_", " ").capitalize()


class Every(StrEnum):
    """How long a scorecard's period is."""

    MONTH = "month"
    QUARTER = "quarter"

    @property
    def months(self) -> int:
        """The length in months."""
        return 1 if self is Every.MONTH else 3


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month, or a quarter of the calendar year, by its last month."""

    last: Month
    every: Every

    @classmethod
    def of(cls, day: date, every: Every) -> Period:
        """The period that a day lies in."""
        month = Month.of(day)
        return cls(month if every is Every.MONTH else month.plus(-month.month % 3), every)

    @classmethod
    def parse(cls, text: str) -> Period:
        """The period written by `str`."""
        last, every = text.split("/")
        return cls(Month.parse(last), Every(every))

    def before(self) -> Period:
        """The period that went before."""
        return Period(self.last.plus(-self.every.months), self.every)

    @property
    def label(self) -> str:
        """`November 2026`, or `October 2026 to December 2026`."""
        if self.every is Every.MONTH:
            return self.last.label
        return f"{self.last.plus(-2).label} to {self.last.label}"

    def __str__(self) -> str:
        return f"{self.last}/{self.every.value}"


class Scorecard(Record):
    """One contract's ratings for one period. A correction is a further version; nothing is overwritten.

    `ratings` and `comments` are by aspect, `extra` holds a Business Unit's own fields by their label.
    """

    __tablename__ = "scorecards"
    __table_args__ = (UniqueConstraint("contract_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    version: Mapped[int] = mapped_column()
    last_month: Mapped[Month] = mapped_column(MonthType)
    every: Mapped[str] = mapped_column(String(10))
    ratings: Mapped[dict[str, str]] = mapped_column(JSON)
    comments: Mapped[dict[str, str]] = mapped_column(JSON)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    extra: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)

    @property
    def period(self) -> Period:
        """The period that was rated."""
        return Period(self.last_month, Every(self.every))

    def rating(self, aspect: Aspect) -> Rating:
        """One aspect's rating."""
        return Rating(self.ratings[aspect.value])


class ScorecardField(Record):
    """A field that a Business Unit adds to its scorecards; the four ratings stay whatever it adds."""

    __tablename__ = "scorecard_fields"
    __table_args__ = (UniqueConstraint("unit_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    label: Mapped[str] = mapped_column(String(60))


class Scorecards:
    """Queries over scorecards."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._preferences = Preferences(session)

    def add(self, record: Scorecard | ScorecardField) -> None:
        """Keep a scorecard or a Business Unit's field."""
        self._session.add(record)

    async def count(self, contract_id: int) -> int:
        """How many scorecards a contract has."""
        query = select(func.count()).select_from(Scorecard).where(Scorecard.contract_id == contract_id)
        return (await self._session.scalar(query)) or 0

    async def of_contract(self, contract_id: int) -> list[Scorecard]:
        """Every scorecard of a contract, the newest period first, its newest version first."""
        query = (
            select(Scorecard)
            .where(Scorecard.contract_id == contract_id)
            .order_by(Scorecard.last_month.desc(), Scorecard.version.desc())
        )
        return list((await self._session.scalars(query)).all())

    async def latest(self) -> dict[int, Scorecard]:
        """The newest scorecard of each contract that has one, by the contract's id."""
        query = select(Scorecard).order_by(Scorecard.last_month, Scorecard.version)
        return {each.contract_id: each for each in await self._session.scalars(query)}

    async def fields(self, unit_ids: Collection[int]) -> list[ScorecardField]:
        """What some units have added, in the order of adding."""
        query = select(ScorecardField).where(ScorecardField.unit_id.in_(unit_ids)).order_by(ScorecardField.id)
        return list((await self._session.scalars(query)).all())

    async def every(self) -> Every:
        """How long a period is; a quarter until the SRM lead says otherwise."""
        return Every(await self._preferences.get(_PERIOD) or Every.QUARTER)

    async def set_every(self, every: Every) -> None:
        """Make periods this long from now on."""
        await self._preferences.put(_PERIOD, every.value)

    async def stale(self, contracts: Iterable[Contract], today: date) -> list[Contract]:
        """The live key contracts without a scorecard for the last whole period."""
        wanted = Period.of(today, await self.every()).before().last
        latest = await self.latest()
        return [
            each
            for each in contracts
            if each.tier in KEY_TIERS
            and each.is_live(today)
            and (each.starts is None or each.starts <= wanted.last_day)
            and (each.id not in latest or latest[each.id].last_month < wanted)
        ]
