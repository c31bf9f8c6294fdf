"""Block Kit's limits as Slack documents them, written apart from the renderer that must keep them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_IN_MESSAGES_ONLY = frozenset({"table"})


def message_problems(arguments: Json) -> list[str]:
    """What Slack would refuse in a message."""
    blocks = arguments.get("blocks") or []
    found = list(_blocks(blocks, 50, "message"))
    text = arguments.get("text") or ""
    if not text:
        found.append("no top-level text")
    if len(text) > 4000:
        found.append(f"{len(text)} characters of top-level text")
    characters = sum(_characters(block) for block in blocks)
    if characters > 13_200:
        found.append(f"{characters} characters over all blocks")
    if sum(block["type"] == "table" for block in blocks) > 1:
        found.append("more than one table")
    metadata = arguments.get("metadata")
    if metadata is not None and not {"event_type", "event_payload"} <= set(metadata):
        found.append("metadata without its two parts")
    return found


def view_problems(view: Json) -> list[str]:
    """What Slack would refuse in a dialog or a home page."""
    found = list(_blocks(view.get("blocks") or [], 100, view["type"]))
    if len(str(view)) > 250_000:
        found.append("a view over 250 kB")
    if len(view.get("private_metadata") or "") > 3000 or len(view.get("callback_id") or "") > 255:
        found.append("too much carried by a view")
    if view["type"] == "modal":
        for part in ("title", "submit", "close"):
            found += _plain(view.get(part), 24, part)
        if any(block["type"] == "input" for block in view["blocks"]) and not view.get("submit"):
            found.append("inputs without a way to send them")
    return found


def _blocks(blocks: list[Json], most: int, where: str) -> Iterator[str]:
    if len(blocks) > most:
        yield f"{len(blocks)} blocks in a {where}"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block_id twice"
    actions = [
        each.get("action_id") for block in blocks for each in block.get("elements", []) if "action_id" in each
    ]
    if len(actions) != len(set(actions)):
        yield "an action_id twice"
    for block in blocks:
        if len(block.get("block_id", "")) > 255:
            yield "a block_id over 255 characters"
        if block["type"] in _IN_MESSAGES_ONLY and where != "message":
            yield f"a {block['type']} in a {where}"
        yield from _block(block)


# One arm for each kind of block.
def _block(block: Json) -> Iterator[str]:  # noqa: C901, PLR0912
    match block["type"]:
        case "header":
            yield from _plain(block.get("text"), 150, "header")
        case "section":
            yield from _section(block["text"])
        case "rich_text":
            yield from _rich(block)
        case "context":
            yield from _count(block["elements"], 10, "context")
            for each in block["elements"]:
                yield from _plain(each, 2000, "context")
        case "actions":
            yield from _count(block["elements"], 25, "actions")
            for each in block["elements"]:
                yield from _button(each)
        case "image":
            if not 0 < len(block["alt_text"]) <= 2000 or len(block["image_url"]) > 3000:
                yield "an image's words or address"
        case "input":
            yield from _input(block)
        case "table":
            yield from _table(block)
        case "divider":
            pass
        case other:
            yield f"a block {other!r} that is not known here"


def _section(text: Json) -> Iterator[str]:
    if text["type"] not in ("plain_text", "mrkdwn") or not 0 < len(text["text"]) <= 3000:
        yield "a section's text"
    if text["type"] == "mrkdwn":
        outside = re.sub(r"<https?://[^|<>]+\|[^|<>]+>", "", text["text"])
        if "<" in outside or ">" in outside or text.get("verbatim") is not True:
            yield "marked text that could mention somebody"


def _rich(block: Json) -> Iterator[str]:
    yield from _count(block["elements"], 1000, "rich text")
    for element in block["elements"]:
        parts = element["elements"]
        yield from _count(parts, 1000, element["type"])
        if element["type"] == "rich_text_list":
            if element["style"] not in ("bullet", "ordered"):
                yield "a list of no known style"
            parts = [part for item in parts for part in item["elements"]]
            yield from _count(parts, 1000, "list item")
        for part in parts:
            if part["type"] not in ("text", "link"):
                yield f"rich text {part['type']}"
            if part["type"] == "link" and not part["url"].startswith(("https://", "http://")):
                yield "a link to something that is no web page"
            if not part.get("text"):
                yield "empty rich text"


def _button(button: Json) -> Iterator[str]:
    yield from _plain(button["text"], 75, "button")
    if len(button.get("value", "")) > 2000 or not 0 < len(button["action_id"]) <= 255:
        yield "a button's value or action_id"
    if button.get("style", "primary") not in ("primary", "danger"):
        yield "a button of no known style"
    confirm = button.get("confirm")
    if confirm is not None:
        limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
        for part, longest in limits.items():
            yield from _plain(confirm[part], longest, f"confirm {part}")


def _input(block: Json) -> Iterator[str]:
    yield from _plain(block["label"], 2000, "label")
    if "hint" in block:
        yield from _plain(block["hint"], 2000, "hint")
    yield from _ELEMENTS.get(block["element"]["type"], _options)(block["element"])


def _text_element(element: Json) -> Iterator[str]:
    longest = element.get("max_length", 3000)
    if not 1 <= longest <= 3000 or len(element.get("initial_value", "")) > longest:
        yield "a text input's lengths"
    if "placeholder" in element:
        yield from _plain(element["placeholder"], 150, "placeholder")


def _number_element(element: Json) -> Iterator[str]:
    if "is_decimal_allowed" not in element:
        yield "a number input that does not say whether it takes decimals"


def _date_element(element: Json) -> Iterator[str]:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", element.get("initial_date", "2026-01-01")):
        yield "an initial date that is none"


_ELEMENTS = {
    "plain_text_input": _text_element,
    "number_input": _number_element,
    "datepicker": _date_element,
}


def _options(element: Json) -> Iterator[str]:
    groups = element.get("option_groups", [])
    options = element.get("options", []) + [option for group in groups for option in group["options"]]
    most = 10 if element["type"] in ("radio_buttons", "checkboxes") else 100
    if len(groups) > 100 or any(len(each["options"]) > 100 for each in groups):
        yield "too many groups of options"
    if not options or (not groups and len(options) > most):
        yield f"{len(options)} options"
    values = [option["value"] for option in options]
    if len(values) != len(set(values)) or any(len(value) > 150 for value in values):
        yield "an option's value"
    for option in options:
        yield from _plain(option["text"], 75, "option")
        if "description" in option:
            yield from _plain(option["description"], 75, "option's description")
    if "initial_option" in element and element["initial_option"] not in options:
        yield "an initial option that is none of the options"
    if any(each not in options for each in element.get("initial_options", [])):
        yield "initial options that are none of the options"


def _table(block: Json) -> Iterator[str]:
    rows = block["rows"]
    if not 0 < len(rows) <= 100 or any(not 0 < len(row) <= 20 for row in rows):
        yield "a table's rows or columns"
    if len({len(row) for row in rows}) > 1:
        yield "rows of different lengths"
    if any(cell["type"] != "raw_text" or not cell["text"] for row in rows for cell in row):
        yield "an empty cell"
    if _characters(block) > 10_000:
        yield "over 10,000 characters in a table"


def _plain(text: Json | None, longest: int, what: str) -> list[str]:
    if text is None or text["type"] != "plain_text":
        return [f"{what} is no plain text"]
    return [] if 0 < len(text["text"]) <= longest else [f"{what} has {len(text['text'])} characters"]


def _count(items: list[Any], most: int, what: str) -> list[str]:
    return [] if 0 < len(items) <= most else [f"{len(items)} elements in {what}"]


def _characters(thing: object) -> int:
    """The characters of everything that is read in a block."""
    if isinstance(thing, Mapping):
        own = sum(len(thing[key]) for key in ("text", "alt_text", "url") if isinstance(thing.get(key), str))
        return own + sum(_characters(value) for value in thing.values())
    if isinstance(thing, list):
        return sum(_characters(each) for each in thing)
    return 0
