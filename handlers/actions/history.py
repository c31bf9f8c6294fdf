"""Writing what changed about an action: one line of its history, and one of the audit."""

from __future__ import annotations

from handlers.actions.target import Target
from handlers.conversation.message import Button
from handlers.conversation.turn import Turn
from handlers.reminders.items import SHOW_ACTION, Item
from storage.database import Store
from storage.progress import Change, What


def note_change(
    turn: Turn, store: Store, target: Target, what: What, *, before: str = "", after: str = "", why: str = ""
) -> Change:
    """Write the history's line and the audit's."""
    change = Change(
        action_id=target.action_id,
        unit_id=target.unit_id,
        checkpoint=target.item.checkpoint,
        at=turn.received_at,
        person_id=turn.person_id,
        what=what,
        before=before[:120],
        after=after[:120],
        why=why,
    )
    store.progress.note(change)
    store.audit.record(
        turn.received_at,
        f"action {what.value}",
        target.subject,
        person_id=turn.person_id,
        before=before,
        after=after,
    )
    return change


def show_button(target: Target) -> Button:
    """A way to the action's card."""
    return SHOW_ACTION.button(f"Show {target.action_id}", Item(f"action:{target.action_id}"))
