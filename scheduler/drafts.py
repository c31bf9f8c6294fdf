"""Forms that somebody began and left: a word on day 7 and on day 13, and one when they expire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from handlers.conversation import steps_left
from handlers.conversation.reply import Notice
from scheduler.calendar import WorkCalendar
from scheduler.notices import queue
from scheduler.nudges import preferred
from scheduler.planning import Wishes
from storage.addresses import Address
from storage.database import Database, Store
from storage.drafts import IN_PROGRESS, KEPT, Draft, DraftState
from storage.manners import Manner
from storage.people import Account

_CAUSE = "form in progress"
_REMINDED_ON = (7, 13)
# A reminder that falls on a day off comes on the working day before: at most this much earlier.
_EARLIEST = timedelta(days=_REMINDED_ON[0] - 5)
# Whoever answered just now needs no reminder yet.
_AT_IT = timedelta(hours=1)


class DraftMinder:
    """Looks after forms in progress. Any number of processes may do so at once: each word has one key."""

    def __init__(self, database: Database, calendar: WorkCalendar) -> None:
        self._database = database
        self._calendar = calendar

    async def tick(self, now: datetime) -> int:
        """Say what is due to be said now, and to how many drafts that was."""
        async with self._database.reading() as store:
            manners, accounts = await store.manners.all(), await store.people.reachable_accounts()
            due = [
                each.id
                for each in await store.drafts.left_since(now - _EARLIEST)
                if await self._due(store, each, manners.get(each.person_id), now)
            ]
        if not due:
            return 0
        said = 0
        async with self._database.store() as store:
            for draft_id in due:
                # Looked at once more with its row held: it may have been answered, or another process was quicker.
                draft = await store.drafts.locked(draft_id)
                if draft is None:
                    continue
                manner = manners.get(draft.person_id)
                day = await self._due(store, draft, manner, now)
                if day is not None:
                    await queue(store, _words(draft, day, manner, accounts), now)
                    said += 1
        return said

    async def _due(self, store: Store, draft: Draft, manner: Manner | None, now: datetime) -> int | None:
        """The day of the draft's life whose word is due now and not said yet."""
        if draft.state not in IN_PROGRESS or not self._in_their_hours(manner, now):
            return None
        if draft.expires_at <= now:
            return KEPT.days
        if draft.updated_at > now - _AT_IT:
            return None
        begun, today = self._calendar.local(draft.begun_at).date(), self._calendar.local(now).date()
        reached = [
            day for day in _REMINDED_ON if self._calendar.on_or_before(begun + timedelta(days=day)) <= today
        ]
        if not reached or await store.deliveries.by_key(_key(draft, reached[-1])) is not None:
            return None
        return reached[-1]

    def _in_their_hours(self, manner: Manner | None, now: datetime) -> bool:
        wishes, local = Wishes.stated(manner), self._calendar.local(now)
        return (
            self._calendar.works(local.date()) and local.hour >= wishes.usual and not wishes.quiet(local.hour)
        )


def _words(
    draft: Draft, day: int, manner: Manner | None, accounts: Mapping[int, list[Account]]
) -> list[Notice]:
    """The word of a day. Somebody who can't be reached anywhere gets none, and their draft expires as any other."""
    if day == KEPT.days:
        draft.state = DraftState.EXPIRED
        message = steps_left.expired(draft)
    else:
        # What is typed after a week is hardly meant as the answer.
        draft.state = DraftState.SAVED
        message = steps_left.waiting(draft)
    theirs = accounts.get(draft.person_id)
    if not theirs:
        return []
    account = preferred(theirs, manner.platform if manner else None)
    address = Address(account.platform, account.workspace, account.conversation)
    return [Notice(_key(draft, day), draft.person_id, message, _CAUSE, address=address)]


def _key(draft: Draft, day: int) -> str:
    return f"draft:{draft.id}:{day}"
