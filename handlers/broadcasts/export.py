"""What became of each copy of a broadcast, for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from handlers.broadcasts.rights import to_send
from handlers.conversation.acts import Command
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from handlers.spreadsheet import csv_of
from storage.database import Store

_COLUMNS = ("name", "email", "state", "reason", "platform", "sent_at")


def register(router: Router) -> None:
    """How to get the file, for those who send."""
    router.on_command(
        Command(
            "export broadcast",
            "export broadcast 12",
            "How to get what became of each copy of a broadcast as a file",
            (r"export broadcast (?P<number>\d{1,9})",),
            roles=frozenset(LEADS),
        ),
        export_told,
    )


async def export_told(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The command that writes it; a chat is no place for a file with everybody's name."""
    found = await to_send(turn, store, int(args["number"]))
    if isinstance(found, Reply):
        return found
    return private(
        say(
            "I can't send files in chat. Whoever runs Covenant makes this one, as CSV with what became of each "
            f"copy of '{found.title}' and who pressed which button:",
            f"covenant export broadcast {found.id} --out broadcast-{found.id}.csv",
        )
    )


class NoSuchBroadcast(Exception):
    """There is none with that number, or it never went out."""


async def broadcast_csv(store: Store, number: int, zone: tzinfo) -> str:
    """A row for each recipient, with when they pressed each button. Raises NoSuchBroadcast."""
    found = await store.broadcasts.get(number)
    if found is None or found.sender_id is None:
        raise NoSuchBroadcast(f"There is no broadcast {number} that was sent.")
    rows = [[*_COLUMNS, *(f"pressed: {each.label}" for each in found.buttons)]]
    async for line in store.broadcast_figures.lines(found):
        pressed = [_moment(line.clicked.get(place), zone) for place in range(len(found.buttons))]
        about = [line.name, line.email, line.state, line.reason, line.platform, _moment(line.sent_at, zone)]
        rows.append([*about, *pressed])
    return csv_of(rows)


def _moment(moment: datetime | None, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
