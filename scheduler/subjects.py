"""What records mean for reminding: contracts and actions give the things that people are reminded of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.due import Item
from storage.months import Month
from storage.rules import Kind
from storage.scorecards import Period

# What waits without a date of its own counts from this Monday, so that it comes in one message.
COMMON_MONDAY = date(2026, 1, 5)
# Nothing speaks of a date earlier than this many days ahead of it.
FURTHEST_AHEAD = timedelta(days=400)
# An extension is decided on in good time before notice would have to be given.
_EXTENSION_MONTHS = 3
_HISTORY = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract as far as its dates and its people go."""

    reference: str
    title: str
    unit_id: int
    manager_id: int | None = None
    deputy_id: int | None = None
    sro_id: int | None = None
    high_risk: bool = False
    ends: date | None = None
    notice_months: int | None = None
    extension_months: int | None = None
    review_date: date | None = None
    insurance_ends: date | None = None
    continuity_test: date | None = None
    without_scorecard: Period | None = None


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """One action, or one Business Unit's part of an action that a group owns. `expected` is the open month."""

    subject: str
    what: str
    owners: tuple[int, ...]
    expected: Month | None
    unit_id: int | None = None
    ongoing: bool = False
    checkpoint: int | None = None
    note: str = ""


def day_label(day: date) -> str:
    """A day as people write it: `3 March 2027`."""
    return f"{day.day} {day:%B %Y}"


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day where it is shorter."""
    month = Month.of(day).plus(-months)
    return date(month.year, month.month, min(day.day, month.last_day.day))


def is_history(ends: date | None, today: date) -> bool:
    """Whether a contract ended so long ago that nobody is reminded of it, even where it was never closed."""
    return ends is not None and ends < today - _HISTORY


def contract_items(contracts: Iterable[ContractFacts], today: date) -> Iterator[Item]:
    """The dates and the gaps of contracts that are not history, as far ahead as any rule looks."""
    horizon = today + FURTHEST_AHEAD
    for contract in contracts:
        if is_history(contract.ends, today):
            continue
        name, owners = _name(contract), _managers(contract)
        for kind, word, day in _dates(contract):
            if day is not None and day <= horizon:
                yield Item(
                    f"contract:{contract.reference}:{word}",
                    kind,
                    name,
                    day_label(day),
                    day,
                    day,
                    owners,
                    contract.unit_id,
                    contract.deputy_id,
                )
        yield from _gaps(contract, today)


def _dates(contract: ContractFacts) -> Iterator[tuple[Kind, str, date | None]]:
    yield Kind.CONTRACT_REVIEW, "review", contract.review_date
    yield Kind.CONTRACT_INSURANCE, "insurance", contract.insurance_ends
    yield Kind.CONTRACT_CONTINUITY, "continuity", contract.continuity_test
    if contract.ends is None:
        return
    yield Kind.CONTRACT_END, "end", contract.ends
    notice = months_before(contract.ends, contract.notice_months) if contract.notice_months else None
    yield Kind.CONTRACT_NOTICE, "notice", notice
    if contract.extension_months:
        decide = months_before(notice or contract.ends, _EXTENSION_MONTHS)
        yield Kind.CONTRACT_EXTENSION, "extension", decide


def _gaps(contract: ContractFacts, today: date) -> Iterator[Item]:
    if contract.ends is not None and contract.ends < today:
        return
    gaps = (
        (Kind.CONTRACT_SRO, "sro", contract.high_risk and contract.sro_id is None),
        (Kind.CONTRACT_PEOPLE, "people", contract.manager_id is None or contract.deputy_id is None),
    )
    for kind, word, missing in gaps:
        if missing:
            yield _waiting(contract, kind, word, COMMON_MONDAY)
    if contract.without_scorecard is not None:
        missed = contract.without_scorecard.last.last_day + timedelta(days=1)
        yield _waiting(contract, Kind.CONTRACT_SCORECARD, "scorecard", missed)


def _waiting(contract: ContractFacts, kind: Kind, word: str, since: date) -> Item:
    note = ""
    if contract.without_scorecard is not None and kind is Kind.CONTRACT_SCORECARD:
        note = f"None is recorded for {contract.without_scorecard.label}."
    if kind is Kind.CONTRACT_PEOPLE:
        note = "It has no contract manager." if contract.manager_id is None else "It has no deputy."
    return Item(
        f"contract:{contract.reference}:{word}",
        kind,
        _name(contract),
        "",
        since,
        None,
        _managers(contract),
        contract.unit_id,
        contract.deputy_id,
        note=note,
    )


def _name(contract: ContractFacts) -> str:
    return f"{contract.reference}: {contract.title}"


def _managers(contract: ContractFacts) -> tuple[int, ...]:
    return (contract.manager_id,) if contract.manager_id is not None else ()


def action_items(actions: Iterable[ActionFacts], confirmed: date | None) -> Iterator[Item]:
    """The plan's actions, once its dates are confirmed; their reminders count from that day."""
    if confirmed is None:
        return
    for action in actions:
        if action.ongoing:
            yield Item(
                action.subject,
                Kind.ACTION_ONGOING,
                action.what,
                "",
                COMMON_MONDAY,
                None,
                action.owners,
                action.unit_id,
                starts=confirmed,
                note=action.note,
                checkpoint=action.checkpoint,
            )
        elif action.expected is not None:
            due = action.expected.last_day
            yield Item(
                action.subject,
                Kind.ACTION,
                action.what,
                action.expected.label,
                due,
                due,
                action.owners,
                action.unit_id,
                starts=confirmed,
                note=action.note,
                checkpoint=action.checkpoint,
            )
