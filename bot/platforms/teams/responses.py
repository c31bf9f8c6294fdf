"""What is answered to an invoke: a card in the place of the one used, a dialog, search results, a word."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from bot.platforms.teams.card_json import CardTooLarge
from bot.platforms.teams.form_card import Filled, form_elements, sent_blocks
from bot.platforms.teams.port import Answer
from bot.platforms.teams.render import CARD, attachment, card, cards_of, packed
from bot.platforms.teams.words import shortened
from handlers.conversation.form import Form
from handlers.conversation.message import Message, Text, say, text_of

_WORD = "application/vnd.microsoft.activity.message"
_ERROR = "application/vnd.microsoft.error"
_THUMBNAIL = "application/vnd.microsoft.card.thumbnail"
# Tried in this order until what was sent fits into one card.
_SHOWN_OF_A_VALUE = (2000, 500, 100, 30)
_LONGEST_TITLE = 100
_LONGEST_PREVIEW = 200


def word(text: str) -> Answer:
    """A line that the client shows for a moment; the card stays as it is."""
    return Answer(200, {"statusCode": 200, "type": _WORD, "value": text})


def replaced(shown: Mapping[str, Any]) -> Answer:
    """A card in the place of the one whose button was used."""
    return Answer(200, {"statusCode": 200, "type": CARD, "value": shown})


def fresh(messages: Sequence[Message]) -> Answer:
    """A card as it is by now; it stays as it was where it can't be shown as one card."""
    cards = cards_of(messages[0]) if messages else []
    return replaced(cards[0]) if len(cards) == 1 else word("")


def not_understood(why: str) -> Answer:
    """The card's button carried something that no button of ours does."""
    value = {"code": "BadRequest", "message": why}
    return Answer(200, {"statusCode": 400, "type": _ERROR, "value": value})


def wrong_card(filled: Filled, errors: Mapping[str, str]) -> dict[str, Any] | None:
    """The form again, with what was filled in and what is wrong; None where it can't be shown again."""
    if filled.form is None or any(
        len(filled.values.get(each.name, "")) > each.longest for each in filled.form.fields
    ):
        # What was typed would be cut: the client's own copy of it is better.
        return None
    return _form_card(filled.form, filled.values, errors)


def sent_card(filled: Filled) -> dict[str, Any] | None:
    """What was sent, in the place of the form."""
    if filled.form is None:
        return None
    for longest in _SHOWN_OF_A_VALUE:
        message = Message(f"{filled.form.title}: you sent this.", sent_blocks(filled, longest))
        cards = cards_of(message)
        if len(cards) == 1:
            return cards[0]
    return cards_of(say(f"{filled.form.title}: you sent this."))[0]


def in_words(errors: Mapping[str, str]) -> str:
    """What is wrong, on a line."""
    return f"There is a problem. Nothing was sent. {'. '.join(errors.values())}"


def dialog(form: Form) -> Answer:
    """A form as a dialog."""
    try:
        return _task(form.title, card(packed([form_elements(form, dialog=True)])[0], form.title))
    except CardTooLarge:
        return told(f"{form.title}: this form is too long for a dialog. Ask for it in chat with Covenant.")


def told(text: str) -> Answer:
    """A dialog that only says something."""
    return Answer(200, {"task": {"type": "message", "value": text}})


def wrong_dialog(filled: Filled, errors: Mapping[str, str]) -> Answer:
    """The dialog again, with what was filled in and what is wrong."""
    if filled.form is None:
        return told(in_words(errors))
    try:
        elements = form_elements(filled.form, filled.values, errors, dialog=True)
        return _task(filled.form.title, card(packed([elements])[0], filled.form.title))
    except CardTooLarge:
        return told(in_words(errors))


def last_dialog(messages: Sequence[Message]) -> Answer:
    """The dialog closes with what is said, or at once where nothing is."""
    if not messages:
        return Answer(200, {})
    blocks = tuple(block for each in messages for block in (each.blocks or say(each.summary).blocks))
    cards = cards_of(Message(messages[0].summary, blocks))
    if len(cards) > 1:
        return told(messages[0].summary)
    return _task("Covenant", cards[0])


def results(messages: Sequence[Message]) -> Answer:
    """Articles that were found, as a list to choose from; each becomes a card in the person's message."""
    found = [_result(each) for each in messages]
    extension: dict[str, Any] = {"type": "result", "attachmentLayout": "list", "attachments": found}
    if not found:
        extension = {"type": "message", "text": "Nothing found. Try other words."}
    return Answer(200, {"composeExtension": extension})


def _result(message: Message) -> dict[str, Any]:
    cards = cards_of(message)
    shown = cards[0]
    if len(cards) > 1:
        more = cards_of(say("This is the beginning. Ask Covenant in chat to read the rest."))[0]
        # The packed card leaves room for one line more.
        shown = {**shown, "body": [*shown["body"], *more["body"]]}
    first = next((text_of(each.spans) for each in message.blocks if isinstance(each, Text)), "")
    preview = {
        "title": shortened(message.summary, _LONGEST_TITLE),
        "text": html.escape(shortened(first, _LONGEST_PREVIEW)),
    }
    return attachment(shown) | {"preview": {"contentType": _THUMBNAIL, "content": preview}}


def _form_card(form: Form, values: Mapping[str, str], errors: Mapping[str, str]) -> dict[str, Any] | None:
    try:
        return card(packed([form_elements(form, values, errors)])[0], form.title)
    except CardTooLarge:
        return None


def _task(title: str, shown: Mapping[str, Any]) -> Answer:
    value = {"title": title, "height": "medium", "width": "medium", "card": attachment(shown)}
    return Answer(200, {"task": {"type": "continue", "value": value}})
