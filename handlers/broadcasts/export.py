"""What became of each copy of a broadcast, for a spreadsheet."""

from __future__ import annotations

from datetime import datetime, tzinfo

from handlers.spreadsheet import csv_of
from storage.database import Store

_COLUMNS = ("name", "email", "state", "reason", "platform", "sent_at")


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
