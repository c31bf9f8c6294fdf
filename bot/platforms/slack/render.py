"""A message as Slack payloads: every limit of Block Kit holds by construction, and nothing is dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from slack_sdk.models.blocks import Block as SlackBlock
from slack_sdk.models.blocks import (
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    PlainTextObject,
)

from bot.platforms.slack import rich, words
from bot.platforms.slack.buttons import buttons_of
from bot.platforms.slack.dump import dumped
from bot.platforms.slack.forms import inputs_in_message
from bot.platforms.slack.pieces import Piece
from bot.platforms.slack.tables import table_pieces
from bot.platforms.slack.text import fits, fitted, pieces
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
    Span,
    SpanKind,
    Table,
    Text,
    bold,
)

MOST_BLOCKS = 50
MOST_BLOCKS_IN_VIEW = 100
# Slack refuses more than about 13,200 characters over all blocks; this leaves room for what it adds.
MOST_CHARACTERS = 12_000
_LONGEST_SUMMARY = 3000
_LONGEST_HEADING = 150
_LONGEST_NOTE = 1900
_LONGEST_ALT = 2000
_LONGEST_URL = 3000
_BAR = 20


@dataclass(frozen=True, slots=True)
class Payload:
    """One Slack message: its top-level text (notification, fallback) and its blocks."""

    text: str
    blocks: tuple[dict[str, Any], ...]


def render(message: Message) -> list[Payload]:
    """The message as one payload, or as several to be posted in order where one can't hold it."""
    # A message of nothing but spaces still has its top-level text.
    pages = list(_pages(_all_pieces(message, tables=True))) or [[]]
    count = len(pages)
    return [
        Payload(
            fitted(_titled(message.summary, number, count), _LONGEST_SUMMARY),
            tuple(dumped(piece.block) for piece in page),
        )
        for number, page in enumerate(pages, 1)
    ]


def blocks_for_view(message: Message) -> list[dict[str, Any]]:
    """The message as the blocks of a view, which has no tables; a last line says so where there is more."""
    found = list(_all_pieces(message, tables=False))
    if len(found) > MOST_BLOCKS_IN_VIEW:
        more = Text(
            (Span("There is more than fits on this page. Ask me in the Messages tab to see all of it."),)
        )
        found = [*found[: MOST_BLOCKS_IN_VIEW - 1], *_pieces(more, tables=False)]
    return [dumped(piece.block) for piece in found]


def _titled(summary: str, number: int, count: int) -> str:
    summary = summary.strip() or "Message from Covenant"
    return summary if count == 1 else f"Part {number} of {count}: {summary}"


def _all_pieces(message: Message, *, tables: bool) -> Iterator[Piece]:
    blocks: Sequence[Block] = message.blocks or (Text((Span(message.summary),)),)
    for number, block in enumerate(blocks):
        yield from _pieces(block, tables=tables, number=number)


def _pages(found: Iterator[Piece]) -> Iterator[list[Piece]]:
    page: list[Piece] = []
    size = 0
    for piece in found:
        # Slack takes one table in a message.
        second_table = piece.table and any(each.table for each in page)
        if page and (len(page) == MOST_BLOCKS or size + piece.size > MOST_CHARACTERS or second_table):
            yield page
            page, size = [], 0
        page.append(piece)
        size += piece.size
    if page:
        yield page


# One arm for each kind of block: that is the whole of its complexity.
def _pieces(block: Block, *, tables: bool, number: int = 0) -> Iterator[Piece]:  # noqa: C901
    match block:
        case Text(spans):
            yield from _paragraph(spans)
        case Heading(text):
            yield from _heading(text)
        case Facts(facts):
            yield from _lines([(bold(f"{fact.name}: "), *fact.value) for fact in facts])
        case Bullets():
            yield from _bullets(block)
        case Table():
            yield from table_pieces(block) if tables else table_pieces(block, as_list=True)
        case Image(address, alt):
            yield from _image(address, alt)
        case Progress(label, done, total):
            yield from _paragraph(_progress(label, done, total))
        case Note(spans):
            yield from _note(spans)
        case Divider():
            yield Piece(DividerBlock(), 0)
        case Buttons():
            yield from buttons_of(block, number)
        case Inputs(form):
            yield from inputs_in_message(form, number)
        case _:
            assert_never(block)


def _paragraph(spans: rich.Line) -> Iterator[Piece]:
    yield from (Piece(words.block([part]), rich.size(part)) for part in rich.chunks(spans))


def _lines(lines: Sequence[rich.Line]) -> Iterator[Piece]:
    """Lines under one another, as few blocks as hold them."""
    together: list[rich.Line] = []
    size = 0
    for line in lines:
        for part in rich.chunks(line):
            length = rich.size(part)
            if together and size + length > rich.LONGEST:
                yield Piece(words.block(together), size)
                together, size = [], 0
            together.append(part)
            size += length
    if together:
        yield Piece(words.block(together), size)


def _heading(text: str) -> Iterator[Piece]:
    if text.strip() and fits(text, _LONGEST_HEADING):
        shown = fitted(text, _LONGEST_HEADING)
        yield Piece(HeaderBlock(text=PlainTextObject(text=shown, emoji=False)), len(shown))
    else:
        yield from _paragraph((bold(text),))


def _bullets(block: Bullets) -> Iterator[Piece]:
    together: list[rich.Line] = []
    size, start = 0, block.start

    def piece() -> Piece:
        return Piece(words.listed(together, numbered=block.numbered, start=start), size)

    for item in block.items:
        first, *rest = list(rich.chunks(item)) or [(Span(" "),)]
        length = rich.size(first)
        if together and size + length > rich.LONGEST:
            yield piece()
            start, together, size = start + len(together), [], 0
        together.append(first)
        size += length
        if rest:
            # An item longer than a block goes on in paragraphs below it.
            yield piece()
            start, together, size = start + len(together), [], 0
            yield from _lines(rest)
    if together:
        yield piece()


def _image(address: str, alt: str) -> Iterator[Piece]:
    is_web = address.lower().startswith(("https://", "http://")) and len(address) <= _LONGEST_URL
    if not is_web:
        yield from _paragraph((Span(f"Picture: {alt} ({address})"),))
        return
    shown = fitted(alt, _LONGEST_ALT)
    block = ImageBlock(image_url=address, alt_text=shown)
    yield Piece(block, len(address) + len(shown))
    if not fits(alt, _LONGEST_ALT):
        yield from _paragraph((Span(f"The picture shows: {alt}"),))


def _progress(label: str, done: int, total: int) -> rich.Line:
    filled = min(_BAR, _BAR * done // total) if total > 0 else 0
    return Span(f"{label}: {done} of {total} "), Span("■" * filled + "□" * (_BAR - filled), SpanKind.CODE)


def _note(spans: rich.Line) -> Iterator[Piece]:
    if any(span.kind is not SpanKind.PLAIN for span in spans):
        # Small print takes no structure in Slack but marks, and marks could be somebody's words.
        yield from _paragraph(spans)
        return
    text = "".join(span.text for span in spans)
    # An escape takes up to five characters.
    longest = _LONGEST_NOTE if fits(text, _LONGEST_NOTE) else _LONGEST_NOTE // 5
    for part in pieces(text, longest):
        if part.strip():
            yield _small_print(part)


def _small_print(text: str) -> Piece:
    shown = fitted(text, _LONGEST_NOTE)
    block: SlackBlock = ContextBlock(elements=[PlainTextObject(text=shown, emoji=False)])
    return Piece(block, len(shown))
