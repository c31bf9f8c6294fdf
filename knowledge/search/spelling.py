"""Spelling put right towards the words of the entries themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from rapidfuzz.distance import OSA

from knowledge.search.text import stem

_SHORTEST = 4
# A root shorter than this, with an ending, proves nothing: "haded" is not a form of "had".
_LEAST_ROOT = 4
# From this many letters on, a word of the entries may be two slips away: fewer, and half the language is near.
_TWO_SLIPS_FROM = 7
# The general list is far from whole, so a short word that it lacks is as likely a word as a slip.
_GENERAL_FROM = 5


class Language:
    """The words of the language at large, the most frequent ones first; the same for every set of entries."""

    def __init__(self, words: Iterable[str]) -> None:
        self.ranks: dict[str, int] = {}
        for rank, word in enumerate(words):
            if word.isalpha() and len(word) > 2:
                self.ranks.setdefault(word, rank)
        self.stems = {stem(word) for word in self.ranks}
        self.by_letter = _by_letter(self.ranks)


class Speller:
    """Corrects only words that neither the entries nor the general language know."""

    def __init__(self, counted: Counter[str], language: Language) -> None:
        self._own = {word: count for word, count in counted.items() if word.isalpha()}
        self._known = set(counted)
        self._known_stems = {stem(word) for word in counted}
        self._language = language
        self._own_by_letter = _by_letter(self._own)

    def correct(self, word: str) -> str:
        """The word as it was probably meant, in lower case; itself where it is known or nothing is near."""
        if len(word) < _SHORTEST or not word.isalpha() or self._knows(word):
            return word
        return self._nearest_own(word) or self._nearest_general(word) or word

    def _knows(self, word: str) -> bool:
        return (
            word in self._known
            or word in self._language.ranks
            or (word.endswith("s") and (word[:-1] in self._known or word[:-1] in self._language.ranks))
            or (len(stem(word)) >= _LEAST_ROOT and stem(word) in self._known_stems)
            or (len(stem(word)) >= _LEAST_ROOT and stem(word) in self._language.stems)
        )

    def _nearest_own(self, word: str) -> str | None:
        allowed = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        best: tuple[int, int, str] | None = None
        for candidate in _near(word, self._own_by_letter, allowed):
            slips = OSA.distance(word, candidate, score_cutoff=allowed)
            if slips > allowed or (slips == 2 and len(candidate) < _TWO_SLIPS_FROM):
                continue
            rank = (slips, -self._own[candidate], candidate)
            best = rank if best is None else min(best, rank)
        return best[2] if best else None

    def _nearest_general(self, word: str) -> str | None:
        if len(word) < _GENERAL_FROM:
            return None
        near = _near(word, self._language.by_letter, 1)
        ranks = [
            (self._language.ranks[one], one) for one in near if OSA.distance(word, one, score_cutoff=1) <= 1
        ]
        return min(ranks)[1] if ranks else None


def _by_letter(found: Collection[str]) -> dict[tuple[str, int], list[str]]:
    sorted_in: dict[tuple[str, int], list[str]] = {}
    for word in found:
        if len(word) >= _SHORTEST:
            sorted_in.setdefault((word[0], len(word)), []).append(word)
    return sorted_in


def _near(word: str, sorted_in: dict[tuple[str, int], list[str]], slips: int) -> Iterable[str]:
    """Words that begin alike, or whose first two letters were swapped, and are of about the same length."""
    for letter in dict.fromkeys((word[0], word[1])):
        for length in range(len(word) - slips, len(word) + slips + 1):
            yield from sorted_in.get((letter, length), ())
