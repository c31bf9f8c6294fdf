"""Who stands in for whom: questions and reports go up until somebody is there to take them."""

from __future__ import annotations

from datetime import date

from handlers.conversation.turn import Turn
from storage.database import Store
from storage.people import Person, Role


async def who_answers(turn: Turn, store: Store) -> Person | None:
    """The SRM lead, else the deputy; somebody on leave only when nobody is there. None: both posts are vacant."""
    return await lead_on(store, turn.today)


async def lead_on(store: Store, day: date) -> Person | None:
    """The same, for a day."""
    ladder = [*await store.people.holding(Role.SRM_LEAD), *await store.people.holding(Role.SRM_DEPUTY)]
    here = [each for each in ladder if not each.away(day)]
    return next(iter(here or ladder), None)
