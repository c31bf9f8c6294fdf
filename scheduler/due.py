"""What is due: things with dates, under the rules, give the occasions on which somebody is to be told.

Pure and quick: no input or output, whole numbers for days, and one pass over the things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from scheduler.calendar import WorkCalendar
from scheduler.ladder import Directory, Told
from storage.rules import Channel, Kind, Rule, Rules

# An owner hears before it goes up; where no ordinary reminder falls before, this many days ahead.
_WARNING_DAYS = 2
_DAY = timedelta(days=1)


class Step(IntEnum):
    """Why something is mentioned on a day: to whoever has to act, to the first contact, or going up."""

    OWN = 0
    DEPUTY = 1
    MEMBER = 2
    LEAD = 3
    CONTACT = 4
    BACK = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be reminded of.

    `anchor` is the day from which its reminders count: its date, or the day since when it waits. `due` is
    None for what has no date. `when` is the date as people read it: a month stays a month. The first
    owner coordinates. Occasions before `starts` do not count. `first` is what the anchor was before
    somebody gave a new date.
    """

    subject: str
    kind: Kind
    what: str
    when: str
    anchor: date
    due: date | None
    owners: tuple[int, ...]
    unit_id: int | None = None
    deputy_id: int | None = None
    starts: date | None = None
    note: str = ""
    checkpoint: int | None = None
    first: date | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """Somebody is to be told of an item, on a working day or at the next chance after it."""

    day: date
    item: Item
    step: Step
    told: Told


def occasions(
    items: Iterable[Item],
    rules: Rules,
    directory: Directory,
    calendar: WorkCalendar,
    between: tuple[date, date],
) -> list[Occasion]:
    """Every occasion that falls on the working days between two days, both inclusive."""
    # A date on a day off is seen to before it. What merely waits is not there before it begins to, and
    # nobody above is told earlier than the owner was promised.
    dated = _seen(calendar.span(*between), calendar.on_or_before)
    later = _seen(calendar.span(*between, later=True), calendar.on_or_after)
    if not dated or not later:
        return []
    lowest, highest = min(*dated, *later), max(*dated, *later)
    found: list[Occasion] = []
    for item in items:
        rule = rules[item.kind]
        if rule.channel is not Channel.MESSAGE:
            continue
        start = lowest if item.starts is None else max(lowest, item.starts.toordinal())
        for number, step in steps(rule, item.anchor.toordinal(), start, highest):
            day = (dated if step is Step.OWN and item.due is not None else later).get(number)
            if day is not None:
                found.extend(Occasion(day, item, step, told) for told in _told(item, step, directory, day))
    return found


def _seen(span: tuple[date, date], moved: Callable[[date], date]) -> dict[int, date]:
    """The days of a span, as whole numbers, with the working day on which each is seen to."""
    days = range(span[0].toordinal(), span[1].toordinal() + 1)
    return {day: moved(date.fromordinal(day)) for day in days}


def steps(rule: Rule, anchor: int, low: int, high: int) -> Iterator[tuple[int, Step]]:
    """The days from `low` to `high`, as ordinals, on which a rule speaks of a thing with this anchor."""
    if rule.before and anchor - low > 0:
        for ahead in rule.before:
            if low <= anchor - ahead <= high:
                yield anchor - ahead, Step.OWN
    if anchor > high:
        return
    if rule.on_the_day and low <= anchor:
        yield anchor, Step.OWN
    # Past the date. A reminder that follows from two settings at once is one reminder.
    ends = min(high, anchor + rule.until) if rule.until else high
    own = set(_every(rule.every, anchor, low, ends))
    own.update(anchor + after for after in rule.after if low <= anchor + after <= ends)
    own.update(day for day in _warnings(rule, anchor) if low <= day <= ends)
    for day in own:
        yield day, Step.OWN
    for day in _every(rule.contact, anchor, low, ends):
        yield day, Step.CONTACT
    for number, after in enumerate(rule.escalate[:3], 1):
        if low <= anchor + after <= ends:
            yield anchor + after, Step(number)


def next_step_up(rule: Rule, anchor: date, day: date) -> tuple[date, Step] | None:
    """When something still open will go up next, and to which step; None where it goes no further."""
    late = (day - anchor).days
    for number, after in enumerate(rule.escalate[:3], 1):
        if after > late and (not rule.until or after <= rule.until):
            return date.fromordinal(anchor.toordinal() + after), Step(number)
    return None


def _every(days: int, anchor: int, low: int, high: int) -> range:
    if not days:
        return range(0)
    turns = max(1, -((anchor - low) // days))
    return range(anchor + turns * days, high + 1, days)


def _warnings(rule: Rule, anchor: int) -> Iterator[int]:
    for after in rule.escalate[:1]:
        heard = rule.on_the_day or 0 < rule.every < after or any(each < after for each in rule.after)
        if not heard:
            yield anchor + max(after - _WARNING_DAYS, 0)


def owners_of(item: Item, directory: Directory, day: date) -> list[Told]:
    """Everybody who has to act on an item on a day, or who stands in for them."""
    if item.kind.personal:
        return [Told(each) for each in item.owners if each in directory.people]
    return directory.owners(item.owners, item.deputy_id, item.unit_id, day)


def told_again(item: Item, rule: Rule, directory: Directory, person_id: int, day: date) -> Told | None:
    """Why somebody has been told of an item by a day; None where it is nothing to them."""
    reached = [
        number for number, after in enumerate(rule.escalate[:3], 1) if item.anchor + after * _DAY <= day
    ]
    steps_up = [Step(number) for number in reversed(reached)]
    for step in (Step.OWN, *steps_up, Step.CONTACT):
        for told in _told(item, step, directory, day):
            if told.person_id == person_id:
                return told
    return None


def _told(item: Item, step: Step, directory: Directory, day: date) -> list[Told]:
    if step is Step.OWN or step is Step.BACK:
        return owners_of(item, directory, day)
    if item.kind.personal:
        return []
    match step:
        case Step.CONTACT:
            told = directory.contact(item.owners, item.unit_id, day)
        case Step.DEPUTY | Step.MEMBER | Step.LEAD:
            told = directory.above(item.owners, item.deputy_id, item.unit_id, step.value, day)
    return [] if told is None or told.person_id in item.owners else [told]
