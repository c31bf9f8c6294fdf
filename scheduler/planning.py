"""From occasions to messages: one a person a day at most, at their hour, with what was missed since the last.

Pure. The tick, the preview and the digest of a rule's effect all plan with it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from zoneinfo import ZoneInfo

from handlers.conversation.zones import ahead
from scheduler.calendar import WorkCalendar
from scheduler.due import Item, Occasion, Step, occasions
from scheduler.ladder import Directory, Told
from storage.manners import USUAL_HOUR, USUAL_QUIET, Cadence, Manner
from storage.rules import Kind, Rules

# What was missed while Covenant was down or somebody was away is caught up this far back, in one message.
CATCH_UP = timedelta(days=35)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be told, in hours of their day. Both quiet hours the same: none is.

    `zone`: by whose clock that day goes, None for the council's. Planning is in hours of the council's day,
    which `on` gives.
    """

    hour: int = USUAL_HOUR
    cadence: Cadence = Cadence.DAILY
    quiet_from: int = USUAL_QUIET[0]
    quiet_to: int = USUAL_QUIET[1]
    platform: str | None = None
    muted: frozenset[Kind] = frozenset()
    zone: ZoneInfo | None = None
    # Nothing comes earlier than this, even to those who have no quiet hours.
    earliest: int = 7

    @classmethod
    def stated(cls, manner: Manner | None, muted: frozenset[Kind] = frozenset()) -> Wishes:
        """What somebody has asked for, the usual where that is nothing."""
        if manner is None:
            return cls(muted=muted)
        zone = ZoneInfo(manner.zone) if manner.zone else None
        return cls(
            manner.hour, manner.cadence, manner.quiet_from, manner.quiet_to, manner.platform, muted, zone
        )

    def on(self, day: date, council: tzinfo) -> Wishes:
        """The same in hours of one day of the council's, by how far apart the clocks are at its noon.

        Half an hour counts as none, or as a whole one where they are behind: so nothing comes early. Only an
        hour that lies on another day of the council's becomes the nearest of this one.
        """
        if self.zone is None:
            return self
        hours = ahead(self.zone, council, day) // _HOUR
        return replace(
            self,
            hour=min(max(self.hour - hours, 0), _HOURS_A_DAY - 1),
            quiet_from=(self.quiet_from - hours) % _HOURS_A_DAY,
            quiet_to=(self.quiet_to - hours) % _HOURS_A_DAY,
            zone=None,
            earliest=self.earliest - hours,
        )

    def quiet(self, hour: int) -> bool:
        """Whether nothing may come in this hour."""
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= hour < self.quiet_to
        return hour >= self.quiet_from or hour < self.quiet_to

    @property
    def early(self) -> int:
        """The hour of what can't wait: the first that is not quiet."""
        return self._open_from(self.earliest, self.earliest)

    @property
    def usual(self) -> int:
        """The hour of an ordinary message, moved out of the quiet hours."""
        if self.cadence is Cadence.AT_ONCE:
            return self.early
        return self._open_from(self.hour, self.early)

    def _open_from(self, first: int, otherwise: int) -> int:
        return next((hour for hour in range(first, _HOURS_A_DAY) if not self.quiet(hour)), otherwise)


