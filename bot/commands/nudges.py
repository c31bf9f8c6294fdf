"""The command that looks ahead at reminders."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from bot.app import articles_of, open_database
from bot.settings import Settings, read_settings
from handlers.reminders.outlook import Coming
from knowledge.library import Library
from scheduler.calendar import WorkCalendar
from scheduler.outlook import Planner
from storage.migrate import require_current

_AHEAD = timedelta(days=30)
_FURTHEST = timedelta(days=400)


def nudges(
    first: Annotated[
        str | None, typer.Option("--from", help="The first day, such as 2026-05-01; today by default.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day; 30 days later by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """List who would get which reminders and when, without sending anything."""
    settings = read_settings()
    begins = _day(first) or datetime.now(settings.zone).date()
    ends = _day(last) or begins + _AHEAD
    if not begins <= ends <= begins + _FURTHEST:
        raise typer.BadParameter(f"--to must be between --from and {_FURTHEST.days} days after it.")
    found = asyncio.run(_coming(settings, begins, ends))
    if as_json:
        typer.echo(json.dumps([_as_object(each) for each in found], indent=1, default=str))
        return
    for each in found:
        typer.echo(f"{each.day} {each.hour:02}:00  {each.name}")
        for line in each.lines:
            typer.echo(f"    {line.group.value}: {' '.join((f'{line.what}.', line.fact, *line.more))}")
    people = len({each.person_id for each in found})
    typer.echo(f"{len(found)} messages to {people} people from {begins} to {ends}. Nothing was sent.")


async def _coming(settings: Settings, first: date, last: date) -> Sequence[Coming]:
    database = open_database(settings)
    library = Library.load()
    planner = Planner(WorkCalendar(settings.zone), lambda: articles_of(library))
    try:
        await require_current(database)
        async with database.reading() as store:
            return await planner.coming(store, first, last)
    finally:
        await database.close()


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not a day; write it as 2026-05-31.") from error


def _as_object(coming: Coming) -> dict[str, object]:
    return {
        "person": coming.name,
        "day": coming.day.isoformat(),
        "hour": coming.hour,
        "lines": [asdict(each) for each in coming.lines],
    }
