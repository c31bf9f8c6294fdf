"""What the field's terms and short forms mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from knowledge.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class Term:
    """A term, its short forms, its meaning, and the slug of the article that says more."""

    term: str
    short: tuple[str, ...]
    meaning: str
    article: str | None

    @property
    def title(self) -> str:
        """The term with its first short form."""
        return f"{self.term} ({self.short[0]})" if self.short else self.term


class _Term(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    term: Annotated[str, Field(min_length=1)]
    short: tuple[str, ...] = ()
    meaning: Annotated[str, Field(min_length=10)]
    article: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    terms: tuple[_Term, ...]


# The ways in which people ask for a meaning. Each has the term in the group `term`.
_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"what (?:does|do|did) (?:an? |the )?['\"]?(?P<term>.+?)['\"]? (?:mean|stand for|means|stands for)",
        r"what(?:'?s| is| are) (?:meant by |the meaning of |the definition of )(?:an? |the )?(?P<term>.+)",
        r"what(?:'?s| is| are) (?:an? |the )?(?P<term>.+)",
        r"(?:define|meaning of|definition of|explain(?: the term)?) (?:an? |the )?(?P<term>.+)",
        r"(?P<term>.+?) (?:meaning|definition|stands for(?: what)?|means what)",
        r"(?P<term>.+)",
    )
)
# The last pattern is the term alone: only a short form asks for its meaning all by itself.
_ALONE = _ASKED[-1]


class Glossary:
    """Terms by any of their forms."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        self._by_form: Mapping[str, Term] = {
            _plain(form): term for term in self.terms for form in (term.term, *term.short)
        }
        forms = (form for term in self.terms for form in (term.term, *term.short))
        self._short = {_plain(form) for form in forms if form.isupper()}

    @classmethod
    def load(cls) -> Glossary:
        """The terms in knowledge/glossary.yaml."""
        read = _File.model_validate(read_shipped("glossary.yaml"))
        return cls(Term(each.term, each.short, each.meaning, each.article) for each in read.terms)

    def asked(self, text: str) -> Term | None:
        """The term whose meaning a question asks for, or None for any other question."""
        words = " ".join(text.split()).strip(" ?!.\"'")
        for pattern in _ASKED:
            match = pattern.fullmatch(words)
            if match is None:
                continue
            for form in (_plain(match["term"]), _plain(match["term"]).removesuffix("s")):
                if form in self._by_form and (pattern is not _ALONE or form in self._short):
                    return self._by_form[form]
        return None


def _plain(form: str) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", form).casefold().split())
