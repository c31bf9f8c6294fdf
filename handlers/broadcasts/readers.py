"""What a reader can do with a broadcast: press its buttons, and write back to whoever sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from handlers.ask import SHOW, ShowArticle
from handlers.broadcasts.message import PRESS, REPLY_TO, OfBroadcast, Press, message_of
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import bold, link, say
from handlers.conversation.reply import Notice, Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Clicked, Turn
from handlers.experts.view import unknown_person
from storage.broadcast_readers import BroadcastReply
from storage.broadcasts import Broadcast, BroadcastState, ButtonKind, ReaderButton
from storage.database import Store


@dataclass(frozen=True, slots=True)
class OfReply:
    """Which reply to answer."""

    reply_id: int


REPLY_FORM = FormAction("broadcasts.reply", OfBroadcast)
ANSWER = ClickAction("broadcasts.answer", OfReply)
ANSWER_FORM = FormAction("broadcasts.answer", OfReply)
# What stands after the number in the keys of the copies that readers have.
_COPIES = ("person", "channel", "chase")
# As much as a platform takes in one message of a person.
_LONGEST = 4000
_NEVER_SENT = (BroadcastState.DRAFT, BroadcastState.PROPOSED, BroadcastState.SCHEDULED)


class Readers:
    """The readers' side. What a button starts is found in the router, as if it were typed."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def press(self, turn: Turn, store: Store, params: Press) -> Reply:
        """Note the press and do what the button is for."""
        found = await store.broadcasts.get(params.broadcast_id)
        if found is None or not 0 <= params.place < len(found.buttons):
            return private(say("This button is out of date. Nothing was changed."))
        if found.state is BroadcastState.WITHDRAWN:
            return private(say("This broadcast was withdrawn. You need do nothing about it."))
        button = found.buttons[params.place]
        if turn.person is None:
            return private(unknown_person())
        if found.state not in _NEVER_SENT:
            await store.broadcast_readers.clicked(found.id, params.place, turn.person.id, turn.received_at)
        return await self._do(turn, store, found, button)

    async def _do(self, turn: Turn, store: Store, found: Broadcast, button: ReaderButton) -> Reply:
        match button.kind:
            case ButtonKind.LINK:
                return private(say(["Here it is: ", link(button.label, button.target)]))
            case ButtonKind.ARTICLE:
                show = SHOW.button(button.label, ShowArticle(button.target))
                inbound = replace(turn.inbound, input=Clicked(show.action, show.params))
                return await self._router.route(replace(turn, inbound=inbound), store)
            case ButtonKind.COMMAND:
                return await self._router.typed(turn, store, button.target)
            case ButtonKind.ACKNOWLEDGE:
                return await _acknowledged(turn, store, found)

    async def heard(self, turn: Turn, store: Store, key: str) -> Reply | None:
        """Words in the thread of a copy go to its sender, unless they ask what the knowledge base answers."""
        _, number, kind, *rest = key.split(":")
        found = await store.broadcasts.get(int(number))
        if found is None or turn.person is None or not turn.text.strip():
            return None
        if len(turn.text) > _LONGEST:
            return private(say(f"Use {_LONGEST:,} characters or fewer. Nothing was sent."))
        if kind == "reply":
            written = await store.broadcast_readers.reply(int(rest[0]))
            mine = written is not None and written.to_id == turn.person.id
            return await _answered(turn, store, written, turn.text) if written and mine else None
        sender = found.sender_id or found.author_id
        if kind not in _COPIES or sender == turn.person.id:
            return None
        if not self._router.sure(turn.text):
            return await _written(turn, store, found, sender, turn.text, None)
        answer = await self._router.as_question(turn, store)
        names = await store.people.named([sender])
        first = say(
            f"This is from the knowledge base. To write to {names.get(sender, 'the sender')}, press the button.",
            buttons=[REPLY_TO.button("Reply to the sender", OfBroadcast(found.id))],
        )
        return replace(answer, messages=(first, *answer.messages))


async def _acknowledged(turn: Turn, store: Store, found: Broadcast) -> Reply:
    if turn.inbound.source is None or not turn.inbound.direct:
        return private(say(f"Thank you. It is noted that you have read '{found.title}'."))
    names = await store.people.named([found.sender_id or found.author_id])
    sender = next(iter(names.values()), "the SRM lead")
    return Reply(replace=message_of(found, sender, acknowledged=True))


