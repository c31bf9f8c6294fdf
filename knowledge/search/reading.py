"""What a question says, once its spelling is put right and its short forms are spelt out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge.search.spelling import Language, Speller
from knowledge.search.text import clean, stem, words

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?(?:&[^\W_]+)?")
_PLURAL = re.compile(r"s$")
# So many words, nearly all in capitals, are a message typed so; fewer may be acronyms.
_LEAST_SHOUTED = 4
_MOSTLY = 0.8
_WORDS_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words that stand for others: `shorthand` is replaced, `acronyms` are spelt out beside the short form, `synonyms` count less."""

    acronyms: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, str] = field(default_factory=dict)
    shorthand: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it is searched for.

    `text` is it corrected, `spelt_out` has its acronyms' long forms beside them, `stems` are its words with
    the weight each counts, and `corrections` says what was changed.
    """

    text: str
    spelt_out: str
    stems: Mapping[str, float]
    corrections: tuple[tuple[str, str], ...]


class Reader:
    """Reads questions against the words of a set of entries."""

    def __init__(
        self, counted: Counter[str], language: Language, lexicon: Lexicon, added_weight: float
    ) -> None:
        self._acronyms = {name.casefold(): long for name, long in lexicon.acronyms.items()}
        self._synonyms = {word.casefold(): instead for word, instead in lexicon.synonyms.items()}
        self._shorthand = lexicon.shorthand
        known = counted.copy()
        known.update((*self._acronyms, *self._synonyms))
        # People use, and misspell, the same few thousand words most of the time.
        self._corrected = lru_cache(_WORDS_KEPT)(Speller(known, language).correct)
        self._added_weight = added_weight

    def read(self, question: str) -> Reading:
        """The question with its spelling put right; nothing in it can fail."""
        text = clean(question)
        shouted = _shouted(text)
        corrections: dict[str, str] = {}

        def put_right(match: re.Match[str]) -> str:
            word = match.group()
            if len(word) > 1 and word.isupper() and not shouted:
                return word  # an acronym is no slip
            folded = word.casefold()
            name = match.start() > 0 and word[0].isupper() and not shouted
            right = self._shorthand.get(folded) or self._corrected(folded, name=name)
            if right == folded:
                return word
            corrections[word] = right
            return right

        corrected = _TOKEN.sub(put_right, text)
        long_forms = [self._acronyms[key] for key in self._acronym_keys(corrected)]
        stems = {stem(word): 1.0 for word in words(corrected)}
        added = [*long_forms, *(self._synonyms[word] for word in words(corrected) if word in self._synonyms)]
        for word in words(" ".join(added)):
            stems.setdefault(stem(word), self._added_weight)
        return Reading(corrected, self._spelt_out(corrected), stems, tuple(corrections.items()))

    def _acronym_keys(self, text: str) -> list[str]:
        return [key for match in _TOKEN.finditer(text) if (key := self._key(match.group()))]

    def _key(self, word: str) -> str | None:
        folded = word.casefold().removesuffix("'s")
        for key in (folded, _PLURAL.sub("", folded)):
            if key in self._acronyms:
                return key
        return None

    def _spelt_out(self, text: str) -> str:
        def with_long_form(match: re.Match[str]) -> str:
            key = self._key(match.group())
            return f"{match.group()} ({self._acronyms[key]})" if key else match.group()

        return _TOKEN.sub(with_long_form, text)


def _shouted(text: str) -> bool:
    """Whether a message is typed in capitals, which then say nothing of its words."""
    letters = [sign for sign in text if sign.isalpha()]
    capitals = sum(sign.isupper() for sign in letters)
    return len(text.split()) >= _LEAST_SHOUTED and capitals >= _MOSTLY * len(letters)
