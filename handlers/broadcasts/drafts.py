"""Writing broadcasts: drafts, their buttons, audience and time, templates, and the list of them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers.broadcasts.card import (
    ADD_BUTTON,
    AUDIENCE,
    DROP_BUTTON,
    DUPLICATE,
    NOT_REACHED,
    OPEN,
    REMOVE,
    TEMPLATE,
    TEST,
    TEXT,
    TIME,
    draft_card,
    people,
)
from handlers.broadcasts.forms import (
    AUDIENCE_FORM,
    BUTTON_FORM,
    TEXT_FORM,
    TIME_FORM,
    Draft,
    audience_form,
    audience_of,
    button_errors,
    button_form,
    button_of,
    text_errors,
    text_form,
    time_form,
    times_of,
)
from handlers.broadcasts.listing import LIST, NEW, list_message
from handlers.broadcasts.message import OfBroadcast, message_of
from handlers.broadcasts.rights import DRAFTERS, may_draft, not_a_drafter, own_draft, to_see
from handlers.broadcasts.status import status_card
from handlers.conversation.acts import Command
from handlers.conversation.form import Form
from handlers.conversation.message import Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.broadcasts import MOST_BUTTONS, Broadcast, BroadcastState, Repeat
from storage.database import Store

_SHOWN = 30


def register(router: Router) -> None:
    """Commands, forms and buttons of writing."""
    roles = frozenset(DRAFTERS)
    router.on_command(
        Command(
            "broadcast",
            "new broadcast",
            "Write to the Community of Practice or a part of it",
            (r"(new|write( a)?|start( a)?|begin( a)?) broadcast|broadcast",),
            skill="broadcast",
            roles=roles,
        ),
        begin,
    )
    router.on_command(
        Command(
            "broadcasts",
            "broadcasts",
            "See drafts and what was sent",
            (r"(my |show )?broadcasts",),
            roles=roles,
        ),
        see_all,
    )
    router.on_command(
        Command(
            "broadcast number",
            "broadcast 12",
            "Open one broadcast by its number",
            (r"(show |open )?broadcast (?P<number>\d{1,9})",),
            roles=roles,
        ),
        see_number,
    )
    router.on_click(NEW, lambda turn, store, _: begin(turn, store, {}))
    router.on_click(LIST, lambda turn, store, _: see_all(turn, store, {}))
    router.on_click(OPEN, open_one)
    router.on_form(TEXT_FORM, keep_text, build_text)
    router.on_click(TEXT, lambda turn, store, of: _opened(build_text, turn, store, Draft(of.broadcast_id)))
    router.on_form(BUTTON_FORM, add_button, build_button)
    router.on_click(ADD_BUTTON, lambda turn, store, of: _opened(build_button, turn, store, of))
    router.on_form(AUDIENCE_FORM, keep_audience, build_audience)
    router.on_click(AUDIENCE, lambda turn, store, of: _opened(build_audience, turn, store, of))
    router.on_form(TIME_FORM, keep_time, build_time)
    router.on_click(TIME, lambda turn, store, of: _opened(build_time, turn, store, of))
    router.on_click(DROP_BUTTON, drop_button)
    router.on_click(TEST, test)
    router.on_click(NOT_REACHED, not_reached)
    router.on_click(DUPLICATE, duplicate)
    router.on_click(TEMPLATE, keep_as_template)
    router.on_click(REMOVE, remove)


async def begin(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form for a new one."""
    return await _opened(build_text, turn, store, Draft())


