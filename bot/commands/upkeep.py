"""Commands that set up and look after an installation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

import storage
from bot.app import open_database, platforms_of
from bot.knowledge_base import faster_model, open_knowledge
from bot.platforms.web.inbound import add_accounts
from bot.settings import Mode, Settings, read_settings
from knowledge.search.model import ModelUnavailable
from knowledge.search.quantise import quantise
from storage.database import Database, DatabaseProblem, Store
from storage.imports import import_contracts, import_people
from storage.migrate import migrate, require_current
from storage.months import Month
from storage.plan import load_plan, read_plan

SAMPLE = Path(storage.__file__).parent / "seed" / "sample"
# Six months back, so that a demonstration has actions that are overdue, due soon and due later.
_DEMONSTRATION_START = -6


def setup() -> None:
    """Prepare everything: database, improvement plan and, in local mode, a sample directory and contracts."""
    asyncio.run(_setup(read_settings()))


def migrate_database() -> None:
    """Bring the database to this version's tables."""
    changed = asyncio.run(_migrate(read_settings()))
    typer.echo("The database is migrated." if changed else "The database is up to date.")


def check() -> None:
    """Verify settings, database, migrations, knowledge base and directory, and say what to do."""
    settings = read_settings()
    findings = asyncio.run(_check(settings))
    for finding in findings:
        typer.echo(f"{'ok     ' if finding.ok else 'problem'}  {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check: what was looked at, whether it is in order, and what to do if not."""

    what: str
    ok: bool
    detail: str


async def _migrate(settings: Settings) -> bool:
    database = open_database(settings)
    try:
        return await migrate(database)
    finally:
        await database.close()


async def _setup(settings: Settings) -> None:
    database = open_database(settings)
    try:
        if await migrate(database):
            typer.echo("Database: made and migrated.")
        plan = read_plan()
        now = datetime.now(UTC)
        async with database.store() as store:
            new = await load_plan(store, plan)
            if new:
                typer.echo(f"Improvement plan: {new} actions and {len(plan.duties)} duties loaded.")
            if settings.mode is Mode.LOCAL:
                await _demonstration(store, now)
                await add_accounts(store)
    finally:
        await database.close()
    _make_faster_model(settings)
    # Building the index now, with its cache, makes every later start quick.
    knowledge = open_knowledge(settings)
    typer.echo(f"Knowledge base: {len(knowledge.services.library)} articles indexed.")
    if knowledge.without_model:
        typer.echo(f"Answers are found by words alone: {knowledge.without_model}")


def _make_faster_model(settings: Settings) -> None:
    if settings.model_path is not None or faster_model(settings).exists():
        return
    try:
        quantise(faster_model(settings))
    except ModelUnavailable as reason:
        typer.echo(f"Embedding model: the package's own file, which is slower; {reason}")
    else:
        typer.echo("Embedding model: its integer build is made.")


async def _demonstration(store: Store, now: datetime) -> None:
    if not await store.people.all():
        people = await import_people(store, SAMPLE / "people.csv", now)
        contracts = await import_contracts(store, SAMPLE / "contracts.csv", now)
        assert not people.problems + contracts.problems, "the sample that ships is in order"
        typer.echo(f"Sample data: {people.added} people and {contracts.added} contracts.")
    programme = await store.programme.current()
    if programme is not None and programme.confirmed_at is None:
        start = Month.of(now.date()).plus(_DEMONSTRATION_START)
        await store.programme.confirm_start(start, now, None)
        store.audit.record(now, "confirm start month", "programme", start=str(start), by="sample set-up")
        typer.echo(f"Programme: starts in {start.label} for the demonstration.")


async def _check(settings: Settings) -> list[Finding]:
    findings = [Finding("settings", True, f"mode {settings.mode.value}, time zone {settings.time_zone}")]
    findings.append(_check_knowledge(settings))
    database = open_database(settings)
    for platform in platforms_of(settings, database):
        findings += [Finding(each.what, each.ok, each.detail) for each in await platform.check()]
    try:
        findings.extend([finding async for finding in _check_database(database)])
    except DatabaseProblem as problem:
        findings.append(Finding("database", False, str(problem)))
    finally:
        await database.close()
    return findings


def _check_knowledge(settings: Settings) -> Finding:
    knowledge = open_knowledge(settings)
    detail = f"{len(knowledge.services.library)} articles"
    if knowledge.without_model:
        detail += f"; answers are found by words alone, which is less sure: {knowledge.without_model}"
    return Finding("knowledge base", True, detail)


async def _check_database(database: Database) -> AsyncIterator[Finding]:
    await require_current(database)
    await database.check_writable()
    yield Finding("database", True, f"{database.place}, at this version's tables")
    async with database.reading() as store:
        people, units = await store.people.all(), await store.people.units()
        contracts = await store.contracts.count()
        programme = await store.programme.current()
    if not people:
        yield Finding("directory", False, "nobody is in it; run 'covenant import people FILE'")
    else:
        top = [each for each in units if each.parent_id is None]
        vacant = [each.name for each in top if each.csmg_member_id is None or each.first_contact_id is None]
        note = f"; a contact is vacant in {', '.join(vacant)}" if vacant else ""
        yield Finding("directory", True, f"{len(people)} people, {len(top)} Business Units{note}")
    yield Finding("contracts", True, f"{contracts} on record")
    if programme is None:
        yield Finding("improvement plan", False, "not loaded; run 'covenant setup'")
    elif programme.confirmed_at is None or programme.start is None:
        yield Finding(
            "improvement plan",
            True,
            "no start month is confirmed, so no reminders go out; "
            "the SRM lead types 'set up' in chat, or run 'covenant programme start 2026-05'",
        )
    else:
        yield Finding("improvement plan", True, f"starts in {programme.start.label}")
