"""Commands that bring in data: people, contracts, the programme's start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer
from rich.console import Console
from rich.progress import Progress

from bot.app import open_database
from bot.knowledge_base import overlay_in
from bot.platforms.web.inbound import add_accounts
from bot.settings import Mode, Settings, read_settings
from handlers.actions.programme import start_problem
from handlers.articles.leavers import told_of_articles
from handlers.assess.consequences import after_tier_change
from handlers.contracts.leavers import told_of_leavers
from knowledge.assessment import load_question_sets
from knowledge.library import Library
from scheduler.notices import queue
from storage.database import Store
from storage.imports import ImportReport, import_contracts, import_people
from storage.migrate import require_current
from storage.months import Month

importing = typer.Typer(help="Load the directory and the contracts from CSV files.", no_args_is_help=True)
programme = typer.Typer(help="The improvement programme.", no_args_is_help=True)

_SHOWN = 50
File = Annotated[Path, typer.Argument(help="The CSV file; its columns are in docs/administration.md.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and report, and change nothing.")]


class _Import(Protocol):
    def __call__(
        self, store: Store, path: Path, at: datetime, *, progress: Callable[[int, int], None] | None = None
    ) -> Awaitable[ImportReport]: ...


@importing.command("people")
def people(
    file: File,
    dry_run: DryRun = False,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="The file names everybody: whoever is missing has left.")
    ] = False,
) -> None:
    """Load people, their roles and Business Units. All rows or none."""
    if everybody:
        _run(_people_and_leavers, file, dry_run, "people", missing="recorded as having left")
    else:
        _run(import_people, file, dry_run, "people")


async def _people_and_leavers(
    store: Store, path: Path, at: datetime, *, progress: Callable[[int, int], None] | None = None
) -> ImportReport:
    """Load people and take the missing for leavers; what those leave behind is told in the same transaction."""
    report = await import_people(store, path, at, progress=progress, remove_missing=True)
    leavers = [each for each in await store.people.everyone() if each.email.lower() in report.left]
    overlay = await overlay_in(store)
    articles = Library.load().overlaid(overlay.articles, overlay.questions)
    notices = [
        *await told_of_leavers(store, leavers, at),
        *await told_of_articles(store, articles, leavers, at),
    ]
    await queue(store, notices, at)
    return report


@importing.command("contracts")
def contracts(file: File, dry_run: DryRun = False) -> None:
    """Load contracts. All rows or none. A changed tier may open follow-ups."""
    _run(_contracts_and_follow_ups, file, dry_run, "contracts")


async def _contracts_and_follow_ups(
    store: Store, path: Path, at: datetime, *, progress: Callable[[int, int], None] | None = None
) -> ImportReport:
    """Load contracts; those whose tier has changed are held against the rules again, in the same transaction."""
    report = await import_contracts(store, path, at, progress=progress)
    changed = {each.key for each in report.updated if any(column == "tier" for column, *_ in each.columns)}
    contracts = [each for each in await store.contracts.all() if each.reference in changed]
    await queue(store, await after_tier_change(store, load_question_sets(), contracts, at), at)
    return report


@programme.command("start")
def start(month: Annotated[str, typer.Argument(help="Year and month, such as 2026-05.")]) -> None:
    """Confirm the month in which the programme starts; its actions are dated from there."""
    try:
        parsed = Month.parse(month)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    settings = read_settings()
    problem = start_problem(parsed, Month.of(datetime.now(settings.zone).date()))
    if problem:
        typer.echo(f"{problem}.", err=True)
        raise typer.Exit(2)
    asyncio.run(_start(settings, parsed))
    typer.echo(f"The programme starts in {parsed.label}. The original months are kept.")


async def _start(settings: Settings, month: Month) -> None:
    database = open_database(settings)
    now = datetime.now(UTC)
    try:
        await require_current(database)
        async with database.store() as store:
            await store.programme.confirm_start(month, now, None)
            store.audit.record(now, "confirm start month", "programme", start=str(month), by="command line")
    finally:
        await database.close()


def _run(load: _Import, file: Path, dry_run: bool, what: str, missing: str = "kept") -> None:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Reading {what}", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        report = asyncio.run(_import(read_settings(), load, file, dry_run, progress))
    _show(report, what, file, dry_run, missing)
    if report.problems:
        raise typer.Exit(1)


async def _import(
    settings: Settings, load: _Import, file: Path, dry_run: bool, progress: Callable[[int, int], None]
) -> ImportReport:
    database = open_database(settings)
    try:
        await require_current(database)
        async with database.store() as store:
            report = await load(store, file, datetime.now(UTC), progress=progress)
            if dry_run or report.problems:
                await store.roll_back()
            elif settings.mode is Mode.LOCAL:
                await store.people.flush()
                await add_accounts(store)
    finally:
        await database.close()
    return report


def count(number: int, thing: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _show(report: ImportReport, what: str, file: Path, dry_run: bool, missing: str) -> None:
    if report.problems:
        typer.echo(
            f"{file}: {count(len(report.problems), 'problem')}. Nothing was imported. Mend them and try again."
        )
        for problem in report.problems[:_SHOWN]:
            where = f"line {problem.line}, {problem.column}" if problem.column else f"line {problem.line}"
            typer.echo(f"- {where}: {problem.reason}")
        if len(report.problems) > _SHOWN:
            typer.echo(f"- and {len(report.problems) - _SHOWN} more")
        return
    changed = len(report.updated)
    would = "Nothing was changed, this was a dry run. It would give" if dry_run else "Imported"
    typer.echo(f"{would}: {report.added} {what} added, {changed} updated, {report.unchanged} unchanged.")
    for change in report.updated[:_SHOWN]:
        cells = "; ".join(
            f"{column}: {before or 'empty'} -> {after or 'empty'}" for column, before, after in change.columns
        )
        typer.echo(f"- {change.key}: {cells}")
    if changed > _SHOWN:
        typer.echo(f"- and {changed - _SHOWN} more")
    if report.left:
        typer.echo(f"On record but not in the file ({missing}): {', '.join(report.left[:_SHOWN])}")
