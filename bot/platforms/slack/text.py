"""Text on its way to Slack and from Slack: escaping, cutting to a limit, splitting, and reading Slack's marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ELLIPSIS = "…"
_MARK = re.compile(r"<([^<>]*)>")


def escape(text: str) -> str:
    """The text with Slack's three control characters escaped, and without what JSON readers choke on."""
    return text.replace("\x00", "\ufffd").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fits(text: str, longest: int) -> bool:
    """Whether the text keeps to a limit once it is escaped."""
    return len(escape(text)) <= longest


def fitted(text: str, longest: int) -> str:
    """The text, escaped; where that is too long, its beginning and a sign that there is more.

    The caller shows the whole of it elsewhere.
    """
    whole = escape(text)
    if len(whole) <= longest:
        return whole
    kept: list[str] = []
    room = longest - len(_ELLIPSIS)
    for character in text:
        written = escape(character)
        if len(written) > room:
            break
        kept.append(written)
        room -= len(written)
    return "".join(kept).rstrip() + _ELLIPSIS


def pieces(text: str, longest: int) -> Iterator[str]:
    """The whole text in pieces of at most so many characters, cut at a line's or a word's end where one is near."""
    while len(text) > longest:
        window = text[:longest]
        cut = max(window.rfind("\n"), window.rfind(" ")) + 1
        if cut < longest // 2:
            cut = longest
        yield text[:cut]
        text = text[cut:]
    if text:
        yield text


def read(text: str) -> str:
    """What Slack hands over as a message's text, as the person sees it: no marks, no escapes."""
    plain = _MARK.sub(lambda found: _seen(found[1]), text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _seen(mark: str) -> str:
    target, _, label = mark.partition("|")
    kind = target[:1]
    if kind in ("@", "#"):
        return f"{kind}{label or target[1:]}"
    if kind == "!":
        name = target[1:].partition("^")[0]
        return label or f"@{name}"
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    # Slack makes a link of "example.com" by itself; then the label is part of the address.
    return f"{label} ({target})" if label and label not in target else label or bare


def without_mention(text: str, user_id: str) -> str:
    """The raw text without the mentions of this user."""
    return re.sub(rf"<@{re.escape(user_id)}(\|[^<>]*)?>[,:]?", " ", text).strip()


def begins_with_other(text: str, user_id: str) -> bool:
    """Whether the raw text begins with a mention of somebody else: then it is said to them."""
    found = re.match(r"\s*<@([A-Z0-9]+)", text)
    return found is not None and found[1] != user_id
