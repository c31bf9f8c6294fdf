"""The newest scorecards together: for a Business Unit's board and for those who lead its contracts."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contracts.finding import units_by_id, visible
from handlers.conversation.message import Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.turn import Turn
from storage.contracts import Contract, business_unit_of
from storage.database import Store
from storage.people import Role
from storage.scorecards import Aspect, Every, ScorecardField

_SHOWN = 40
_LEADS = (Role.SRM_LEAD, Role.SRM_DEPUTY)


async def scorecards(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The newest ratings of each contract that the person may see; a board member sees the Business Unit's."""
    if turn.person is None:
        return reply(say("I can't find you in the council's directory, so I can't show you any scorecards."))
    contracts = await _contracts(turn, store)
    latest = await store.scorecards.latest()
    rated = [each for each in contracts if each.id in latest]
    stale = await store.scorecards.stale(contracts, turn.today)
    title = f"Scorecards: {len(rated)}"
    lines = [
        Text(
            spans(
                [
                    bold(f"{title}."),
                    f" {len(stale)} Platinum and Gold contracts have none for the last period.",
                ]
            )
        )
    ]
    if not rated:
        return private(
            Message(f"{title}.", (*lines, Text(spans("Type 'scorecard' and a reference to record one."))))
        )
    rows = tuple(
        (
            each.reference,
            each.title,
            latest[each.id].period.label,
            *(latest[each.id].rating(aspect).label for aspect in Aspect),
        )
        for each in rated[:_SHOWN]
    )
    columns = ("Contract", "Title", "Period", "Cost", "Performance", "Risk", "User")
    note = "Each rating stands by itself."
    if len(rated) > _SHOWN:
        note += f" {_SHOWN} are shown; 'covenant export scorecards' writes them all."
    return private(Message(f"{title}.", (*lines, Table(title, columns, rows), Note(spans(note)))))


async def export_told(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Say how the file is made, for the person's own Business Unit where they have one."""
    unit = business_unit_of(turn.unit.id, await units_by_id(store)) if turn.unit is not None else None
    one = f" --unit '{unit.name}'" if unit is not None and not turn.has(*_LEADS) else ""
    return private(
        say(
            "I can't send files in chat. Whoever runs Covenant makes this one, as CSV with each contract's newest "
            "scorecard and its risk section:",
            f"covenant export scorecards{one}",
            "Type 'scorecards' to see them here.",
        )
    )


async def _contracts(turn: Turn, store: Store) -> list[Contract]:
    if not turn.has(Role.BU_BOARD) or turn.unit is None or turn.has(*_LEADS):
        return await visible(turn, store)
    units = await units_by_id(store)
    board = business_unit_of(turn.unit.id, units)
    return [each for each in await store.contracts.all() if business_unit_of(each.unit_id, units) == board]


async def add_field(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Add a field to the scorecards of the Business Unit whose CSMG member asks."""
    own = [each for each in await store.people.units() if each.csmg_member_id == turn.person_id]
    if turn.person is None or not own:
        return reply(
            say("Only a Business Unit's CSMG member can add to its scorecards. Nothing was changed.")
        )
    label = args["label"][:1].upper() + args["label"][1:]
    there = {(each.unit_id, each.label) for each in await store.scorecards.fields([each.id for each in own])}
    new = [each for each in own if (each.id, label) not in there]
    for each in new:
        store.scorecards.add(ScorecardField(unit_id=each.id, label=label))
        store.audit.record(
            turn.received_at, "add scorecard field", each.name, person_id=turn.person_id, label=label
        )
    names = " and ".join(each.name for each in own)
    if not new:
        return reply(say(f"The scorecards of {names} ask for '{label}' already."))
    return reply(
        say(
            f"The scorecards of {names} now ask for '{label}' as well. Cost, performance, risk and user stay."
        )
    )


async def set_period(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Set how long a scorecard's period is."""
    if not turn.has(*_LEADS):
        return reply(say("Only the SRM lead or the deputy can set this. Nothing was changed."))
    every = Every(args["every"])
    await store.scorecards.set_every(every)
    store.audit.record(
        turn.received_at, "set scorecard period", "scorecards", person_id=turn.person_id, every=every.value
    )
    return reply(
        say(f"Scorecards are recorded every {every.value} from now on. Earlier ones stay as they are.")
    )
