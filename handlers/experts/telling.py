"""Who is told of a step of a request: the asker, those who answer, and the thread where it was posted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from handlers.conversation.message import Message, bold, say
from handlers.conversation.reply import Notice
from handlers.conversation.turn import Turn
from handlers.experts.view import asked_key, expert_buttons, step_key
from storage.addresses import Address
from storage.database import Store
from storage.experts import ExpertRequest, ExpertStep, Step


async def note(turn: Turn, store: Store, request: ExpertRequest, step: Step, text: str = "") -> ExpertStep:
    """Keep a step that this person has taken."""
    made = ExpertStep(
        request_id=request.id, at=turn.received_at, step=step, person_id=turn.person_id, text=text
    )
    return await store.experts.note(made)


def to_asker(request: ExpertRequest, message: Message, step: ExpertStep) -> tuple[Notice, ...]:
    """A step, to the person who asked."""
    return (Notice(f"{step_key(step)}:asker", request.asker_id, message, "expert answer"),)


def to_those_who_answer(
    turn: Turn, request: ExpertRequest, message: Message, step: ExpertStep
) -> tuple[Notice, ...]:
    """A word of the asker's, to the holder, or to everybody it went to."""
    people: Iterable[int] = [request.holder_id] if request.holder_id else request.sent_to
    return tuple(
        Notice(f"{step_key(step)}:{each}", each, message, "expert request")
        for each in people
        if each != turn.person_id
    )


async def thread_of(store: Store, request: ExpertRequest) -> Address | None:
    """The thread under the request in the Community's channel, once it is posted there."""
    posted = await store.deliveries.by_key(asked_key(request)) if request.channel else None
    if posted is None or posted.platform_id is None:
        return None
    return replace(posted.address, thread=posted.platform_id)


async def to_thread(
    turn: Turn, store: Store, request: ExpertRequest, step: ExpertStep, *words: str, seen: bool = True
) -> tuple[Notice, ...]:
    """A step, to the thread under the request. `seen`: where it was taken there, it can be read there already."""
    thread = await thread_of(store, request)
    if thread is None or (seen and turn.inbound.address == thread):
        return ()
    message = say([bold(words[0])], *words[1:], buttons=expert_buttons(request), label="Next")
    return (Notice(f"{step_key(step)}:thread", None, message, "expert request", address=thread),)
