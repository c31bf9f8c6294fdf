"""A form as Covenant means it: named questions, what each takes, and when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from storage.months import Month

YES = "yes"
NO = "no"
# Stored as unknown, which is something else than unanswered.
NOT_SURE = "not_sure"
# Between the values of a question that takes several.
SEVERAL = ","


class Kind(StrEnum):
    """What a question takes. The comment says how the answer is written down."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    YES_NO = "yes_no"  # "yes" or "no"
    ONE_OF = "one_of"  # the option's value
    SEVERAL_OF = "several_of"  # the options' values, with commas between
    SCALE = "scale"  # the level's value, such as "2"
    NUMBER = "number"  # digits, perhaps with a decimal point
    MONEY = "money"  # pounds, digits with at most two decimals, no sign and no commas
    MONTH = "month"  # 2026-05
    DATE = "date"  # 2026-05-31
    PERSON = "person"  # the work email
    CONTRACT = "contract"  # the reference
    ARTICLE = "article"  # the slug


CHOSEN = frozenset({Kind.YES_NO, Kind.ONE_OF, Kind.SEVERAL_OF, Kind.SCALE})


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to choose from. `detail` describes it, as the levels of a scale are described."""

    value: str
    label: str
    detail: str = ""

    @property
    def described(self) -> str:
        """The label with what describes it."""
        return f"{self.label}. {self.detail}" if self.detail else self.label


@dataclass(frozen=True, slots=True)
class When:
    """A condition: an earlier question has one of these answers, or one of them among several."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `longest` is in characters, `least` and `most` limit numbers and money.

    It is asked only where every condition in `when` holds. `initial` is written as the answer would be.
    """

    name: str
    label: str
    kind: Kind = Kind.SHORT_TEXT
    required: bool = True
    options: tuple[Option, ...] = ()
    help: str = ""
    initial: str = ""
    longest: int = 2000
    when: tuple[When, ...] = ()
    not_sure: bool = False
    least: float | None = None
    most: float | None = None
    # For a date or a month: one without a year is the last one, not the next.
    past: bool = False
    # Question by question, it is asked only of who chooses it in the summary.
    aside: bool = False

    @property
    def choices(self) -> tuple[Option, ...]:
        """Everything that can be chosen, 'Not sure' included; empty for a question that is typed."""
        own = (Option(YES, "Yes"), Option(NO, "No")) if self.kind is Kind.YES_NO else self.options
        if not own:
            return ()
        return (*own, Option(NOT_SURE, "Not sure")) if self.not_sure else own

    @property
    def numbered(self) -> tuple[tuple[str, Option], ...]:
        """Each choice with the number to type for it: a scale's own levels, elsewhere the place in the list."""
        levels = [each.value for each in self.options]
        if self.kind is not Kind.SCALE or not all(each.isdecimal() for each in levels):
            return tuple((str(place), each) for place, each in enumerate(self.choices, 1))
        after = str(max(map(int, levels), default=0) + 1)
        return tuple((after if each.value == NOT_SURE else each.value, each) for each in self.choices)

    def is_asked(self, values: Mapping[str, str]) -> bool:
        """Whether it is asked, given the answers so far."""
        return all(
            not set(values.get(each.field, "").split(SEVERAL)).isdisjoint(each.values) for each in self.when
        )

    def label_of(self, value: str) -> str:
        """An answer as people read it."""
        labels = {each.value: each.label for each in self.choices}
        if self.kind is Kind.SEVERAL_OF:
            return ", ".join(labels.get(each, each) for each in value.split(SEVERAL) if each)
        return labels.get(value, value)


@dataclass(frozen=True, slots=True)
class Form:
    """A form with the params that come back with what is filled in.

    `steps`: it is asked question by question in the conversation unless the person prefers the dialog.
    `here`: a dialog that can be asked so instead.
    `version` is that of the question set, and is kept with the answers.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    submit: str = "Send"
    params: Mapping[str, Any] = field(default_factory=dict)
    steps: bool = False
    here: bool = False
    version: int = 1
    intro: str = ""

    def all_at_once(self) -> Form:
        """The form as a dialog shows it: each question is there, and says when it is to be answered."""
        labels = {each.name: each for each in self.fields}
        fields = tuple(
            replace(each, required=False, help=f"{_counts(each, labels)} {each.help}".strip())
            if each.when
            else each
            for each in self.fields
        )
        return replace(self, fields=fields)

    def asked(self, values: Mapping[str, str]) -> tuple[Field, ...]:
        """The questions that are asked, given the answers so far."""
        return tuple(each for each in self.fields if each.is_asked(values))


def _counts(question: Field, by_name: Mapping[str, Field]) -> str:
    """When a question is to be answered, in words."""
    conditions = []
    for each in question.when:
        earlier = by_name[each.field]
        answers = " or ".join(f"'{earlier.label_of(value)}'" for value in each.values)
        conditions.append(f"'{earlier.label}' is {answers}")
    return f"Answer this if {' and '.join(conditions)}."


def check(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each answer, by its question's name: empty when everything is in order.

    It takes answers as they are written down; `reading.read_form` takes them as people type them.
    """
    asked = form.asked(values)
    found = {each.name: problem_of(each, values.get(each.name, "").strip()) for each in asked}
    return {name: problem for name, problem in found.items() if problem}


def problem_of(question: Field, value: str) -> str | None:
    """What is wrong with one written-down answer."""
    if not value:
        return f"Enter {lower_first(question.label)}" if question.required else None
    if value == NOT_SURE and question.not_sure:
        return None
    if len(value) > question.longest:
        return f"Use {question.longest:,} characters or fewer. You have used {len(value):,}."
    if question.kind in CHOSEN:
        chosen = value.split(SEVERAL) if question.kind is Kind.SEVERAL_OF else [value]
        known = {option.value for option in question.choices}
        return None if known.issuperset(chosen) else "Choose one of the options"
    if question.kind is Kind.MONTH and not _is_month(value):
        return "Enter a month as year and month, such as 2026-05"
    return None


def written_date(value: str) -> bool:
    """Whether this is a date as it is written down, or nothing yet."""
    try:
        return not value or date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_month(value: str) -> bool:
    try:
        Month.parse(value)
    except ValueError:
        return False
    return True


def lower_first(label: str) -> str:
    """A label inside a sentence; an abbreviation such as KPI keeps its capitals."""
    return label if label[:2].isupper() and label[:2].isalpha() else label[:1].lower() + label[1:]
