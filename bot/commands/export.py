"""Commands that write files for others: the CMA, and the Business Units' boards."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.app import open_database
from bot.settings import Settings, read_settings
from handlers.scorecards.export import NoSuchUnit, scorecards_csv
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
        written = asyncio.run(_scorecards(read_settings(), unit))
    except NoSuchUnit as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    try:
        # The mark at the start lets a spreadsheet know that it is UTF-8.
        out.write_text(written, encoding="utf-8-sig", newline="")
    except OSError as problem:
        typer.echo(f"{out} can't be written: {problem.strerror}.", err=True)
        raise typer.Exit(1) from problem
    typer.echo(f"Written to {out}.")


async def _scorecards(settings: Settings, unit: str | None) -> str:
    database = open_database(settings)
    try:
        await require_current(database)
        async with database.reading() as store:
            return await scorecards_csv(store, unit, datetime.now(settings.zone).date())
    finally:
        await database.close()
