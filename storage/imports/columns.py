"""Parsing one cell. A parser takes text that is not empty, and raises BadCell with what to do about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from storage.imports.report import Problem
from storage.imports.rows import Row

T = TypeVar("T")
D = TypeVar("D")
E = TypeVar("E", bound=StrEnum)

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_EMAIL_LENGTH = 254
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_UK_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_FIRST_YEAR, _LAST_YEAR = 1950, 2150
_MONEY = re.compile(r"£?\s?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.[0-9]{1,2})?)")
_NEGATIVE = re.compile(r"[-\u2212(]\s?£?[0-9]|£\s?[-\u2212]")
_MOST_MONEY = Decimal(10) ** 12
_MOST_MONTHS = 600
_YES, _NO = frozenset({"yes", "y", "true"}), frozenset({"no", "n", "false"})
# A spreadsheet runs a cell that begins with one of these when the list is exported again.
_FORMULA_SIGNS = ("=", "+", "-", "@")
# Controls, and invisible signs that turn the direction of the text or hide in it. Letters of
# right-to-left scripts are none of these: a name may be written in them.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})
_SHOWN = 60
_CLOSE_ENOUGH = 80
_EMAIL_SLIPS = 2
_MOST_GUESSES = 100


class BadCell(Exception):
    """A cell that cannot be taken; the text says what to do."""


class Cells:
    """The cells of one row, read one by one; what is wrong with them goes to `problems`."""

    def __init__(self, row: Row, problems: list[Problem]) -> None:
        self.line = row.line
        self._row = row
        self._problems = problems

    def required(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The value of a cell that must be filled; None where it is not, or is wrong."""
        if not self._row.cells[column]:
            self.refuse(column, "This cell is empty. Fill it in.")
            return None
        return self.optional(column, parse, None)

    def optional(self, column: str, parse: Callable[[str], T], default: D) -> T | D:
        """The value of a cell, or the default where it is empty or wrong."""
        text = self._row.cells[column]
        if not text:
            return default
        try:
            return parse(text)
        except BadCell as error:
            self.refuse(column, str(error))
            return default

    def refuse(self, column: str, reason: str) -> None:
        """Note a problem with a cell of this row."""
        self._problems.append(Problem(self.line, column, reason))


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The form in which two spellings of one name are the same."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def shown(text: str) -> str:
    """A value as it may stand in a message: short, on one line, with no invisible signs."""
    clean = "".join(char if unicodedata.category(char)[0] not in "CZ" else " " for char in text[: _SHOWN + 1])
    return f"'{clean[:_SHOWN]}…'" if len(clean) > _SHOWN else f"'{clean}'"


def closest(text: str, choices: Iterable[str]) -> str | None:
    """The choice that this was perhaps meant to be; None where none is near."""
    found = process.extractOne(text, choices, scorer=fuzz.WRatio, processor=fold, score_cutoff=_CLOSE_ENOUGH)
    return found[0] if found else None


class EmailGuesses:
    """Known addresses that differ from a wrong one by a slip of the keyboard."""

    def __init__(self, known: Iterable[str]) -> None:
        # A list: a mapping would be compared by its values.
        self._known = list(known)
        self._found: dict[str, str | None] = {}

    def closest(self, email: str) -> str | None:
        """The address that this was perhaps meant to be; None where none is near."""
        # Where so many are wrong the whole column is, and comparing all with all would take minutes.
        if email not in self._found and len(self._found) < _MOST_GUESSES:
            found = process.extractOne(email, self._known, scorer=OSA.distance, score_cutoff=_EMAIL_SLIPS)
            self._found[email] = found[0] if found else None
        return self._found.get(email)


def did_you_mean(guess: str | None, otherwise: str) -> str:
    """The end of a reason: the guess as a question, or what else to do."""
    return f"Did you mean {guess}?" if guess else otherwise


