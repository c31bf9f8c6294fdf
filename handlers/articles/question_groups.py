"""The questions asked in vain, in groups that ask for the same thing, as far as somebody may see them."""

from __future__ import annotations

from datetime import timedelta

from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from handlers.services import Services
from knowledge.clusters import Asked, clusters
from storage.database import Store
from storage.questions import Question

_SINCE = timedelta(days=180)


def nearest_article(question: Question) -> str | None:
    """The article that came nearest to a question."""
    first = next(
        (str(each["id"]) for each in question.trace.get("candidates", ()) if ":" not in each["id"]), None
    )
    return question.chosen_later or question.article or next(iter(question.choices), first)


async def may_learn(turn: Turn, store: Store, services: Services, question: Question) -> bool:
    """Whether this person leads, or is an expert of the workstream that a question comes nearest to."""
    if turn.has(*LEADS):
        return True
    article = services.library.get(nearest_article(question) or "")
    theirs = await store.expert_teams.workstreams_of(turn.person_id)
    return article is not None and article.about.workstream in theirs


async def groups_for(turn: Turn, store: Store, services: Services) -> list[tuple[Question, ...]]:
    """The groups that this person may see, the largest first."""
    found = {each.id: each for each, _ in await store.questions.unsatisfied(turn.received_at - _SINCE)}
    seen = {key: each for key, each in found.items() if await may_learn(turn, store, services, each)}
    groups = clusters([Asked(each.id, each.text) for each in seen.values()])
    return [tuple(seen[each.id] for each in group) for group in groups]


async def group_with(turn: Turn, store: Store, services: Services, question_id: int) -> tuple[Question, ...]:
    """The group that a question is in; empty where it has been dealt with or is not for this person."""
    groups = await groups_for(turn, store, services)
    return next((group for group in groups if any(each.id == question_id for each in group)), ())
