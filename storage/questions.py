"""The questions people asked, what was chosen for them, and whether it helped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime

# The preference that holds back articles past their review date.
WITHHOLD_STALE = "withhold stale articles"
SET_ASIDE = "set aside"


class Question(Record):
    """One question. `chosen_later` is the article picked from several that were offered."""

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    platform: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(String(10))
    confidence: Mapped[float] = mapped_column()
    article: Mapped[str | None] = mapped_column(String(80), default=None)
    choices: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    skill: Mapped[str | None] = mapped_column(String(40), default=None)
    chosen_later: Mapped[str | None] = mapped_column(String(80), default=None)
    trace: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)
    # What was done about it, where it had no answer or not enough of one: an article's slug, or "set aside".
    settled: Mapped[str | None] = mapped_column(String(80), default=None)


class Feedback(Record):
    """One person's word on one answer; a later word takes the place of an earlier one."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("question_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    article: Mapped[str] = mapped_column(String(80))
    helpful: Mapped[bool] = mapped_column()
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    comment: Mapped[str] = mapped_column(Text, default="")


_QUESTIONS = Question.metadata.tables["questions"]
_COLUMNS = tuple(column.key for column in _QUESTIONS.columns if column.key != "id")
_ADD = insert(_QUESTIONS).returning(_QUESTIONS.c.id)


class Questions:
    """Queries over questions and feedback."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, question: Question) -> Question:
        """Keep a question and give it its id."""
        # By itself: with a flush, whatever else this turn has changed so far would be written too, and then again.
        connection = await self._session.connection()
        inserted = await connection.execute(_ADD, {name: getattr(question, name) for name in _COLUMNS})
        question.id = inserted.scalar_one()
        return question

    async def get(self, question_id: int) -> Question | None:
        """One question."""
        return await self._session.get(Question, question_id)

    async def rate(
        self,
        question_id: int,
        person_id: int | None,
        article: str,
        at: datetime,
        *,
        helpful: bool,
        comment: str = "",
    ) -> Feedback:
        """Keep what a person says of an answer, in place of what they said before."""
        query = select(Feedback).where(Feedback.question_id == question_id, Feedback.person_id == person_id)
        found = (await self._session.scalars(query)).one_or_none()
        if found is None:
            found = Feedback(
                question_id=question_id, person_id=person_id, article=article, helpful=helpful, at=at
            )
            self._session.add(found)
        found.article, found.helpful, found.at, found.comment = article, helpful, at, comment
        return found

    async def latest(self, limit: int = 20) -> list[Question]:
        """The newest questions first."""
        query = select(Question).order_by(Question.id.desc()).limit(limit)
        return list((await self._session.scalars(query)).all())

    async def newest_of(self, person_id: int | None) -> Question | None:
        """The last question that a person asked."""
        query = select(Question).where(Question.person_id == person_id).order_by(Question.id.desc()).limit(1)
        return (await self._session.scalars(query)).one_or_none()

    async def feedback(self, question_id: int) -> list[Feedback]:
        """What was said of an answer."""
        query = select(Feedback).where(Feedback.question_id == question_id)
        return list((await self._session.scalars(query)).all())

    async def unsatisfied(self, since: datetime, limit: int = 500) -> list[tuple[Question, str | None]]:
        """The newest questions without an answer, or with one that did not help, that nothing was done about.

        Each with the slug of the article that did not help, if there was one.
        """
        query = (
            select(Question, Feedback.article)
            .outerjoin(Feedback, (Feedback.question_id == Question.id) & Feedback.helpful.is_(False))
            .where(
                Question.asked_at >= since,
                Question.settled.is_(None),
                or_(
                    Question.verdict == "none",
                    (Question.verdict == "choose") & Question.chosen_later.is_(None),
                    Feedback.id.is_not(None),
                ),
            )
            .order_by(Question.id.desc())
            .limit(limit)
        )
        return [(question, slug) for question, slug in await self._session.execute(query)]

    async def picked(self, since: datetime, limit: int = 200) -> list[Question]:
        """The newest questions after which somebody picked one of the articles offered."""
        query = (
            select(Question)
            .where(Question.asked_at >= since, Question.chosen_later.is_not(None))
            .order_by(Question.id.desc())
            .limit(limit)
        )
        return list((await self._session.scalars(query)).all())

    async def count(self) -> int:
        """How many questions were asked."""
        return (await self._session.scalar(select(func.count()).select_from(Question))) or 0
