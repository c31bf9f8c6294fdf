"""Lines of text as Slack blocks, in the plainest kind of block that can't misread them.

Without emphasis a line is plain text, where nothing is a mark. With emphasis it is marked text as long as
the words themselves hold nothing that could be a mark; else it is rich text, which has no marks at all.
Every client draws the first two; rich text is drawn by Slack's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block, MarkdownTextObject, PlainTextObject, SectionBlock

from bot.platforms.slack import rich
from bot.platforms.slack.text import escape
from handlers.conversation.message import Span, SpanKind

_LONGEST = 3000
_MARKS = {SpanKind.BOLD: "*", SpanKind.ITALIC: "_", SpanKind.CODE: "`"}
# Slack's marks, its names of pictures, and a quotation at a line's beginning.
_COULD_BE_A_MARK = re.compile(r"[*_~`]|:[\w+'-]+:|^\s*>", re.MULTILINE)
# Beside letters and digits a mark is not one.
_JOINED = re.compile(r"\w")


class _Unsafe(Exception):
    """Written with marks, the words could be misread."""


def block(lines: Sequence[rich.Line]) -> Block:
    """Lines under one another."""
    return _section(lines) or rich.block(lines)


def listed(items: Sequence[rich.Line], *, numbered: bool, start: int) -> Block:
    """A list; a numbered one counts from `start`."""
    signs = (f"{number}. " if numbered else "• " for number in range(start, start + len(items)))
    lines = [(Span(sign), *item) for sign, item in zip(signs, items, strict=True)]
    return _section(lines) or rich.listed(items, numbered=numbered, start=start)


def _section(lines: Sequence[rich.Line]) -> SectionBlock | None:
    """The lines as a section, or None where that would be too long or could be misread."""
    plain = all(span.kind in (SpanKind.PLAIN, SpanKind.MENTION) for line in lines for span in line)
    text = "\n".join(_plain(line) for line in lines) if plain else None
    shown: PlainTextObject | MarkdownTextObject | None = None
    # Some clients draw plain text on one line, so several lines are marked text where they can be.
    if text is None or "\n" in text:
        shown = _marked_text(lines)
    if shown is None and text is not None:
        shown = PlainTextObject(text=text, emoji=False)
    if shown is None or not (shown.text or "").strip() or len(shown.text or "") > _LONGEST:
        return None
    # Unfolded, so that nothing hides behind "see more".
    return SectionBlock(text=shown, expand=True)


def _marked_text(lines: Sequence[rich.Line]) -> MarkdownTextObject | None:
    try:
        return MarkdownTextObject(text="\n".join(_marked(line) for line in lines), verbatim=True)
    except _Unsafe:
        return None


def _plain(line: rich.Line) -> str:
    return escape("".join(span.text for span in line))


def _marked(line: rich.Line) -> str:
    shown = [span for span in line if span.text]
    before = ["", *(span.text[-1:] for span in shown[:-1])]
    after = [*(span.text[:1] for span in shown[1:]), ""]
    return "".join(
        "".join(_marked_span(span, left, right))
        for span, left, right in zip(shown, before, after, strict=True)
    )


def _marked_span(span: Span, left: str, right: str) -> Iterator[str]:
    if _COULD_BE_A_MARK.search(span.text):
        raise _Unsafe
    mark = _MARKS.get(span.kind)
    if span.kind is SpanKind.LINK:
        yield _link(span)
    elif mark is None:
        yield escape(span.text)
    else:
        core = span.text.strip()
        lead, _, trail = span.text.partition(core) if core else ("", "", "")
        joined = (not lead and _JOINED.match(left)) or (not trail and _JOINED.match(right))
        if not core or joined or "\n" in core:
            raise _Unsafe
        yield f"{lead}{mark}{escape(core)}{mark}{trail}"


def _link(span: Span) -> str:
    target = span.target or ""
    if not rich.is_web_link(span) or re.search(r"[\s<>|]", target) or re.search(r"[|\n]", span.text):
        raise _Unsafe
    return f"<{escape(target)}|{escape(span.text)}>"