async def see_all(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Drafts, proposals, what is scheduled and what was sent."""
    return private(await list_message(turn, store)) if may_draft(turn) else not_a_drafter()


async def see_number(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Open one by its number."""
    return await open_one(turn, store, OfBroadcast(int(args["number"])))


async def open_one(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """A draft to go on with, or how far one has come."""
    found = await to_see(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    if found.state.editable:
        return private(await draft_card(turn, store, found))
    return replace(private(await status_card(store, found, turn.received_at, turn.zone)), control=True)


async def _opened(
    build: Callable[..., Awaitable[Form | Reply]], turn: Turn, store: Store, params: object
) -> Reply:
    form = await build(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build_text(turn: Turn, store: Store, params: Draft) -> Form | Reply:
    """The form for the text of a new or an existing draft."""
    if params.broadcast_id is None:
        return text_form(params, None) if may_draft(turn) else not_a_drafter()
    found = await own_draft(turn, store, params.broadcast_id)
    return found if isinstance(found, Reply) else text_form(params, found)


async def keep_text(turn: Turn, store: Store, params: Draft, values: Mapping[str, str]) -> Reply:
    """Keep the text; the first time, that begins a draft."""
    errors = text_errors(values)
    if errors:
        return Reply(errors=errors)
    assert turn.person is not None, "only somebody with a role can write one"
    now = turn.received_at
    if params.broadcast_id is None:
        draft = await store.broadcasts.add(
            Broadcast(
                title=values["title"],
                body=values["body"],
                author_id=turn.person.id,
                created_at=now,
                updated_at=now,
            )
        )
    else:
        found = await own_draft(turn, store, params.broadcast_id)
        if isinstance(found, Reply):
            return found
        draft = found
    draft.title, draft.body = values["title"], values["body"]
    draft.image, draft.alt = values["image"], values["alt"]
    return await _saved(turn, store, draft, "text")


async def build_button(turn: Turn, store: Store, params: OfBroadcast) -> Form | Reply:
    """The form for one more button."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    if len(found.buttons) >= MOST_BUTTONS:
        return private(say(f"A broadcast has at most {MOST_BUTTONS} buttons. Remove one first."))
    return button_form(found)


async def add_button(turn: Turn, store: Store, params: OfBroadcast, values: Mapping[str, str]) -> Reply:
    """Put a button under it."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    button = button_of(values)
    errors = button_errors(found, button)
    if errors:
        return Reply(errors=errors)
    found.buttons = (*found.buttons, button)
    return await _saved(turn, store, found, "buttons")


async def drop_button(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Take the last button away."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    found.buttons = found.buttons[:-1]
    return await _saved(turn, store, found, "buttons")


async def build_audience(turn: Turn, store: Store, params: OfBroadcast) -> Form | Reply:
    """The form for the audience."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    return audience_form(found, await store.people.units(), await store.channels.all())


async def keep_audience(turn: Turn, store: Store, params: OfBroadcast, values: Mapping[str, str]) -> Reply:
    """Keep for whom it is."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    found.audience = audience_of(values)
    return await _saved(turn, store, found, "audience")


async def build_time(turn: Turn, store: Store, params: OfBroadcast) -> Form | Reply:
    """The form for the time."""
    found = await own_draft(turn, store, params.broadcast_id)
    return found if isinstance(found, Reply) else time_form(found, turn.zone)


async def keep_time(turn: Turn, store: Store, params: OfBroadcast, values: Mapping[str, str]) -> Reply:
    """Keep when it goes out."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    times = times_of(values, turn.received_at, turn.zone)
    if times.errors:
        return Reply(errors=times.errors)
    found.starts_at, found.expires_at = times.starts_at, times.expires_at
    found.repeat, found.urgent = Repeat(values["repeat"]), values["urgent"] == "yes"
    found.repeat_day = times.starts_at.astimezone(turn.zone).day if times.starts_at else None
    found.zone = None if turn.zone == turn.council_zone else str(turn.zone)
    return await _saved(turn, store, found, "time")


async def _saved(turn: Turn, store: Store, draft: Broadcast, what: str) -> Reply:
    """Note the change. A proposal that changes is a draft again: it was proposed as it was."""
    now = turn.received_at
    if draft.state is BroadcastState.PROPOSED and draft.author_id == turn.person_id:
        draft.state = BroadcastState.DRAFT
    draft.changed(now)
    store.audit.record(now, "change a broadcast's draft", draft.batch, person_id=turn.person_id, what=what)
    return private(await draft_card(turn, store, draft))


async def test(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Show it here as its readers will see it on this platform."""
    found = await to_see(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    store.audit.record(turn.received_at, "test a broadcast", found.batch, person_id=turn.person_id)
    shown = message_of(found, turn.person.name if turn.person else "")
    note = Note(spans("This is a test that only you get. Presses of its buttons are not counted."))
    return private(Message(f"Test: {shown.summary}", (note, *shown.blocks)))


async def not_reached(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Who will not get it, and why."""
    found = await to_see(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    members = await store.audiences.not_reached(found.audience, _SHOWN)
    count = await store.audiences.count(found.audience)
    missing = count.people - count.reached
    title = f"{people(missing)} can't be reached"
    rows = tuple((each.person.name, each.person.email, each.why_not) for each in members)
    more = [Note(spans(f"The first {_SHOWN} by name."))] if missing > _SHOWN else []
    head = Text(spans([bold(f"{title}. "), "A message from them to me makes it good again."]))
    return private(Message(f"{title}.", (head, Table(title, ("Name", "Email", "Why"), rows), *more)))


async def duplicate(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """A new draft with the same words, buttons and audience."""
    found = await to_see(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    return private(await draft_card(turn, store, await _copy(turn, store, found)))


async def keep_as_template(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Keep a copy to begin from; the draft stays."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    kept = await _copy(turn, store, found)
    kept.template = True
    return private(say(f"'{kept.title}' is kept as a template. Type 'broadcasts' to begin from it."))


async def _copy(turn: Turn, store: Store, origin: Broadcast) -> Broadcast:
    assert turn.person is not None, "only somebody with a role can write one"
    now = turn.received_at
    made = await store.broadcasts.add(
        Broadcast(
            title=origin.title,
            body=origin.body,
            author_id=turn.person.id,
            created_at=now,
            updated_at=now,
            image=origin.image,
            alt=origin.alt,
            button_rows=list(origin.button_rows),
            audience_row=dict(origin.audience_row),
            urgent=origin.urgent,
        )
    )
    store.audit.record(
        now, "duplicate a broadcast", made.batch, person_id=turn.person_id, origin=origin.batch
    )
    return made


async def remove(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Delete a draft or a template."""
    found = await own_draft(turn, store, params.broadcast_id)
    if isinstance(found, Reply):
        return found
    store.audit.record(turn.received_at, "delete a broadcast's draft", found.batch, person_id=turn.person_id)
    await store.broadcasts.remove(found)
    return private(say(f"Broadcast {found.id}, '{found.title}', is deleted. Nobody was sent it."))
