"""A message as Covenant means it, free of any platform: spans of text, blocks, buttons.

A renderer turns it into Block Kit, an Adaptive Card, HTML or plain text. Text is only ever made of
spans, and each renderer escapes plain spans, so what a user typed stays text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from handlers.conversation.form import Form

VERSION = 1


class SpanKind(StrEnum):
    """How a run of text is shown."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"
    LINK = "link"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text. `target` is the address of a link, or the person id of a mention."""

    text: str
    kind: SpanKind = SpanKind.PLAIN
    target: str | None = None


Words = str | Span | Iterable[Span | str]


def spans(words: Words) -> tuple[Span, ...]:
    """Spans of anything that stands for text: a string is plain."""
    if isinstance(words, str):
        return (Span(words),)
    if isinstance(words, Span):
        return (words,)
    return tuple(Span(each) if isinstance(each, str) else each for each in words)


def bold(text: str) -> Span:
    """Important text."""
    return Span(text, SpanKind.BOLD)


def link(text: str, address: str) -> Span:
    """Text that leads to an http or https address; ValueError for any other kind of address."""
    if not of_the_web(address):
        raise ValueError(f"'{address}' is not a web address")
    return Span(text, SpanKind.LINK, address)


def of_the_web(address: str) -> bool:
    """Whether an address may be made clickable."""
    return address.lower().startswith(("https://", "http://"))


def text_of(runs: Iterable[Span]) -> str:
    """The bare text of spans; a link keeps its address behind it."""
    return "".join(
        f"{run.text} ({run.target})" if run.kind is SpanKind.LINK and run.target != run.text else run.text
        for run in runs
    )


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    spans: tuple[Span, ...]
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a message."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Fact:
    """One name with its value."""

    name: str
    value: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with values, each on a line."""

    facts: tuple[Fact, ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered where the order matters. A numbered list counts from `start`."""

    items: tuple[tuple[Span, ...], ...]
    numbered: bool = False
    start: int = 1
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column headings; every row has as many cells as there are headings."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its web address. `alt` says in words what it shows, and is never empty."""

    address: str
    alt: str
    kind: Literal["image"] = "image"

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError("an image needs words that say what it shows")


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of something is done."""

    label: str
    done: int
    total: int
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: a source, an owner, a date."""

    spans: tuple[Span, ...]
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between parts."""

    kind: Literal["divider"] = "divider"


class ButtonStyle(StrEnum):
    """How much a button stands out; the label alone carries the meaning."""

    NORMAL = "normal"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """Something to click, or to type the label of. `params` are checked again on each click."""

    label: str
    action: str
    params: Mapping[str, Any] = field(default_factory=dict)
    style: ButtonStyle = ButtonStyle.NORMAL
    confirm: str | None = None


@dataclass(frozen=True, slots=True)
class Buttons:
    """Buttons in a row. `label` says what they are for, also to a screen reader.

    `numbered`: where they are shown as lines, each has the number to type for it. `lasting`: their words can be
    typed also after newer messages, until other lasting ones take their place.
    """

    buttons: tuple[Button, ...]
    label: str = ""
    numbered: bool = True
    lasting: bool = False
    kind: Literal["buttons"] = "buttons"


@dataclass(frozen=True, slots=True)
class Inputs:
    """A form to fill in inside the message, on a platform that shows forms so."""

    form: Form
    kind: Literal["inputs"] = "inputs"


Block = Text | Heading | Facts | Bullets | Table | Image | Progress | Note | Divider | Buttons | Inputs


@dataclass(frozen=True, slots=True)
class Message:
    """What is said. `summary` is the notification line, and all there is where blocks can't be shown.

    `refresh` asks for this message as it is by now: a platform that can does so when it is looked at again.
    """

    summary: str
    blocks: tuple[Annotated[Block, Field(discriminator="kind")], ...] = ()
    refresh: Button | None = None

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Every button of the message in reading order: typing the number n means the n-th."""
        return tuple(
            button for block in self.blocks if isinstance(block, Buttons) for button in block.buttons
        )


def say(*words: Words, buttons: Sequence[Button] = (), label: str = "") -> Message:
    """A message of paragraphs, with buttons below them."""
    paragraphs = [spans(each) for each in words]
    blocks: list[Block] = [Text(each) for each in paragraphs]
    if buttons:
        blocks.append(Buttons(tuple(buttons), label))
    return Message(text_of(paragraphs[0]), tuple(blocks))


_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def to_json(message: Message) -> str:
    """The message as versioned JSON, for the database."""
    return json.dumps({"version": VERSION, "message": _MESSAGE.dump_python(message, mode="json")})


def from_json(text: str) -> Message:
    """The message written by `to_json`; ValueError for anything else, or another version."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("version") != VERSION or "message" not in data:
        raise ValueError("this is no message, or its version is not known")
    return _MESSAGE.validate_python(data["message"])
