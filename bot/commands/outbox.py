"""The command that watches and steers deliveries."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from bot.app import clock_of, open_database
from bot.settings import Settings, read_settings
from handlers.deliveries_view import State, brake_name, messages, read_state, span_of
from storage.database import Store
from storage.deliveries import DeliveryState
from storage.holds import EVERYTHING, batch_scope
from storage.migrate import require_current


def outbox(
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Send again what failed.")] = False,
    cancel: Annotated[
        str | None, typer.Option(help="Cancel what waits under this key or in this batch.")
    ] = None,
    pause: Annotated[
        bool, typer.Option("--pause", help="Pause all sending; with --batch, one batch.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Let it go on.")] = False,
    batch: Annotated[str | None, typer.Option(help="For this batch only, such as broadcast:12.")] = None,
) -> None:
    """Show deliveries: how much waits and how long, what failed and why. Or retry, cancel, pause, resume."""
    if pause and resume:
        typer.echo("Give --pause or --resume, not both.", err=True)
        raise typer.Exit(2)
    said = asyncio.run(
        _outbox(
            read_settings(), retry_failed=retry_failed, cancel=cancel, pause=pause, resume=resume, batch=batch
        )
    )
    typer.echo("\n".join(said))


async def _outbox(
    settings: Settings,
    *,
    retry_failed: bool,
    cancel: str | None,
    pause: bool,
    resume: bool,
    batch: str | None,
) -> list[str]:
    database = open_database(settings)
    said: list[str] = []
    try:
        await require_current(database)
        now = (await clock_of(settings, database)).now()
        async with database.store() as store:
            if pause:
                said.append(await _pause(store, now, batch))
            if resume:
                said.append(await _resume(store, now, batch))
            if cancel is not None:
                count = await store.delivery_desk.cancel(cancel, now)
                store.audit.record(now, "cancel deliveries", cancel[:200], count=count)
                said.append(f"{messages(count)} cancelled.")
            if retry_failed:
                count = await store.delivery_desk.retry_failed(now, batch)
                store.audit.record(now, "retry failed deliveries", batch or "deliveries", count=count)
                said.append(f"{messages(count)} that failed will be sent again.")
            return said or _lines(await read_state(store, now))
    finally:
        await database.close()


async def _pause(store: Store, now: datetime, batch: str | None) -> str:
    await store.holds.put(
        batch_scope(batch) if batch else EVERYTHING, now, reason="paused at the command line"
    )
    store.audit.record(now, "pause deliveries" if batch else "pause sending", batch or "deliveries")
    what = f"The batch {batch}" if batch else "All sending"
    return f"{what} is paused. What is on its way may still arrive; everything else waits for --resume."


async def _resume(store: Store, now: datetime, batch: str | None) -> str:
    if not await store.holds.lift(batch_scope(batch) if batch else EVERYTHING):
        return "It was not paused. Nothing was changed."
    store.audit.record(now, "resume deliveries" if batch else "resume sending", batch or "deliveries")
    return "Sending goes on."


def _lines(state: State) -> list[str]:
    waited = f", the oldest for {span_of(state.age)}" if state.waiting else ""
    lines = ["All sending is paused; --resume lets it go on."] if state.paused else []
    lines.append(f"waiting: {state.waiting}{waited}")
    lines.append(f"for a later time: {state.later}")
    lines += [
        f"{kind.value}: {state.counts.get(kind, 0)}"
        for kind in DeliveryState
        if kind not in (DeliveryState.PENDING, DeliveryState.SENDING)
    ]
    lines.append(f"may have arrived twice: {state.repeats}")
    lines += [f"failed on {each.platform}: {each.count}, {each.reason}" for each in state.failures]
    lines += [f"{each.batch}: {each.count} {each.state.value}" for each in state.batches]
    lines += [
        f"{brake_name(each)} until {each.until:%Y-%m-%d %H:%M:%S} UTC: {each.reason}"
        for each in state.holds
        if each.until is not None
    ]
    return lines
