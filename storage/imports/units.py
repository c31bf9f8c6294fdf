"""The tree of Business Units and Service Areas while a file is checked, and its making afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from storage.database import Store
from storage.imports.columns import closest, did_you_mean, fold, shown
from storage.imports.report import Change
from storage.people import Unit


class UnitTree:
    """The units on record, and those that the file adds or moves. Names are the same whatever their capitals."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = {fold(unit.name): unit for unit in units}
        keys = {unit.id: key for key, unit in self.units.items()}
        self._names = {key: unit.name for key, unit in self.units.items()}
        self._before = {key: keys.get(unit.parent_id or 0) for key, unit in self.units.items()}
        self._parents = dict(self._before)
        self._lines: dict[str, int] = {}
        self._by_id = keys

    def claim(self, name: str, parent: str | None, line: int) -> str | None:
        """Take a unit as a line of the file places it; a reason where another line contradicts it."""
        key, above = fold(name), fold(parent) if parent else None
        if key == above:
            return "This is the name of the Business Unit itself. Leave the cell empty."
        first = self._lines.setdefault(key, line)
        if first == line or self._parents.get(key) == above:
            self._names.setdefault(key, name)
            self._parents[key] = above
            return None
        inside = self._parents[key]
        place = f"a Service Area of {self._names[inside]}" if inside else "a Business Unit"
        return f"{shown(name)} is {place} on line {first}. Correct one of the two lines, or use another name."

    def too_deep(self) -> list[tuple[int, str, str]]:
        """Each Service Area of the file that has Service Areas on record: its line, its name and theirs."""
        return [
            (self._lines[above], self._names[above], self._names[key])
            for key, above in self._parents.items()
            if above and self._parents.get(above) and above in self._lines
        ]

    def business_unit(self, name: str) -> tuple[str, None] | tuple[None, str]:
        """The key of a Business Unit, or the reason why there is none of this name."""
        key = fold(name)
        if key not in self._parents:
            guess = closest(name, (self._names[each] for each, above in self._parents.items() if not above))
            return None, f"There is no Business Unit {shown(name)}. {did_you_mean(guess, _ADD_UNIT)}"
        above = self._parents[key]
        if above:
            return None, f"{shown(name)} is a Service Area. Name its Business Unit, {self._names[above]}."
        return key, None

    def service_area(self, name: str, unit: str) -> str | None:
        """The reason why there is no Service Area of this name in a Business Unit, if so."""
        key, above = fold(name), fold(unit)
        if key in self._parents and self._parents[key] == above:
            return None
        if key in self._parents:
            inside = self._parents[key]
            where = f"belongs to {self._names[inside]}" if inside else "is a Business Unit"
            return f"{shown(name)} {where}. Correct the Business Unit or the Service Area."
        guess = closest(name, (self._names[each] for each, p in self._parents.items() if p == above))
        return f"There is no Service Area {shown(name)} in {unit}. {did_you_mean(guess, _ADD_UNIT)}"

    def written(self, name: str) -> str:
        """A unit's name as it is kept."""
        return self._names[fold(name)]

    def place(self, unit_id: int | None) -> tuple[str, str]:
        """The names of the Business Unit and the Service Area on record; empty where there is none."""
        key = self._by_id.get(unit_id or 0)
        if key is None:
            return "", ""
        above = self._before[key]
        return (self._names[above], self._names[key]) if above else (self._names[key], "")

    def unit_id(self, unit: str, area: str) -> int:
        """The id of the Service Area, or of the Business Unit where no area is given."""
        return self.units[fold(area or unit)].id

    @property
    def new(self) -> tuple[str, ...]:
        """The names of the units that the file adds."""
        return tuple(name for key, name in self._names.items() if key not in self.units)

    def moved(self) -> list[Change]:
        """The units on record that the file puts elsewhere."""
        return [
            Change(self._names[key], (("business_unit", self._name(before), self._name(self._parents[key])),))
            for key, before in self._before.items()
            if self._parents[key] != before
        ]

    async def save(self, store: Store) -> None:
        """Make the new units and put every unit in its place."""
        for key, name in self._names.items():
            if key not in self.units:
                self.units[key] = Unit(name=name)
                store.people.add(self.units[key])
        # Only now have they ids to refer to.
        await store.people.flush()
        for key, unit in self.units.items():
            above = self._parents[key]
            unit.parent_id = self.units[above].id if above else None

    def _name(self, key: str | None) -> str:
        return self._names[key] if key else ""


_ADD_UNIT = "Give it to a person in the directory first, or correct the name."
