"""Tables: Slack's own where they fit, and lists of the same words where they do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from slack_sdk.models.blocks import RawTextObject, TableBlock

from bot.platforms.slack import rich, words
from bot.platforms.slack.pieces import Piece
from handlers.conversation.message import Span, Table, bold

_MOST_COLUMNS = 20
_MOST_ROWS = 100
# Slack takes 10,000 characters in the cells of a message's table.
_MOST_CHARACTERS = 9000
_LONGEST_ROW = 2000
_EMPTY = "–"  # a cell must hold something, and a dash reads as nothing there

Row = tuple[str, ...]


def table_pieces(table: Table, *, as_list: bool = False) -> Iterator[Piece]:
    """The table under its title, in as many parts as Slack's limits ask for."""
    title = (bold(table.title),)
    yield from (Piece(words.block([part]), rich.size(part)) for part in rich.chunks(title))
    fits = 0 < len(table.columns) <= _MOST_COLUMNS and all(
        _size(row) <= _LONGEST_ROW for row in (table.columns, *table.rows)
    )
    if as_list or not fits or not table.rows:
        yield from _as_list(table)
        return
    for rows in _parts(table):
        yield _block((table.columns, *rows))


def _parts(table: Table) -> Iterator[list[Row]]:
    heading = _size(table.columns)
    part: list[Row] = []
    size = heading
    for row in table.rows:
        length = _size(row)
        if part and (len(part) + 1 == _MOST_ROWS or size + length > _MOST_CHARACTERS):
            yield part
            part, size = [], heading
        part.append(row)
        size += length
    if part:
        yield part


def _block(rows: Sequence[Row]) -> Piece:
    cells = [[RawTextObject(text=_cell(cell)) for cell in row] for row in rows]
    settings = [{"is_wrapped": True} for _ in rows[0]]
    return Piece(TableBlock(rows=cells, column_settings=settings), sum(map(_size, rows)), table=True)


def _cell(text: str) -> str:
    return text.replace("\x00", "\ufffd") if text.strip() else _EMPTY


def _size(row: Row) -> int:
    return sum(max(len(cell), 1) for cell in row)


def _as_list(table: Table) -> Iterator[Piece]:
    """Each row as an item: its first cell, then the others with their headings."""
    for row in table.rows:
        named = zip_longest(table.columns[1:], row[1:], fillvalue="")
        rest = "; ".join(f"{name}: {cell or _EMPTY}" for name, cell in named)
        line = (bold(row[0] if row else ""), Span(f". {rest}" if rest else ""))
        for number, part in enumerate(rich.chunks(line)):
            block = words.block([part]) if number else words.listed([part], numbered=False, start=1)
            yield Piece(block, rich.size(part))
