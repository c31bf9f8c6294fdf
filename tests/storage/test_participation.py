"""What people did for each other, counted on both databases."""

from __future__ import annotations

from datetime import timedelta

from storage.briefings import Briefing, BriefingKind
from storage.database import Database
from storage.exemplars import Exemplar, ExemplarState
from storage.experts import ExpertRequest, ExpertState
from storage.participation import Contribution, Deed
from storage.questions import Question
from storage.versions import ArticleVersion
from tests.conftest import NOW


async def test_deeds_are_counted_once_with_those_whom_they_helped(database: Database) -> None:
    async with database.store() as store:
        doer, first, second = [each.id for each in await store.people.all()][:3]
        exemplar = Exemplar(
            author_id=doer,
            submitted_at=NOW,
            title="Walks",
            done="We walked.",
            result="It helped.",
            workstream="governance",
        )
        exemplar.state, exemplar.checked_at = ExemplarState.PUBLISHED, NOW
        await store.exemplars.add(exemplar)
        for giver in (first, second):
            await store.exemplars.thank(f"exemplar:{exemplar.id}", giver, doer, NOW)
            version = await store.versions.add(
                ArticleVersion(
                    slug="bonds",
                    title="Bonds",
                    workstream="governance",
                    text="Text.",
                    author_id=doer,
                    at=NOW - timedelta(hours=1),
                )
            )
            await store.versions.publish(version, second, NOW - timedelta(hours=1))
        for asker in (first, first, doer):
            await store.experts.add(
                ExpertRequest(
                    asked_at=NOW,
                    asker_id=asker,
                    question="Who keeps it?",
                    state=ExpertState.ANSWERED,
                    answered_by=doer,
                    answered_at=NOW,
                )
            )
        for reader in (doer, first, second):
            question = await store.questions.add(
                Question(
                    asked_at=NOW,
                    person_id=reader,
                    platform="memory",
                    text="Bond?",
                    verdict="answer",
                    confidence=0.9,
                )
            )
            await store.questions.rate(question.id, reader, "bonds", NOW, helpful=reader != second)
        briefing = await store.briefings.add(
            Briefing(
                kind=BriefingKind.BRIEFING,
                title="Risk",
                starts_at=NOW,
                minutes=60,
                place="Room 4",
                lead_id=doer,
            )
        )
        await store.briefings.offer(briefing, {first: None, second: None}, NOW)
        for person_id, came in ((first, True), (second, False)):
            seat = await store.briefings.seat(briefing.id, person_id)
            assert seat is not None
            seat.attended = came
    async with database.reading() as store:
        found = await store.participation.between(NOW - timedelta(days=1), NOW + timedelta(days=1))
        before = await store.participation.between(NOW - timedelta(days=2), NOW - timedelta(days=1))
    assert set(found) == {
        Contribution(doer, Deed.ANSWERED, 2, 1),
        Contribution(doer, Deed.SHARED, 1, 2),
        Contribution(doer, Deed.WROTE, 1, 1),
        Contribution(second, Deed.APPROVED, 1, 0),
        Contribution(first, Deed.CAME, 1, 0),
    }
    assert len(found) == 5
    assert before == []
