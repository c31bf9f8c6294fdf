"""Who is told: whoever has to act, whoever stands in for them, and who is next when it goes up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_RUNGS = 3


class Because(StrEnum):
    """Why something reaches a person who does not own it."""

    ON_LEAVE = "on leave"
    OUT_OF_REACH = "out of reach"
    VACANT = "vacant"
    GOES_UP = "goes up"
    FIRST_CONTACT = "first contact"


@dataclass(frozen=True, slots=True)
class Told:
    """A person to tell, why if it is not their own, and on whose behalf. `skipped`: a post below them is vacant."""

    person_id: int
    because: Because | None = None
    behalf: int | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works here, as far as reminding needs to know them. Leave is inclusive."""

    id: int
    name: str
    unit_id: int | None = None
    deputy_id: int | None = None
    leave_from: date | None = None
    leave_to: date | None = None
    reachable: bool = True

    def away(self, day: date) -> bool:
        """Whether they are on leave that day."""
        if self.leave_from is None or day < self.leave_from:
            return False
        return self.leave_to is None or day <= self.leave_to


@dataclass(frozen=True, slots=True)
class Posts:
    """A Business Unit or Service Area with its two posts, either of which may be vacant."""

    id: int
    name: str
    parent_id: int | None = None
    member_id: int | None = None
    contact_id: int | None = None


class Directory:
    """The people who work here, the Business Units' posts, and the SRM leads with their deputies behind."""

    def __init__(
        self,
        people: Iterable[Colleague],
        units: Iterable[Posts],
        leads: Sequence[int],
        deputies: Sequence[int],
    ) -> None:
        self.people: Mapping[int, Colleague] = {each.id: each for each in people}
        self.units: Mapping[int, Posts] = {each.id: each for each in units}
        # Most people are here on most days: what that says is made once.
        self._here = {
            each.id: Told(each.id)
            for each in self.people.values()
            if each.reachable and each.leave_from is None
        }
        # The SRM lead first, then the deputies.
        self.leadership = [each for each in (*leads, *deputies) if each in self.people]

    def owners(
        self, owners: Sequence[int], deputy_id: int | None, unit_id: int | None, day: date
    ) -> list[Told]:
        """Everybody who has to act; where nobody holds the post, whoever is next above."""
        here = [each for each in owners if each in self.people]
        if not here:
            told = self.above((), deputy_id, unit_id, 1, day)
            return [Told(told.person_id, Because.VACANT)] if told else []
        found = [self.stand_in(each, unit_id, day) for each in here]
        return found if len(found) == 1 else list({each.person_id: each for each in found}.values())

    def stand_in(self, person_id: int, unit_id: int | None, day: date) -> Told:
        """The person, or who takes their reminders while they are on leave or can't be reached."""
        if person_id in self._here:
            return self._here[person_id]
        person = self.people[person_id]
        away = person.away(day)
        if person.reachable and not away:
            return Told(person_id)
        unit = unit_id if unit_id is not None else person.unit_id
        because = Because.ON_LEAVE if away else Because.OUT_OF_REACH
        candidates = [person.deputy_id, self._post(unit, contact=True)]
        if not person.reachable:
            candidates += [self._post(unit, contact=False), *self.leadership]
        for candidate in candidates:
            if candidate != person_id and self._there(candidate, day):
                assert candidate is not None
                return Told(candidate, because, person_id)
        # Nobody is there: it waits until they are back.
        return Told(person_id)

    def contact(self, owners: Sequence[int], unit_id: int | None, day: date) -> Told | None:
        """The first point of contact for these owners' Business Unit."""
        contact = self._post(self._unit(owners, unit_id), contact=True)
        if contact is None or contact not in self.people:
            return None
        told = self.stand_in(contact, unit_id, day)
        return Told(told.person_id, Because.FIRST_CONTACT, told.behalf)

    def above(
        self, owners: Sequence[int], deputy_id: int | None, unit_id: int | None, rung: int, day: date
    ) -> Told | None:
        """Who is told on a rung of the ladder: 1 deputy or first contact, 2 CSMG member, 3 SRM lead.

        A vacant post is skipped upwards. None: nobody is above.
        """
        for number in range(rung, _RUNGS + 1):
            holder = self._rung(owners, deputy_id, unit_id, number)
            if holder is not None:
                told = self.stand_in(holder, unit_id, day)
                return Told(told.person_id, Because.GOES_UP, told.behalf, skipped=number > rung)
        return None

    def rung_holder(
        self, owners: Sequence[int], deputy_id: int | None, unit_id: int | None, rung: int
    ) -> int | None:
        """Who stands on a rung, or on the first one above it that is not vacant."""
        for number in range(rung, _RUNGS + 1):
            holder = self._rung(owners, deputy_id, unit_id, number)
            if holder is not None:
                return holder
        return None

    def within(self, unit_id: int | None, wider_id: int) -> bool:
        """Whether a unit is another, or a Service Area inside it."""
        unit = self.units.get(unit_id) if unit_id is not None else None
        return unit is not None and wider_id in (unit.id, unit.parent_id)

    def posted(self, unit_id: int) -> int | None:
        """Who speaks for a unit: its first point of contact, else its CSMG member."""
        contact = self._post(unit_id, contact=True)
        return contact if contact is not None else self._post(unit_id, contact=False)

    def lead(self, day: date) -> int | None:
        """The SRM lead, or the deputy while the lead is away or the post is vacant."""
        there = [each for each in self.leadership if self._there(each, day)]
        return next(iter(there or self.leadership), None)

    @property
    def vacant(self) -> list[tuple[Posts, str]]:
        """The posts of Business Units that nobody holds."""
        found = []
        for unit in self.units.values():
            if unit.parent_id is None:
                if unit.member_id not in self.people:
                    found.append((unit, "CSMG member"))
                if unit.contact_id not in self.people:
                    found.append((unit, "first point of contact"))
        return found

    def _rung(
        self, owners: Sequence[int], deputy_id: int | None, unit_id: int | None, number: int
    ) -> int | None:
        unit = self._unit(owners, unit_id)
        if number == 3:
            return next(iter(self.leadership), None)
        if number == 2:
            return self._known(self._post(unit, contact=False))
        coordinator = self.people.get(owners[0]) if owners else None
        deputies = (deputy_id, coordinator.deputy_id if coordinator else None, self._post(unit, contact=True))
        return next((each for each in deputies if each in self.people and each not in owners), None)

    def _unit(self, owners: Sequence[int], unit_id: int | None) -> int | None:
        if unit_id is not None or not owners or owners[0] not in self.people:
            return unit_id
        return self.people[owners[0]].unit_id

    def _post(self, unit_id: int | None, *, contact: bool) -> int | None:
        unit = self.units.get(unit_id) if unit_id is not None else None
        while unit is not None:
            holder = unit.contact_id if contact else unit.member_id
            if holder in self.people:
                return holder
            unit = self.units.get(unit.parent_id) if unit.parent_id is not None else None
        return None

    def _known(self, person_id: int | None) -> int | None:
        return person_id if person_id in self.people else None

    def _there(self, person_id: int | None, day: date) -> bool:
        person = self.people.get(person_id) if person_id is not None else None
        return person is not None and person.reachable and not person.away(day)
