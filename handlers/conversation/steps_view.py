"""How a form looks when it is asked question by question: each question, the summary, what is in progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from handlers.conversation.acts import ClickAction
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Message,
    Note,
    Text,
    bold,
    spans,
)
from storage.drafts import Draft
from storage.months import Month

MOVED_ON = "That question is behind you, so nothing was changed. This is where the form is now."


class Does(StrEnum):
    """What a button of a form in progress asks for."""

    ANSWER = "answer"
    BACK = "back"
    SKIP = "skip"
    KEEP = "keep"
    CANCEL = "cancel"
    SAVE = "save"
    OPEN = "open"
    SEND = "send"
    CHANGE = "change"
    RESUME = "resume"
    AFRESH = "afresh"
    UNDO = "undo"


_BRIEF = 200
# These belong to one question, and mean nothing after the form has moved on.
OF_A_QUESTION = frozenset({Does.ANSWER, Does.BACK, Does.SKIP, Does.KEEP, Does.SEND, Does.CHANGE})


@dataclass(frozen=True, slots=True)
class Step:
    """Do something with a draft. `question` is the one that the button was shown with, empty in the summary."""

    draft: int
    question: str
    does: Does
    value: str = ""


STEP = ClickAction("form.step", Step)
_FORM: TypeAdapter[Form] = TypeAdapter(Form)


def written(form: Form) -> dict[str, Any]:
    """A form as a draft keeps it."""
    kept: dict[str, Any] = _FORM.dump_python(form, mode="json")
    return kept


def form_of(draft: Draft) -> Form:
    """The form as it was when the draft was begun."""
    return _FORM.validate_python(draft.definition)


def path(form: Form, answers: Mapping[str, str], *, aside: str | None = None) -> list[Field]:
    """The questions that are asked, where only answers to questions that are asked count.

    With `aside`, questions that stand aside are left out, but for the one of that name.
    """
    counted: dict[str, str] = {}
    found: list[Field] = []
    for field in form.fields:
        if field.is_asked(counted):
            found.append(field)
            counted[field.name] = answers.get(field.name, "")
    return [each for each in found if aside is None or not each.aside or each.name == aside]


def question(draft: Draft, form: Form, names: Mapping[str, str], *, first: bool = False) -> Message:
    """One question with everything that can be done about it. `names` are those of answers that stand for something."""
    asked = path(form, draft.answers, aside=draft.asking)
    number = [each.name for each in asked].index(draft.asking) + 1
    field = asked[number - 1]
    title = f"Question {number} of {len(asked)}"
    blocks: list[Block] = []
    if first:
        blocks.append(Text(spans([bold(form.title), f" {form.intro}" if form.intro else ""])))
    optional = "" if field.required else " (optional)"
    blocks.append(Text(spans([bold(f"{title}: {field.label}{optional}")])))
    if field.help:
        blocks.append(Text(spans(field.help)))
    if field.choices:
        blocks.append(Bullets(tuple(spans(_described(number, each)) for number, each in field.numbered)))
    if _keeps(field):
        blocks.append(Note(spans(f"As it is: {_brief(said(field, field.initial, names))}")))
    if draft.answers.get(field.name):
        blocks.append(Note(spans(f"Your answer now: {said(field, draft.answers[field.name], names)}")))
    blocks.append(Note(spans(_how(field))))
    choices = _choices(draft, field)
    blocks += [_offered(choices, "Answer")] if choices else []
    blocks.append(_offered(_ways_on(draft, field, first=first, back=number > 1), "Or"))
    return Message(f"{title}: {field.label}", tuple(blocks))


def _offered(buttons: tuple[Button, ...], label: str) -> Buttons:
    # A number that is typed here means an answer.
    return Buttons(buttons, label, numbered=False)


def _described(number: str, option: Option) -> str:
    # A level that is named by its number says it once.
    return (
        f"{number}: {option.detail or option.label}"
        if option.label == number
        else f"{number}: {option.described}"
    )


_HOW = {
    Kind.SEVERAL_OF: "Type the numbers of all that apply, with commas between, such as 1, 2.",
    Kind.DATE: "Type a date, such as 31/3/2027 or next Friday.",
    Kind.MONTH: "Type a month, such as March 2027 or next month.",
    Kind.NUMBER: "Type a number.",
    Kind.MONEY: "Type an amount, such as 2500 or £1.2m.",
    Kind.PERSON: "Type a name or a work email. Type 'me' for yourself.",
    Kind.CONTRACT: "Type the contract's reference, name or supplier.",
}


def _how(field: Field) -> str:
    if field.past and field.kind is Kind.DATE:
        return "Type a date, such as 31/3 or last Friday."
    otherwise = "Choose one, or type its number or its words." if field.choices else "Type your answer."
    return _HOW.get(field.kind, otherwise)


def _choices(draft: Draft, field: Field) -> tuple[Button, ...]:
    if field.kind is Kind.SEVERAL_OF:
        return ()
    return tuple(
        STEP.button(each.label, Step(draft.id, field.name, Does.ANSWER, each.value)) for each in field.choices
    )


def _brief(text: str) -> str:
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 1]}\u2026"


def _keeps(field: Field) -> bool:
    """Whether there is something to keep: where there are choices, it is among them."""
    return bool(field.initial) and (field.kind is Kind.SEVERAL_OF or not field.choices)


def _ways_on(draft: Draft, field: Field, *, first: bool, back: bool) -> tuple[Button, ...]:
    ways = [(Does.BACK, "Back")] if back else []
    ways += [(Does.KEEP, "Keep as it is")] if _keeps(field) else []
    ways += [] if field.required else [(Does.SKIP, "Skip")]
    ways += [(Does.SAVE, "Save for later"), (Does.CANCEL, "Cancel")]
    ways += [(Does.OPEN, "Open as a form")] if first else []
    buttons = [STEP.button(label, Step(draft.id, field.name, does)) for does, label in ways]
    if field.not_sure and not field.choices:
        unsure = Step(draft.id, field.name, Does.ANSWER, "not_sure")
        buttons.insert(0, STEP.button("Not sure", unsure))
    return tuple(buttons)


def summary(draft: Draft, form: Form, names: Mapping[str, str]) -> Message:
    """Every answer, each with a way to change it, before anything is sent."""
    asked = path(form, draft.answers)
    lines = tuple(
        spans(
            [
                bold(f"{each.label}{'' if each.label.endswith('?') else ':'} "),
                said(each, draft.answers.get(each.name, ""), names),
            ]
        )
        for each in asked
    )
    changes = tuple(
        STEP.button(f"Change {count}", Step(draft.id, "", Does.CHANGE, each.name))
        for count, each in enumerate(asked, 1)
    )
    send = STEP.button(form.submit, Step(draft.id, "", Does.SEND), style=ButtonStyle.PRIMARY)
    ways = (
        send,
        STEP.button("Save for later", Step(draft.id, "", Does.SAVE)),
        STEP.button("Cancel", Step(draft.id, "", Does.CANCEL)),
    )
    return Message(
        f"{form.title}: check your answers",
        (
            Text(spans([bold(f"{form.title}: check your answers. Nothing is sent yet.")])),
            Bullets(lines, numbered=True),
            _offered(ways, "Next"),
            _offered(changes, "Change an answer"),
        ),
    )


def said(field: Field, value: str, names: Mapping[str, str]) -> str:
    """An answer as people read it."""
    if not value:
        return "Not given"
    if value == "not_sure":
        return "Not sure"
    if field.kind is Kind.DATE:
        day = date.fromisoformat(value)
        return f"{day:%A} {day.day} {Month.of(day).label}"
    if field.kind is Kind.MONTH:
        return Month.parse(value).label
    if field.kind is Kind.MONEY:
        return f"£{float(value):,.2f}".removesuffix(".00")
    return names.get(value) or field.label_of(value)
