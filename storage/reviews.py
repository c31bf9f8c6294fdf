"""Reviews of contracts: asked for by a follow-up or a campaign, with agreed activities and decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import MonthType, Named, Record, UtcDateTime
from storage.contracts import Contract
from storage.followups import FollowUp
from storage.months import Month, months_after

# A contract whose decision is 'next contract' is looked at again this long before it ends.
COMES_BACK_MONTHS = 18


class Topic(StrEnum):
    """What a review is about. The value stands in the rules' names: FU-RISK asks for a risk review."""

    RISK = "risk"
    GOVERNANCE = "gov"
    KPI = "kpi"
    VALUE_FOR_MONEY = "vfm"
    MARKET = "market"

    @property
    def label(self) -> str:
        """The topic inside a sentence."""
        return _LABELS[self.value]

    @property
    def rule(self) -> str:
        """The follow-up rule that asks for such a review."""
        return f"FU-{self.value.upper()}"

    @property
    def decides(self) -> bool:
        """Whether it ends in a decision: contract change or next contract."""
        return self in (Topic.KPI, Topic.VALUE_FOR_MONEY)


_LABELS = {
    "risk": "risk",
    "gov": "governance",
    "kpi": "KPI",
    "vfm": "value for money",
    "market": "supplier development",
}
# The plan's actions that review every contract of some tiers once.
CAMPAIGN_ACTIONS: Mapping[Topic, str] = {
    Topic.MARKET: "W1-03",
    Topic.KPI: "W2-08",
    Topic.VALUE_FOR_MONEY: "W3-04",
}


class ReviewState(StrEnum):
    """Where a review stands. `DECISION`: it was held, and the Business Unit has yet to decide."""

    OPEN = "open"
    BOOKED = "booked"
    DECISION = "decision"
    DONE = "done"
    CANCELLED = "cancelled"


_UNFINISHED = (ReviewState.OPEN, ReviewState.BOOKED, ReviewState.DECISION)


class Choice(StrEnum):
    """What a Business Unit decides on missing or unused measures."""

    CONTRACT_CHANGE = "contract_change"
    NEXT_CONTRACT = "next_contract"

    @property
    def label(self) -> str:
        """The choice as people write it."""
        return self.value.replace("_", " ")


class Review(Record):
    """One review of one contract. `action_id` is the plan action whose campaign asked for it.

    `findings` are the answers of its form, by the questions' names.
    """

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("contract_id", "action_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    topic: Mapped[Topic] = mapped_column(Named(Topic, 10))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"), unique=True, default=None)
    action_id: Mapped[str | None] = mapped_column(ForeignKey("actions.id"), index=True, default=None)
    due: Mapped[date | None] = mapped_column(default=None)
    state: Mapped[ReviewState] = mapped_column(Named(ReviewState, 10), default=ReviewState.OPEN, index=True)
    booked_for: Mapped[date | None] = mapped_column(default=None)
    held_on: Mapped[date | None] = mapped_column(default=None)
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def unfinished(self) -> bool:
        """Whether something is still to be done about it."""
        return self.state in _UNFINISHED

    @property
    def line(self) -> str:
        """The review with its state, in a few words."""
        match self.state:
            case ReviewState.BOOKED if self.booked_for is not None:
                return f"{self.topic.label}, booked for {self.booked_for.day} {self.booked_for:%B %Y}"
            case ReviewState.DECISION:
                return f"{self.topic.label}, decision wanted"
            case ReviewState.OPEN if self.due is not None:
                return f"{self.topic.label}, due by {self.due.day} {self.due:%B %Y}"
            case _:
                return f"{self.topic.label}, {self.state.value}"


class Activity(Record):
    """What was agreed at a review: somebody does something by the end of a month."""

    __tablename__ = "agreed_activities"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"), index=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    month: Mapped[Month] = mapped_column(MonthType)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)

    def overdue(self, today: date) -> bool:
        """Whether its month has passed and it is not done."""
        return self.done_at is None and today > self.month.last_day


class Decision(Record):
    """What a Business Unit decided after a review: by whom, when and why. Nothing is left blank."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    topic: Mapped[Topic] = mapped_column(Named(Topic, 10))
    choice: Mapped[Choice] = mapped_column(Named(Choice, 20))
    reason: Mapped[str] = mapped_column(Text)
    maker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    decided_on: Mapped[date] = mapped_column()
    next_step: Mapped[Month] = mapped_column(MonthType)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def comes_back(self, contract: Contract) -> date | None:
        """When a 'next contract' is looked at again; None for a change, or without an end on record."""
        if self.choice is not Choice.NEXT_CONTRACT or contract.ends is None:
            return None
        return max(self.decided_on, months_after(contract.ends, -COMES_BACK_MONTHS))


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many contracts of one Business Unit or Service Area a campaign has reviewed."""

    unit_id: int
    done: int
    total: int


