"""What changes when somebody reports on an action: the record, its history and who is told.

Each act takes a target that is locked and that the person may report on.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions.history import note_change, show_button
from handlers.actions.parts import ask_others, close_checkpoint, follow_parts, report_of
from handlers.actions.target import Target
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.turn import Turn
from handlers.reminders.items import DONE, MONTH, item_buttons
from storage.database import Store
from storage.months import Month
from storage.people import Person
from storage.programme import ActionStatus
from storage.progress import Assignment, LocalAction, What


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of an action's progress; what they leave out stays or follows."""

    status: ActionStatus | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class UnitReport:
    """What a unit says of its part."""

    status: ActionStatus
    percent: int
    note: str


async def settled_meanwhile(target: Target, store: Store, checkpoint: int | None) -> Reply | None:
    """What to tell somebody whose button is older than the record; None where it still holds."""
    if target.status is ActionStatus.ONGOING:
        return None
    at = target.checkpoint
    if at is not None and (checkpoint is None or checkpoint == at.position):
        return None
    done = f"Checkpoint {checkpoint + 1} of {target.name}" if at and checkpoint is not None else target.name
    row = target.part.reported.get(checkpoint) if target.part and checkpoint is not None else None
    who, when = (row.reported_by, row.reported_at) if row else (None, None)
    if row is None:
        history = await store.progress.history(target.action_id)
        last = next((each for each in history if each.what is What.STATUS and each.after == "Complete"), None)
        who, when = (last.person_id, last.at) if last else (None, None)
    name = (await store.people.named([who])).get(who or 0)
    by = f" by {name}" if name else ""
    on = f" on {when.day} {when:%B %Y}" if when else ""
    return reply(
        say(
            f"{done} was already marked complete{by}{on}. Nothing was changed.",
            buttons=[show_button(target)],
        )
    )


async def done(turn: Turn, store: Store, target: Target, note: str) -> Reply:
    """Mark the checkpoint, and with the last one the action or the unit's part of it, as complete."""
    if target.status is ActionStatus.ONGOING:
        return reply(
            say(
                f"{target.action_id} is ongoing, so it is never closed. You can update its progress.",
                buttons=[show_button(target)],
            )
        )
    if target.part is None and not target.rights.closes(target.plan):
        coordinator = target.plan.owners[0].label
        return reply(
            say(
                f"{target.action_id} has more than one owner. {coordinator} coordinates it and closes it. "
                "You can update its progress. Nothing was changed.",
                buttons=[show_button(target)],
            )
        )
    asked = await ask_others(turn, store, target)
    if asked is not None:
        return asked
    point = target.checkpoint
    assert point is not None, "only what is open comes here"
    note_change(turn, store, target, What.STATUS, before=target.status.label, after="Complete", why=note)
    if target.part is not None:
        _report(turn, store, target.part, UnitReport(ActionStatus.COMPLETE, 100, note))
    else:
        close_checkpoint(target.plan, turn.today)
    if turn.person_id is not None:
        await store.reminders.wake(turn.person_id, target.subject)
    told = await follow_parts(turn, store, target) if target.part else ()
    return reply(_done_message(target), notices=told)


def _done_message(target: Target) -> Message:
    if target.checkpoint is None:
        return say(f"{target.name} is complete. Thank you.", buttons=[show_button(target)])
    due = f", due in {target.expected.label}" if target.expected else ""
    return say(
        f"That checkpoint of {target.name} is done. Thank you. The action stays open: "
        f"checkpoint {target.checkpoint.position + 1} of {len(target.plan.checkpoints)} is next{due}.",
        buttons=[show_button(target)],
    )


async def progress(turn: Turn, store: Store, target: Target, note: str, told: Told) -> Reply:
    """Keep the status and percentage that were told, and a line. A percentage alone says that it is under way."""
    status, percent = told.status, told.percent
    if target.status is ActionStatus.ONGOING:
        target.plan.action.progress_note = note
        note_change(turn, store, target, What.PROGRESS, after="Ongoing", why=note)
        return reply(say(f"Your note on {target.action_id} is kept.", buttons=[show_button(target)]))
    before = f"{target.status.label}, {target.percent}%"
    kept = target.percent if percent is None else percent
    if status is None:
        status = ActionStatus.IN_PROGRESS if kept else target.status
    if status is ActionStatus.NOT_STARTED:
        kept = 0
    month, late = target.expected, target.expected is not None and turn.today > target.expected.last_day
    note_change(turn, store, target, What.PROGRESS, before=before, after=f"{status.label}, {kept}%", why=note)
    if target.part is not None:
        _report(turn, store, target.part, UnitReport(status, kept, note))
        await follow_parts(turn, store, target)
    else:
        target.plan.action.status, target.plan.action.percent = status, kept
        target.plan.action.progress_note = note
    said = f"{target.name}: {status.label.lower()}, {kept}%." + (f" “{note}”" if note else "")
    if late and month is not None:
        return reply(
            say(
                said,
                f"Its month, {month.label}, has passed. Has it been reviewed? Give the month you expect now, "
                "or mark it as done.",
                buttons=[
                    MONTH.button("New date", target.item),
                    DONE.button("Done", target.item),
                    show_button(target),
                ],
            )
        )
    return reply(say(said, buttons=[show_button(target)]))


