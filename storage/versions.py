"""Articles made or changed in chat, as versions, and further ways to ask that were taken up."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Named, Record, UtcDateTime


class VersionState(StrEnum):
    """Where a version stands. One version of an article at most is published."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class ArticleVersion(Record):
    """One version of an article; `text` is the whole file, front matter and Markdown.

    `request_id` is the expert's answer it comes from, `question_ids` the questions that led to it.
    """

    __tablename__ = "article_versions"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(300))
    workstream: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[VersionState] = mapped_column(
        Named(VersionState, 10), default=VersionState.DRAFT, index=True
    )
    note: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[int | None] = mapped_column(ForeignKey("expert_requests.id"), default=None)
    question_ids: Mapped[list[int]] = mapped_column(JSON, default_factory=list)
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class Phrasing(Record):
    """Another way to ask for an article, taken from a real question; `accepted` is false once set aside."""

    __tablename__ = "phrasings"
    __table_args__ = (UniqueConstraint("slug", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(300))
    accepted: Mapped[bool] = mapped_column()
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ArticleVersions:
    """Queries over versions and phrasings."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, version: ArticleVersion) -> ArticleVersion:
        """Keep a version and give it its id."""
        self._session.add(version)
        await self._session.flush()
        return version

    async def get(self, version_id: int) -> ArticleVersion | None:
        """One version, locked for the transaction so that two decisions can't cross."""
        query = select(ArticleVersion).where(ArticleVersion.id == version_id).with_for_update()
        return (await self._session.scalars(query)).one_or_none()

    async def of(self, slug: str, *states: VersionState, limit: int = 10) -> list[ArticleVersion]:
        """The versions of an article, in some states if any are named, newest first."""
        query = select(ArticleVersion).where(ArticleVersion.slug == slug)
        if states:
            query = query.where(ArticleVersion.state.in_(states))
        return list(
            (await self._session.scalars(query.order_by(ArticleVersion.id.desc()).limit(limit))).all()
        )

    async def in_state(self, *states: VersionState) -> list[ArticleVersion]:
        """The versions in some states, oldest first."""
        query = select(ArticleVersion).where(ArticleVersion.state.in_(states)).order_by(ArticleVersion.id)
        return list((await self._session.scalars(query)).all())

    async def publish(self, version: ArticleVersion, approver_id: int | None, at: datetime) -> None:
        """Make a version the one in force, in place of the one before it."""
        await self._session.execute(
            update(ArticleVersion)
            .where(ArticleVersion.slug == version.slug, ArticleVersion.state == VersionState.PUBLISHED)
            .values(state=VersionState.REPLACED)
        )
        version.state, version.approver_id, version.decided_at = VersionState.PUBLISHED, approver_id, at
        await self._session.flush()

    async def accepted(self) -> list[Phrasing]:
        """Every further way to ask that was taken up, oldest first."""
        query = select(Phrasing).where(Phrasing.accepted.is_(True)).order_by(Phrasing.id)
        return list((await self._session.scalars(query)).all())

    async def judged(self) -> set[tuple[str, str]]:
        """Every (slug, text) that somebody has accepted or set aside."""
        rows = await self._session.execute(select(Phrasing.slug, Phrasing.text))
        return {(slug, text) for slug, text in rows}

    async def judge(self, phrasing: Phrasing) -> None:
        """Keep what somebody decided about a way to ask, in place of an earlier word."""
        query = select(Phrasing).where(Phrasing.slug == phrasing.slug, Phrasing.text == phrasing.text)
        known = (await self._session.scalars(query)).one_or_none()
        if known is None:
            self._session.add(phrasing)
        else:
            known.accepted, known.person_id, known.at = phrasing.accepted, phrasing.person_id, phrasing.at

    async def stamp(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What tells cheaply that something in force has changed."""
        published = select(ArticleVersion.id).where(ArticleVersion.state == VersionState.PUBLISHED)
        accepted = select(Phrasing.id).where(Phrasing.accepted.is_(True))
        return (
            tuple(await self._session.scalars(published.order_by(ArticleVersion.id))),
            tuple(await self._session.scalars(accepted.order_by(Phrasing.id))),
        )
