"""What people did for each other in the Community, gathered from the records of each thing, and whom it helped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, String, and_, cast, distinct, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.briefings import Briefing, Seat
from storage.community import CommunityMember
from storage.exemplars import Exemplar, ExemplarState, Thanks
from storage.experts import ExpertRequest
from storage.questions import Feedback
from storage.versions import ArticleVersion, VersionState


class Deed(StrEnum):
    """Something that is worth thanks."""

    ANSWERED = "answered"
    SHARED = "shared"
    WROTE = "wrote"
    APPROVED = "approved"
    INTRODUCED = "introduced"
    CAME = "came"


@dataclass(frozen=True, slots=True)
class Contribution:
    """How often somebody did something, and how many people it helped, where that is counted."""

    person_id: int
    deed: Deed
    times: int
    helped: int


class Participation:
    """Queries over what was done from one moment on and before another."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def between(self, since: datetime, until: datetime) -> list[Contribution]:
        """What everybody did, by person and then in the order of the deeds."""
        queries = {
            Deed.ANSWERED: _answered(since, until),
            Deed.SHARED: _shared(since, until),
            Deed.WROTE: _wrote(since, until),
            Deed.APPROVED: _approved(since, until),
            Deed.INTRODUCED: _introduced(since, until),
            Deed.CAME: _came(since, until),
        }
        found = [
            Contribution(person_id, deed, times, helped)
            for deed, query in queries.items()
            for person_id, times, helped in await self._session.execute(query)
        ]
        return sorted(found, key=lambda each: each.person_id)


_Counts = Select[Any, Any, Any]
_IN_FORCE = (VersionState.PUBLISHED, VersionState.REPLACED)


def _answered(since: datetime, until: datetime) -> _Counts:
    """Those who asked are helped; nobody is thanked for an answer to themselves."""
    helped = func.count(distinct(ExpertRequest.asker_id))
    return (
        select(ExpertRequest.answered_by, func.count(), helped)
        .where(
            ExpertRequest.answered_at >= since,
            ExpertRequest.answered_at < until,
            ExpertRequest.answered_by.is_not(None),
            ExpertRequest.answered_by != ExpertRequest.asker_id,
        )
        .group_by(ExpertRequest.answered_by)
    )


def _shared(since: datetime, until: datetime) -> _Counts:
    """Those are helped who said thanks for the exemplar."""
    subject = literal("exemplar:", String).concat(cast(Exemplar.id, String))
    return (
        select(Exemplar.author_id, func.count(distinct(Exemplar.id)), func.count(distinct(Thanks.giver_id)))
        .outerjoin(Thanks, Thanks.subject == subject)
        .where(
            Exemplar.state == ExemplarState.PUBLISHED,
            Exemplar.checked_at >= since,
            Exemplar.checked_at < until,
        )
        .group_by(Exemplar.author_id)
    )


def _wrote(since: datetime, until: datetime) -> _Counts:
    """Those are helped who said so of the article since it was approved; its author's own word does not count."""
    said = and_(
        Feedback.article == ArticleVersion.slug,
        Feedback.at >= ArticleVersion.decided_at,
        Feedback.helpful.is_(True),
        or_(Feedback.person_id.is_(None), Feedback.person_id != ArticleVersion.author_id),
    )
    helped = func.count(distinct(Feedback.person_id))
    return (
        select(ArticleVersion.author_id, func.count(distinct(ArticleVersion.slug)), helped)
        .outerjoin(Feedback, said)
        .where(
            ArticleVersion.state.in_(_IN_FORCE),
            ArticleVersion.decided_at >= since,
            ArticleVersion.decided_at < until,
        )
        .group_by(ArticleVersion.author_id)
    )


def _approved(since: datetime, until: datetime) -> _Counts:
    return (
        select(ArticleVersion.approver_id, func.count(distinct(ArticleVersion.slug)), literal(0))
        .where(
            ArticleVersion.state.in_(_IN_FORCE),
            ArticleVersion.decided_at >= since,
            ArticleVersion.decided_at < until,
            ArticleVersion.approver_id.is_not(None),
        )
        .group_by(ArticleVersion.approver_id)
    )


def _introduced(since: datetime, until: datetime) -> _Counts:
    return select(CommunityMember.person_id, literal(1), literal(0)).where(
        CommunityMember.introduced_at >= since, CommunityMember.introduced_at < until
    )


def _came(since: datetime, until: datetime) -> _Counts:
    return (
        select(Seat.person_id, func.count(), literal(0))
        .join(Briefing, Briefing.id == Seat.briefing_id)
        .where(Seat.attended.is_(True), Briefing.starts_at >= since, Briefing.starts_at < until)
        .group_by(Seat.person_id)
    )
