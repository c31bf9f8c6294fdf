"""Sending broadcasts: proposing, confirming, undoing; then pausing, cancelling, chasing, correcting, withdrawing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers.broadcasts.card import (
    CONFIRM,
    PROPOSE,
    SEND,
    SEND_BACK,
    TIME_TO_UNDO,
    AsConfirmed,
    confirm_card,
    draft_card,
)
from handlers.broadcasts.forms import CORRECT_FORM, SEND_BACK_FORM, correct_form, send_back_form
from handlers.broadcasts.message import OfBroadcast, message_of
from handlers.broadcasts.rights import own_draft, to_send
from handlers.broadcasts.status import (
    CANCEL,
    CHASE,
    CORRECT,
    LOOK,
    PAUSE,
    RESUME,
    RETRY,
    UNDO,
    WITHDRAW,
    most_chases,
    status_card,
)
from handlers.conversation.form import Form
from handlers.conversation.message import Message, say, to_json
from handlers.conversation.reply import Notice, Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.ladder import who_answers
from storage.broadcasts import Broadcast, BroadcastState, RoundKind
from storage.database import Store
from storage.holds import batch_scope

Act = Callable[[Turn, Store, Broadcast], Awaitable[str | None]]


def register(router: Router) -> None:
    """The buttons and forms of sending. Each has its label to type, after 'broadcast 12'."""
    router.on_click(PROPOSE, propose)
    router.on_click(SEND_BACK, _opens(build_send_back))
    router.on_form(SEND_BACK_FORM, send_back, build_send_back)
    router.on_click(SEND, ask_to_confirm)
    router.on_click(CONFIRM, confirm)
    router.on_click(CORRECT, _opens(build_correct))
    router.on_form(CORRECT_FORM, correct, build_correct)
    for action, act in (
        (UNDO, undo),
        (LOOK, look),
        (PAUSE, pause),
        (RESUME, resume),
        (CANCEL, cancel),
        (RETRY, retry),
        (CHASE, chase),
        (WITHDRAW, withdraw),
    ):
        router.on_click(action, _steers(act))


async def propose(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Ask the SRM lead, or who stands in, to send it."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    lead = await who_answers(turn, store)
    if lead is None or turn.person is None:
        return private(say("Nobody holds the SRM lead or deputy role at the moment. Your draft is kept."))
    found.state = BroadcastState.PROPOSED
    found.changed(turn.received_at)
    store.audit.record(turn.received_at, "propose a broadcast", found.batch, person_id=turn.person_id)
    card = await draft_card(replace(turn, profile=await store.people.profile(lead.id)), store, found)
    told = Message(f"{turn.person.name} proposes a broadcast: {found.title}", card.blocks)
    return replace(
        private(
            say(f"Broadcast {found.id} is proposed to {lead.name}. You will be told what becomes of it.")
        ),
        notices=(Notice(f"{found.batch}:proposed:{found.version}", lead.id, told, "broadcast"),),
    )


async def build_send_back(turn: Turn, store: Store, params: OfBroadcast) -> Form | Reply:
    """The form for what should change."""
    found = await to_send(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    if found.state is not BroadcastState.PROPOSED:
        return private(say(f"Broadcast {found.id} is not waiting for approval. Nothing was changed."))
    return send_back_form(found)


async def send_back(turn: Turn, store: Store, params: OfBroadcast, values: Mapping[str, str]) -> Reply:
    """Make a proposal a draft again, and say why."""
    found = await to_send(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    found.state = BroadcastState.DRAFT
    found.changed(turn.received_at)
    store.audit.record(
        turn.received_at, "send a broadcast's proposal back", found.batch, person_id=turn.person_id
    )
    who = turn.person.name if turn.person else "The SRM lead"
    told = say(
        f"{who} asks for a change to broadcast {found.id}, '{found.title}', before it is sent.",
        values["reason"],
        f"Type 'broadcast {found.id}' to change it and propose it again.",
    )
    notice = Notice(f"{found.batch}:sent back:{found.version}", found.author_id, told, "broadcast")
    return replace(private(say("It is sent back to its author with your words.")), notices=(notice,))


async def ask_to_confirm(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Put the question with the count."""
    found = await to_send(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    problem = await _not_ready(turn, store, found)
    return private(say(problem)) if problem else private(await confirm_card(turn, store, found))


async def _not_ready(turn: Turn, store: Store, found: Broadcast) -> str | None:
    if found.template or not found.state.editable:
        return f"Broadcast {found.id} is {found.state.label.lower()} already. Nothing was changed."
    if found.starts_at is not None and found.starts_at <= turn.received_at:
        return "The time that was chosen for it has passed. Change the time first."
    if found.expires_at is not None and found.expires_at <= turn.received_at:
        return "The last day on which it may be sent has passed. Change the time first."
    count = await store.audiences.count(found.audience)
    if not count.reached and not found.audience.channels:
        return "Nobody of this audience can be reached. Change the audience first."
    return None


async def confirm(turn: Turn, store: Store, params: AsConfirmed) -> Reply:
    """Schedule it, a minute ahead at least, and show its sender how it fares in a message of its own."""
    found = await to_send(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    problem = await _not_ready(turn, store, found)
    if problem:
        return private(say(problem))
    if found.version != params.version:
        return private(
            say("It has been changed since you were asked. Nothing was sent. Look at it once more."),
            await draft_card(turn, store, found),
        )
    assert turn.person is not None, "only somebody with a role can send"
    now = turn.received_at
    found.state, found.sender_id = BroadcastState.SCHEDULED, turn.person.id
    found.starts_at = max(found.starts_at or now, now + TIME_TO_UNDO)
    found.updated_at = now
    count = await store.audiences.count(found.audience)
    store.audit.record(
        now,
        "send a broadcast",
        found.batch,
        person_id=turn.person.id,
        starts=found.starts_at.isoformat(),
        audience=found.audience_row,
        people=count.people,
    )
    status = await status_card(store, found, now, turn.zone)
    notices = [Notice(found.status_key, turn.person.id, status, "broadcast")]
    if found.author_id != turn.person.id:
        told = say(f"{turn.person.name} has approved broadcast {found.id}, '{found.title}'.")
        notices.append(Notice(f"{found.batch}:approved:{found.version}", found.author_id, told, "broadcast"))
    return Reply(notices=tuple(notices))


async def undo(turn: Turn, store: Store, found: Broadcast) -> str | None:
    """Take it back to a draft, unless it has begun."""
    if found.state is not BroadcastState.SCHEDULED:
        return (
            "It has begun to go out, so it can't be undone. You can cancel the rest, correct or withdraw it."
        )
    found.state, found.sender_id = BroadcastState.DRAFT, None
    if found.starts_at is not None and found.starts_at <= turn.received_at + TIME_TO_UNDO:
        found.starts_at = None
    found.changed(turn.received_at)
    _record(turn, store, "undo a broadcast", found)
    return None


async def look(_turn: Turn, _store: Store, _found: Broadcast) -> str | None:
    """Show the figures as they are now."""
    return None


async def pause(turn: Turn, store: Store, found: Broadcast) -> str | None:
    """Hold back what has not gone out."""
    if found.state is not BroadcastState.SENDING:
        return "It is not being sent at the moment. Nothing was changed."
    await store.holds.put(batch_scope(found.batch), turn.received_at, reason="paused", by=turn.person_id)
    _record(turn, store, "pause a broadcast", found)
    return None


async def resume(turn: Turn, store: Store, found: Broadcast) -> str | None:
    """Let it go on."""
    if not await store.holds.lift(batch_scope(found.batch)):
        return "It was not paused on its own. If all sending is paused, type 'resume sending'."
    _record(turn, store, "resume a broadcast", found)
    return None


async def cancel(turn: Turn, store: Store, found: Broadcast) -> str | None:
    """Send no more of it; what people have stays."""
    if found.state is not BroadcastState.SENDING:
        return "It is not being sent at the moment. Nothing was changed."
    await _stop(turn, store, found)
    found.state = BroadcastState.CANCELLED
    _record(turn, store, "cancel a broadcast", found)
    return None


async def _stop(turn: Turn, store: Store, found: Broadcast) -> None:
    """What is on its way at this moment and comes back is cancelled by the tick that follows."""
    await store.broadcasts.end_rounds(found, turn.received_at)
    await store.delivery_desk.cancel(found.batch, turn.received_at)
    await store.holds.lift(batch_scope(found.batch))
    found.finished_at = None


async def retry(turn: Turn, store: Store, found: Broadcast) -> str | None:
    """Send again to those for whom it failed, and to nobody else."""
    if found.state not in (BroadcastState.SENT, BroadcastState.SENDING):
        return f"Broadcast {found.id} is {found.state.label.lower()}. Nothing was changed."
    count = await store.broadcast_figures.retry_failed(found.batch, turn.received_at)
    if not count:
        return "Nothing of it has failed. Nothing was changed."
    found.state, found.finished_at = BroadcastState.SENDING, None
    _record(turn, store, "retry a broadcast", found, count=count)
    return None


async def chase(turn: Turn, store: Store, found: Broadcast) -> str | None:
    """Remind those who have it and have not acknowledged it."""
    if found.state is not BroadcastState.SENT or found.acknowledgement is None:
        return "Only a broadcast that is sent and asks for an acknowledgement can be chased."
    most = await most_chases(store)
    if await store.broadcasts.rounds(found, RoundKind.CHASE) >= most:
        return f"People were reminded {most} times already, which is the most. Nothing was sent."
    if await store.broadcasts.has_open_round(found.id, RoundKind.CHASE):
        return "The last reminder is still going out. Nothing was changed."
    people_left = await store.broadcast_figures.not_acknowledged(found, found.acknowledgement, 0, 1)
    if not people_left:
        return "Everybody who has it has acknowledged it. Nothing was sent."
    begun = await store.broadcasts.begin_round(found, RoundKind.CHASE, turn.received_at)
    _record(turn, store, "chase a broadcast", found, number=begun.number)
    return None


async def build_correct(turn: Turn, store: Store, params: OfBroadcast) -> Form | Reply:
    """The form for the right words."""
    found = await to_send(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    if found.state.editable or found.state in (BroadcastState.SCHEDULED, BroadcastState.WITHDRAWN):
        return private(
            say(f"Broadcast {found.id} is {found.state.label.lower()}: there is nothing to correct.")
        )
    return correct_form(found)


async def correct(turn: Turn, store: Store, params: OfBroadcast, values: Mapping[str, str]) -> Reply:
    """Change what people have in its place, and what they have not got yet."""
    found = await to_send(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    now = turn.received_at
    before = {"title": found.title, "body": found.body}
    found.title, found.body, found.corrected_on = values["title"], values["body"], turn.today
    found.updated_at = now
    names = await store.people.named([found.sender_id])
    corrected = to_json(message_of(found, names.get(found.sender_id or 0, "the SRM lead")))
    await store.broadcast_figures.say_instead(found.batch, corrected)
    await store.broadcasts.begin_round(found, RoundKind.CORRECT, now)
    _record(turn, store, "correct a broadcast", found, before=before)
    return await _shown(turn, store, found)


async def withdraw(turn: Turn, store: Store, found: Broadcast) -> str | None:
    """Put a plain word in its place everywhere, and send no more of it."""
    if found.state not in (BroadcastState.SENDING, BroadcastState.SENT, BroadcastState.CANCELLED):
        return f"Broadcast {found.id} is {found.state.label.lower()}. Nothing was changed."
    await _stop(turn, store, found)
    found.state = BroadcastState.WITHDRAWN
    await store.broadcasts.begin_round(found, RoundKind.WITHDRAW, turn.received_at)
    _record(turn, store, "withdraw a broadcast", found)
    return None


def _record(turn: Turn, store: Store, act: str, found: Broadcast, **detail: object) -> None:
    store.audit.record(turn.received_at, act, found.batch, person_id=turn.person_id, **detail)


async def _shown(turn: Turn, store: Store, found: Broadcast) -> Reply:
    """How it stands now, in the place of the message that was clicked where there is one."""
    if found.state.editable:
        card = await draft_card(turn, store, found)
    else:
        card = await status_card(store, found, turn.received_at, turn.zone)
    if turn.inbound.source is not None and turn.inbound.direct:
        return Reply(replace=card, control=True)
    return replace(private(card), control=True)


def _steers(act: Act) -> Callable[[Turn, Store, OfBroadcast], Awaitable[Reply]]:
    async def click(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
        found = await to_send(turn, store, params.broadcast_id)
        if isinstance(found, Reply):
            return found
        problem = await act(turn, store, found)
        return replace(private(say(problem)), control=True) if problem else await _shown(turn, store, found)

    return click


def _opens(
    build: Callable[[Turn, Store, OfBroadcast], Awaitable[Form | Reply]],
) -> Callable[[Turn, Store, OfBroadcast], Awaitable[Reply]]:
    async def click(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
        form = await build(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form)

    return click
