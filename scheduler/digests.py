"""How things stand, for a CSMG member's Business Unit or for everything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.reminders.outlook import Digest, LateRow, Standing
from scheduler.due import Item
from scheduler.gather import Gathered
from storage.programme import ActionStatus, PlanAction
from storage.progress import LocalAction, Proposal
from storage.rules import Channel, Kind

_DATED = (Kind.DECISION, Kind.CONTRACT_EXTENSION)
# A decision is wanted that is to be made within these days, or was to be made within them.
_DECISIONS_NEAR = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class _Row:
    """One action, or one Business Unit's part of it, as it counts in a digest."""

    workstream: str
    unit_id: int | None
    name: str
    open: bool
    overdue: bool
    blocked: str


def digest(
    gathered: Gathered,
    proposals: Sequence[Proposal],
    unreachable: Sequence[str],
    unit_id: int | None,
    today: date,
) -> Digest:
    """The digest of one Business Unit with its Service Areas, or of everything where `unit_id` is None."""
    situation = gathered.situation
    units = situation.directory.units
    inside = None if unit_id is None else {unit_id} | {u.id for u in units.values() if u.parent_id == unit_id}
    rows = [row for row in _rows(gathered, today) if inside is None or row.unit_id in inside]
    return Digest(
        "all Business Units" if unit_id is None else units[unit_id].name,
        unit_id,
        _standings(rows, lambda row: row.workstream),
        _unit_standings(gathered, rows) if unit_id is None else (),
        tuple(_late(gathered, inside, today)),
        tuple(row.blocked for row in rows if row.blocked),
        tuple(_wanted(gathered, proposals, inside, today)),
        tuple(_vacant(gathered)) if unit_id is None else (),
        tuple(unreachable) if unit_id is None else (),
    )


def _vacant(gathered: Gathered) -> Iterable[str]:
    for unit, post in gathered.situation.directory.vacant:
        yield f"{unit.name}: {post}"
    for owner in gathered.unheld:
        yield f"{owner}, an owner of the plan"


def _rows(gathered: Gathered, today: date) -> Iterable[_Row]:
    if gathered.confirmed is None:
        return
    for plan in gathered.actions:
        if not plan.by_unit:
            yield _central(plan, today)
    for part in gathered.parts:
        yield _local(part, today)


def _central(plan: PlanAction, today: date) -> _Row:
    name = f"{plan.action.id}: {plan.action.text}"
    blocked = name if plan.action.status is ActionStatus.BLOCKED else ""
    return _Row(plan.workstream.name, None, name, plan.open, plan.overdue(today), blocked)


def _local(part: LocalAction, today: date) -> _Row:
    name = f"{part.plan.action.id}: {part.plan.action.text} ({part.unit.name})"
    blocked = name if part.status is ActionStatus.BLOCKED else ""
    return _Row(part.plan.workstream.name, part.unit.id, name, part.open, part.overdue(today), blocked)


def _standings(rows: Sequence[_Row], name: Callable[[_Row], str]) -> tuple[Standing, ...]:
    names = dict.fromkeys(name(row) for row in rows)
    found = []
    for each in names:
        mine = [row for row in rows if name(row) == each]
        found.append(
            Standing(
                each,
                sum(row.open for row in mine),
                sum(row.overdue for row in mine),
                sum(bool(row.blocked) for row in mine),
            )
        )
    return tuple(found)


def _unit_standings(gathered: Gathered, rows: Sequence[_Row]) -> tuple[Standing, ...]:
    units = gathered.situation.directory.units
    local = [row for row in rows if row.unit_id in units]
    return _standings(local, lambda row: units[row.unit_id or 0].name)


def _late(gathered: Gathered, inside: Collection[int] | None, today: date) -> list[LateRow]:
    situation = gathered.situation
    streams = {each.action.id: each.workstream.name for each in gathered.actions}
    found = [
        LateRow(
            item.subject,
            item.what,
            _where(gathered, item),
            item.when,
            (today - item.due).days,
            streams.get(item.subject.split(":")[1], ""),
        )
        for item in situation.items
        if item.due is not None
        and item.due < today
        and situation.rules[item.kind].channel is not Channel.OFF
        and (inside is None or item.unit_id in inside)
    ]
    return sorted(found, key=lambda each: (-each.days, each.subject))


def _wanted(
    gathered: Gathered, proposals: Sequence[Proposal], inside: Collection[int] | None, today: date
) -> Iterable[str]:
    for each in proposals:
        if inside is None or each.unit_id in inside:
            yield f"A new month for {each.action_id}: {each.month.label}, because {each.reason}"
    for item in gathered.situation.items:
        if inside is not None and item.unit_id not in inside:
            continue
        if item.kind is Kind.DECISION_WANTED:
            yield f"{item.what}, held on {item.when}"
        elif item.kind in _DATED and abs(item.anchor - today) <= _DECISIONS_NEAR:
            yield f"{item.what}: decide by {item.when}"


def _where(gathered: Gathered, item: Item) -> str:
    unit = gathered.situation.directory.units.get(item.unit_id or 0)
    return unit.name if unit else "Central"
