"""A plain count of who should hear of what on which day, written apart from the planning that it checks.

It goes day by day and thing by thing with a list of what each person has yet to hear: no windows, no
shared code but the records and the shipped rules.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

from storage.contracts import Contract, Tier
from storage.manners import Cadence, Manner
from storage.people import Profile, Role, Unit
from storage.programme import Owner, PlanAction
from storage.rules import Kind, Rule, shipped_rules

OFF = holidays.country_holidays("GB", subdiv="ENG", years=range(2026, 2029))
# What merely waits counts from this Monday.
MONDAY = date(2026, 1, 5)
DAY = timedelta(days=1)
LONDON = ZoneInfo("Europe/London")
_QUIET = 19
_KEY_TIERS = (Tier.PLATINUM, Tier.GOLD)
_MONTHS = {Tier.PLATINUM: 6, Tier.GOLD: 6, Tier.SILVER: 12}


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in OFF


def seen_to(day: date, step: timedelta = -DAY) -> date:
    while not works(day):
        day += step
    return day


def back(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass
class Thing:
    """Something to be reminded of, from the day on which it is there to the last day on which it is."""

    subject: str
    kind: Kind
    anchor: date
    owners: list[int]
    unit: int | None
    deputy: int | None = None
    there_from: date = date.min
    there_to: date = date.max
    # What merely waits has no date: where its day is off, it is mentioned on the next working day.
    waits: bool = False
    counts_from: date = date.min
    # When on its first day it came to be known, long after its reminders would have begun.
    found: time = time.min
    # Nobody else's: it waits for its owner, and goes to nobody in their place.
    personal: bool = False


@dataclass
class Year:
    """What is known of the year beside the records."""

    first: date
    last: date
    # The moments at which the service looks; none on a day on which it is down.
    moments: Callable[[date], Sequence[time]]
    # Who can't be reached on any platform, and the days on which the platform takes nothing.
    lost: int
    broken: frozenset[date] = frozenset()
    snoozed: Mapping[tuple[int, str], tuple[date, date]] = field(default_factory=dict)
    muted: frozenset[tuple[int, Kind]] = frozenset()

    def days(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += DAY


@dataclass(frozen=True)
class Told:
    """One person's message of a day: what it names, and the moment at which it is sent."""

    subjects: frozenset[str]
    at: time


