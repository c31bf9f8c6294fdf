"""Forms as Slack dialogs (modals) or as inputs inside a message, and what comes back from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    DatePickerElement,
    InputBlock,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    OptionGroup,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.platforms.slack import rich, words
from bot.platforms.slack.buttons import LONGEST_ID, LONGEST_VALUE, TooLong, packed, unpacked
from bot.platforms.slack.pieces import Piece
from bot.platforms.slack.text import fits, fitted
from handlers.conversation.form import SEVERAL, Field, Form, Kind, written_date
from handlers.conversation.form import Option as Choice
from handlers.conversation.message import Span, bold

_MOST_BLOCKS = 100
_LONGEST_METADATA = 3000
_LONGEST_TITLE = 24
_LONGEST_LABEL = 2000
_LONGEST_INPUT = 3000
_LONGEST_BUTTON = 75
_LONGEST_CHOICE = 75
_LONGEST_CHOICE_VALUE = 150
# Of radio buttons, and of boxes to tick.
_MOST_BUTTONS = 10
_MOST_IN_A_GROUP = 100
_VALUE = "value"
_INSTEAD = "To be asked one question at a time instead, cancel and type \u201canswer here\u201d."


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a dialog was opened from, so that what follows goes there: carried in the dialog itself."""

    conversation: str
    thread: str
    direct: bool
    source: str | None = None


def dialog(form: Form, origin: Origin) -> dict[str, Any]:
    """The form as a dialog. TooLong where Slack can't hold it."""
    carried = {
        "p": dict(form.params),
        "c": origin.conversation,
        "t": origin.thread,
        "d": origin.direct,
        "s": origin.source,
    }
    blocks = [*_titled(form), *_inputs(form, ""), *_instead(form)]
    if len(blocks) > _MOST_BLOCKS:
        raise TooLong(f"form {form.name} has more fields than a Slack dialog takes")
    view = View(
        type="modal",
        callback_id=form.name,
        title=_plain(form.title, _LONGEST_TITLE),
        submit=_plain(form.submit, _LONGEST_TITLE),
        close=_plain("Cancel", _LONGEST_TITLE),
        blocks=blocks,
        private_metadata=packed(carried, _LONGEST_METADATA, f"form {form.name}"),
    )
    found: dict[str, Any] = view.to_dict()
    return found


def carried_by(view: Mapping[str, Any]) -> tuple[Mapping[str, Any], Origin | None]:
    """The params of a dialog that came back, and where it was opened from."""
    found = unpacked(view.get("private_metadata")) or {}
    params = found.get("p")
    conversation = found.get("c")
    origin = None
    if isinstance(conversation, str):
        origin = Origin(conversation, str(found.get("t") or ""), bool(found.get("d")), found.get("s"))
    return params if isinstance(params, dict) else {}, origin