class Reviews:
    """Queries over reviews, agreed activities and decisions."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, record: Review | Activity | Decision) -> None:
        """Keep a record and give it its id."""
        self._session.add(record)
        await self._session.flush()

    async def get(self, review_id: int) -> Review | None:
        """One review, locked for the transaction so that two records of it can't cross."""
        query = select(Review).where(Review.id == review_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def of_contract(self, contract_id: int) -> list[Review]:
        """Every review of a contract, oldest first."""
        query = select(Review).where(Review.contract_id == contract_id).order_by(Review.id)
        return list((await self._session.scalars(query)).all())

    async def unfinished(self) -> list[Review]:
        """Everything still to be done: what a low score asked for first, then the first due."""
        query = (
            select(Review)
            .where(Review.state.in_(_UNFINISHED))
            .order_by(Review.follow_up_id.is_(None), Review.due.nulls_last(), Review.id)
        )
        return list((await self._session.scalars(query)).all())

    async def open_for_follow_up(self, follow_up: FollowUp, at: datetime) -> None:
        """Open the review that a follow-up asks for, or put a campaign's open one in the queue's front."""
        topic = next((each for each in Topic if each.rule == follow_up.rule), None)
        if topic is None:
            return
        for review in await self.of_contract(follow_up.contract_id):
            if review.topic is topic and review.follow_up_id is None and review.unfinished:
                review.follow_up_id, review.due = follow_up.id, follow_up.due
                return
        await self.add(
            Review(
                topic=topic,
                contract_id=follow_up.contract_id,
                opened_at=at,
                follow_up_id=follow_up.id,
                due=follow_up.due,
            )
        )

    async def open_campaign(
        self, topic: Topic, contracts: Iterable[Contract], due: date, at: datetime
    ) -> int:
        """Open a topic's review for contracts that its campaign does not have yet; how many are new."""
        action_id = CAMPAIGN_ACTIONS[topic]
        rows = await self._session.scalars(select(Review).where(Review.topic == topic))
        by_contract: dict[int, list[Review]] = {}
        for row in rows:
            by_contract.setdefault(row.contract_id, []).append(row)
        new = 0
        for contract in contracts:
            there = by_contract.get(contract.id, [])
            if any(each.action_id == action_id for each in there):
                continue
            waiting = next((each for each in there if each.unfinished), None)
            if waiting is not None:
                # A low score's review serves the campaign too: nobody is asked twice.
                waiting.action_id = action_id
            else:
                self._session.add(
                    Review(topic=topic, contract_id=contract.id, opened_at=at, action_id=action_id, due=due)
                )
            new += 1
        await self._session.flush()
        return new

    async def campaign(self, action_id: str) -> list[Review]:
        """The reviews that a plan action's campaign asked for."""
        query = select(Review).where(Review.action_id == action_id).order_by(Review.id)
        return list((await self._session.scalars(query)).all())

    async def campaign_progress(self, action_id: str) -> list[Reviewed]:
        """How many of a plan action's reviews are held, of how many, by Business Unit or Service Area."""
        held = func.count(Review.recorded_at)
        query = (
            select(Contract.unit_id, held, func.count(Review.id))
            .join(Contract, Contract.id == Review.contract_id)
            .where(Review.action_id == action_id, Review.state != ReviewState.CANCELLED)
            .group_by(Contract.unit_id)
            .order_by(Contract.unit_id)
        )
        return [Reviewed(*row) for row in await self._session.execute(query)]

    async def activity(self, activity_id: int) -> Activity | None:
        """One agreed activity, locked for the transaction."""
        query = select(Activity).where(Activity.id == activity_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def activities(self, review_id: int) -> list[Activity]:
        """What was agreed at a review."""
        query = select(Activity).where(Activity.review_id == review_id).order_by(Activity.id)
        return list((await self._session.scalars(query)).all())

    async def open_activities(self, contract_ids: Collection[int] | None = None) -> list[Activity]:
        """What was agreed and is not done, the first due first; of some contracts, or of all."""
        query = select(Activity).where(Activity.done_at.is_(None)).order_by(Activity.month, Activity.id)
        if contract_ids is not None:
            query = query.where(Activity.contract_id.in_(contract_ids))
        return list((await self._session.scalars(query)).all())

    async def decision(self, decision_id: int) -> Decision | None:
        """One decision."""
        return await self._session.get(Decision, decision_id)

    async def decisions(self, contract_id: int) -> list[Decision]:
        """What was decided on a contract, oldest first."""
        query = select(Decision).where(Decision.contract_id == contract_id).order_by(Decision.id)
        return list((await self._session.scalars(query)).all())

    async def decisions_of(self, contract_ids: Collection[int]) -> list[Decision]:
        """What was decided on some contracts, the newest first."""
        query = (
            select(Decision)
            .where(Decision.contract_id.in_(contract_ids))
            .order_by(Decision.decided_on.desc(), Decision.id.desc())
        )
        return list((await self._session.scalars(query)).all())

    async def decisions_coming_back(
        self, today: date, by: date | None = None
    ) -> Sequence[tuple[Decision, Contract, date]]:
        """Each 'next contract' that is to be looked at again by a day (today), with the day it comes back."""
        query = (
            select(Decision, Contract)
            .join(Contract, Contract.id == Decision.contract_id)
            .where(
                Decision.choice == Choice.NEXT_CONTRACT, (Contract.ends.is_(None)) | (Contract.ends >= today)
            )
            .order_by(Contract.ends, Decision.id)
        )
        rows = await self._session.execute(query)
        found = [(decision, contract, decision.comes_back(contract)) for decision, contract in rows]
        return [
            (decision, contract, day) for decision, contract, day in found if day and day <= (by or today)
        ]
