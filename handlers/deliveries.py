"""Watching and steering deliveries from chat, for the SRM lead and the deputy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers.conversation.acts import Command, NoParams
from handlers.conversation.message import Message, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.deliveries_view import (
    CANCEL_BATCH,
    PAUSE,
    PAUSE_BATCH,
    RESUME,
    RESUME_BATCH,
    RETRY,
    SEE,
    UNREACHABLE,
    Batch,
    messages,
    read_state,
    state_message,
)
from handlers.experts.view import LEADS
from storage.database import Store
from storage.holds import EVERYTHING, batch_scope

Act = Callable[[Turn, Store], Awaitable[Reply]]
_SHOWN = 30


def register(router: Router) -> None:
    """The commands and the buttons."""
    for name, summary, pattern, act in (
        ("deliveries", "See what waits, what failed and why", r"(show )?deliveries|outbox", see),
        ("pause sending", "Stop all sending at once", r"(pause|stop) (all )?(sending|deliveries)", pause),
        ("resume sending", "Let sending go on", r"(resume|start) (all )?(sending|deliveries)", resume),
        (
            "retry deliveries",
            "Send again what failed",
            r"retry (the )?(failed|deliveries|failed deliveries)",
            retry,
        ),
        ("unreachable", "See who can't be reached, and why", r"(who is )?unreachable", unreachable),
    ):
        router.on_command(
            Command(name, name, summary, (pattern,), roles=frozenset(LEADS)), _for_a_command(act)
        )
    for action, act in (
        (SEE, see),
        (PAUSE, pause),
        (RESUME, resume),
        (RETRY, retry),
        (UNREACHABLE, unreachable),
    ):
        router.on_click(action, _for_a_click(act))
    router.on_click(CANCEL_BATCH, cancel_batch)
    router.on_click(PAUSE_BATCH, pause_batch)
    router.on_click(RESUME_BATCH, resume_batch)


async def see(turn: Turn, store: Store) -> Reply:
    """How much waits and since when, what failed and why."""
    return _said(turn, state_message(await read_state(store, turn.received_at)))


async def pause(turn: Turn, store: Store) -> Reply:
    """The kill switch: nothing goes out any more, from any process."""
    if not turn.has(*LEADS):
        return _not_allowed()
    now = turn.received_at
    by = turn.person.name if turn.person else ""
    if await store.holds.put(EVERYTHING, now, reason=f"paused by {by}", by=turn.person_id):
        store.audit.record(now, "pause sending", "deliveries", person_id=turn.person_id)
    return _said(
        turn,
        say(
            "All sending is paused, answers to questions included. What is on its way may still arrive. "
            "Nothing is lost: it waits until you resume.",
            buttons=[RESUME.button("Resume sending", NoParams()), SEE.button("Deliveries", NoParams())],
        ),
    )


async def resume(turn: Turn, store: Store) -> Reply:
    """Let sending go on."""
    if not turn.has(*LEADS):
        return _not_allowed()
    now = turn.received_at
    if not await store.holds.lift(EVERYTHING):
        return _said(turn, say("Sending was not paused. Nothing was changed."))
    store.audit.record(now, "resume sending", "deliveries", person_id=turn.person_id)
    waiting, _ = await store.delivery_desk.waiting(now)
    return _said(turn, say(f"Sending goes on. {messages(waiting)} waiting; replies go first."))


async def retry(turn: Turn, store: Store) -> Reply:
    """Send again what failed, and nothing else."""
    if not turn.has(*LEADS):
        return _not_allowed()
    count = await store.delivery_desk.retry_failed(turn.received_at)
    if not count:
        return _said(turn, say("No message has failed. Nothing was changed."))
    store.audit.record(
        turn.received_at, "retry failed deliveries", "deliveries", person_id=turn.person_id, count=count
    )
    return _said(turn, say(f"{messages(count)} that failed will be sent again."))


async def cancel_batch(turn: Turn, store: Store, params: Batch) -> Reply:
    """Cancel what has not gone out of a group of messages."""
    if not turn.has(*LEADS):
        return _not_allowed()
    count = await store.delivery_desk.cancel(params.batch, turn.received_at)
    store.audit.record(
        turn.received_at, "cancel deliveries", params.batch, person_id=turn.person_id, count=count
    )
    return _said(turn, say(f"{messages(count)} of {params.batch} cancelled. What had gone out stays."))


async def pause_batch(turn: Turn, store: Store, params: Batch) -> Reply:
    """Hold back a group of messages."""
    if not turn.has(*LEADS):
        return _not_allowed()
    now = turn.received_at
    await store.holds.put(batch_scope(params.batch), now, reason="paused", by=turn.person_id)
    store.audit.record(now, "pause deliveries", params.batch, person_id=turn.person_id)
    return _said(turn, state_message(await read_state(store, now)))


async def resume_batch(turn: Turn, store: Store, params: Batch) -> Reply:
    """Let a group of messages go on."""
    if not turn.has(*LEADS):
        return _not_allowed()
    now = turn.received_at
    await store.holds.lift(batch_scope(params.batch))
    store.audit.record(now, "resume deliveries", params.batch, person_id=turn.person_id)
    return _said(turn, state_message(await read_state(store, now)))


async def unreachable(turn: Turn, store: Store) -> Reply:
    """Who can't be written to, where and why."""
    if not turn.has(*LEADS):
        return _not_allowed()
    found = await store.people.unreachable()
    if not found:
        return _said(turn, say("Everybody with an account can be reached."))
    rows = tuple(
        (person.name, account.platform, account.unreachable or "") for person, account in found[:_SHOWN]
    )
    title = f"Can't be reached: {len(found)} account{'' if len(found) == 1 else 's'}"
    blocks = (
        Text(spans([bold(f"{title}. "), "A message from the person makes the account good again."])),
        Table(title, ("Person", "Where", "Why"), rows),
    )
    return _said(turn, Message(f"{title}.", blocks))


def _said(turn: Turn, message: Message) -> Reply:
    """Words about delivery: for the leads alone, and also while sending is paused."""
    return replace(private(message), control=True) if turn.has(*LEADS) else _not_allowed()


def _not_allowed() -> Reply:
    return private(say("Only the SRM lead or the deputy can look after deliveries. Nothing was changed."))


def _for_a_command(act: Act) -> Callable[[Turn, Store, Mapping[str, str]], Awaitable[Reply]]:
    async def command(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        return await act(turn, store)

    return command


def _for_a_click(act: Act) -> Callable[[Turn, Store, NoParams], Awaitable[Reply]]:
    async def click(turn: Turn, store: Store, _params: NoParams) -> Reply:
        return await act(turn, store)

    return click
