"""Spans as Slack's rich text: structure instead of marks, so nothing that a person typed can be one.

In rich text nothing is interpreted and nothing is escaped; `<!channel>`, `*` and `&lt;` stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from slack_sdk.models.blocks import RichTextBlock
from slack_sdk.models.blocks.block_elements import (
    RichTextElement,
    RichTextElementParts,
    RichTextListElement,
    RichTextSectionElement,
)

from bot.platforms.slack.text import pieces
from handlers.conversation.message import Span, SpanKind

# Slack states no limit for rich text; that of a section keeps each block readable and safe.
LONGEST = 3000
# Of an address longer than this too little of a block would be left for its words.
_LONGEST_URL = 2000
_STYLES = {SpanKind.BOLD: "bold", SpanKind.ITALIC: "italic", SpanKind.CODE: "code"}

Line = tuple[Span, ...]


def size(line: Iterable[Span]) -> int:
    """How many characters a line takes of a message's allowance."""
    return sum(len(span.text) + len(span.target or "") for span in line)


def is_web_link(span: Span) -> bool:
    """Whether the span may become a link: only web addresses do."""
    target = (span.target or "").lower()
    return (
        span.kind is SpanKind.LINK
        and target.startswith(("https://", "http://"))
        and len(target) <= _LONGEST_URL
    )


def chunks(line: Line, longest: int = LONGEST) -> Iterator[Line]:
    """The line in parts of at most so many characters; all of it, in order."""
    part: list[Span] = []
    room = longest
    for span in _small(_shown(line), longest):
        length = size((span,))
        if part and length > room:
            yield tuple(part)
            part, room = [], longest
        part.append(span)
        room -= length
    if part:
        yield tuple(part)


def section(line: Line) -> RichTextSectionElement:
    """One line or paragraph."""
    return RichTextSectionElement(elements=[_element(span) for span in _shown(line)])


def block(lines: Sequence[Line]) -> RichTextBlock:
    """Lines under one another."""
    return RichTextBlock(elements=[section(line) for line in lines])


def listed(items: Sequence[Line], *, numbered: bool, start: int) -> RichTextBlock:
    """A list; a numbered one counts from `start`."""
    elements = [section(item) for item in items]
    offset = start - 1 if numbered and start > 1 else None
    style = "ordered" if numbered else "bullet"
    return RichTextBlock(elements=[RichTextListElement(elements=elements, style=style, offset=offset)])


def _shown(line: Line) -> Iterator[Span]:
    """The spans that Slack can take: none empty, and a link to anything but the web as text."""
    for span in line:
        text = span.text.replace("\x00", "\ufffd")
        if is_web_link(span):
            yield replace(span, text=text or span.target or "")
            continue
        if span.kind is SpanKind.LINK:
            text = f"{text} ({span.target})" if span.target else text
        if text:
            yield Span(text, SpanKind.PLAIN if span.kind is SpanKind.LINK else span.kind)


def _small(line: Iterable[Span], longest: int) -> Iterator[Span]:
    for span in line:
        if size((span,)) <= longest:
            yield span
        elif span.kind is SpanKind.LINK:
            # The words go in pieces, and the last of them leads to the address.
            *words, last = pieces(span.text, longest - len(span.target or ""))
            yield from (Span(each) for each in words)
            yield replace(span, text=last)
        else:
            yield from (replace(span, text=each) for each in pieces(span.text, longest))


def _element(span: Span) -> RichTextElement:
    if span.kind is SpanKind.LINK:
        return RichTextElementParts.Link(url=span.target or "", text=span.text)
    style = _STYLES.get(span.kind)
    return RichTextElementParts.Text(text=span.text, style={style: True} if style else None)
