"""What reminding tells the chat: plain lines and counts, and the port through which handlers ask for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

from storage.database import Store
from storage.rules import Kind, Rule


class Group(StrEnum):
    """Where a thing stands in a message."""

    OVERDUE = "Overdue"
    SOON = "Due soon"
    WAITING = "Waiting for you"


@dataclass(frozen=True, slots=True)
class DueLine:
    """One thing in a message: what it is, the fact about its date, and more sentences where there are any.

    `since`: its date, or the day since when it waits. `checkpoint` is the one meant, of an action's several.
    """

    subject: str
    kind: Kind
    group: Group
    what: str
    fact: str
    since: date
    more: tuple[str, ...] = ()
    statutory: bool = False
    checkpoint: int | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """One message that will go out: to whom, when, and what it will name."""

    person_id: int
    name: str
    day: date
    hour: int
    lines: tuple[DueLine, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the plan stands in one workstream or Business Unit."""

    name: str
    open: int
    overdue: int
    blocked: int


@dataclass(frozen=True, slots=True)
class LateRow:
    """One thing that is overdue, and by how many days."""

    subject: str
    what: str
    where: str
    when: str
    days: int
    workstream: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """How things stand for one Business Unit, or for all. `wanted`: decisions that wait."""

    name: str
    unit_id: int | None
    workstreams: tuple[Standing, ...]
    units: tuple[Standing, ...]
    late: tuple[LateRow, ...]
    blocked: tuple[str, ...]
    wanted: tuple[str, ...]
    vacant: tuple[str, ...]
    unreachable: tuple[str, ...]

    def within(self, name: str) -> Digest:
        """The same with only what is overdue in one of its Business Units or workstreams."""
        return replace(self, late=tuple(each for each in self.late if name in (each.where, each.workstream)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. `first` is the date of its record, `due` the one in force, None for what has no date.

    `told`: whoever has to act, and whoever stands in for them now.
    """

    subject: str
    kind: Kind
    what: str
    first: date
    due: date | None
    told: frozenset[int]
    unit_id: int | None


class Outlook(Protocol):
    """Looking ahead without sending anything."""

    async def waiting(self, store: Store, subject: str, today: date) -> Waiting | None:
        """Something by its subject, while it waits for somebody."""
        ...

    async def coming(
        self, store: Store, first: date, last: date, change: tuple[Kind, Rule] | None = None
    ) -> Sequence[Coming]:
        """Who gets what and when, with one rule as it would be where `change` is given."""
        ...

    async def due_for(self, store: Store, person_id: int, today: date) -> Sequence[DueLine]:
        """Everything that somebody has to act on now or within a month."""
        ...

    async def told(
        self, store: Store, person_id: int, subjects: Collection[str], day: date
    ) -> Sequence[DueLine]:
        """Of what a message of a day named, all that is still open and that this person is told of."""
        ...

    async def digests(self, store: Store, person_id: int, today: date) -> Sequence[Digest]:
        """The digests that somebody may see: their Business Units', or everything's for the SRM lead."""
        ...
