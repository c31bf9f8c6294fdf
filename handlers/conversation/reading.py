"""Reading answers as people type them: a date in words, a person's name, an option by number or near enough."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from handlers.conversation.dates import NotUnderstood, parse_date, parse_month
from handlers.conversation.form import CHOSEN, NO, NOT_SURE, SEVERAL, YES, Field, Form, Kind, problem_of
from handlers.conversation.turn import Turn
from storage.contracts import may_see
from storage.database import Store

# How alike, of 100, a typed name must be to stand for something, and how far ahead of the next.
_ALIKE = 75
_AHEAD = 8
_NAMED = 4
_YES = frozenset({"yes", "y", "yeah", "yep", "true", "correct", "right"})
_NO = frozenset({"no", "n", "nope", "false", "wrong"})
_NOT_SURE = frozenset(
    (
        "not sure",
        "unsure",
        "don't know",
        "dont know",
        "do not know",
        "dunno",
        "no idea",
        "not known",
        "unknown",
        "?",
    )
)
_SMALL_NUMBERS = {"zero": "0", "none": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What answers are read with: whose they are, the records, and the titles of the articles by slug."""

    turn: Turn
    store: Store
    articles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form's answers as they are written down, and what is wrong with the others, by the questions' names."""

    values: Mapping[str, str]
    errors: Mapping[str, str]


async def read_form(form: Form, values: Mapping[str, str], reading: Reading) -> Filled:
    """Every answer of a form read and checked, in order. Answers to questions that are not asked are dropped."""
    found: dict[str, str] = {}
    errors: dict[str, str] = {}
    for question in form.fields:
        if not question.is_asked(found):
            continue
        try:
            found[question.name] = await read_answer(question, values.get(question.name, ""), reading)
        except NotUnderstood as problem:
            errors[question.name] = str(problem)
    return Filled(found, errors)


async def read_answer(question: Field, text: str, reading: Reading) -> str:
    """One answer as it is written down. Raises NotUnderstood. What is written down already reads as itself."""
    text = text.strip()
    if text and question.not_sure and (text == NOT_SURE or _says_not_sure(text)):
        return NOT_SURE
    found = await _read(question, text, reading) if text else ""
    problem = problem_of(question, found)
    if problem:
        raise NotUnderstood(problem)
    return found


def _says_not_sure(text: str) -> bool:
    words = text.casefold().replace("\u2019", "'").strip(" .!")
    for start in ("i'm ", "i am ", "i "):
        words = words.removeprefix(start)
    return words in _NOT_SURE


async def _read(question: Field, text: str, reading: Reading) -> str:  # noqa: PLR0911  # one for each kind
    if question.kind in CHOSEN:
        return _chosen(question, text)
    match question.kind:
        case Kind.NUMBER | Kind.MONEY:
            return _number(question, text)
        case Kind.MONTH:
            return str(parse_month(text, reading.turn.today, past=question.past))
        case Kind.DATE:
            return parse_date(text, reading.turn.today, past=question.past).isoformat()
        case Kind.PERSON:
            return await _person(text, reading)
        case Kind.CONTRACT:
            return await _contract(text, reading)
        case Kind.ARTICLE:
            return _named(text, reading.articles, "article")
        case _:
            return text


def _chosen(question: Field, text: str) -> str:
    if question.kind is Kind.SEVERAL_OF:
        parts = [part.strip() for part in re.split(r",|;|\n|\band\b", text) if part.strip()]
        return SEVERAL.join(dict.fromkeys(_one(question, part) for part in parts))
    return _one(question, text)


def _one(question: Field, text: str) -> str:
    words = text.casefold().strip(" .")
    choices = question.choices
    for choice in choices:
        if words in (choice.value.casefold(), choice.label.casefold(), choice.detail.casefold().strip(" .")):
            return choice.value
    if question.kind is Kind.YES_NO and words in _YES | _NO:
        return YES if words in _YES else NO
    by_number = {number: choice.value for number, choice in question.numbered}
    number = _SMALL_NUMBERS.get(words, words)
    if number in by_number:
        return by_number[number]
    said = {choice.value: choice.described for choice in choices}
    return _nearest(text, said, "Choose one of the options")


def _nearest(text: str, named: Mapping[str, str], problem: str) -> str:
    """The key whose name is near enough to what was typed, and clearly nearer than any other."""
    ranked = process.extract(text, named, scorer=fuzz.WRatio, processor=utils.default_process, limit=_NAMED)
    near = [(name, score, key) for name, score, key in ranked if score >= _ALIKE]
    if not near:
        raise NotUnderstood(problem)
    if len(near) > 1 and near[0][1] - near[1][1] < _AHEAD:
        raise NotUnderstood(
            f"{problem}. Near to it: {'; '.join(name.rstrip('.') for name, _, _ in near)}",
            [n[0] for n in near],
        )
    return near[0][2]


def _number(question: Field, text: str) -> str:
    bare = text.replace(",", "").replace(" ", "").removeprefix("£").casefold()
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)(k|m|million|thousand|%)?", bare)
    if match is None:
        example = "2500 or £1.2m" if question.kind is Kind.MONEY else "12"
        raise NotUnderstood(f"Enter a number, such as {example}")
    factor = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}.get(match[2] or "", 1)
    value = float(match[1]) * factor
    if question.least is not None and value < question.least:
        raise NotUnderstood(f"Enter {question.least:g} or more")
    if question.most is not None and value > question.most:
        raise NotUnderstood(f"Enter {question.most:,g} or less")
    return f"{value:.2f}".rstrip("0").rstrip(".")


async def _person(text: str, reading: Reading) -> str:
    people = {each.email: each for each in await reading.store.people.everyone()}
    if text.casefold() in people:
        return text.casefold()
    if text.casefold() in ("me", "myself") and reading.turn.person is not None:
        return reading.turn.person.email
    names = {email: person.name for email, person in people.items()}
    return _named(text, names, "person")


async def _contract(text: str, reading: Reading) -> str:
    units = {each.id: each for each in await reading.store.people.units()}
    mine = [
        each for each in await reading.store.contracts.all() if may_see(reading.turn.profile, each, units)
    ]
    by_reference = {each.reference.casefold(): each.reference for each in mine}
    if text.casefold() in by_reference:
        return by_reference[text.casefold()]
    return _named(text, {each.reference: f"{each.title}, {each.supplier}" for each in mine}, "contract")


def _named(text: str, names: Mapping[str, str], thing: str) -> str:
    if text in names:
        return text
    return _nearest(text, names, f"I can't tell which {thing} '{text[:60]}' is")
