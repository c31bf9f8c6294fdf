"""A form as Covenant means it: named fields, and the check of what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from storage.months import Month


class Kind(StrEnum):
    """What a field takes."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    ONE_OF = "one_of"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to choose from."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `longest` is in characters."""

    name: str
    label: str
    kind: Kind = Kind.SHORT_TEXT
    required: bool = True
    options: tuple[Option, ...] = ()
    help: str = ""
    initial: str = ""
    longest: int = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """A form with the params that come back with what is filled in."""

    name: str
    title: str
    fields: tuple[Field, ...]
    submit: str = "Send"
    params: Mapping[str, Any] = field(default_factory=dict)


def check(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each field, by its name: empty when everything is in order."""
    found = {each.name: _problem(each, values.get(each.name, "").strip()) for each in form.fields}
    return {name: problem for name, problem in found.items() if problem}


def _problem(question: Field, value: str) -> str | None:
    if not value:
        return f"Enter {_lower_first(question.label)}" if question.required else None
    if len(value) > question.longest:
        return f"Use {question.longest:,} characters or fewer. You have used {len(value):,}."
    if question.kind is Kind.ONE_OF and value not in {option.value for option in question.options}:
        return "Choose one of the options"
    if question.kind is Kind.MONTH and not _is_month(value):
        return "Enter a month as year and month, such as 2026-05"
    return None


def _is_month(value: str) -> bool:
    try:
        Month.parse(value)
    except ValueError:
        return False
    return True


def _lower_first(label: str) -> str:
    # An abbreviation such as KPI keeps its capitals.
    return label if label[:2].isupper() and label[:2].isalpha() else label[:1].lower() + label[1:]
