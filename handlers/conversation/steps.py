"""A form asked question by question: each answer is kept at once, and anything else may be done in between."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.conversation import steps_left
from handlers.conversation import steps_view as view
from handlers.conversation.acts import HERE, AnswerHere, Command, CommandHandler
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Message, say
from handlers.conversation.naming import names_in
from handlers.conversation.reading import Reading, read_answer
from handlers.conversation.reply import Reply
from handlers.conversation.router import Router
from handlers.conversation.steps_view import STEP, Does, Step, form_of, path, written
from handlers.conversation.turn import Turn
from storage.database import Store
from storage.drafts import IN_PROGRESS, KEPT, Draft, DraftState

# In a dialog's params: the draft that it was opened from.
_DRAFT = "_draft"
_NOT_THEIRS = say("This form is over, or is not yours to answer. Nothing was changed.")
_TEXT = frozenset({Kind.SHORT_TEXT, Kind.LONG_TEXT})
_ASKS = re.compile(
    r".+\?$|(how|what|who|when|where|why|which|can|could|should|shall|must|may|do|does|is|are|tell|show)\b.+ ",
    re.IGNORECASE | re.DOTALL,
)
# Too little to send a form on, and no question either.
_AGREES = frozenset({"yes", "y", "ok", "okay", "correct", "right", "done", "fine"})
_TO_ASK = "To ask me something else, end it with a question mark."
_NUMBER = r"(?P<form>\d{1,9})"
# What is typed of a form by the number that its reminder gives.
_BY_NUMBER = (
    (
        "go on with form 3",
        "Go on with a form that you have begun",
        rf"(?:go on with|resume) form {_NUMBER}",
        Does.RESUME,
    ),
    (
        "throw away form 3",
        "Discard a form that you have begun",
        rf"(?:throw away|discard) form {_NUMBER}",
        Does.CANCEL,
    ),
    (
        "begin form 3 again",
        "Begin a form anew, also one that has expired",
        rf"begin form {_NUMBER} again",
        Does.AFRESH,
    ),
)
_TYPED = {
    "back": Does.BACK,
    "skip": Does.SKIP,
    "keep": Does.KEEP,
    "cancel": Does.CANCEL,
    "save": Does.SAVE,
    "save for later": Does.SAVE,
    "open as a form": Does.OPEN,
}


def register(router: Router) -> None:
    """Asking question by question, and the list of what is in progress."""
    steps = Steps(router)
    router.ask_in_steps(steps)
    router.on_click(STEP, steps.clicked)
    router.on_click(HERE, steps.instead)
    router.on_command(
        Command(
            "resume",
            "my forms",
            "See the forms that you have begun, and go on with one",
            (r"resume|carry on|(show )?my forms",),
        ),
        lambda turn, store, _args: steps.resume(turn, store),
    )
    for example, summary, pattern, does in _BY_NUMBER:
        router.on_command(Command(example, example, summary, (pattern,)), steps.by_number(does))


class Steps:
    """Takes a person through a form, on whatever platform they answer."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def begin(self, turn: Turn, store: Store, found: Reply) -> Reply:
        """Begin the form of a reply, or offer to carry on where the same one is in progress."""
        form = found.form
        assert form is not None, "there is a form to begin"
        if turn.person is None:
            return found
        await store.drafts.begin_alone(turn.person.id)
        earlier = await store.drafts.like(turn.person.id, form.name, form.params, turn.received_at)
        if earlier is not None:
            return _with(found, turn, steps_left.begun_before(earlier))
        return _with(found, turn, *await self._begin(turn, store, form))

    async def instead(self, turn: Turn, store: Store, params: AnswerHere) -> Reply:
        """Ask a form that is a dialog elsewhere question by question here."""
        form = await self._router.build_form(turn, store, params.form, params.params)
        return form if isinstance(form, Reply) else await self.begin(turn, store, Reply(form=form))

    async def here(self, turn: Turn, store: Store) -> Draft | None:
        """The form that this conversation is in the middle of."""
        if turn.person_id is None:
            return None
        return await store.drafts.answered_here(turn.person_id, turn.inbound.address.key, turn.received_at)

    async def take(
        self, turn: Turn, store: Store, draft: Draft, words: str, *, command: bool
    ) -> Reply | None:
        """The reply where the text belongs to the form."""
        form = form_of(draft)
        does = _TYPED.get(words)
        if not draft.asking and (words in ("send", "submit") or words == form.submit.casefold()):
            does = Does.SEND
        if does is Does.KEEP and not (draft.asking and _asked(form, draft).initial):
            does = None
        if does is not None:
            return await self._do(turn, store, draft, Step(draft.id, draft.asking, does))
        if not draft.asking:
            return await self._said_of_summary(turn, store, draft, words)
        return None if command else await self._typed(turn, store, draft)

    async def go_on(self, turn: Turn, store: Store, found: Reply) -> Reply:
        """A reply to something else, followed by the question that waits here."""
        draft = await self.here(turn, store)
        if draft is None or found.form is not None or found.errors:
            return found
        return _with(found, turn, await self._shown(store, draft))

    async def begun(self, turn: Turn, store: Store, params: Mapping[str, Any]) -> Form | Reply | None:
        """The form that a dialog was opened from, with its draft held; or why that can't be sent any more."""
        if _DRAFT not in params:
            return None
        draft = await store.drafts.locked(int(params[_DRAFT]))
        if draft is None or draft.person_id != turn.person_id:
            return _with(Reply(), turn, _NOT_THEIRS)
        if draft.state not in IN_PROGRESS or draft.expires_at <= turn.received_at:
            return _with(Reply(), turn, steps_left.over(draft))
        return form_of(draft)

    async def sent(self, turn: Turn, store: Store, params: Mapping[str, Any]) -> None:
        """The dialog was sent: what was begun of it in the conversation is done with."""
        await store.drafts.claim(int(params[_DRAFT]), turn.received_at)

    async def resume(self, turn: Turn, store: Store) -> Reply:
        """What is in progress, each with a way to go on and a way to discard it."""
        mine = await store.drafts.in_progress(turn.person_id or 0, turn.received_at)
        return _with(Reply(), turn, steps_left.in_progress(mine))

    def by_number(self, does: Does) -> CommandHandler:
        """What is typed of a form by its number does what its button does."""

        async def handle(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
            return await self.clicked(turn, store, Step(int(args["form"]), "", does))

        return handle

    async def clicked(self, turn: Turn, store: Store, step: Step) -> Reply:
        """A button of a question, also of one that was asked long ago."""
        draft = await store.drafts.locked(step.draft)
        if draft is None or draft.person_id != turn.person_id:
            return _with(Reply(), turn, _NOT_THEIRS)
        if draft.state in IN_PROGRESS and draft.expires_at <= turn.received_at:
            draft.state = DraftState.EXPIRED
        if step.does is Does.AFRESH and draft.state is DraftState.EXPIRED:
            return await self._afresh(turn, store, draft)
        if step.does is Does.UNDO and draft.state is DraftState.CANCELLED:
            draft.state = DraftState.SAVED
        if draft.state not in IN_PROGRESS:
            return _with(Reply(), turn, steps_left.over(draft))
        if step.does in view.OF_A_QUESTION and step.question != draft.asking:
            aside = await self._open(turn, store, draft)
            return await self._shown_after(turn, store, draft, *aside, say(view.MOVED_ON))
        return await self._do(turn, store, draft, step)

    async def _do(self, turn: Turn, store: Store, draft: Draft, step: Step) -> Reply:
        if step.does in (Does.CANCEL, Does.SAVE):
            draft.state = DraftState.CANCELLED if step.does is Does.CANCEL else DraftState.SAVED
            return _with(Reply(), turn, steps_left.left(draft))
        if step.does is Does.AFRESH:
            return await self._afresh(turn, store, draft)
        aside = await self._open(turn, store, draft)
        found = await self._done(turn, store, draft, step)
        return replace(found, messages=(*aside, *found.messages))

    async def _done(self, turn: Turn, store: Store, draft: Draft, step: Step) -> Reply:
        """What comes of something that is done to the form that is answered here."""
        form = form_of(draft)
        match step.does:
            case Does.SEND:
                return await self._send(turn, store, draft)
            case Does.OPEN:
                return Reply(form=_dialog(form, draft))
            case Does.BACK:
                draft.asking = _before(form, draft)
            case Does.CHANGE if step.value in [each.name for each in path(form, draft.answers)]:
                draft.asking = step.value
            case Does.CHANGE:
                return await self._shown_after(turn, store, draft, say(view.MOVED_ON))
            case Does.SKIP if _asked(form, draft).required:
                return await self._shown_after(turn, store, draft, say("This question needs an answer."))
            case Does.SKIP:
                _answer(draft, form, _asked(form, draft), "", turn)
            case Does.ANSWER | Does.KEEP:
                value = step.value if step.does is Does.ANSWER else _asked(form, draft).initial
                return await self._answered(turn, store, draft, value)
            case _:
                pass
        return await self._shown_after(turn, store, draft)

    async def _typed(self, turn: Turn, store: Store, draft: Draft) -> Reply | None:
        """What comes of a text: an answer, or None where it is a question of its own."""
        question, text = _asked(form_of(draft), draft), turn.text.strip()
        asks = _ASKS.match(text) is not None
        if question.kind in _TEXT:
            return (
                None if asks and self._router.sure(text) else await self._answered(turn, store, draft, text)
            )
        try:
            await self._read(turn, store, question, text)
        except NotUnderstood as problem:
            if asks or self._router.sure(text):
                return None
            return await self._shown_after(turn, store, draft, say(f"{str(problem).rstrip('.')}. {_TO_ASK}"))
        return await self._answered(turn, store, draft, text)

    async def _answered(self, turn: Turn, store: Store, draft: Draft, text: str) -> Reply:
        """Keep an answer and ask what comes next, or say what is wrong with it."""
        form = form_of(draft)
        question = _asked(form, draft)
        try:
            value = await self._read(turn, store, question, text)
        except NotUnderstood as problem:
            return await self._shown_after(turn, store, draft, say(str(problem)))
        _answer(draft, form, question, value, turn)
        return await self._shown_after(turn, store, draft)

    async def _read(self, turn: Turn, store: Store, question: Field, text: str) -> str:
        return await read_answer(question, text, Reading(turn, store, self._router.articles()))

    async def _said_of_summary(self, turn: Turn, store: Store, draft: Draft, words: str) -> Reply | None:
        if words in _AGREES:
            how = f"To send it, type '{form_of(draft).submit.lower()}'. To change an answer, type its number."
            return _with(Reply(), turn, say(how))
        number = words.removeprefix("change ")
        asked = path(form_of(draft), draft.answers)
        if not number.isdecimal() or not 1 <= int(number) <= len(asked):
            return None
        change = Step(draft.id, "", Does.CHANGE, asked[int(number) - 1].name)
        return await self._do(turn, store, draft, change)

    async def _send(self, turn: Turn, store: Store, draft: Draft) -> Reply:
        if draft.asking:
            return await self._shown_after(turn, store, draft, say("Not every question is answered yet."))
        await store.session.flush()
        if not await store.drafts.claim(draft.id, turn.received_at):
            return _with(Reply(), turn, steps_left.over(draft))
        found = await self._router.send_form(turn, store, form_of(draft), draft.answers)
        if found.refused:
            draft.state = DraftState.SAVED
            return _with(found, turn, steps_left.not_taken(draft))
        if not found.errors:
            return found
        name, problem = next(iter(found.errors.items()))
        draft.state = DraftState.OPEN
        draft.asking = name if name in draft.answers else ""
        return await self._shown_after(turn, store, draft, say(problem))

    async def _afresh(self, turn: Turn, store: Store, draft: Draft) -> Reply:
        form = await self._router.build_form(turn, store, draft.form, draft.params)
        if isinstance(form, Reply):
            return form
        if draft.state in IN_PROGRESS:
            draft.state = DraftState.CANCELLED
            await store.session.flush()
        earlier = await store.drafts.like(draft.person_id, form.name, form.params, turn.received_at)
        if earlier is not None:
            return _with(Reply(), turn, steps_left.begun_before(earlier))
        return _with(Reply(), turn, *await self._begin(turn, store, form))

    async def _begin(self, turn: Turn, store: Store, form: Form) -> list[Message]:
        assert turn.person is not None, "only somebody in the directory answers a form"
        first = form.asked({})[0].name
        draft = await store.drafts.add(
            Draft(
                person_id=turn.person.id,
                form=form.name,
                title=form.title[:200],
                version=form.version,
                definition=written(form),
                params=dict(form.params),
                place=turn.inbound.address.key,
                begun_at=turn.received_at,
                updated_at=turn.received_at,
                expires_at=turn.received_at + KEPT,
                asking=first,
            )
        )
        aside = await self._open(turn, store, draft)
        return [*aside, await self._shown(store, draft, first=True)]

    async def _open(self, turn: Turn, store: Store, draft: Draft) -> list[Message]:
        """Answer this draft here, and put aside any other; what to say about that."""
        draft.state, draft.place = DraftState.OPEN, turn.inbound.address.key
        titles = await store.drafts.put_aside(draft.person_id, draft.id)
        return [say(f"'{each}' is put aside. Type 'resume' to go on with it later.") for each in titles]

    async def _shown_after(self, turn: Turn, store: Store, draft: Draft, *before: Message) -> Reply:
        return _with(Reply(), turn, *before, await self._shown(store, draft))

    async def _shown(self, store: Store, draft: Draft, *, first: bool = False) -> Message:
        """The question that is asked, or the summary where none is left."""
        form = form_of(draft)
        names = await names_in(form, draft.answers, store, self._router.articles())
        if not draft.asking:
            return view.summary(draft, form, names)
        return view.question(draft, form, names, first=first)


def _asked(form: Form, draft: Draft) -> Field:
    return next(each for each in form.fields if each.name == draft.asking)


def _dialog(form: Form, draft: Draft) -> Form:
    """The whole form with what is answered already, to be filled in at once."""
    filled = tuple(replace(each, initial=draft.answers.get(each.name, each.initial)) for each in form.fields)
    return replace(form, steps=False, fields=filled, params={**form.params, _DRAFT: draft.id})


def _before(form: Form, draft: Draft) -> str:
    """The question before the one asked; the last one from the summary, and the first stays the first."""
    names = [each.name for each in path(form, draft.answers, aside=draft.asking)]
    if not draft.asking:
        return names[-1]
    return names[max(0, names.index(draft.asking) - 1)]


def _answer(draft: Draft, form: Form, question: Field, value: str, turn: Turn) -> None:
    """Keep an answer and move on to what is not answered yet.

    Answers to questions that it rules out stay with the draft, in case it is changed back. They are not sent.
    """
    answers = {**draft.answers, question.name: value}
    asked = path(form, answers)
    draft.answers = answers
    draft.asking = next((each.name for each in asked if not each.aside and each.name not in answers), "")
    draft.updated_at = turn.received_at


def _with(found: Reply, turn: Turn, *messages: Message) -> Reply:
    """A reply with more messages; for the person alone where others read along."""
    return replace(
        found,
        form=None,
        messages=(*found.messages, *messages),
        private=found.private or not turn.inbound.direct,
    )
