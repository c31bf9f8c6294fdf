"""Briefings that are near: a reminder to those with a place, and afterwards a word to record who came."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.briefings.view import CAUSE, Act, act_button, announcement, name_of, when
from handlers.conversation.message import Buttons, Message, Text, say, spans
from handlers.conversation.reply import Notice
from handlers.ladder import lead_on
from scheduler.calendar import WorkCalendar
from scheduler.notices import queue
from scheduler.reach import address_of, in_their_hours
from storage.briefings import Briefing, BriefingState
from storage.database import Database, Store

# The working day before lies at most this far back, over the longest run of days off.
_AHEAD = timedelta(days=7)
# For so long after its end the word to record who came is still worth saying.
_AFTER = timedelta(days=7)


class BriefingMinder:
    """Looks after briefings. Any number of processes may do so at once: each reminder is noted under a lock."""

    def __init__(self, database: Database, calendar: WorkCalendar) -> None:
        self._database = database
        self._calendar = calendar

    async def tick(self, now: datetime) -> int:
        """Say what is due to be said now; how many messages that was."""
        async with self._database.reading() as store:
            near = [each.id for each in await store.briefings.starting(now - _AFTER, now + _AHEAD)]
        said = 0
        for briefing_id in near:
            async with self._database.store() as store:
                briefing = await store.briefings.get(briefing_id)
                if briefing is None or briefing.state is not BriefingState.ANNOUNCED:
                    continue
                notices = (
                    await self._reminders(store, briefing, now)
                    if now < briefing.starts_at
                    else await self._record(store, briefing, now)
                )
                said += await queue(store, notices, now)
        return said

    async def _reminders(self, store: Store, briefing: Briefing, now: datetime) -> list[Notice]:
        """Who has a place is reminded in their hours on the working day before, or as soon after as they can be."""
        calendar = self._calendar
        today, starts = calendar.local(now).date(), calendar.local(briefing.starts_at).date()
        if today < calendar.on_or_before(starts - timedelta(days=1)):
            return []
        # Whoever signed up today has just read when it is.
        due = await store.briefings.to_remind(briefing, calendar.moment(today, 0))
        if not due:
            return []
        manners, accounts = await store.manners.all(), await store.accounts.reachable()
        people = {each.id: each for each in await store.people.all()}
        notices = []
        for seat in due:
            person, manner = people.get(seat.person_id), manners.get(seat.person_id)
            if person is None or person.away(today) or not in_their_hours(self._calendar, manner, now):
                continue
            seat.reminded_of = briefing.starts_at
            address = address_of(seat.person_id, manner, accounts)
            key = f"briefing:{briefing.id}:reminder:{briefing.starts_at:%Y%m%d%H%M}:{seat.round}:{person.id}"
            message = self._reminder(briefing)
            notices += [Notice(key, person.id, message, CAUSE, address=address)] if address else []
        return notices

    def _reminder(self, briefing: Briefing) -> Message:
        first = f"You have a place at {name_of(briefing)}, {when(briefing, self._calendar.zone)}."
        buttons = Buttons((act_button(Act.GIVE_UP, briefing),), "If you can't come")
        return Message(first, (Text(spans(first)), *announcement(briefing, self._calendar.zone), buttons))

    async def _record(self, store: Store, briefing: Briefing, now: datetime) -> list[Notice]:
        """Once it is over, whoever holds it is asked who came."""
        key = f"briefing:{briefing.id}:attendance"
        if briefing.recorded_at or now < briefing.ends_at or await store.deliveries.by_key(key) is not None:
            return []
        profile = await store.people.profile(briefing.lead_id)
        today = self._calendar.local(now).date()
        here = profile is not None and profile.person.active and not profile.person.away(today)
        holder = profile.person if profile and here else await lead_on(store, today)
        if holder is None:
            return []
        manner = await store.manners.of(holder.id)
        if not in_their_hours(self._calendar, manner, now):
            return []
        address = address_of(holder.id, manner, await store.accounts.reachable())
        message = say(
            f"{name_of(briefing).capitalize()} is over: {briefing.title}.",
            "Record who came, for the figures by Business Unit.",
            buttons=[act_button(Act.ATTENDANCE, briefing)],
        )
        return [Notice(key, holder.id, message, CAUSE, address=address)] if address else []
