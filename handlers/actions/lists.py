"""Lists of actions by Business Unit, workstream, month and what is blocked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from handlers.actions.rights import rights_of
from handlers.actions.target import as_typed, unit_named
from handlers.contracts import words
from handlers.contracts.finding import SHOW, ShowContract, units_by_id, visible
from handlers.conversation.acts import Command
from handlers.conversation.dates import NotUnderstood, parse_month
from handlers.conversation.message import Block, Buttons, Message, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.items import SHOW_ACTION, Item
from storage.contracts import Contract, unit_chain
from storage.database import Store
from storage.months import Month
from storage.people import Unit
from storage.programme import ActionStatus, PlanAction
from storage.progress import LocalAction

_SHOWN = 5
# The table headings and the section headings differ; people use both, and shorter words.
_STREAMS: Mapping[str, str] = {
    "market intelligence": "market-intelligence",
    "supply market intelligence": "market-intelligence",
    "supply risk": "supply-risk",
    "supply risk management": "supply-risk",
    "governance": "governance",
    "governance and decision making": "governance",
    "contract governance and decision making": "governance",
    "staff": "staff-development",
    "staff development": "staff-development",
    "staff performance and career development": "staff-development",
    "understanding": "understanding",
    "understanding and expectations": "understanding",
    "understanding and expectations of contract management": "understanding",
    "knowledge management": "knowledge",
    "service improvement": "service-improvement",
    "service improvement and stakeholder satisfaction": "service-improvement",
    "change and handover": "change-handover",
    "handover": "change-handover",
    "change management and handover": "change-handover",
    "value for money": "value-for-money",
    "vfm": "value-for-money",
}
_STREAM = "|".join(_STREAMS)


def register(router: Router) -> None:
    """What is overdue in a unit, what is blocked, a workstream's actions, what is due in a month."""
    router.on_command(
        Command(
            "overdue in",
            "overdue in adult social care",
            "See what one Business Unit is late with",
            (r"(?:what(?:'s| is) )?(?:overdue|late)(?: actions)? (?:in|for|at) (?P<unit>.{2,80})",),
        ),
        overdue_in,
    )
    router.on_command(
        Command(
            "blocked",
            "what is blocked",
            "See which actions are blocked, and what they wait for",
            (r"(?:what(?:'s| is) |show )?blocked(?: actions)?|which actions are (?:blocked|stuck)",),
        ),
        blocked,
    )
    router.on_command(
        Command(
            "workstream",
            "governance actions",
            "See the actions of a workstream",
            (rf"(?:show |list )?(?:me )?(?:the )?(?P<stream>{_STREAM}) actions",),
        ),
        workstream,
    )
    router.on_command(
        Command(
            "due in",
            "actions due in January",
            "See what is due in a month",
            (r"(?:what is |which )?actions (?:are )?due (?:in |by )?(?P<month>.{3,30})",),
        ),
        due_in,
    )


async def overdue_in(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """What a Business Unit has yet to report of actions whose month has passed, and its contracts' late reviews.

    The contracts are for those who may see them, and never for a whole channel.
    """
    units = await store.people.units()
    unit = unit_named(args["unit"], units)
    if unit is None:
        names = ", ".join(each.name for each in units if each.parent_id is None)
        return reply(
            say(
                f"I can't tell which Business Unit '{as_typed(turn, args['unit'])[:60]}' is. They are: {names}."
            )
        )
    parts = await store.progress.parts(await store.programme.actions(), units)
    late = [each for each in parts if each.unit.id == unit.id and each.overdue(turn.today)]
    contracts = await _late_reviews(turn, store, unit)
    if not late and not contracts and unit.parent_id is not None:
        parent = next(each for each in units if each.id == unit.parent_id)
        return reply(
            say(
                f"{unit.name} is late with nothing of its own. It lies in {parent.name}: type 'overdue in {parent.name}'."
            )
        )
    title = f"Overdue in {unit.name}"
    late.sort(key=lambda each: (each.expected or Month.of(turn.today), each.plan.action.number))
    message = listed(
        title, [part_row(each, turn) for each in late], _contact(unit, await _names(store, unit))
    )
    if not contracts:
        return reply(message)
    return private(message, await _reviews_message(store, unit, contracts))


async def _late_reviews(turn: Turn, store: Store, unit: Unit) -> list[Contract]:
    """The live contracts of a unit and its Service Areas whose review date has passed, the oldest first."""
    units = await units_by_id(store)
    found = [
        (each.review_date, each)
        for each in await visible(turn, store)
        if each.review_date is not None
        and each.review_date < turn.today
        and each.is_live(turn.today)
        and unit in unit_chain(each.unit_id, units)
    ]
    return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].reference))]


async def _reviews_message(store: Store, unit: Unit, contracts: Sequence[Contract]) -> Message:
    people = {each.id: each for each in await store.people.everyone()}
    rows = tuple(
        (each.reference, each.title, words.person(each.manager_id, people), words.day(each.review_date))
        for each in contracts
    )
    title = f"Contract reviews overdue in {unit.name}"
    buttons = tuple(
        SHOW.button(f"Show {each.reference}", ShowContract(each.reference)) for each in contracts[:_SHOWN]
    )
    return Message(
        f"{title}: {len(rows)}.",
        (
            Text(spans([bold(f"{title}: {len(rows)}.")])),
            Table(title, ("Contract", "Title", "Manager", "Review was due"), rows),
            Buttons(buttons, "Open one"),
        ),
    )


