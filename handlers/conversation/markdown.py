"""Curated Markdown as message blocks. What an article may use is listed in docs/articles.md."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from handlers.conversation.message import Block, Bullets, Span, SpanKind, Text, link, of_the_web

_STYLES = {"strong_open": SpanKind.BOLD, "em_open": SpanKind.ITALIC}


@cache
def _parser() -> MarkdownIt:
    # HTML stays text; images and tables are not part of an article.
    return MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


@lru_cache(1024)
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
            yield Bullets(tuple(item for item in items or () if item), numbered, start)
            items = None
        elif token.type == "list_item_open" and items is not None:
            items.append(())
        elif runs := tuple(_runs_of(token)):
            if items is None:
                yield Text(runs)
            else:
                # A further paragraph belongs to the item it stands in.
                items[-1] = (*items[-1], Span(" "), *runs) if items[-1] else runs


def _runs_of(token: Token) -> Iterator[Span]:
    if token.type in ("fence", "code_block"):
        yield Span(token.content.rstrip(), SpanKind.CODE)
    elif token.type == "inline":
        yield from _runs(token.children or [])


def _runs(tokens: list[Token]) -> Iterator[Span]:
    # The innermost style counts; leaving it, the one around it goes on.
    styles = [SpanKind.PLAIN]
    address: str | None = None
    for token in tokens:
        if token.type in _STYLES:
            styles.append(_STYLES[token.type])
        elif token.type in ("strong_close", "em_close"):
            styles.pop()
        elif token.type == "link_open":
            address = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            if address is not None and not of_the_web(address):
                yield Span(f" ({address})")
            address = None
        elif token.type in ("softbreak", "hardbreak"):
            yield Span(" ")
        elif token.type == "code_inline":
            yield Span(token.content, SpanKind.CODE)
        elif token.content:
            clickable = address is not None and of_the_web(address)
            yield link(token.content, address or "") if clickable else Span(token.content, styles[-1])
