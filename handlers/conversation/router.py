"""Which handler a turn goes to: one visible table, in one fixed order."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol

from pydantic import TypeAdapter, ValidationError

from handlers.conversation.acts import (
    AGAIN,
    ClickAction,
    ClickHandler,
    Command,
    CommandHandler,
    FormAction,
    FormBuilder,
    FormHandler,
    P,
    SayAgain,
    ThreadHandler,
    Topic,
    TurnHandler,
    adapter,
)
from handlers.conversation.form import Form
from handlers.conversation.message import say
from handlers.conversation.reading import Reading, read_form
from handlers.conversation.reply import Reply, reply
from handlers.conversation.turn import Clicked, Closed, HomeOpened, Opened, Said, Searched, Submitted, Turn
from storage.addresses import Address, own_of
from storage.database import Store
from storage.drafts import Draft

log = logging.getLogger(__name__)

# Words that always leave whatever the conversation is in the middle of.
_WAYS_OUT = frozenset({"help", "cancel"})


@dataclass(frozen=True, slots=True)
class _FormEntry(Generic[P]):
    """A form's params, its handler, and what makes the form of them, where the router reads the answers."""

    params: TypeAdapter[P]
    handler: FormHandler[P]
    build: FormBuilder[P] | None


class DuplicateName(Exception):
    """Two handlers were registered under one name; the start is refused."""


class InSteps(Protocol):
    """Forms that are asked question by question, and the one that a conversation is in the middle of."""

    async def begin(self, turn: Turn, store: Store, found: Reply) -> Reply:
        """Begin the form of a reply."""
        ...

    async def here(self, turn: Turn, store: Store) -> Draft | None:
        """The form that this conversation is in the middle of."""
        ...

    async def take(
        self, turn: Turn, store: Store, draft: Draft, words: str, *, command: bool
    ) -> Reply | None:
        """The reply where a text belongs to the form in the middle; `command`: it is also a command."""
        ...

    async def go_on(self, turn: Turn, store: Store, found: Reply) -> Reply:
        """A reply to something else, followed by the question that waits."""
        ...

    async def begun(self, turn: Turn, store: Store, params: Mapping[str, Any]) -> Form | Reply | None:
        """The form that a dialog with these params was opened from, or why it can't be sent any more."""
        ...

    async def sent(self, turn: Turn, store: Store, params: Mapping[str, Any]) -> None:
        """The dialog that was opened from a form in the middle was sent."""
        ...


