"""A form as inputs of a card: to fill in, with what is wrong, and as it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from microsoft_teams.cards import (
    ActionSet,
    Choice,
    ChoiceSetInput,
    DateInput,
    NumberInput,
    RichTextBlock,
    SubmitAction,
    TextInput,
)
from microsoft_teams.cards.core import CardElement
from pydantic import TypeAdapter, ValidationError

from bot.platforms.teams.actions import execute
from bot.platforms.teams.card_json import dumped, size
from bot.platforms.teams.words import heading, is_inert, paragraphs
from handlers.conversation import message as m
from handlers.conversation.form import SEVERAL, Field, Form, Kind, check, written_date

# In bytes. A form that is longer is not carried beside its own inputs: both would not fit into one card.
_LARGEST_DEFINITION = 10_000
# Before the name of each field, so that no field can pass for a part of the button's own data.
_FIELD = "field."
# More than these are easier to choose from a list that opens.
_RADIOS = 5
_Input = TextInput | ChoiceSetInput | DateInput | NumberInput
_FORM: TypeAdapter[Form] = TypeAdapter(Form)


@dataclass(frozen=True, slots=True)
class Filled:
    """What came back from a card's form. `form` is None where the card did not carry its definition."""

    name: str
    values: Mapping[str, str]
    params: Mapping[str, Any]
    form: Form | None


def form_elements(
    form: Form,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    dialog: bool = False,
) -> list[dict[str, Any]]:
    """A form's elements. In a dialog, its title is the dialog's own and its button an old-style one."""
    elements: list[CardElement] = [] if dialog else [*heading(form.title)]
    if errors:
        elements += paragraphs([m.bold("There is a problem. Nothing was sent yet.")], color="Attention")
        elements += [
            each
            for name in errors
            if name not in {field.name for field in form.fields}
            for each in paragraphs(m.spans(errors[name]))
        ]
    missing = check(form, {})
    for field in form.fields:
        value = field.initial if values is None else values.get(field.name, "")
        parts = list(_field(field, value, missing.get(field.name), (errors or {}).get(field.name)))
        # What is said about a field stands above it: the space shows which one it belongs to.
        parts[0].spacing = "Large"
        elements += parts
    data = _carried(form)
    button = SubmitAction(title=form.submit, data=data) if dialog else execute(form.submit, form.name, data)
    elements.append(ActionSet(actions=[button]))
    return [dumped(each) for each in elements]


def sent_blocks(filled: Filled, longest: int) -> tuple[m.Block, ...]:
    """What was sent, to stand where the form was; a value over `longest` says how much of it is shown."""
    assert filled.form is not None, "only a form that is known can be shown"
    facts = tuple(
        m.Fact(field.label, m.spans(_said(field, filled.values.get(field.name, ""), longest)))
        for field in filled.form.fields
    )
    return (m.Text((m.bold(f"{filled.form.title}: you sent this."),)), m.Facts(facts))


def filled(data: object) -> Filled | None:
    """What a card's form sent back, or None for anything else."""
    if not isinstance(data, dict) or not isinstance(data.get("form"), str):
        return None
    params = data.get("params")
    values = {
        key.removeprefix(_FIELD): "" if value is None else str(value)
        for key, value in data.items()
        if isinstance(key, str) and key.startswith(_FIELD)
    }
    params = params if isinstance(params, dict) else {}
    return Filled(data["form"], values, params, _definition(data.get("definition"), data["form"], params))


def _definition(carried: object, name: str, params: Mapping[str, Any]) -> Form | None:
    """The form as the card carried it. It is only ever shown again; the handler checks against its own."""
    if not isinstance(carried, dict):
        return None
    try:
        return _FORM.validate_python({**carried, "name": name, "params": params})
    except ValidationError:
        return None


def _carried(form: Form) -> dict[str, Any]:
    bare = replace(form, params={}, fields=tuple(replace(each, initial="") for each in form.fields))
    definition = _FORM.dump_python(bare, mode="json", exclude_defaults=True)
    del definition["name"]
    carried: dict[str, Any] = {"form": form.name, "params": dict(form.params)}
    return carried if size(definition) > _LARGEST_DEFINITION else {**carried, "definition": definition}


def _field(
    field: Field, value: str, missing: str | None, error: str | None
) -> Iterator[RichTextBlock | _Input]:
    if field.help:
        yield from paragraphs(m.spans(field.help), size="Small", is_subtle=True)
    if len(value) > field.longest:
        told = f"The text had {len(value):,} characters. The first {field.longest:,} are kept: shorten or replace them."
        yield from paragraphs(m.spans(told), color="Attention")
    if error:
        yield from paragraphs([m.bold(f"Error: {error}")], color="Attention")
    own: dict[str, Any] = {
        "id": f"{_FIELD}{field.name}",
        "label": field.label if field.required else f"{field.label} (optional)",
    }
    if field.required:
        own |= {"is_required": True, "error_message": missing or "Fill this in"}
    yield _input(field, value, own)


def _input(field: Field, value: str, own: dict[str, Any]) -> _Input:  # one for each kind
    match field.kind:
        case Kind.SHORT_TEXT | Kind.LONG_TEXT:
            long = True if field.kind is Kind.LONG_TEXT else None
            return TextInput(**own, **_text(field, value), is_multiline=long)
        case Kind.MONTH:
            return TextInput(**own, **_text(field, value), placeholder="March 2027")
        case Kind.ONE_OF | Kind.YES_NO | Kind.SCALE | Kind.SEVERAL_OF:
            return _choices(field, value, own)
        # What is typed in words, such as 'not sure', does not fit into a date or a number of a card's.
        case Kind.DATE if written_date(value) and not field.not_sure:
            return DateInput(**own, value=value or None)
        case Kind.NUMBER if _is_number(value) and not field.not_sure:
            number = float(value) if value else None
            return NumberInput(**own, value=number, min=field.least, max=field.most)
        case Kind.NUMBER | Kind.MONEY | Kind.DATE | Kind.PERSON | Kind.CONTRACT | Kind.ARTICLE:
            return TextInput(**own, **_text(field, value))
        case _:
            assert_never(field.kind)


def _text(field: Field, value: str) -> dict[str, Any]:
    return {"max_length": field.longest, "value": value[: field.longest] or None}


def _is_number(value: str) -> bool:
    return re.fullmatch(r"(-?[0-9]+(\.[0-9]+)?)?", value) is not None


def _choices(field: Field, value: str, own: dict[str, Any]) -> ChoiceSetInput:
    # Beside a radio button a client may read Markdown; in a list that opens it never does.
    radios = len(field.choices) <= _RADIOS and all(is_inert(each.described) for each in field.choices)
    several = field.kind is Kind.SEVERAL_OF
    known = {each.value for each in field.choices}
    return ChoiceSetInput(
        **own,
        choices=[Choice(title=each.described, value=each.value) for each in field.choices],
        value=value if value and known.issuperset(value.split(SEVERAL) if several else [value]) else None,
        is_multi_select=True if several else None,
        style="expanded" if radios else "compact",
        wrap=True,
        placeholder=None if radios else "Choose one",
    )


def _said(field: Field, value: str, longest: int) -> str:
    if not value.strip():
        return "Not given"
    chosen = field.label_of(value)
    if len(chosen) <= longest:
        return chosen
    return f"{chosen[:longest].rstrip()}… (the first {longest:,} of {len(chosen):,} characters)"
