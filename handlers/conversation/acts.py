"""What a person can ask for, by a button, a form or typed words, and what takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from handlers.conversation.form import Form
from handlers.conversation.message import Button, ButtonStyle
from handlers.conversation.reply import Reply
from handlers.conversation.turn import Turn
from storage.database import Store
from storage.people import Role

P = TypeVar("P")

ClickHandler = Callable[[Turn, Store, P], Awaitable[Reply]]
FormHandler = Callable[[Turn, Store, P, Mapping[str, str]], Awaitable[Reply]]
FormBuilder = Callable[[Turn, Store, P], Awaitable[Form | Reply]]
CommandHandler = Callable[[Turn, Store, Mapping[str, str]], Awaitable[Reply]]
TurnHandler = Callable[[Turn, Store], Awaitable[Reply]]
# Takes words in the thread of one of Covenant's messages, with that message's key; None where they are for others.
ThreadHandler = Callable[[Turn, Store, str], Awaitable[Reply | None]]


_ADAPTERS: dict[object, TypeAdapter[Any]] = {}


def adapter(params: type[Any]) -> TypeAdapter[Any]:
    """The reader and writer of a params type, kept: building one takes longer than all the rest of a button."""
    if params not in _ADAPTERS:
        _ADAPTERS[params] = TypeAdapter(params)
    return _ADAPTERS[params]


@dataclass(frozen=True, slots=True)
class NoParams:
    """For an action that needs nothing but the click."""


@dataclass(frozen=True, slots=True)
class SayAgain:
    """Do what this text asks for, now that a dialog can be opened."""

    text: str


@dataclass(frozen=True, slots=True)
class ClickAction(Generic[P]):
    """Something a button can ask for, with the type of what the button carries."""

    name: str
    params: type[P]

    def button(
        self,
        label: str,
        params: P,
        *,
        style: ButtonStyle = ButtonStyle.NORMAL,
        confirm: str | None = None,
    ) -> Button:
        """A button that asks for it."""
        carried = adapter(self.params).dump_python(params, mode="json")
        return Button(label, self.name, carried, style, confirm)


@dataclass(frozen=True, slots=True)
class AnswerHere:
    """Be asked a form question by question instead of filling it in as a dialog."""

    form: str
    params: Mapping[str, Any]


AGAIN = ClickAction("conversation.again", SayAgain)
HERE = ClickAction("form.here", AnswerHere)


@dataclass(frozen=True, slots=True)
class FormAction(Generic[P]):
    """A form that can be sent, with the type of what it carries beside its fields."""

    name: str
    params: type[P]

    def carried(self, params: P) -> Mapping[str, Any]:
        """The params as the form carries them."""
        carried: Mapping[str, Any] = adapter(self.params).dump_python(params, mode="json")
        return carried


@dataclass(frozen=True, slots=True)
class Command:
    """Something to type. `patterns` match the whole text in lower case; `skill` is its name in knowledge.

    Of the commands of one skill, the first is taken that is for what the message names: `naming` is found in it,
    and its groups are the arguments. The one without it is for messages that name nothing.
    `roles` limits who is shown it in help; the handler checks the right itself.
    """

    name: str
    example: str
    summary: str
    patterns: tuple[str, ...]
    skill: str | None = None
    roles: frozenset[Role] | None = None
    naming: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """What some commands are about: one word to ask for help with, and what is in it."""

    name: str
    summary: str