def values_of(state: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """What was filled in, by the fields' names."""
    found: dict[str, str] = {}
    for block_id, elements in state.get("values", {}).items():
        element = elements.get(_VALUE)
        if element is not None and block_id.startswith(prefix):
            found[block_id.removeprefix(prefix)] = _value(element)
    return found


def _value(element: Mapping[str, Any]) -> str:
    several = element.get("selected_options") or []
    one = element.get("selected_option") or {}
    chosen = SEVERAL.join(each["value"] for each in several) or one.get("value")
    return str(element.get("value") or chosen or element.get("selected_date") or "")


def errors_for(view: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, str]:
    """The errors by the inputs of the dialog. Slack takes none beside a field that is not there."""
    there = [block["block_id"] for block in view.get("blocks", []) if block.get("type") == "input"]
    shown: dict[str, str] = {}
    for name, problem in errors.items():
        place = name if name in there else there[0]
        shown[place] = f"{shown[place]} {problem}" if place in shown else problem
    return shown


def inputs_in_message(form: Form, number: int) -> Iterator[Piece]:
    """The form as inputs inside a message, with a button that sends them."""
    prefix = f"{number}:"
    title = (bold(form.title),)
    yield Piece(words.block([title]), rich.size(title))
    yield from (Piece(each, _weight(each)) for each in _inputs(form, prefix))
    value = packed({"f": form.name, "p": dict(form.params), "n": prefix}, LONGEST_VALUE, f"form {form.name}")
    send = ButtonElement(
        text=_plain(form.submit, _LONGEST_BUTTON),
        action_id=f"{number}.send:{form.name}"[:LONGEST_ID],
        value=value,
        style="primary",
    )
    yield Piece(ActionsBlock(elements=[send]), len(form.submit))


def _titled(form: Form) -> Iterator[Block]:
    """The whole title, where the dialog's own line is too short for it."""
    if not fits(form.title, _LONGEST_TITLE):
        yield words.block([(bold(form.title),)])


def _instead(form: Form) -> Iterator[Block]:
    if form.here:
        yield words.block([(Span(_INSTEAD),)])


def _inputs(form: Form, prefix: str) -> Iterator[Block]:
    for field in form.fields:
        yield from _above(field)
        yield InputBlock(
            block_id=f"{prefix}{field.name}"[:LONGEST_ID],
            label=_plain(field.label, _LONGEST_LABEL),
            hint=_plain(field.help, _LONGEST_LABEL) if field.help else None,
            optional=not field.required,
            element=_element(field),
        )


def _above(field: Field) -> Iterator[Block]:
    """What does not fit into the input itself stands above it, whole."""
    long_words = [text for text in (field.label, field.help) if not fits(text, _LONGEST_LABEL)]
    long_choices = [
        f"{count}. {option.described}"
        for count, option in enumerate(field.choices, 1)
        if not (fits(option.label, _LONGEST_CHOICE) and fits(option.detail, _LONGEST_CHOICE))
    ]
    for text in (*long_words, *long_choices):
        yield from (words.block([part]) for part in rich.chunks((Span(text),)))
    longest = _room(field)
    if len(field.initial) > longest:
        note = f"The text was longer than the {longest:,} characters that fit here. Below is its beginning."
        yield words.block([(Span(note),)])


def _room(field: Field) -> int:
    return max(1, min(field.longest, _LONGEST_INPUT))


def _element(field: Field) -> InputInteractiveElement:
    if field.choices:
        return _several(field) if field.kind is Kind.SEVERAL_OF else _choices(field)
    # What is typed in words, such as 'not sure', does not fit into a date or a number of Slack's.
    if field.kind is Kind.DATE and not field.not_sure and written_date(field.initial):
        return DatePickerElement(action_id=_VALUE, initial_date=field.initial or None)
    if field.kind is Kind.NUMBER and not field.not_sure:
        least, most = (None if each is None else f"{each:g}" for each in (field.least, field.most))
        return NumberInputElement(
            action_id=_VALUE,
            is_decimal_allowed=True,
            initial_value=field.initial or None,
            min_value=least,
            max_value=most,
        )
    return _text_input(field)


def _text_input(field: Field) -> PlainTextInputElement:
    longest = _room(field)
    return PlainTextInputElement(
        action_id=_VALUE,
        multiline=field.kind is Kind.LONG_TEXT,
        initial_value=field.initial[:longest] or None,
        max_length=longest,
        placeholder=_plain("A month, such as March 2027", 150) if field.kind is Kind.MONTH else None,
    )


def _choices(field: Field) -> RadioButtonsElement | StaticSelectElement:
    options = [_option(field, count, choice) for count, choice in enumerate(field.choices, 1)]
    chosen = next((each for each in options if each.value == field.initial), None)
    if len(options) <= _MOST_BUTTONS:
        return RadioButtonsElement(action_id=_VALUE, options=options, initial_option=chosen)
    if len(options) <= _MOST_IN_A_GROUP:
        return StaticSelectElement(action_id=_VALUE, options=options, initial_option=chosen)
    return StaticSelectElement(action_id=_VALUE, option_groups=_groups(options), initial_option=chosen)


def _several(field: Field) -> CheckboxesElement | StaticMultiSelectElement:
    options = [_option(field, count, choice) for count, choice in enumerate(field.choices, 1)]
    chosen = [each for each in options if each.value in field.initial.split(SEVERAL)] or None
    if len(options) <= _MOST_BUTTONS:
        return CheckboxesElement(action_id=_VALUE, options=options, initial_options=chosen)
    if len(options) <= _MOST_IN_A_GROUP:
        return StaticMultiSelectElement(action_id=_VALUE, options=options, initial_options=chosen)
    return StaticMultiSelectElement(action_id=_VALUE, option_groups=_groups(options), initial_options=chosen)


def _groups(options: Sequence[Option]) -> list[OptionGroup]:
    starts = range(0, len(options), _MOST_IN_A_GROUP)
    if len(starts) > _MOST_IN_A_GROUP:
        raise TooLong("a Slack menu takes at most 10,000 choices")
    return [
        OptionGroup(
            label=_plain(f"From {start + 1}", _LONGEST_CHOICE),
            options=options[start : start + _MOST_IN_A_GROUP],
        )
        for start in starts
    ]


def _option(field: Field, count: int, choice: Choice) -> Option:
    if len(choice.value) > _LONGEST_CHOICE_VALUE:
        raise TooLong(f"a choice of field {field.name} has a value longer than Slack keeps")
    label = choice.label if fits(choice.label, _LONGEST_CHOICE) else f"{count}. {choice.label}"
    detail = _plain(choice.detail, _LONGEST_CHOICE) if choice.detail else None
    return Option(text=_plain(label, _LONGEST_CHOICE), value=choice.value, description=detail)


def _plain(text: str, longest: int) -> PlainTextObject:
    return PlainTextObject(text=fitted(text, longest), emoji=False)


def _weight(block: Block) -> int:
    return len(str(block.to_dict()))
