"""The list of broadcasts, each with a button that opens it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.broadcasts.card import OPEN
from handlers.broadcasts.message import OfBroadcast, at
from handlers.broadcasts.rights import may_send
from handlers.conversation.acts import ClickAction, NoParams
from handlers.conversation.message import Block, Buttons, Message, Table, Text, bold, spans
from handlers.conversation.turn import Turn
from storage.broadcasts import Broadcast, BroadcastState
from storage.database import Store

NEW = ClickAction("broadcasts.new", NoParams)
LIST = ClickAction("broadcasts.list", NoParams)
_GROUPS = (
    ("Proposed for approval", (BroadcastState.PROPOSED,)),
    ("Scheduled and on their way", (BroadcastState.SCHEDULED, BroadcastState.SENDING)),
    ("Drafts", (BroadcastState.DRAFT,)),
    ("Sent", (BroadcastState.SENT, BroadcastState.CANCELLED, BroadcastState.WITHDRAWN)),
)
_OPENED = 5


async def list_message(turn: Turn, store: Store) -> Message:
    """Drafts are one's own; whoever sends broadcasts sees all that was proposed, scheduled or sent."""
    blocks: list[Block] = []
    shown: list[Broadcast] = []
    for title, states in _GROUPS:
        everybody = may_send(turn) and BroadcastState.DRAFT not in states
        found = await store.broadcasts.newest(*states, author=None if everybody else turn.person_id)
        if found:
            blocks.append(_table(title, found, turn))
            shown += found
    templates = await store.broadcasts.templates()
    if templates:
        blocks.append(_table("Templates", templates, turn))
        shown += templates
    counted = f"{len(shown)} broadcast{'' if len(shown) == 1 else 's'}"
    head = Text(spans([bold("Broadcasts. "), "Type 'broadcast' and a number to open one."]))
    nothing = Text(spans("There is no broadcast yet. Type 'new broadcast' to write one."))
    buttons = [NEW.button("New broadcast", NoParams())]
    buttons += [OPEN.button(f"Open {each.id}", OfBroadcast(each.id)) for each in shown[:_OPENED]]
    first = head if shown else nothing
    return Message(f"{counted}.", (first, *blocks, Buttons(tuple(buttons), "Broadcasts")))


def _table(title: str, found: Sequence[Broadcast], turn: Turn) -> Table:
    rows = tuple(
        (str(each.id), each.title, "Template" if each.template else each.state.label, _when(each, turn))
        for each in found
    )
    return Table(title, ("Number", "Title", "State", "When"), rows)


def _when(broadcast: Broadcast, turn: Turn) -> str:
    moment = broadcast.updated_at if broadcast.state.editable else broadcast.starts_at
    return at((moment or broadcast.updated_at).astimezone(turn.zone))