def set_month(turn: Turn, store: Store, target: Target, month: Month, reason: str) -> None:
    """Put a new month in force; the planned month and the plan's own stay beside it."""
    point = target.checkpoint
    assert point is not None, "only what is open has a month"
    note_change(
        turn,
        store,
        target,
        What.MONTH,
        before=target.expected.label if target.expected else "",
        after=month.label,
        why=reason,
    )
    if target.part is None:
        point.expected = month
        return
    report_of(store, target.part, point.position).expected = month


async def assign(turn: Turn, store: Store, target: Target, person: Person, why: str) -> Reply:
    """Name a person beside the role; they and whoever was named before are told."""
    assert turn.person is not None, "only somebody in the directory may report"
    if not person.active:
        return reply(say(f"{person.name} has left the council. Name somebody else. Nothing was changed."))
    before_id = target.rights.assignees.get((target.action_id, target.unit_id))
    if before_id == person.id:
        return reply(say(f"{target.name} is with {person.name} already. Nothing was changed."))
    names = await store.people.named([before_id])
    before = names.get(before_id or 0) or (
        target.part.unit.name if target.part else " and ".join(each.label for each in target.plan.owners)
    )
    line = note_change(turn, store, target, What.ASSIGNED, before=before, after=person.name, why=why)
    await store.progress.assign(
        Assignment(
            action_id=target.action_id,
            unit_id=target.unit_id,
            person_id=person.id,
            at=turn.received_at,
            named_by=turn.person.id,
        )
    )
    told = f"{turn.person.name} has passed {target.name} to you: {target.plan.action.text}."
    notices = [
        Notice(
            f"assigned:{line.id}:{person.id}",
            person.id,
            say(
                told,
                *([f"They say: {why}"] if why else []),
                buttons=item_buttons(target.subject, target.item.checkpoint),
            ),
            "action assigned",
        )
    ]
    if before_id is not None and before_id != turn.person.id:
        text = f"{turn.person.name} has passed {target.name} from you to {person.name}."
        notices.append(Notice(f"assigned:{line.id}:{before_id}", before_id, say(text), "action assigned"))
    return reply(
        say(f"{target.name} is now with {person.name}. They have been told, and the history keeps it."),
        notices=tuple(each for each in notices if each.person_id != turn.person.id),
    )


async def reopen(turn: Turn, store: Store, target: Target) -> Reply:
    """Open again what was complete, at its last checkpoint. Only the SRM lead does it."""
    if not target.rights.leads:
        return reply(say("Only the SRM lead or the deputy can reopen an action. Nothing was changed."))
    if target.status is not ActionStatus.COMPLETE:
        return reply(say(f"{target.name} is open already. Nothing was changed."))
    note_change(turn, store, target, What.STATUS, before="Complete", after="In progress", why="Reopened")
    if target.plan.action.status is ActionStatus.COMPLETE:
        target.plan.checkpoints[-1].done_on = None
        target.plan.action.status, target.plan.action.percent = ActionStatus.IN_PROGRESS, 0
    if target.part is not None:
        row = target.part.reported.get(target.plan.checkpoints[-1].position)
        if row is not None:
            row.status, row.percent = ActionStatus.IN_PROGRESS, 0
    return reply(say(f"{target.name} is open again.", buttons=[show_button(target)]))


def _report(turn: Turn, store: Store, part: LocalAction, told: UnitReport) -> None:
    point = part.next_checkpoint
    assert point is not None, "only what is open is reported on"
    row = report_of(store, part, point.position)
    row.status, row.percent, row.note = told.status, told.percent, told.note
    row.reported_by, row.reported_at = turn.person_id, turn.received_at
