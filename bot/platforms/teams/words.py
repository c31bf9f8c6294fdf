"""Spans of text as runs of an Adaptive Card.

A run of a RichTextBlock is never read as Markdown, so what a user typed stays text without any
escaping that a client might show. The one thing still read in it, `{{DATE(...)}}`, is broken up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, assert_never

from microsoft_teams.cards import OpenUrlAction, RichTextBlock, TextBlock, TextRun
from microsoft_teams.cards.core import CardElement

from handlers.conversation.message import Span, SpanKind

# At most 4 bytes a character, or 6 for one that JSON writes as a number: such a block always fits a card.
LONGEST_BLOCK = 3000
# What a client may read as Markdown or HTML in a TextBlock.
_ACTIVE = re.compile(r"[*_\[\]`#~<>&\\{|]|^\s|^(?:[-+=]|\d+[.)])|[\r\n]")
_TWO_BRACES = re.compile(r"(?<=\{)(?=\{)")
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")


def is_inert(text: str) -> bool:
    """Whether a text means the same with and without Markdown."""
    return _ACTIVE.search(text) is None


def paragraphs(runs: Iterable[Span], **style: Any) -> list[RichTextBlock]:
    """Text as blocks, one for each line and more for a line that is too long; blank lines become space."""
    blocks: list[RichTextBlock] = []
    blank = False
    for line in _lines(runs):
        if not any(run.text.strip() for run in line):
            blank = True
            continue
        for number, part in enumerate(_parts(line)):
            inlines: list[CardElement] = [each for run in part for each in _runs(run, style)]
            block = RichTextBlock(inlines=inlines)
            if blocks:
                block.spacing = "Default" if blank and not number else "None"
            blocks.append(block)
        blank = False
    return blocks


def heading(text: str) -> list[RichTextBlock | TextBlock]:
    """A heading, as one to a screen reader too where its characters allow it."""
    if len(text) <= LONGEST_BLOCK and is_inert(text):
        return [TextBlock(text=text, style="heading", weight="Bolder", size="Medium", wrap=True)]
    return [*paragraphs([Span(text, SpanKind.BOLD)], size="Medium")]


def shortened(text: str, longest: int) -> str:
    """The text on one line, and with an ellipsis where it is longer; for what is said in full elsewhere."""
    line = " ".join(text.split()) or "Covenant"
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _lines(runs: Iterable[Span]) -> list[list[Span]]:
    lines: list[list[Span]] = [[]]
    for run in runs:
        first, *more = _BREAK.split(run.text)
        lines[-1].append(replace(run, text=first))
        lines += [[replace(run, text=each)] for each in more]
    return lines


def _parts(line: Sequence[Span]) -> Iterator[list[Span]]:
    """The line in pieces that each fit a block, cut between words where there are any."""
    part: list[Span] = []
    room = LONGEST_BLOCK
    for run in line:
        rest = run.text
        while len(rest) > room:
            cut = rest.rfind(" ", 1, room + 1) + 1 or room
            if part and cut == room and room < LONGEST_BLOCK:
                cut = 0
            if cut:
                part.append(replace(run, text=rest[:cut]))
            yield part
            part, rest, room = [], rest[cut:], LONGEST_BLOCK
        if rest:
            part.append(replace(run, text=rest))
            room -= len(rest)
    if part:
        yield part


def _runs(run: Span, style: dict[str, Any]) -> Iterator[TextRun]:
    # "{{" begins a date in every text of a card; in two runs it begins nothing.
    for piece in _TWO_BRACES.split(run.text):
        if piece:
            yield _run(replace(run, text=piece), style)


def _run(run: Span, style: dict[str, Any]) -> TextRun:
    match run.kind:
        case SpanKind.PLAIN:
            return TextRun(text=run.text, **style)
        case SpanKind.BOLD | SpanKind.MENTION:
            return TextRun(text=run.text, weight="Bolder", **style)
        case SpanKind.ITALIC:
            return TextRun(text=run.text, italic=True, **style)
        case SpanKind.CODE:
            return TextRun(text=run.text, font_type="Monospace", **style)
        case SpanKind.LINK:
            if not is_web(run.target):
                return TextRun(text=run.text, **style)
            return TextRun(text=run.text, select_action=OpenUrlAction(url=run.target), **style)
        case _:
            assert_never(run.kind)


def is_web(address: str | None) -> bool:
    """Whether an address is one that a click may open."""
    return address is not None and address.lower().startswith(("https://", "http://"))