async def _names(store: Store, unit: Unit) -> Mapping[int, str]:
    return await store.people.named([unit.first_contact_id, unit.csmg_member_id])


def _contact(unit: Unit, names: Mapping[int, str]) -> str:
    who = names.get(unit.first_contact_id or 0) or names.get(unit.csmg_member_id or 0)
    return f"First point of contact: {who}." if who else "Nobody is its first point of contact."


async def blocked(_turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Every action, and every unit's part of one, that is blocked, with the note that says by what."""
    actions, units = await store.programme.actions(), await store.people.units()
    rows = [
        (
            each.action.id,
            each.action.text,
            "The whole action",
            _month(each),
            each.action.progress_note or "No note",
        )
        for each in actions
        if each.action.status is ActionStatus.BLOCKED and not each.by_unit
    ]
    for part in await store.progress.parts(actions, units):
        if part.status is ActionStatus.BLOCKED and part.row is not None:
            month = part.expected.label if part.expected else "No month"
            rows.append(
                (
                    part.plan.action.id,
                    part.plan.action.text,
                    part.unit.name,
                    month,
                    part.row.note or "No note",
                )
            )
    return reply(listed("Blocked", rows, "", ("Action", "What", "Where", "Review month", "Waits for")))


async def workstream(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The actions of one workstream."""
    wanted = _STREAMS[args["stream"]]
    return await _where(turn, store, lambda each: each.workstream.id == wanted, "")


async def due_in(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The actions with an open checkpoint in a month."""
    try:
        month = parse_month(args["month"], turn.today)
    except NotUnderstood as problem:
        return reply(say(f"{problem}."))
    return await _where(
        turn,
        store,
        lambda each: any(point.expected == month and point.done_on is None for point in each.checkpoints),
        f"Due in {month.label}",
    )


async def _where(turn: Turn, store: Store, wanted: Callable[[PlanAction], bool], title: str) -> Reply:
    found = [each for each in await store.programme.actions() if wanted(each)]
    title = title or (found[0].workstream.name if found else "Actions")
    return reply(listed(title, [plan_row(each, turn) for each in found]))


async def own_rows(turn: Turn, store: Store, *, only_late: bool = False) -> list[tuple[str, ...]]:
    """What somebody has to work on: their actions, and their own units' parts of those that groups own."""

    def wanted(each: PlanAction | LocalAction) -> bool:
        return not only_late or each.overdue(turn.today)

    rights = await rights_of(turn, store)
    rows: list[tuple[str, ...]] = []
    for plan in await store.programme.actions():
        if not rights.concerns(plan):
            continue
        own = rights.own_units(plan)
        if (rights.owns(plan) or not own) and wanted(plan):
            rows.append(plan_row(plan, turn))
        parts = [await store.progress.part(plan, unit) for unit in own]
        rows += [part_row(each, turn) for each in parts if wanted(each)]
    return rows


def plan_row(plan: PlanAction, turn: Turn) -> tuple[str, ...]:
    """An action in a list."""
    owners = " and ".join(owner.label for owner in plan.owners)
    return (plan.action.id, plan.action.text, owners, _month(plan), _state(plan, turn))


def part_row(part: LocalAction, turn: Turn) -> tuple[str, ...]:
    """A unit's part of an action in a list."""
    status = f"{part.status.label}, {part.percent}%" if part.percent else part.status.label
    late = ", overdue" if part.overdue(turn.today) else ""
    month = part.expected.label if part.expected else _month(part.plan)
    return (part.plan.action.id, part.plan.action.text, part.unit.name, month, status + late)


def listed(
    title: str,
    rows: Sequence[tuple[str, ...]],
    note: str = "",
    columns: tuple[str, ...] = ("Action", "What", "Owner", "Review month", "Status"),
) -> Message:
    """A list of actions with buttons to the first few."""
    count = f"{len(rows)} action{'' if len(rows) == 1 else 's'}"
    blocks: list[Block] = [Text(spans([bold(f"{title}: "), f"{count}.", f" {note}" if note else ""]))]
    if rows:
        blocks.append(Table(title, columns, tuple(rows)))
        ids = list(dict.fromkeys(row[0] for row in rows))[:_SHOWN]
        blocks.append(
            Buttons(
                tuple(SHOW_ACTION.button(f"Show {each}", Item(f"action:{each}")) for each in ids), "Open one"
            )
        )
    return Message(f"{title}: {count}.", tuple(blocks))


def _month(plan: PlanAction) -> str:
    point = plan.next_checkpoint or (plan.checkpoints or (None,))[-1]
    if point is None:
        return "Ongoing"
    return point.expected.label if point.expected else f"{point.original.label} (original)"


def _state(plan: PlanAction, turn: Turn) -> str:
    percent = f", {plan.action.percent}%" if plan.action.percent and plan.open else ""
    return f"{plan.action.status.label}{percent}{', overdue' if plan.overdue(turn.today) else ''}"
