"""Curated Markdown as message blocks. What an article may use is listed in docs/articles.md."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from handlers.conversation.message import Block, Bullets, Span, SpanKind, Text, link

_STYLES = {"strong_open": SpanKind.BOLD, "em_open": SpanKind.ITALIC}


@cache
def _parser() -> MarkdownIt:
    # HTML stays text; images and tables are not part of an article.
    return MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """Paragraphs and lists of a piece of Markdown; anything else comes out as its text."""
    return tuple(_blocks(_parser().parse(markdown)))


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    items: list[tuple[Span, ...]] | None = None
    numbered, start = False, 1
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open") and token.level == 0:
            items, numbered = [], token.type == "ordered_list_open"
            start = int(token.attrGet("start") or 1)
        elif token.type in ("bullet_list_close", "ordered_list_close") and token.level == 0:
            yield Bullets(tuple(items or ()), numbered, start)
            items = None
        elif token.type == "inline":
            runs = tuple(_runs(token.children or []))
            if items is None:
                yield Text(runs)
            else:
                items.append(runs)
        elif token.type in ("fence", "code_block"):
            yield Text((Span(token.content.rstrip(), SpanKind.CODE),))


def _runs(tokens: list[Token]) -> Iterator[Span]:
    kind = SpanKind.PLAIN
    address: str | None = None
    for token in tokens:
        if token.type in _STYLES:
            kind = _STYLES[token.type]
        elif token.type in ("strong_close", "em_close"):
            kind = SpanKind.PLAIN
        elif token.type == "link_open":
            address = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            address = None
        elif token.type in ("softbreak", "hardbreak"):
            yield Span(" ")
        elif token.type == "code_inline":
            yield Span(token.content, SpanKind.CODE)
        elif token.content:
            yield _run(token.content, kind, address)


def _run(text: str, kind: SpanKind, address: str | None) -> Span:
    if address is None:
        return Span(text, kind)
    try:
        return link(text, address)
    except ValueError:
        # An address that is not of the web is not made clickable.
        return Span(text, kind)
