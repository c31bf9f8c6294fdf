"""Scorecards as CSV, for the CMA and for a Business Unit's board, with the risk section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.spreadsheet import csv_of
from storage.contracts import Contract, business_unit_of
from storage.database import Store
from storage.people import Unit
from storage.reviews import Topic
from storage.scorecards import Aspect, Scorecard

_ABOUT = ("reference", "title", "supplier", "business_unit", "service_area", "tier", "period")
_RISK = ("high_risk", "sro_named", "open_risk_follow_ups", "last_risk_review", "open_risk_activities")


class NoSuchUnit(Exception):
    """There is no such Business Unit; the text names those there are."""


async def scorecards_csv(store: Store, unit: str | None, today: date) -> str:
    """The newest scorecard of each live contract of a Business Unit, or of all. Raises NoSuchUnit."""
    units = {each.id: each for each in await store.people.units()}
    chosen = _unit(unit, units)
    contracts = [
        each
        for each in await store.contracts.all()
        if each.is_live(today) and (chosen is None or business_unit_of(each.unit_id, units) == chosen)
    ]
    latest = await store.scorecards.latest()
    extras = sorted({label for each in contracts if each.id in latest for label in latest[each.id].extra})
    rated = [name for aspect in Aspect for name in (aspect.value, f"{aspect.value}_comment")]
    rows = [[*_ABOUT, *rated, *extras, *_RISK]]
    for contract in contracts:
        card = latest.get(contract.id)
        row = [
            *_about(contract, units, card),
            *_ratings(card),
            *(card.extra.get(label, "") if card else "" for label in extras),
            *await _risk(store, contract),
        ]
        rows.append(row)
    return csv_of(rows)


def _unit(name: str | None, units: Mapping[int, Unit]) -> Unit | None:
    if name is None:
        return None
    top = [each for each in units.values() if each.parent_id is None]
    for each in top:
        if each.name.casefold() == name.strip().casefold():
            return each
    known = ", ".join(f"'{each.name}'" for each in top)
    raise NoSuchUnit(f"There is no Business Unit '{name}'. There are {known}.")


def _about(contract: Contract, units: Mapping[int, Unit], card: Scorecard | None) -> Sequence[str]:
    unit, business_unit = units[contract.unit_id], business_unit_of(contract.unit_id, units)
    return (
        contract.reference,
        contract.title,
        contract.supplier,
        business_unit.name if business_unit else "",
        unit.name if unit.parent_id else "",
        contract.tier or "",
        card.period.label if card else "",
    )


def _ratings(card: Scorecard | None) -> list[str]:
    if card is None:
        return [""] * (2 * len(Aspect))
    return [cell for each in Aspect for cell in (card.rating(each).label, card.comments[each.value])]


async def _risk(store: Store, contract: Contract) -> Sequence[str]:
    reviews = [each for each in await store.reviews.of_contract(contract.id) if each.topic is Topic.RISK]
    held = max((each.held_on for each in reviews if each.held_on), default=None)
    ids = {each.id for each in reviews}
    activities = await store.reviews.open_activities([contract.id])
    asked = [each for each in await store.followups.open_for(contract.id) if each.rule == Topic.RISK.rule]
    return (
        "yes" if contract.high_risk else "no",
        "yes" if contract.sro_id else "no",
        str(len(asked)),
        held.isoformat() if held else "",
        str(sum(each.review_id in ids for each in activities)),
    )
