"""Giving a shared conversation a name, so that broadcasts can go there."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.broadcasts.rights import may_send, not_a_sender
from handlers.conversation.acts import Command
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from storage.database import Store


def register(router: Router) -> None:
    """One command, typed in the channel itself."""
    router.on_command(
        Command(
            "name channel",
            "name this channel community",
            "In a channel: let broadcasts go there by this name",
            (r"name this channel (?P<name>[\w][\w &-]{0,78})",),
            roles=frozenset(LEADS),
        ),
        name_channel,
    )


async def name_channel(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Keep the address of this conversation under a name."""
    if not may_send(turn):
        return not_a_sender()
    if turn.inbound.direct:
        return private(say("Type this in the channel that you want to name; this is your own conversation."))
    name, now = args["name"].strip(), turn.received_at
    if not await store.channels.name(name, turn.inbound.address, turn.person_id, now):
        return private(say(f"Another channel is called '{name}' already. Choose another name."))
    store.audit.record(now, "name a channel", name, person_id=turn.person_id)
    return private(say(f"This channel is '{name}'. Broadcasts can go here: choose it under the audience."))