def text_up_to(limit: int, *, lines: bool = False) -> Callable[[str], str]:
    """A parser of text of at most `limit` characters, on one line unless `lines`."""

    def parse(text: str) -> str:
        allowed = "\n" if lines else ""
        clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n") if lines else text)
        if clean.startswith(_FORMULA_SIGNS):
            raise BadCell(f"{shown(clean)} looks like a formula. Begin with a letter or a number.")
        if not clean.isascii() or not clean.isprintable():
            _refuse_invisible(clean, allowed)
        if len(clean) > limit:
            raise BadCell(f"This is {len(clean)} characters long. Shorten it to {limit}.")
        return clean

    return parse


def _refuse_invisible(text: str, allowed: str) -> None:
    if any(unicodedata.category(each) in _REFUSED_CATEGORIES for each in text if each not in allowed):
        raise BadCell(f"{shown(text)} has a control or other invisible character in it. Type it again.")


def name_up_to(limit: int) -> Callable[[str], str]:
    """A parser of a name: as text, with every run of spaces made one."""
    parse = text_up_to(limit)
    return lambda text: " ".join(parse(text).split())


def email_address(text: str) -> str:
    """An email address in lower case."""
    if len(text) > _EMAIL_LENGTH:
        raise BadCell(f"This is {len(text)} characters long. An email address has at most {_EMAIL_LENGTH}.")
    if text.startswith(_FORMULA_SIGNS) or not _EMAIL.fullmatch(text):
        raise BadCell(f"{shown(text)} is not an email address. Write it like name@example.gov.uk.")
    return text.lower()


def day(text: str) -> date:
    """A date written as 2026-11-23 or 23/11/2026."""
    if iso := _ISO_DATE.fullmatch(text):
        year, month, of_month = (int(part) for part in iso.groups())
    elif uk := _UK_DATE.fullmatch(text):
        of_month, month, year = (int(part) for part in uk.groups())
    else:
        raise BadCell(f"{shown(text)} is not a date. Write it as 2026-11-23 or 23/11/2026.")
    try:
        found = date(year, month, of_month)
    except ValueError as error:
        raise BadCell(f"{shown(text)} is no day of the calendar. Write the day first: 23/11/2026.") from error
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise BadCell(f"The year of {shown(text)} cannot be right. Write it as 2026-11-23 or 23/11/2026.")
    return found


def pounds(text: str) -> Decimal:
    """An amount of pounds such as 1200000, 1,200,000.50 or £1,200,000."""
    if _NEGATIVE.match(text):
        raise BadCell(
            f"{shown(text)} is negative. Write what the council pays in a year as a positive amount."
        )
    match = _MONEY.fullmatch(text)
    if not match:
        raise BadCell(f"{shown(text)} is not an amount in pounds. Write it as 1200000 or £1,200,000.")
    amount = Decimal(match[1].replace(",", ""))
    if amount >= _MOST_MONEY:
        raise BadCell(f"{shown(text)} is too large. Check the number of noughts.")
    return amount


def months(text: str) -> int:
    """A whole number of months."""
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > _MOST_MONTHS:
        raise BadCell(f"{shown(text)} is not a number of months. Write a whole number such as 6.")
    return int(text)


def yes_or_no(text: str) -> bool:
    """Yes or no."""
    word = text.casefold()
    if word not in _YES | _NO:
        raise BadCell(f"{shown(text)} is not understood. Write yes or no.")
    return word in _YES


def one_of(kind: type[E]) -> Callable[[str], E]:
    """A parser of one of an enumeration's values, whatever its capitals."""
    known = {fold(each.value): each for each in kind}

    def parse(text: str) -> E:
        found = known.get(fold(text))
        if found is None:
            choices = [each.value for each in kind]
            hint = did_you_mean(closest(text, choices), f"Write one of: {', '.join(choices)}.")
            raise BadCell(f"{shown(text)} is not known. {hint}")
        return found

    return parse


def several(parse: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """A parser of values with semicolons between them; each stands once."""
    return lambda text: tuple(
        dict.fromkeys(parse(part) for each in text.split(";") if (part := each.strip()))
    )


def in_order(problems: Sequence[Problem], columns: Sequence[str]) -> tuple[Problem, ...]:
    """Problems by line, then by the order of the columns; those of a whole line come first."""
    rank = {column: position for position, column in enumerate(columns)}
    return tuple(sorted(problems, key=lambda each: (each.line, rank.get(each.column, -1))))