class PlainCount:
    """Who hears of what, worked out the long way."""

    def __init__(
        self, year: Year, profiles: Sequence[Profile], units: Sequence[Unit], manners: Mapping[int, Manner]
    ) -> None:
        self.year = year
        self.profiles = profiles
        self.people = {each.person.id: each.person for each in profiles}
        self.units = {each.id: each for each in units}
        self.manners = manners
        self.rules = shipped_rules()
        self.lead = next(each.person.id for each in profiles if each.has(Role.SRM_LEAD))
        self.leads = [self.lead, *(each.person.id for each in profiles if each.has(Role.SRM_DEPUTY))]

    def messages(self, things: Sequence[Thing]) -> dict[tuple[int, date, bool], Told]:
        """Everybody's messages of the year; True for a second one on a day, of what does not wait."""
        heard: dict[date, list[tuple[int, Thing]]] = defaultdict(list)
        for thing in things:
            raw = self.year.first - 7 * DAY
            while raw <= self.year.last + 7 * DAY:
                before, after = seen_to(raw, DAY if thing.waits else -DAY), seen_to(raw, DAY)
                told = [(each, before) for each in self._hears(thing, raw, before)]
                told += [(each, after) for each in self._hears_above(thing, raw, after)]
                if raw >= thing.counts_from:
                    for person, day in told:
                        if not self._unwanted(person, thing, day):
                            heard[day].append((person, thing))
                raw += DAY
        for (person, subject), (_, until) in self.year.snoozed.items():
            heard[seen_to(until, DAY)] += [(person, each) for each in things if each.subject == subject]
        return self._told(heard)

    def _told(self, heard: Mapping[date, list[tuple[int, Thing]]]) -> dict[tuple[int, date, bool], Told]:
        waiting: dict[int, list[Thing]] = defaultdict(list)
        told: dict[tuple[int, date, bool], Told] = {}
        had_its_day: set[tuple[int, date]] = set()
        for day in self.year.days():
            for (person, subject), (asked, _) in self.year.snoozed.items():
                if asked == day:
                    waiting[person] = [each for each in waiting[person] if each.subject != subject]
            for person, thing in heard.get(day, ()):
                waiting[person].append(thing)
            self._tell(day, waiting, told, had_its_day)
            self._tell_found(day, waiting, told)
        return told

    def _tell(
        self,
        day: date,
        waiting: dict[int, list[Thing]],
        told: dict[tuple[int, date, bool], Told],
        had_its_day: set[tuple[int, date]],
    ) -> None:
        """Everybody's message of the day."""
        for person in self.people:
            if not works(day) or not self._there(person, day):
                continue
            there = [each for each in waiting[person] if each.there_from <= day <= each.there_to]
            found = [each for each in there if each.found > time.min and each.there_from == day]
            now = [each for each in there if each not in found]
            urgent = any(self.rules[each.kind].urgent for each in now)
            usual = self._moment(person, day, urgent=False)
            at = self._moment(person, day, urgent=urgent)
            week = (person, day - day.weekday() * DAY)
            first_of_week = week not in had_its_day
            if usual is not None and day not in self.year.broken:
                had_its_day.add(week)
            if at is None or day in self.year.broken or not now:
                continue
            if urgent or first_of_week or not self._weekly(person):
                told[person, day, False] = Told(frozenset(each.subject for each in now), at)
                # What nobody knows of yet is not told.
                waiting[person] = [
                    each for each in waiting[person] if each.found > time.min and each.there_from >= day
                ]

    def _tell_found(
        self,
        day: date,
        waiting: dict[int, list[Thing]],
        told: dict[tuple[int, date, bool], Told],
    ) -> None:
        """What does not wait and came to be known in the course of the day: at the next look, beside what was told."""
        for person in self.people:
            found = [each for each in waiting[person] if each.found > time.min and each.there_from == day]
            looks = [
                each for each in self.year.moments(day) if found and found[0].found <= each < time(_QUIET)
            ]
            if not looks or not self._there(person, day):
                continue
            assert all(self.rules[each.kind].urgent for each in found), "nothing else is told at once"
            first = told.get((person, day, False))
            names = frozenset(each.subject for each in found)
            if first is not None and first.at < looks[0]:
                told[person, day, True] = Told(names, looks[0])
            else:
                told[person, day, False] = Told(names | (first.subjects if first else frozenset()), looks[0])
            waiting[person] = [each for each in waiting[person] if each not in found]

    def _moment(self, person: int, day: date, *, urgent: bool) -> time | None:
        """The first look at or after the person's hour and before their quiet hours; None: there is none."""
        manner = self.manners.get(person)
        early = urgent or (manner is not None and manner.cadence is Cadence.AT_ONCE)
        hour = 7 if early else manner.hour if manner is not None else 9
        clock = self.clock(person)
        for each in self.year.moments(day):
            if hour <= datetime.combine(day, each, LONDON).astimezone(clock).hour < _QUIET:
                return each
        return None

    def clock(self, person: int) -> ZoneInfo:
        """The time zone that somebody works in."""
        manner = self.manners.get(person)
        return ZoneInfo(manner.zone) if manner is not None and manner.zone else LONDON

    def _weekly(self, person: int) -> bool:
        manner = self.manners.get(person)
        return manner is not None and manner.cadence is Cadence.WEEKLY

    def _unwanted(self, person: int, thing: Thing, day: date) -> bool:
        if (person, thing.kind) in self.year.muted and not self.rules[thing.kind].statutory:
            return True
        asked, until = self.year.snoozed.get((person, thing.subject), (date.max, date.max))
        return asked <= day < until

    def _post(self, unit: int | None, name: str) -> int | None:
        while unit is not None:
            holder: int | None = getattr(self.units[unit], name)
            if holder is not None:
                return holder
            unit = self.units[unit].parent_id
        return None

    def _unit_of(self, thing: Thing) -> int | None:
        if thing.unit is not None or not thing.owners:
            return thing.unit
        return self.people[thing.owners[0]].unit_id

    def _there(self, person: int | None, day: date) -> bool:
        return person is not None and person != self.year.lost and not self.people[person].away(day)

    def _instead(self, person: int, unit: int | None, day: date) -> int:
        if self._there(person, day):
            return person
        home = unit if unit is not None else self.people[person].unit_id
        others = [self.people[person].deputy_id, self._post(home, "first_contact_id")]
        if person == self.year.lost:
            others += [self._post(home, "csmg_member_id"), *self.leads]
        found = (each for each in others if each is not None and each != person and self._there(each, day))
        return next(found, person)

    def _climb(self, thing: Thing, rung: int) -> int | None:
        unit = self._unit_of(thing)
        first = [thing.deputy]
        if thing.owners:
            first.append(self.people[thing.owners[0]].deputy_id)
        first.append(self._post(unit, "first_contact_id"))
        ladder = [
            next((each for each in first if each is not None and each not in thing.owners), None),
            self._post(unit, "csmg_member_id"),
            self.lead,
        ]
        return next((each for each in ladder[rung - 1 :] if each is not None), None)

    def _hears(self, thing: Thing, raw: date, day: date) -> set[int]:
        """Who is to hear of a thing because of one day of the calendar, seen to on another."""
        rule, late = self.rules[thing.kind], (raw - thing.anchor).days
        found: set[int] = set()
        if _own_day(rule, late):
            if thing.personal:
                found |= set(thing.owners)
            elif thing.owners:
                found |= {self._instead(each, thing.unit, day) for each in thing.owners}
            elif (above := self._climb(thing, 1)) is not None:
                found.add(self._instead(above, thing.unit, day))
        return found

    def _hears_above(self, thing: Thing, raw: date, day: date) -> set[int]:
        """Who above hears of it: never before the day that its owner was told of."""
        rule, late = self.rules[thing.kind], (raw - thing.anchor).days
        found: set[int] = set()
        if late <= 0 or (rule.until and late > rule.until):
            return found
        others = [self._climb(thing, n) for n, days in enumerate(rule.escalate, 1) if late == days]
        if rule.contact and late % rule.contact == 0:
            others.append(self._post(self._unit_of(thing), "first_contact_id"))
        for each in others:
            if each is not None and (told := self._instead(each, thing.unit, day)) not in thing.owners:
                found.add(told)
        return found

    def of_contract(self, contract: Contract, confirmed: date) -> Iterator[Thing]:
        """What the register asks for of one contract."""
        ends = contract.ends or date.max
        over = ends + 120 * DAY if contract.ends else date.max
        notice = back(ends, contract.notice_months) if contract.ends and contract.notice_months else None
        dates = {
            "review": contract.review_date,
            "insurance": contract.insurance_ends,
            "continuity": contract.continuity_test,
            "end": contract.ends,
            "notice": notice,
            "extension": back(notice or ends, 3) if contract.ends and contract.extension_months else None,
        }
        for word, day in dates.items():
            if day is not None:
                yield _named(contract, f"contract_{word}", word, anchor=day, there_to=over)
        if contract.high_risk and contract.sro_id is None:
            yield _named(contract, "contract_sro", "sro", anchor=MONDAY, there_to=ends, waits=True)
        if contract.manager_id is None or contract.deputy_id is None:
            yield _named(contract, "contract_people", "people", anchor=MONDAY, there_to=ends, waits=True)
        if contract.tier in _KEY_TIERS:
            yield from self._scorecards(contract, ends)
        if contract.tier in _MONTHS:
            begun = max(confirmed, contract.starts or confirmed, contract.manager_since or confirmed)
            due = [begun + 30 * DAY]
            if contract.ends and back(ends, 12) >= max(confirmed, contract.starts or confirmed):
                due.append(back(ends, 12))
            yield _named(contract, "assessment", "", anchor=min(due), there_to=ends)

    def _scorecards(self, contract: Contract, ends: date) -> Iterator[Thing]:
        """Nobody records any: each quarter's is missing from the first day of the next to its last."""
        begins = date(2026, 10, 1)
        while begins <= self.year.last:
            following = back(begins, -3)
            if contract.starts is None or contract.starts < begins:
                yield _named(
                    contract,
                    "contract_scorecard",
                    "scorecard",
                    anchor=begins,
                    there_from=begins,
                    there_to=min(following - DAY, ends),
                    waits=True,
                )
            begins = following

    def of_plan(self, actions: Sequence[PlanAction], confirmed: date) -> Iterator[Thing]:
        """The plan's actions: one for each Business Unit where a group owns it."""
        for plan in actions:
            month = plan.next_checkpoint.expected if plan.next_checkpoint else None
            kind, anchor = (Kind.ACTION, month.last_day) if month else (Kind.ACTION_ONGOING, MONDAY)
            subject = f"action:{plan.action.id}"
            where: list[Unit | None] = [None]
            if plan.by_unit:
                where = [each for each in self.units.values() if each.parent_id is None]
            if plan.by_unit and any(each not in (Owner.CSMG, Owner.CMA_EUG) for each in plan.owners):
                where.append(None)
            for unit in where:
                yield Thing(
                    subject if unit is None else f"{subject}:unit:{unit.id}",
                    kind,
                    anchor,
                    self._owners(plan) if unit is None else self._local_owners(plan, unit),
                    unit.id if unit else None,
                    counts_from=confirmed,
                    waits=month is None,
                )

    def _owners(self, plan: PlanAction) -> list[int]:
        found: list[int] = []
        for owner in plan.owners:
            if owner is Owner.SRM_LEAD:
                found.append(self.lead)
            elif owner not in (Owner.CSMG, Owner.CMA_EUG):
                role = Role(owner.value.lower())
                found += [each.person.id for each in self.profiles if each.has(role)]
        return list(dict.fromkeys(found))

    def _local_owners(self, plan: PlanAction, unit: Unit) -> list[int]:
        users = [
            each.person.id
            for each in self.profiles
            if each.has(Role.CMA_EUG) and each.unit and unit.id in (each.unit.id, each.unit.parent_id)
        ]
        if Owner.CMA_EUG in plan.owners and users:
            return users
        speaker = unit.first_contact_id or unit.csmg_member_id
        return [speaker] if speaker is not None else []

    def of_form(self, number: int, owner: int, begun: date) -> Iterator[Thing]:
        """A form that was begun and left: kept for a fortnight, and what has become of it."""
        last = begun + 14 * DAY
        yield Thing(f"draft:{number}", Kind.DRAFT, last, [owner], None, None, begun, last, personal=True)
        over = last + DAY
        yield Thing(
            f"draft:{number}:over",
            Kind.DRAFT_EXPIRED,
            over,
            [owner],
            None,
            None,
            begun,
            waits=True,
            personal=True,
        )

    def digests(self) -> Iterator[Thing]:
        """The weekly digests of each CSMG member, and the SRM lead's of everything."""
        for unit in self.units.values():
            if unit.parent_id is None and unit.csmg_member_id is not None:
                owners = [unit.csmg_member_id]
                yield Thing(f"digest:{unit.id}", Kind.DIGEST, MONDAY, owners, None, waits=True)
        yield Thing("digest:all", Kind.DIGEST, MONDAY, [self.lead], None, waits=True)


def _own_day(rule: Rule, late: int) -> bool:
    if late < 0:
        return -late in rule.before
    if late == 0:
        return rule.on_the_day
    if rule.until and late > rule.until:
        return False
    # Who has to act hears of it before it goes up, also where no ordinary day falls before.
    first_up = rule.escalate[0] if rule.escalate else 0
    heard = rule.on_the_day or 0 < rule.every < first_up or any(each < first_up for each in rule.after)
    if first_up and not heard and late == max(first_up - 2, 0):
        return True
    return late in rule.after or bool(rule.every and late % rule.every == 0)


def _named(
    contract: Contract,
    kind: str,
    word: str,
    *,
    anchor: date,
    there_to: date,
    there_from: date = date.min,
    waits: bool = False,
) -> Thing:
    return Thing(
        f"contract:{contract.reference}:{word}" if word else f"assessment:{contract.reference}",
        Kind(kind),
        anchor,
        [contract.manager_id] if contract.manager_id is not None else [],
        contract.unit_id,
        contract.deputy_id,
        there_from,
        there_to,
        waits,
    )
