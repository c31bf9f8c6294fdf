"""Who may write, send and follow broadcasts."""

from __future__ import annotations

from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from storage.broadcasts import Broadcast
from storage.database import Store
from storage.people import Role

# Those who have something to tell the Community, beside the SRM lead and the deputy who send it.
DRAFTERS = (
    *LEADS,
    Role.CSMG_MEMBER,
    Role.FIRST_CONTACT,
    Role.BSP_COMMERCIAL,
    Role.OD,
    Role.ASSURANCE,
    Role.CMA_EUG,
)


def may_send(turn: Turn) -> bool:
    """Whether this person sends broadcasts."""
    return turn.has(*LEADS)


def may_draft(turn: Turn) -> bool:
    """Whether this person may write one, for the SRM lead to send."""
    return turn.has(*DRAFTERS)


def not_a_drafter() -> Reply:
    """For somebody who may do neither."""
    return private(
        say(
            "Only the SRM lead or the deputy can send a broadcast. Nothing was changed. "
            "To have something sent to colleagues, type 'ask an expert' and say what and to whom."
        )
    )


def not_a_sender() -> Reply:
    """For somebody who may write one but not send it."""
    return private(
        say(
            "Only the SRM lead or the deputy can do this. Nothing was changed. "
            "You can propose your own draft: open it with 'broadcasts'."
        )
    )


async def own_draft(turn: Turn, store: Store, broadcast_id: int) -> Broadcast | Reply:
    """A broadcast that this person may change now; otherwise why not."""
    if not may_draft(turn):
        return not_a_drafter()
    found = await store.broadcasts.locked(broadcast_id)
    if found is None or not _knows(turn, found):
        return _unknown(broadcast_id)
    if not found.state.editable:
        return private(
            say(
                f"Broadcast {found.id} is {found.state.label.lower()}, so its draft can't be changed. "
                "Duplicate it to begin a new one."
            )
        )
    return found


async def to_send(turn: Turn, store: Store, broadcast_id: int) -> Broadcast | Reply:
    """A broadcast that this person may send and steer; otherwise why not."""
    if not may_send(turn):
        return not_a_sender() if may_draft(turn) else not_a_drafter()
    found = await store.broadcasts.locked(broadcast_id)
    return found if found is not None and _knows(turn, found) else _unknown(broadcast_id)


async def to_see(turn: Turn, store: Store, broadcast_id: int) -> Broadcast | Reply:
    """A broadcast that this person may look at; otherwise why not."""
    if not may_draft(turn):
        return not_a_drafter()
    found = await store.broadcasts.get(broadcast_id)
    if found is None or not (found.template or _knows(turn, found)):
        return _unknown(broadcast_id)
    return found


def _knows(turn: Turn, broadcast: Broadcast) -> bool:
    """One's own, and for those who send also everybody's."""
    return may_send(turn) or broadcast.author_id == turn.person_id


def _unknown(broadcast_id: int) -> Reply:
    return private(
        say(f"I know no broadcast {broadcast_id} that you can open. Type 'broadcasts' to see yours.")
    )
