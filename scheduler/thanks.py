"""The monthly thank-you to everybody who took part in the Community."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby

from handlers.community.thanks import CAUSE, thank_you
from handlers.conversation.reply import Notice
from scheduler.calendar import WorkCalendar
from scheduler.notices import queue
from scheduler.reach import address_of, in_their_hours
from storage.database import Database, Store
from storage.months import Month

# Whoever is away for longer at the beginning of a month is not thanked late.
_DAYS = 10


class Thanker:
    """Thanks for the month before. Any number of processes may do so at once: the key of each is its own."""

    def __init__(self, database: Database, calendar: WorkCalendar) -> None:
        self._database = database
        self._calendar = calendar

    async def tick(self, now: datetime) -> int:
        """Thank those whose hour has come; how many that were."""
        today = self._calendar.local(now).date()
        if today.day > _DAYS or not self._calendar.works(today):
            return 0
        async with self._database.reading() as store:
            notices = await self._due(store, today, now)
        if not notices:
            return 0
        async with self._database.store() as store:
            return await queue(store, notices, now)

    async def _due(self, store: Store, today: date, now: datetime) -> list[Notice]:
        month = Month.of(today).plus(-1)
        since = self._calendar.moment(date(month.year, month.month, 1), 0)
        until = self._calendar.moment(today.replace(day=1), 0)
        found = await store.participation.between(since, until)
        manners, accounts = await store.manners.all(), await store.accounts.reachable()
        people = {each.id: each for each in await store.people.all()}
        notices = []
        for person_id, deeds in groupby(found, key=lambda each: each.person_id):
            person, manner = people.get(person_id), manners.get(person_id)
            address = address_of(person_id, manner, accounts)
            if person is None or address is None or person.away(today) or (manner and not manner.thanks):
                continue
            key = f"thanks:{month}:{person_id}"
            if in_their_hours(self._calendar, manner, now) and await store.deliveries.by_key(key) is None:
                message = thank_you(month, list(deeds))
                notices.append(Notice(key, person_id, message, CAUSE, address=address))
        return notices
