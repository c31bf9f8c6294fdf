"""Looking ahead for the chat and the command line: the same planning, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date

from handlers.reminders.outlook import Coming, Digest, DueLine, Waiting
from scheduler.calendar import WorkCalendar
from scheduler.due import Step, owners_of, told_again
from scheduler.gather import gather
from scheduler.nudges import background_of, digest_of, lines_of
from scheduler.planning import Line, Plan, Planned
from scheduler.sources import ArticleFacts
from scheduler.wording import due_line, worth_listing
from storage.database import Store
from storage.people import Role
from storage.rules import Kind, Rule


class Planner:
    """What handlers ask about what is due; see the port in `handlers.reminders.outlook`."""

    def __init__(
        self, calendar: WorkCalendar, articles: Callable[[], Sequence[ArticleFacts]] = tuple
    ) -> None:
        self._calendar = calendar
        self._articles = articles

    async def coming(
        self, store: Store, first: date, last: date, change: tuple[Kind, Rule] | None = None
    ) -> Sequence[Coming]:
        """Who gets what and when, with one rule as it would be where `change` is given."""
        rules = dict(await store.reminder_rules.all())
        if change is not None:
            rules[change[0]] = change[1]
        gathered = await gather(store, first, self._calendar.zone, self._articles(), rules=rules)
        situation = gathered.situation
        planned = Plan(situation, self._calendar, first, last).ahead()
        return [
            Coming(
                each.person_id,
                situation.directory.people[each.person_id].name,
                each.day,
                each.hour,
                tuple(due_line(situation, line.item, line.told, each.day) for line in each.lines),
            )
            for each in planned
        ]

    async def waiting(self, store: Store, subject: str, today: date) -> Waiting | None:
        """Something by its subject, while it waits for somebody."""
        situation = (await gather(store, today, self._calendar.zone, self._articles())).situation
        item = next((each for each in situation.items if each.subject == subject), None)
        if item is None:
            return None
        told = owners_of(item, situation.directory, today)
        people = {*item.owners, *(each.person_id for each in told)}
        if item.deputy_id is not None:
            people.add(item.deputy_id)
        return Waiting(
            subject,
            item.kind,
            item.what,
            item.first or item.anchor,
            item.due,
            frozenset(people),
            item.unit_id,
        )

    async def due_for(self, store: Store, person_id: int, today: date) -> Sequence[DueLine]:
        """Everything that somebody has to act on now or soon, the oldest first."""
        gathered = await gather(store, today, self._calendar.zone, self._articles())
        situation = gathered.situation
        found = []
        for item in sorted(situation.items, key=lambda each: (each.due or each.anchor, each.subject)):
            if worth_listing(item, situation.rules[item.kind], today):
                told = owners_of(item, situation.directory, today)
                found += [
                    due_line(situation, item, each, today) for each in told if each.person_id == person_id
                ]
        return found

    async def told(
        self, store: Store, person_id: int, subjects: Collection[str], day: date
    ) -> Sequence[DueLine]:
        """Of what a message of a day named, all that is still open and that this person is told of."""
        gathered = await gather(store, day, self._calendar.zone, self._articles())
        situation, lines = gathered.situation, []
        for item in situation.items:
            if item.subject not in subjects:
                continue
            told = told_again(item, situation.rules[item.kind], situation.directory, person_id, day)
            if told is not None:
                lines.append(Line(item, Step.OWN, told))
        planned = Planned(person_id, day, 0, tuple(lines))
        return lines_of(planned, await background_of(store, gathered, [planned]))

    async def digests(self, store: Store, person_id: int, today: date) -> Sequence[Digest]:
        """The digests that somebody may see: their Business Units', or everything's for the SRM lead."""
        gathered = await gather(store, today, self._calendar.zone, self._articles())
        units = gathered.situation.directory.units.values()
        profile = await store.people.profile(person_id)
        if profile is not None and profile.has(Role.SRM_LEAD, Role.SRM_DEPUTY):
            subjects = ["digest:all"]
        else:
            subjects = [f"digest:{each.id}" for each in units if each.member_id == person_id]
        background = await background_of(store, gathered, (), digests=True)
        return [digest_of(background, each, today) for each in subjects]
