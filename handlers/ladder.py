"""Who stands in for whom: questions and reports go up until somebody is there to take them."""

from __future__ import annotations

from handlers.conversation.turn import Turn
from storage.database import Store
from storage.people import Person, Role


async def who_answers(turn: Turn, store: Store) -> Person | None:
    """The SRM lead, else the deputy; somebody on leave only when nobody is there. None: both posts are vacant."""
    ladder = [*await store.people.holding(Role.SRM_LEAD), *await store.people.holding(Role.SRM_DEPUTY)]
    here = [each for each in ladder if not each.away(turn.today)]
    return next(iter(here or ladder), None)
