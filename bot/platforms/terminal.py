"""The local chat in a terminal: the same messages as text, buttons as numbered choices, forms as prompts."""

from __future__ import annotations

import asyncio
import secrets
import textwrap
from collections.abc import Callable, Iterator
from typing import assert_never

from bot.platforms.web.inbound import LocalRoom
from bot.runner import Outcome
from handlers.conversation.form import Form, Kind
from handlers.conversation.message import (
    Block,
    Bullets,
    Buttons,
    Divider,
    Facts,
    Heading,
    Image,
    Inputs,
    Message,
    Note,
    Progress,
    Table,
    Text,
    from_json,
    text_of,
)
from storage.database import Database
from storage.localchat import Author

WIDTH = 88
_BAR = 20
# A line made of one dot ends a longer text, as in mail programs of old.
_END_OF_TEXT = "."
# Line ends, and the joiners that some scripts and emoji are written with.
_KEPT = "\n\u200c\u200d"

Ask = Callable[[str], str]
Print = Callable[[str], None]


def as_text(message: Message, width: int = WIDTH) -> str:
    """The whole message as text; nothing is left out."""
    if not message.blocks:
        return _wrapped(message.summary, width)
    number = 0
    parts: list[str] = []
    for block in message.blocks:
        parts.append("\n".join(_lines(block, width, number)))
        if isinstance(block, Buttons):
            number += len(block.buttons)
    return printable("\n\n".join(part for part in parts if part))


# One arm for each kind of block: that is the whole of its complexity.
def _lines(block: Block, width: int, buttons_before: int) -> Iterator[str]:  # noqa: C901, PLR0912
    match block:
        case Text(spans) | Note(spans):
            yield _wrapped(text_of(spans), width)
        case Heading(text):
            yield _wrapped(text.upper(), width)
        case Facts(facts):
            for fact in facts:
                yield _wrapped(f"{fact.name}: {text_of(fact.value)}", width, "  ")
        case Bullets(items, numbered, start):
            for count, item in enumerate(items, start):
                mark = f"{count}. " if numbered else "- "
                yield _wrapped(f"{mark}{text_of(item)}", width, " " * len(mark))
        case Table(title, columns, rows):
            yield _wrapped(f"{title} ({', '.join(columns)})", width)
            for row in rows:
                cells = zip(columns, row, strict=True)
                written = "; ".join(f"{name}: {value}" for name, value in cells)
                yield _wrapped(f"- {written}", width, "  ")
        case Image(address, alt):
            yield _wrapped(f"Picture: {alt} ({address})", width)
        case Progress(label, done, total):
            filled = _BAR * done // total if total else 0
            yield f"{label}: {done} of {total} [{'#' * filled}{'-' * (_BAR - filled)}]"
        case Divider():
            yield "-" * width
        case Buttons(buttons, label, numbered):
            if label:
                yield label if label.endswith("?") else f"{label}:"
            for count, button in enumerate(buttons, buttons_before + 1):
                mark = f"{count}." if numbered else "-"
                yield _wrapped(f"  {mark} {button.label}", width, "     ")
        case Inputs(form):
            yield f"{form.title}:"
            for field in form.fields:
                yield _wrapped(f"  - {field.label}", width, "    ")
        case _:
            assert_never(block)


def _wrapped(text: str, width: int, indent: str = "") -> str:
    paragraphs = printable(text).split("\n")
    return "\n".join(textwrap.fill(each, width, subsequent_indent=indent) for each in paragraphs)


def printable(text: str) -> str:
    """The text without control characters: what somebody wrote must not steer the reader's terminal."""
    text = text.replace("\t", "    ")
    if text.replace("\n", "").isprintable():
        return text
    return "".join(each if each.isprintable() or each in _KEPT else "\ufffd" for each in text)


class TerminalChat:
    """One person's local chat in a terminal."""

    def __init__(self, database: Database, room: LocalRoom, ask: Ask, show: Print) -> None:
        self._database = database
        self._room = room
        self._ask = ask
        self._print = show
        self._version = 0

    async def run(self) -> None:
        """Talk until the person leaves with 'quit' or the end of input."""
        async with self._database.reading() as store:
            self._version = await store.local_chat.version()
        self._show(f"You are {self._room.person.name}. Type 'quit' to leave.\n")
        await self._room.open()
        await self._show_new()
        while True:
            try:
                text = await asyncio.to_thread(self._ask, "> ")
            except EOFError:
                return
            if text.strip().lower() in ("quit", "exit"):
                return
            await self._take(await self._room.say(text, secrets.token_hex(12)))

    async def _take(self, outcome: Outcome) -> None:
        await self._show_new()
        while outcome.reply is not None and outcome.reply.form is not None:
            form = outcome.reply.form
            values = await asyncio.to_thread(self._fill, form)
            if values is None:
                self._show("Cancelled. Nothing was sent.\n")
                return
            outcome = await self._room.submit(form, values, secrets.token_hex(12))
            while outcome.reply is not None and outcome.reply.errors:
                self._show("\n".join(["There is a problem:", *outcome.reply.errors.values()]))
                values = await asyncio.to_thread(self._fill, form)
                if values is None:
                    self._show("Cancelled. Nothing was sent.\n")
                    return
                outcome = await self._room.submit(form, values, secrets.token_hex(12))
            await self._show_new()

    def _show(self, text: str) -> None:
        self._print(printable(text))

    async def _show_new(self) -> None:
        async with self._database.reading() as store:
            lines = await store.local_chat.since(self._room.address.conversation, self._version)
            self._version = await store.local_chat.version()
        for line in lines:
            if line.author is Author.COVENANT:
                self._show(f"{as_text(from_json(line.content))}\n")

    def _fill(self, form: Form) -> dict[str, str] | None:
        """The values of a form, asked one by one; None when the person cancels."""
        self._show(f"{form.title.upper()} (type 'cancel' to leave it)")
        values: dict[str, str] = {}
        for field in form.fields:
            optional = "" if field.required else " (optional)"
            keep = f"\n  Press Enter to keep: {field.label_of(field.initial)}" if field.initial else ""
            may_keep = bool(field.initial) or not field.required
            options = "".join(f"\n  {number}: {each.described}" for number, each in field.numbered)
            options += (
                "\n  Type all that apply, with commas between." if field.kind is Kind.SEVERAL_OF else ""
            )
            ending = (
                f"\n  End with a line that has only '{_END_OF_TEXT}'." if field.kind is Kind.LONG_TEXT else ""
            )
            self._show(
                f"{field.label}{optional}{f': {field.help}' if field.help else ''}{options}{ending}{keep}"
            )
            typed = self._long_text(may_keep) if field.kind is Kind.LONG_TEXT else self._line()
            if typed is None or typed.strip().lower() == "cancel":
                return None
            values[field.name] = typed if typed.strip() else field.initial
        return values

    def _line(self) -> str | None:
        try:
            return self._ask(": ")
        except EOFError:
            return None

    def _long_text(self, may_keep: bool) -> str | None:
        lines: list[str] = []
        while (line := self._line()) is not None:
            if line.strip() == _END_OF_TEXT or (may_keep and not lines and not line.strip()):
                return "\n".join(lines)
            if line.strip().lower() == "cancel" and not lines:
                return "cancel"
            lines.append(line)
        return None
