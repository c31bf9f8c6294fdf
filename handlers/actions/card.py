"""One action's card: what the plan says, how far each unit is, its history and its buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from handlers.actions.parts import holders
from handlers.actions.rights import Rights, rights_of
from handlers.conversation.acts import Command
from handlers.conversation.message import (
    Block,
    Bullets,
    Buttons,
    Fact,
    Facts,
    Message,
    Progress,
    Table,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.items import SHOW_ACTION, Item, action_subject, item_buttons
from storage.contracts import unit_chain
from storage.database import Store
from storage.people import Unit
from storage.programme import ActionStatus, Checkpoint, PlanAction
from storage.progress import Change, LocalAction, UnitStatus, What, percent_of
from storage.reviews import Reviewed

_LINES = 8


def register(router: Router) -> None:
    """One action."""
    router.on_command(
        Command(
            "show action",
            "show W1-06",
            "See one action: owners, months, status and history",
            (r"(?:show |open |see |status of |history of )?(?:me )?(?:action )?(?P<action>w[123]-\d{2})",),
            skill="actions",
            naming=r"\b(?P<action>w[123]-\d{2})\b",
        ),
        show_typed,
    )
    router.on_click(SHOW_ACTION, show)


async def show_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """One action by its typed id."""
    return await show(turn, store, Item(f"action:{args['action'].upper()}"))


async def show(turn: Turn, store: Store, item: Item) -> Reply:
    """One action's card. Everybody may see the plan; the buttons are for those who may use them."""
    subject = action_subject(item.subject)
    actions = await store.programme.actions()
    plan = next((each for each in actions if subject and each.action.id == subject.action_id), None)
    if plan is None:
        return reply(say("The plan has no such action. Type 'all actions' to see them."))
    rights = await rights_of(turn, store)
    parts = await store.progress.parts([plan], rights.units)
    history = await store.progress.history(plan.action.id)
    named = rights.assignees.get((plan.action.id, None))
    coordinators = [each.name for each in await holders(store, plan.owners[0])] if plan.joint else []
    names = await store.people.named(
        [named, *(each.person_id for each in history), *(row.reported_by for row in _rows(parts))]
    )
    central = [each for each in parts if each.unit.parent_id is None]
    blocks: list[Block] = [
        Text(spans([bold(f"{plan.action.id}: {plan.action.text}")])),
        _facts(plan, names.get(named or 0), coordinators, turn),
        Progress("Percent complete", percent_of(plan, central), 100),
    ]
    campaign = await store.reviews.campaign_progress(plan.action.id)
    if campaign:
        held, asked = sum(each.done for each in campaign), sum(each.total for each in campaign)
        blocks.append(Progress("Reviews held", held, asked))
    if parts:
        blocks.append(_parts_table(parts, names, _held(campaign, rights.units)))
    if history:
        blocks.append(_history(history, names, {each.id: each for each in rights.units}, turn.zone))
    buttons = _buttons(plan, rights)
    if buttons is not None:
        blocks.append(buttons)
    return reply(Message(f"{plan.action.id}: {plan.action.text}", tuple(blocks)))


def _rows(parts: Sequence[LocalAction]) -> list[UnitStatus]:
    return [row for each in parts for row in each.reported.values()]


def _facts(plan: PlanAction, assignee: str | None, coordinators: Sequence[str], turn: Turn) -> Facts:
    owners = " and ".join(owner.label for owner in plan.owners)
    if plan.joint:
        who = f" ({coordinators[0]})" if coordinators else ""
        owners += f". {plan.owners[0].label}{who} coordinates and closes"
    facts = [
        ("Workstream", f"{plan.workstream.name}, wave {plan.action.wave}"),
        ("Owner", owners + (" (printed CMSG, read as CSMG)" if plan.action.owner_misprint else "")),
    ]
    if assignee:
        facts.append(("With", assignee))
    if plan.copied:
        facts.append(("Kept informed", " and ".join(owner.label for owner in plan.copied)))
    if not plan.checkpoints:
        facts.append(("Months", "Ongoing: never overdue"))
    for number, point in enumerate(plan.checkpoints, 1):
        name = f"Checkpoint {number}" if len(plan.checkpoints) > 1 else "Review month"
        facts.append((name, _months(point)))
    late = ", overdue" if plan.overdue(turn.today) else ""
    facts.append(("Status", plan.action.status.label + late))
    for name, text in (("Newest note", plan.action.progress_note), ("About it", plan.action.notes)):
        if text:
            facts.append((name, text))
    return Facts(tuple(Fact(name, spans(value)) for name, value in facts))