def register(router: Router) -> None:
    """Pressing, replying, answering."""
    readers = Readers(router)
    router.on_click(PRESS, readers.press)
    router.on_click(REPLY_TO, open_reply)
    router.on_form(REPLY_FORM, reply, build_reply)
    router.on_click(ANSWER, open_answer)
    router.on_form(ANSWER_FORM, answer, build_answer)
    router.on_thread("broadcast", readers.heard)


async def open_reply(turn: Turn, store: Store, params: OfBroadcast) -> Reply:
    """Open the form for a few words to the sender."""
    form = await build_reply(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build_reply(turn: Turn, store: Store, params: OfBroadcast) -> Form | Reply:
    """A few words to the sender."""
    found = await store.broadcasts.get(params.broadcast_id)
    if turn.person is None:
        return private(unknown_person())
    if found is None or (found.state in _NEVER_SENT and turn.person_id != found.author_id):
        return private(say("That broadcast is no longer on record. Nothing was sent."))
    names = await store.people.named([found.sender_id or found.author_id])
    to = next(iter(names.values()), "the SRM lead")
    return Form(
        REPLY_FORM.name,
        f"Reply to {to}",
        (Field("text", "Your reply", Kind.LONG_TEXT, help=f"About '{found.title}'. Only {to} gets it."),),
        params=REPLY_FORM.carried(params),
    )


async def reply(turn: Turn, store: Store, params: OfBroadcast, values: Mapping[str, str]) -> Reply:
    """Bring it to the sender, with a button to answer it."""
    found = await store.broadcasts.get(params.broadcast_id)
    assert found is not None, "the form was built for it"
    return await _written(turn, store, found, found.sender_id or found.author_id, values["text"], None)


async def open_answer(turn: Turn, store: Store, params: OfReply) -> Reply:
    """Open the form for an answer."""
    form = await build_answer(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build_answer(turn: Turn, store: Store, params: OfReply) -> Form | Reply:
    """An answer to what somebody wrote to this person."""
    written = await store.broadcast_readers.reply(params.reply_id)
    if written is None or written.to_id != turn.person_id:
        return private(say("Only the person it was written to can answer it. Nothing was sent."))
    names = await store.people.named([written.person_id])
    to = names.get(written.person_id, "a colleague")
    return Form(
        ANSWER_FORM.name,
        f"Answer {to}",
        (Field("text", "Your answer", Kind.LONG_TEXT, help=f"{to} wrote: {written.text[:300]}"),),
        params=ANSWER_FORM.carried(params),
    )


async def answer(turn: Turn, store: Store, params: OfReply, values: Mapping[str, str]) -> Reply:
    """Bring the answer back, where it can be answered again."""
    written = await store.broadcast_readers.reply(params.reply_id)
    assert written is not None, "the form was built for it"
    return await _answered(turn, store, written, values["text"])


async def _answered(turn: Turn, store: Store, written: BroadcastReply, text: str) -> Reply:
    found = await store.broadcasts.get(written.broadcast_id)
    assert found is not None, "a reply belongs to a broadcast"
    return await _written(turn, store, found, written.person_id, text, written.id)


async def _written(  # noqa: PLR0917  # who, about what, to whom, what and in answer to what
    turn: Turn, store: Store, found: Broadcast, to_id: int, text: str, answers: int | None
) -> Reply:
    assert turn.person is not None, "only somebody in the directory can write"
    kept = await store.broadcast_readers.add_reply(
        BroadcastReply(
            broadcast_id=found.id,
            person_id=turn.person.id,
            to_id=to_id,
            text=text,
            at=turn.received_at,
            answers=answers,
        )
    )
    head = (
        f"{turn.person.name} {'replies about' if answers is None else 'answers you about'} '{found.title}'."
    )
    told = say([bold(head)], text, buttons=[ANSWER.button(f"Answer {turn.person.name}", OfReply(kept.id))])
    names = await store.people.named([to_id])
    return replace(
        private(say(f"Sent to {names.get(to_id, 'the SRM lead')}.")),
        notices=(Notice(f"{found.batch}:reply:{kept.id}", to_id, told, "broadcast reply"),),
    )