class Router:
    """The table of everything that the bot can do."""

    def __init__(self) -> None:
        self._clicks: dict[str, tuple[TypeAdapter[Any], ClickHandler[Any]]] = {}
        self._forms: dict[str, _FormEntry[Any]] = {}
        # The titles of the articles by slug, for questions that take one.
        self.articles: Callable[[], Mapping[str, str]] = dict
        # Whether the knowledge base is sure of what a text asks.
        self.sure: Callable[[str], bool] = lambda _text: False
        self._steps: InSteps | None = None
        self._commands: dict[str, tuple[Command, CommandHandler]] = {}
        self._topic = Topic("commands", "what you can type")
        self._topics: dict[Topic, list[Command]] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        self._skills: dict[str, str] = {}
        self._namings: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        self._opened: TurnHandler | None = None
        self._home: TurnHandler | None = None
        self._threads: dict[str, ThreadHandler] = {}
        self._listening: set[str] = set()
        self._searched: TurnHandler | None = None
        self._otherwise: TurnHandler | None = None
        self.on_click(AGAIN, self._again)

    def on_click(self, action: ClickAction[P], handler: ClickHandler[P]) -> None:
        """Send clicks of an action to a handler."""
        _refuse_duplicate(action.name, self._clicks)
        self._clicks[action.name] = (adapter(action.params), handler)

    def on_form(
        self, form: FormAction[P], handler: FormHandler[P], build: FormBuilder[P] | None = None
    ) -> None:
        """Send a form's submissions to a handler.

        Where `build` makes the form from its params, the router reads the answers with it: the handler
        gets them checked and as they are written down, and what can't be taken goes back to the person.
        `build` answers with a reply instead where the form can't be filled in (any more).
        """
        _refuse_duplicate(form.name, self._forms)
        self._forms[form.name] = _FormEntry(adapter(form.params), handler, build)

    def about(self, topic: Topic) -> None:
        """Put the commands that are registered from here on under a topic."""
        self._topic = topic

    def on_command(self, command: Command, handler: CommandHandler) -> None:
        """Send what is typed for a command, and the skill of that meaning, to a handler."""
        _refuse_duplicate(command.name, self._commands)
        self._commands[command.name] = (command, handler)
        self._topics.setdefault(self._topic, []).append(command)
        self._patterns += [(re.compile(each), command.name) for each in command.patterns]
        if command.skill is not None and command.naming is not None:
            naming = re.compile(command.naming)
            self._namings.setdefault(command.skill, []).append((naming, command.name))
        elif command.skill is not None:
            _refuse_duplicate(command.skill, self._skills)
            self._skills[command.skill] = command.name

    def ask_in_steps(self, steps: InSteps) -> None:
        """Let forms be asked question by question."""
        self._steps = steps

    def on_opened(self, handler: TurnHandler) -> None:
        """Send first contacts to a handler."""
        self._opened = handler

    def on_home(self, handler: TurnHandler) -> None:
        """Send looks at the home page to a handler."""
        self._home = handler

    def on_thread(self, about: str, handler: ThreadHandler, *, unasked: bool = False) -> None:
        """Send words in the threads of messages whose keys begin so to a handler.

        `unasked`: in a shared place also those that do not name Covenant.
        """
        _refuse_duplicate(about, self._threads)
        self._threads[about] = handler
        if unasked:
            self._listening.add(about)

    async def listens(self, store: Store, address: Address) -> bool:
        """Whether words in this thread are for Covenant although nobody has spoken to it there."""
        root = await store.deliveries.root(address)
        return root is not None and _about(root.key) in self._listening

    def on_searched(self, handler: TurnHandler) -> None:
        """Send searches for articles to a handler."""
        self._searched = handler

    def otherwise(self, handler: TurnHandler) -> None:
        """Send every other text to a handler."""
        self._otherwise = handler

    @property
    def topics(self) -> Mapping[Topic, Sequence[Command]]:
        """Every command by what it is about, in order of registration."""
        return self._topics

    async def route(self, turn: Turn, store: Store) -> Reply:
        """The reply of the handler that the turn is for; a form that is asked in steps is begun."""
        found = await self._route(turn, store)
        form = found.form
        if self._steps is None or form is None:
            return found
        if form.steps:
            return await self._steps.begin(turn, store, found)
        entry = self._forms.get(form.name)
        here = turn.person is not None and entry is not None and entry.build is not None
        return replace(found, form=replace(form, here=here))

    async def _route(self, turn: Turn, store: Store) -> Reply:  # noqa: PLR0911  # one for each kind of input
        match turn.input:
            case Clicked() as click:
                return await self._click(turn, store, click)
            case Submitted() as submitted:
                return await self._submit(turn, store, submitted)
            case Opened():
                return await self._run(self._opened, turn, store)
            case HomeOpened():
                return await self._run(self._home, turn, store)
            case Searched():
                return await self._run(self._searched, turn, store)
            case Said() as said:
                return await self._said(turn, store, said.text)
            case Closed():
                # Nobody is there to read a reply.
                return Reply()

    async def as_question(self, turn: Turn, store: Store) -> Reply:
        """The reply to a text that no command takes."""
        return await self._run(self._otherwise, turn, store)

    def does(self, skill: str) -> bool:
        """Whether a command does a skill."""
        return skill in self._skills

    async def run_skill(self, skill: str, turn: Turn, store: Store) -> Reply | None:
        """The reply of the command that does a skill for what the message names; None where no command does it."""
        for naming, name in self._namings.get(skill, ()):
            match = naming.search(_words(turn.text))
            if match:
                return await self._call(name, match, turn, store)
        plain = self._skills.get(skill)
        return await self._commands[plain][1](turn, store, {}) if plain else None

    async def _call(self, name: str, match: re.Match[str], turn: Turn, store: Store) -> Reply:
        args = {key: value for key, value in match.groupdict().items() if value}
        return await self._commands[name][1](turn, store, args)

    async def _run(self, handler: TurnHandler | None, turn: Turn, store: Store) -> Reply:
        assert handler is not None, "no handler is registered for this kind of input"
        return await handler(turn, store)

    async def typed(self, turn: Turn, store: Store, text: str) -> Reply:
        """The reply to a text as if the person had typed it.

        A button that asks for this may bear the same words, so buttons are not looked for.
        """
        said = replace(turn, inbound=replace(turn.inbound, input=Said(text)))
        return await self._command_or_question(said, store, _words(text))

    async def _again(self, turn: Turn, store: Store, params: SayAgain) -> Reply:
        # The button that asks for this may bear the same words: it must not find itself.
        said = replace(turn, inbound=replace(turn.inbound, input=Said(params.text)))
        words = _words(params.text)
        draft = await self._steps.here(said, store) if self._steps else None
        mine = await self._middle(said, store, words, draft)
        return mine if mine is not None else await self._command_or_question(said, store, words)

    async def _said(self, turn: Turn, store: Store, text: str) -> Reply:
        words = _words(text)
        draft = await self._steps.here(turn, store) if self._steps else None
        mine = await self._middle(turn, store, words, draft)
        if mine is not None:
            return mine
        if words not in _WAYS_OUT:
            offered = await _offered(turn, store, words)
            if offered is not None:
                return await self._click(turn, store, offered)
        found = await self._command(turn, store, words)
        if found is None:
            found = await self._heard(turn, store) or await self.as_question(turn, store)
        # What the handler did may have ended the form; it can't have begun one, that comes after it.
        return await self._steps.go_on(turn, store, found) if self._steps and draft else found

    async def _middle(self, turn: Turn, store: Store, words: str, draft: Draft | None) -> Reply | None:
        """The reply of the form that this conversation is in the middle of, if the text is for it."""
        if self._steps is None or draft is None:
            return None
        return await self._steps.take(turn, store, draft, words, command=self._is_command(words))

    def _is_command(self, words: str) -> bool:
        return any(pattern.fullmatch(words) for pattern, _ in self._patterns)

    async def _command_or_question(self, turn: Turn, store: Store, words: str) -> Reply:
        return await self._command(turn, store, words) or await self.as_question(turn, store)

    async def _command(self, turn: Turn, store: Store, words: str) -> Reply | None:
        for pattern, name in self._patterns:
            match = pattern.fullmatch(words)
            if match:
                return await self._call(name, match, turn, store)
        return None

    async def _heard(self, turn: Turn, store: Store) -> Reply | None:
        """The reply to words in the thread of a message that takes them."""
        inbound = turn.inbound
        also_called = (own_of(inbound.account.user_id),) if inbound.direct else ()
        root = await store.deliveries.root(inbound.address, *also_called)
        handler = self._threads.get(_about(root.key)) if root is not None else None
        return await handler(turn, store, root.key) if root is not None and handler is not None else None

    async def _click(self, turn: Turn, store: Store, click: Clicked) -> Reply:
        found = self._clicks.get(click.action)
        if found is None:
            log.warning("a click asks for %r, which no handler is registered for", click.action)
            return _out_of_date("button")
        adapter, handler = found
        try:
            params = adapter.validate_python(dict(click.params))
        except ValidationError as error:
            log.warning("the params of a %r click do not fit: %d problems", click.action, error.error_count())
            return _out_of_date("button")
        return await handler(turn, store, params)

    async def _submit(self, turn: Turn, store: Store, submitted: Submitted) -> Reply:
        found = self._forms.get(submitted.form)
        if found is None:
            log.warning("a form %r was sent, which no handler is registered for", submitted.form)
            return _out_of_date("form")
        begun = await self._steps.begun(turn, store, submitted.params) if self._steps else None
        if isinstance(begun, Reply):
            return begun
        answered = await self._fill(found, submitted.params, turn, store, submitted.values, begun)
        if self._steps is not None and begun is not None and not answered.errors and not answered.refused:
            await self._steps.sent(turn, store, submitted.params)
        return answered

    async def send_form(self, turn: Turn, store: Store, form: Form, values: Mapping[str, str]) -> Reply:
        """The reply to a form that was asked in steps, read by its own questions: those it was begun with."""
        found = self._forms.get(form.name)
        if found is None:
            log.warning("a form %r is in progress, which no handler is registered for", form.name)
            return replace(_out_of_date("form"), refused=True)
        return await self._fill(found, form.params, turn, store, values, form)

    async def build_form(
        self, turn: Turn, store: Store, name: str, params: Mapping[str, Any]
    ) -> Form | Reply:
        """A form as it would be begun now, to be asked question by question; or why it can't be."""
        found = self._forms.get(name)
        if found is None or found.build is None:
            return _out_of_date("form")
        built = await found.build(turn, store, found.params.validate_python(dict(params)))
        return built if isinstance(built, Reply) else replace(built, steps=True)

    async def _fill(  # noqa: PLR0917  # the entry, its params, and what it is filled with
        self,
        found: _FormEntry[Any],
        carried: Mapping[str, Any],
        turn: Turn,
        store: Store,
        values: Mapping[str, str],
        begun: Form | None,
    ) -> Reply:
        # Params with a `question_set` get the version that the form was begun with.
        version = {"question_set": begun.version} if begun else {}
        try:
            params = found.params.validate_python({**carried, **version})
        except ValidationError as error:
            log.warning("the params of a form do not fit: %d problems", error.error_count())
            return replace(_out_of_date("form"), refused=True)
        if found.build is None:
            return await found.handler(turn, store, params, values)
        form = await found.build(turn, store, params)
        if isinstance(form, Reply):
            return replace(form, refused=True)
        filled = await read_form(begun or form, values, Reading(turn, store, self.articles()))
        if filled.errors:
            return Reply(errors=filled.errors)
        return await found.handler(turn, store, params, filled.values)


def _about(key: str) -> str:
    """What a message is about, by the beginning of its key: `expert` of `expert:12:asked`."""
    return key.partition(":")[0]


def _words(text: str) -> str:
    """A text as commands and labels are compared: without capitals, ends and spare space."""
    return " ".join(text.casefold().split()).strip(" .!?")


async def _offered(turn: Turn, store: Store, words: str) -> Clicked | None:
    """The button just offered that was typed by its number or its label."""
    conversation = await store.conversations.get(turn.inbound.address.key)
    offered = conversation.offered if conversation else []
    for number, each in enumerate(offered, 1):
        # The numbers of a form's choices are its own, and mean nothing once it is left.
        if words == _words(each["label"]) or (words == str(number) and each.get("numbered", True)):
            return Clicked(each["action"], each["params"])
    return None


def _out_of_date(thing: str) -> Reply:
    return reply(
        say(f"This {thing} is out of date, so nothing was changed. Type what you want, or type 'help'.")
    )


def _refuse_duplicate(name: str, table: Mapping[str, object]) -> None:
    if name in table:
        raise DuplicateName(f"'{name}' is registered twice; give one of them another name")
