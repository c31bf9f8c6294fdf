"""How often contracts change hands, by Business Unit and without names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from handlers.contracts.finding import units_by_id
from handlers.contracts.people import LEADERS
from handlers.conversation.acts import Command
from handlers.conversation.message import Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.contracts import business_unit_of, leads
from storage.database import Store
from storage.handovers import SMALLEST_SHOWN

_YEAR = timedelta(days=365)


def register(router: Router) -> None:
    """The counts."""
    router.on_command(
        Command(
            "churn",
            "churn",
            "See how often contracts changed hands in your Business Units in a year",
            (r"(?:show |staff |manager )*churn|manager changes",),
            roles=LEADERS,
        ),
        churn,
    )


async def churn(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Changes of manager in twelve months, and what is without somebody now, by Business Unit."""
    if not turn.has(*LEADERS):
        return reply(say("These counts are for the SRM lead, CSMG members and first points of contact."))
    units = await units_by_id(store)
    active = {each.id for each in await store.people.all()}
    changes: dict[int, int] = {}
    for unit_id, count in (await store.handovers.changes_since(turn.received_at - _YEAR)).items():
        unit = business_unit_of(unit_id, units)
        if unit is not None:
            changes[unit.id] = changes.get(unit.id, 0) + count
    live = [each for each in await store.contracts.all() if each.is_live(turn.today)]
    rows = []
    for unit in sorted(units.values(), key=lambda each: each.name):
        if unit.parent_id is not None or not leads(turn.profile, unit.id, units):
            continue
        own = [each for each in live if business_unit_of(each.unit_id, units) == unit]
        rows.append(
            (
                unit.name,
                str(len(own)),
                shown(changes.get(unit.id, 0)),
                str(sum(each.manager_id not in active for each in own)),
                str(sum(each.deputy_id not in active for each in own)),
            )
        )
    columns = ("Business Unit", "Contracts", "Changes of manager", "Without a manager", "Without a deputy")
    title = "Contracts that changed hands in twelve months"
    return private(
        Message(
            title,
            (
                Text(spans([bold(title)])),
                Table(title, columns, tuple(rows)),
                Note(
                    spans(
                        f"Counts of 1 to {SMALLEST_SHOWN - 1} are not shown, and no total: they could point at a person."
                    )
                ),
            ),
        )
    )


def shown(count: int) -> str:
    """A count that can't point at a person."""
    return f"Fewer than {SMALLEST_SHOWN}" if 0 < count < SMALLEST_SHOWN else str(count)