_USUAL = Wishes()


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that planning looks at. `told`: the day up to which each person has been told already."""

    items: Collection[Item]
    rules: Rules
    directory: Directory
    wishes: Mapping[int, Wishes] = field(default_factory=dict)
    snoozed: Mapping[tuple[int, str], date] = field(default_factory=dict)
    told: Mapping[int, date] = field(default_factory=dict)
    # The day on which reminding began here: nobody is told of what lies before it.
    began: date | None = None
    # This week's messages that reached nobody, by person and day.
    lost: frozenset[tuple[int, date]] = frozenset()
    # When each person was last told of each thing: what does not wait is told as soon as it is found.
    named: Mapping[tuple[int, str], date] = field(default_factory=dict)

    def wishes_of(self, person_id: int) -> Wishes:
        """How a person wants to be told."""
        return self.wishes.get(person_id, _USUAL)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a person's message: on which step of the ladder, and why it comes to them."""

    item: Item
    step: Step
    told: Told


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to one person; `again` where they have had theirs of that day, and this could not wait."""

    person_id: int
    day: date
    hour: int
    lines: tuple[Line, ...]
    again: bool = False


class Plan:
    """The messages of the working days from `first` to `last`."""

    def __init__(self, situation: Situation, calendar: WorkCalendar, first: date, last: date) -> None:
        self._now = situation
        self._calendar = calendar
        self._first, self._last = first, last
        self._occasions: dict[int, list[Occasion]] = {}
        found = occasions(
            situation.items, situation.rules, situation.directory, calendar, (first - CATCH_UP, last)
        )
        for each in (*found, *self._woken()):
            if self._wanted(each):
                self._occasions.setdefault(each.told.person_id, []).append(each)
        for theirs in self._occasions.values():
            theirs.sort(key=_day)

    def _woken(self) -> Iterator[Occasion]:
        """What comes back from a snooze, on the first working day that is not too early."""
        if not self._now.snoozed:
            return
        items = {each.subject: each for each in self._now.items}
        for (person_id, subject), until in self._now.snoozed.items():
            day = self._calendar.on_or_after(until)
            if subject in items and self._first - CATCH_UP <= day <= self._last:
                yield Occasion(day, items[subject], Step.BACK, Told(person_id))

    def _wanted(self, occasion: Occasion) -> bool:
        person_id, item = occasion.told.person_id, occasion.item
        until = self._now.snoozed.get((person_id, item.subject))
        if until is not None and occasion.day < until:
            return False
        if item.kind not in self._now.wishes_of(person_id).muted:
            return True
        return self._now.rules[item.kind].statutory

    def on(
        self,
        day: date,
        hours: Collection[int] | None = None,
        missed: Callable[[date, int], bool] | None = None,
    ) -> list[Planned]:
        """The messages of one day, to those whose hour is among `hours`, and what does not wait.

        `missed` says of an earlier day of the week, and an hour, that nothing was planned then: a weekly
        message comes late rather than not at all.
        """
        if not self._calendar.works(day):
            return []
        found = []
        for person_id in self._occasions:
            told = self._now.told.get(person_id)
            planned = self._message(person_id, day, told, self._now.named, missed or _never)
            if planned is None:
                continue
            wishes = self._wishes(person_id, day)
            if hours is None:
                found.append(planned)
            elif any(self._at_once(person_id, line.item.kind) for line in planned.lines):
                if planned.hour <= max(hours):
                    # Found late in the day, it comes now.
                    found.append(replace(planned, hour=max(hours)) if planned.again else planned)
            elif wishes.usual in hours:
                found.append(planned)
        return found

    def ahead(self) -> list[Planned]:
        """The messages of all days, each day counting on the one before."""
        found = []
        days = [
            day
            for number in range((self._last - self._first).days + 1)
            if self._calendar.works(day := self._first + number * _DAY)
        ]
        for person_id in self._occasions:
            told, named = self._now.told.get(person_id), dict(self._now.named)
            for day in days:
                planned = self._message(person_id, day, told, named, _never)
                if planned is not None:
                    found.append(planned)
                    told = day
                    named.update({(person_id, line.item.subject): day for line in planned.lines})
        return sorted(found, key=lambda each: (each.day, each.hour, each.person_id))

    def _wishes(self, person_id: int, day: date) -> Wishes:
        return self._now.wishes_of(person_id).on(day, self._calendar.zone)

    def _at_once(self, person_id: int, kind: Kind) -> bool:
        """Whether a kind does not wait for the person's hour, by its rule or by their own wish."""
        return self._now.rules[kind].urgent or self._now.wishes_of(person_id).cadence is Cadence.AT_ONCE

    def _pending(
        self, person_id: int, day: date, told: date | None, named: Mapping[tuple[int, str], date]
    ) -> list[Occasion]:
        """What somebody has not heard of: all since their last message, and of what does not wait also before."""
        theirs = self._occasions[person_id]
        earliest = max(day - CATCH_UP, self._now.began or date.min)
        since = earliest if told is None else max(earliest, told + _DAY)
        first, middle = bisect_left(theirs, earliest, key=_day), bisect_left(theirs, since, key=_day)
        late = [
            each
            for each in theirs[first : min(middle, bisect_right(theirs, day, key=_day))]
            if self._at_once(person_id, each.item.kind)
            and named.get((person_id, each.item.subject), date.min) < each.day
        ]
        return late + theirs[middle : bisect_right(theirs, day, key=_day)]

    def _message(
        self,
        person_id: int,
        day: date,
        told: date | None,
        named: Mapping[tuple[int, str], date],
        missed: Callable[[date, int], bool],
    ) -> Planned | None:
        person = self._now.directory.people.get(person_id)
        if person is None or person.away(day) or not person.reachable:
            return None
        now = self._pending(person_id, day, told, named)
        if not now:
            return None
        lines: dict[str, Line] = {}
        for each in now:
            known = lines.get(each.item.subject)
            if known is None or _weight(each.step) < _weight(known.step):
                lines[each.item.subject] = Line(each.item, each.step, each.told)
        wishes = self._wishes(person_id, day)
        urgent = any(self._now.rules[each.item.kind].urgent for each in lines.values())
        if not urgent and wishes.cadence is Cadence.WEEKLY and not self._weekly(person_id, day, missed):
            return None
        hour = wishes.early if urgent else wishes.usual
        return Planned(person_id, day, hour, tuple(lines.values()), again=told is not None and told >= day)

    def _weekly(self, person_id: int, day: date, missed: Callable[[date, int], bool]) -> bool:
        """Whether it is the week's first working day on which they are here and their message gets through."""
        person, hour = self._now.directory.people[person_id], self._wishes(person_id, day).usual
        earlier = self._calendar.first_of_week(day)
        while earlier < day:
            failed = missed(earlier, hour) or (person_id, earlier) in self._now.lost
            if not failed and not person.away(earlier):
                return False
            earlier = self._calendar.next_after(earlier)
        return True


_WEIGHTS = {Step.OWN: 0, Step.BACK: 1, Step.LEAD: 2, Step.MEMBER: 3, Step.DEPUTY: 4, Step.CONTACT: 5}


def _weight(step: Step) -> int:
    return _WEIGHTS[step]


def _day(occasion: Occasion) -> date:
    return occasion.day


def _never(_day: date, _hour: int) -> bool:
    return False
