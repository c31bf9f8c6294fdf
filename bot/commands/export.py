"""Commands that write files for others: the CMA, and the Business Units' boards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.app import open_database
from bot.settings import Settings, read_settings
from handlers.briefings.attendance import briefings_csv
from handlers.broadcasts.export import NoSuchBroadcast, broadcast_csv
from handlers.scorecards.export import NoSuchUnit, scorecards_csv
from storage.database import Store
from storage.migrate import require_current

exporting = typer.Typer(help="Write records to CSV files.", no_args_is_help=True)


@exporting.callback()
def _several() -> None:
    """Write records to CSV files."""


@exporting.command("scorecards")
def scorecards(
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write.")],
    unit: Annotated[str | None, typer.Option("--unit", help="One Business Unit; all without it.")] = None,
) -> None:
    """Write the newest scorecard of each contract, with its risk section."""
    try:
        settings = read_settings()
        today = datetime.now(settings.zone).date()
        written = asyncio.run(
            _read(settings, "scorecards", lambda store: scorecards_csv(store, unit, today), unit or "all")
        )
    except NoSuchUnit as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    _write(out, written)


@exporting.command("briefings")
def briefings(out: Annotated[Path, typer.Option("--out", help="The CSV file to write.")]) -> None:
    """Write to how many of each Business Unit each briefing was offered, and who took it up."""
    settings = read_settings()
    _write(
        out,
        asyncio.run(_read(settings, "briefings", lambda store: briefings_csv(store, settings.zone), "all")),
    )


@exporting.command("broadcast")
def broadcast(
    number: Annotated[int, typer.Argument(help="Its number, as 'broadcasts' in chat shows it.")],
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write.")],
) -> None:
    """Write what became of each copy of a broadcast, and who pressed which button."""
    settings = read_settings()
    try:
        written = asyncio.run(
            _read(
                settings,
                "broadcast",
                lambda store: broadcast_csv(store, number, settings.zone),
                f"broadcast:{number}",
            )
        )
    except NoSuchBroadcast as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    _write(out, written)


def _write(out: Path, written: str) -> None:
    try:
        # The mark at the start lets a spreadsheet know that it is UTF-8.
        out.write_text(written, encoding="utf-8-sig", newline="")
    except OSError as problem:
        typer.echo(f"{out} can't be written: {problem.strerror}.", err=True)
        raise typer.Exit(1) from problem
    typer.echo(f"Written to {out}.")


async def _read(settings: Settings, what: str, read: Callable[[Store], Awaitable[str]], subject: str) -> str:
    """What is to be written. That it was taken out is in the audit trail."""
    database = open_database(settings)
    try:
        await require_current(database)
        # Read without holding up anybody who writes.
        async with database.reading() as store:
            written = await read(store)
        async with database.store() as store:
            store.audit.record(datetime.now(UTC), f"export {what}", subject, by="command line")
        return written
    finally:
        await database.close()
