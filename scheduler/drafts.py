"""Forms that somebody began and left: a word on day 7 and on day 13, and one when they expire."""

from __future__ import annotations

from dataclasses import dataclass, field
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

_CAUSE = "form in progress"
_REMINDED_ON = (7, 13)
# A reminder that falls on a day off comes on the working day before: at most this much earlier.
_EARLIEST = timedelta(days=_REMINDED_ON[0] - 5)
# Whoever answered just now needs no reminder yet.
_AT_IT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose draft it is: how they want to be told, and where they can be; nowhere for one who has left."""

    wishes: Wishes = field(default_factory=Wishes)
    address: Address | None = None


class DraftMinder:
    """Looks after forms in progress. Any number of processes may do so at once: each word has one key."""

    def __init__(self, database: Database, calendar: WorkCalendar) -> None:
        self._database = database
        self._calendar = calendar

    async def tick(self, now: datetime) -> int:
        """Say what is due to be said now, and of how many drafts that was."""
        async with self._database.reading() as store:
            left = await store.drafts.left_since(now - _EARLIEST)
            owners = await _owners(store) if left else {}
            due = [
                each.id
                for each in left
                if await self._due(store, each, owners.get(each.person_id, _Owner()), now)
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
                owner = owners.get(draft.person_id, _Owner())
                day = await self._due(store, draft, owner, now)
                if day is not None:
                    said += await queue(store, _put_aside(draft, day, owner), now)
        return said

    async def _due(self, store: Store, draft: Draft, owner: _Owner, now: datetime) -> int | None:
        """The day of the draft's life whose word is due now and not said yet."""
        if draft.state not in IN_PROGRESS or not self._in_their_hours(owner.wishes, now):
            return None
        if draft.expires_at <= now:
            return KEPT.days
        if owner.address is None or draft.updated_at > now - _AT_IT:
            return None
        begun, today = self._calendar.local(draft.begun_at).date(), self._calendar.local(now).date()
        reached = [
            day for day in _REMINDED_ON if self._calendar.on_or_before(begun + timedelta(days=day)) <= today
        ]
        if not reached or await store.deliveries.by_key(_key(draft, reached[-1])) is not None:
            return None
        return reached[-1]

    def _in_their_hours(self, wishes: Wishes, now: datetime) -> bool:
        local = self._calendar.local(now)
        return (
            self._calendar.works(local.date()) and local.hour >= wishes.usual and not wishes.quiet(local.hour)
        )


async def _owners(store: Store) -> dict[int, _Owner]:
    """Everybody who has not left, by their id."""
    manners, accounts = await store.manners.all(), await store.people.reachable_accounts()
    found = {}
    for person in await store.people.all():
        wishes = Wishes.stated(manners.get(person.id))
        account = preferred(accounts[person.id], wishes.platform) if person.id in accounts else None
        address = Address(account.platform, account.workspace, account.conversation) if account else None
        found[person.id] = _Owner(wishes, address)
    return found


def _put_aside(draft: Draft, day: int, owner: _Owner) -> list[Notice]:
    """Put a draft aside with the word of its day. Whom nobody can reach hears nothing, and it expires all the same."""
    if day == KEPT.days:
        draft.state = DraftState.EXPIRED
        message = steps_left.expired(draft)
    else:
        # What is typed after a week is hardly meant as the answer.
        draft.state = DraftState.SAVED
        message = steps_left.waiting(draft)
    if owner.address is None:
        return []
    return [Notice(_key(draft, day), draft.person_id, message, _CAUSE, address=owner.address)]


def _key(draft: Draft, day: int) -> str:
    return f"draft:{draft.id}:{day}"
