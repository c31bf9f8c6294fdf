"""What an activity means in our own words. Pure: no I/O, and nothing of any SDK."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any

from bot.platforms.teams.form_card import Filled, filled
from bot.platforms.teams.port import Activity
from handlers.articles.suggesting import SUGGEST
from handlers.conversation.turn import Clicked, Closed, Input, Opened, Said, Searched, Submitted
from handlers.experts.view import ABOUT_MESSAGE
from storage.suggestions import SuggestionKind

SEARCH_COMMAND = "searchArticles"
ASK_COMMAND = "askExpert"
EXEMPLAR_COMMAND = "saveExemplar"
KNOWLEDGE_COMMAND = "addToKnowledge"
_ABOUT_A_MESSAGE: Mapping[str, Callable[[str], Clicked]] = {
    ASK_COMMAND: lambda text: Clicked(ABOUT_MESSAGE.name, {"text": text}),
    EXEMPLAR_COMMAND: lambda text: Clicked(
        SUGGEST.name, {"kind": SuggestionKind.EXEMPLAR.value, "text": text}
    ),
    KNOWLEDGE_COMMAND: lambda text: Clicked(
        SUGGEST.name, {"kind": SuggestionKind.KNOWLEDGE.value, "text": text}
    ),
}
_BLOCK_TAGS = frozenset({"br", "p", "div", "li", "tr", "blockquote", "h1", "h2", "h3"})
_LEFT_OUT = frozenset({"script", "style"})


class Channel(StrEnum):
    """How an activity is answered: in the conversation, in the card used, in a dialog, as search results.

    `FRESH`: with the card as it is by now, and with nothing else, since nobody clicked.
    """

    CHAT = "chat"
    CARD = "card"
    FRESH = "fresh"
    DIALOG = "dialog"
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was done, how it is answered, and for a form what came back with it."""

    done: Input
    answered: Channel = Channel.CHAT
    form: Filled | None = None


def meaning_of(activity: Activity) -> Meaning | None:
    """What an activity means; None for what is no concern of ours, such as edits, deletes and reactions."""
    match activity.kind:
        case "message":
            return _message(activity)
        case "installationUpdate":
            return _installation(activity)
        case "invoke":
            return _invoke(activity)
    return None


def _message(activity: Activity) -> Meaning:
    if activity.value is not None and (used := _used(activity.value, Channel.CHAT)):
        return used
    return Meaning(Said(_text_of(activity), mentioned=_mentioned(activity)))


def _installation(activity: Activity) -> Meaning | None:
    if activity.action == "add":
        return Meaning(Opened("installed"))
    # Taken out of a team or a group, Covenant can still reach the person in their own chat.
    if activity.action == "remove" and activity.personal:
        return Meaning(Closed("Covenant was uninstalled in Teams"))
    return None


def _invoke(activity: Activity) -> Meaning | None:
    value = activity.value if isinstance(activity.value, dict) else {}
    match activity.name:
        case "adaptiveCard/action":
            action = value.get("action")
            answered = Channel.FRESH if value.get("trigger") == "automatic" else Channel.CARD
            return _used(action.get("data"), answered) if isinstance(action, dict) else None
        case "composeExtension/query":
            return Meaning(Searched(_searched(value)), Channel.RESULTS)
        case "composeExtension/fetchTask":
            return _about_a_message(value)
        case "composeExtension/submitAction" | "task/submit" | "task/fetch":
            return _used(value.get("data"), Channel.DIALOG)
    return None


def _used(data: object, answered: Channel) -> Meaning | None:
    """A button or a form of one of our cards."""
    if (form := filled(data)) is not None:
        return Meaning(Submitted(form.name, form.values, form.params), answered, form)
    if isinstance(data, dict) and isinstance(data.get("action"), str):
        params = data.get("params")
        return Meaning(Clicked(data["action"], params if isinstance(params, dict) else {}), answered)
    return None


def _searched(value: Mapping[str, Any]) -> str:
    parameters = value.get("parameters")
    for each in parameters if isinstance(parameters, list) else ():
        # The first, empty search of a session comes under its own name with the word "true".
        if isinstance(each, dict) and each.get("name") != "initialRun":
            return str(each.get("value") or "")
    return ""


def _about_a_message(value: Mapping[str, Any]) -> Meaning | None:
    make = _ABOUT_A_MESSAGE.get(str(value.get("commandId")))
    if make is None:
        return None
    payload = value.get("messagePayload")
    body = payload.get("body") if isinstance(payload, dict) else None
    content = str(body.get("content") or "") if isinstance(body, dict) else ""
    is_html = isinstance(body, dict) and body.get("contentType") == "html"
    return Meaning(make(bare(content) if is_html else content), Channel.DIALOG)


def _mentioned(activity: Activity) -> bool:
    return any(_id_mentioned(each) == activity.bot for each in activity.entities)


def _id_mentioned(entity: Mapping[str, Any]) -> str | None:
    who = entity.get("mentioned") if entity.get("type") == "mention" else None
    found = who.get("id") if isinstance(who, dict) else None
    return found if isinstance(found, str) else None


def _text_of(activity: Activity) -> str:
    """What was written, without the bot's own name; of other mentions the name stays."""
    text = activity.text
    for entity in activity.entities:
        who, tag = _id_mentioned(entity), entity.get("text")
        if who is not None and isinstance(tag, str) and tag:
            text = text.replace(tag, "" if who == activity.bot else re.sub(r"</?at[^>]*>", "", tag))
    if activity.text_format == "xml":
        text = bare(text)
    return text.replace("\xa0", " ").strip()


class _Bare(HTMLParser):
    """Keeps the text of HTML, with a line for each of its blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _LEFT_OUT:
            self._skipped += 1
        elif tag in _BLOCK_TAGS:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _LEFT_OUT:
            self._skipped = max(0, self._skipped - 1)

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.text.append(data)


def bare(markup: str) -> str:
    """The text of a piece of HTML."""
    parser = _Bare()
    parser.feed(markup)
    parser.close()
    lines = "".join(parser.text).replace("\xa0", " ").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(each.strip() for each in lines)).strip()