def _months(point: Checkpoint) -> str:
    said = [f"{point.expected.label} expected"] if point.expected else []
    if point.planned is not None and point.planned != point.expected:
        said.append(f"{point.planned.label} planned")
    said.append(f"{point.original.label} in the original plan")
    if point.done_on is not None:
        said.append(f"done on {point.done_on.day} {point.done_on:%B %Y}")
    return ", ".join(said)


def _held(campaign: Sequence[Reviewed], units: Sequence[Unit]) -> Mapping[int, str]:
    """How many of an action's reviews are held, by Business Unit or Service Area; a unit counts with its areas."""
    by_id = {each.id: each for each in units}
    counts: dict[int, tuple[int, int]] = {}
    for each in campaign:
        for unit in unit_chain(each.unit_id, by_id):
            done, total = counts.get(unit.id, (0, 0))
            counts[unit.id] = (done + each.done, total + each.total)
    return {unit_id: f"{done} of {total}" for unit_id, (done, total) in counts.items()}


def _parts_table(parts: Sequence[LocalAction], names: Mapping[int, str], held: Mapping[int, str]) -> Table:
    rows = []
    for each in parts:
        row = each.row
        reported = "Nobody yet"
        if row is not None and row.reported_at is not None:
            who = names.get(row.reported_by or 0, "someone who has left")
            reported = f"{who}, {row.reported_at.day} {row.reported_at:%B %Y}"
        rows.append(
            (
                each.unit.name,
                f"{each.status.label}, {each.percent}%",
                *([held.get(each.unit.id, "None asked for")] if held else []),
                each.expected.label if each.expected else "None",
                (row.note if row else "") or "None",
                reported,
            )
        )
    columns = (
        "Business Unit",
        "Status",
        *(["Reviews held"] if held else []),
        "Expected",
        "Note",
        "Reported by",
    )
    return Table("By Business Unit", columns, tuple(rows))


def _history(
    history: Sequence[Change], names: Mapping[int, str], units: Mapping[int, Unit], zone: tzinfo
) -> Bullets:
    return Bullets(
        tuple(spans(_line(each, names, units, zone)) for each in history[:_LINES]),
    )


def _line(change: Change, names: Mapping[int, str], units: Mapping[int, Unit], zone: tzinfo) -> str:
    day = change.at.astimezone(zone)
    who = names.get(change.person_id or 0, "Somebody")
    unit = units.get(change.unit_id or 0)
    where = f" for {unit.name}" if unit else ""
    what = {
        What.STATUS: f"{change.before} to {change.after}",
        What.PROGRESS: f"{change.before} to {change.after}" if change.before else "note",
        What.MONTH: f"moved from {change.before or 'no month'} to {change.after}",
        What.PROPOSED: f"{change.after} proposed in place of {change.before or 'no month'}",
        What.DECLINED: f"{change.before} declined",
        What.ASSIGNED: f"passed from {change.before} to {change.after}",
        What.ASKED: "closing proposed",
        What.AGREED: "agreed to closing",
        What.NOT_YET: "said not yet",
    }[change.what]
    return f"{day.day} {day:%B %Y}, {who}{where}: {what}" + (f". {change.why}" if change.why else "")


def _buttons(plan: PlanAction, rights: Rights) -> Buttons | None:
    if plan.action.status is ActionStatus.COMPLETE:
        return None
    if not rights.central(plan) and not rights.own_units(plan):
        return None
    return Buttons(item_buttons(f"action:{plan.action.id}"), plan.action.id)
