"""A message as Adaptive Cards of version 1.5, each under Teams' limit of 28 kB. Pure: no I/O.

What does not fit one card goes on in the next; nothing is dropped or cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, assert_never

from microsoft_teams.cards import (
    ActionSet,
    AdaptiveCard,
    ColumnDefinition,
    Image,
    RichTextBlock,
    Table,
    TableCell,
    TableRow,
)
from microsoft_teams.cards.core import CardElement

from bot.platforms.teams.actions import button_action, refreshing
from bot.platforms.teams.card_json import CardTooLarge, dumped, size
from bot.platforms.teams.form_card import form_elements
from bot.platforms.teams.words import LONGEST_BLOCK, heading, is_web, paragraphs, shortened
from handlers.conversation import message as m

CARD = "application/vnd.microsoft.card.adaptive"
# Teams takes 28 kB; the rest is for the envelope around the card.
LARGEST_CARD = 26_000
_LARGEST_TABLE = 20_000
# The official renderer shows no more than this in a row unless it is told otherwise.
_BUTTONS_IN_A_ROW = 5
_LONGEST_SUMMARY = 300

# Elements that must stay in one card.
Unit = list[dict[str, Any]]


def activities_of(message: m.Message) -> list[dict[str, Any]]:
    """The message as activities to send in this order."""
    cards = cards_of(message)
    summary = shortened(message.summary, _LONGEST_SUMMARY)
    return [
        {
            "type": "message",
            "summary": summary if len(cards) == 1 else f"{summary} (part {number} of {len(cards)})",
            "attachments": [attachment(card)],
        }
        for number, card in enumerate(cards, 1)
    ]


def attachment(card: Mapping[str, Any]) -> dict[str, Any]:
    """A card as an activity carries it."""
    return {"contentType": CARD, "content": card}


def cards_of(message: m.Message) -> list[dict[str, Any]]:
    """The message as cards; at least one."""
    blocks = message.blocks or (m.Text(m.spans(message.summary or " ")),)
    has_inputs = any(isinstance(each, m.Inputs) for each in blocks)
    wide = any(isinstance(each, m.Table) for each in blocks)
    units = list(_with_lines(blocks, has_inputs=has_inputs))
    cards = [card(body, message.summary, wide=wide) for body in packed(units)]
    if message.refresh is not None and len(cards) == 1:
        # The answer to it is one card, so it can only stand for a message that is one.
        cards[0]["refresh"] = {"action": dumped(refreshing(message.refresh))}
    return cards


def card(body: Sequence[Mapping[str, Any]], summary: str, *, wide: bool = False) -> dict[str, Any]:
    """A card of elements that are already written out."""
    fallback = shortened(summary, _LONGEST_SUMMARY)
    made = dumped(AdaptiveCard(version="1.5", fallback_text=fallback))
    made["body"] = list(body)
    if wide:
        made["msteams"] = {"width": "Full"}
    return made


def packed(units: Iterable[Unit]) -> list[Unit]:
    """The units in as few cards as they fit into, in order; CardTooLarge for one that fits none."""
    cards: list[Unit] = [[]]
    used = 0
    for unit in units:
        needed = sum(size(each) + 1 for each in unit)
        if needed > LARGEST_CARD:
            raise CardTooLarge(f"a part of {needed:,} bytes does not fit into a card")
        if used + needed > LARGEST_CARD:
            cards.append([])
            used = 0
        cards[-1] += unit
        used += needed
    return [each for each in cards if each] or [[dumped(RichTextBlock(inlines=[" "]))]]


def _with_lines(blocks: Sequence[m.Block], *, has_inputs: bool) -> Iterator[Unit]:
    """The units of all blocks; a divider becomes a line above what follows it."""
    line = False
    for block in blocks:
        if isinstance(block, m.Divider):
            line = True
            continue
        for unit in _units(block, has_inputs=has_inputs):
            if line and unit:
                unit[0] |= {"separator": True, "spacing": "Medium"}
                line = False
            yield unit


# One arm for each kind of block: that is the whole of its complexity.
def _units(block: m.Block, *, has_inputs: bool) -> Iterator[Unit]:  # noqa: C901
    match block:
        case m.Text(spans):
            yield from _each(paragraphs(spans))
        case m.Note(spans):
            yield from _each(paragraphs(spans, size="Small", is_subtle=True))
        case m.Heading(text):
            yield from _each(heading(text))
        case m.Facts(facts):
            yield from _list([m.bold(f"{fact.name}: "), *fact.value] for fact in facts)
        case m.Bullets(items, numbered, start):
            marks = (f"{count}. " if numbered else "• " for count, _ in enumerate(items, start))
            yield from _list([m.Span(mark), *item] for mark, item in zip(marks, items, strict=True))
        case m.Table():
            yield from _table(block)
        case m.Image(address, alt):
            yield from _each(_image(address, alt))
        case m.Progress(label, done, total):
            share = f" ({100 * done // total}%)" if total else ""
            yield from _each(paragraphs(m.spans(f"{label}: {done} of {total}{share}")))
        case m.Divider():
            return
        case m.Buttons(buttons, label):
            yield from _buttons(buttons, label, has_inputs=has_inputs)
        case m.Inputs(form):
            yield form_elements(form)
        case _:
            assert_never(block)


def _each(elements: Iterable[CardElement]) -> Iterator[Unit]:
    for element in elements:
        yield [dumped(element)]


def _list(items: Iterable[Sequence[m.Span]]) -> Iterator[Unit]:
    """Items close together, so that they are seen to belong together."""
    for number, item in enumerate(items):
        elements = paragraphs(item)
        if number and elements:
            elements[0].spacing = "Small"
        yield from _each(elements)


def _image(address: str, alt: str) -> list[CardElement]:
    if not address.lower().startswith("https://"):
        shown = m.link(address, address) if is_web(address) else m.Span(address)
        return [*paragraphs([m.Span(f"Picture: {alt} ("), shown, m.Span(")")])]
    return [Image(url=address, alt_text=alt)]


def _table(table: m.Table) -> Iterator[Unit]:
    """The table under its title, in as many pieces as it needs, each with its headings."""
    yield from _each(paragraphs([m.bold(table.title)]))
    columns = [ColumnDefinition(width=1) for _ in table.columns]
    head = dumped(_row(table.columns, weight="Bolder"))
    # That its first row is the header need not be said; the schema and the clients call it by different names.
    frame = dumped(Table(columns=columns, show_grid_lines=True))
    rows: list[dict[str, Any]] = []
    used = size(frame) + size(head)
    for cells in table.rows:
        row = dumped(_row(cells))
        if size(row) + size(head) > _LARGEST_TABLE or any(len(cell) > LONGEST_BLOCK for cell in cells):
            if rows:
                yield [frame | {"rows": [head, *rows]}]
                rows, used = [], size(frame) + size(head)
            yield from _as_lines(table.columns, cells)
            continue
        if used + size(row) > _LARGEST_TABLE:
            yield [frame | {"rows": [head, *rows]}]
            rows, used = [], size(frame) + size(head)
        rows.append(row)
        used += size(row) + 1
    if rows or not table.rows:
        yield [frame | {"rows": [head, *rows]}]


def _row(cells: Sequence[str], **style: Any) -> TableRow:
    # A cell with nothing in it is not read out at all; a dash is.
    return TableRow(
        cells=[TableCell(items=[*paragraphs(m.spans(each.strip() or "–"), **style)]) for each in cells]
    )


def _as_lines(columns: Sequence[str], cells: Sequence[str]) -> Iterator[Unit]:
    for name, cell in zip(columns, cells, strict=True):
        yield from _each(paragraphs([m.bold(f"{name}: "), m.Span(cell)]))


def _buttons(buttons: Sequence[m.Button], label: str, *, has_inputs: bool) -> Iterator[Unit]:
    heading_ = [dumped(each) for each in paragraphs([m.bold(label)], size="Small")] if label else []
    starts = range(0, len(buttons) + _BUTTONS_IN_A_ROW, _BUTTONS_IN_A_ROW)
    for begin, end in pairwise(starts):
        row = [button_action(each, alone=has_inputs) for each in buttons[begin:end]]
        yield [*heading_, dumped(ActionSet(actions=row))]
        heading_ = []
