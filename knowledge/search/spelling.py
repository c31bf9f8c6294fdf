"""Spelling put right towards the words of the entries themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib import util
from pathlib import Path

from rapidfuzz.distance import OSA

from knowledge.search.typing_slips import likelihood

_SHORTEST = 4
# A shorter one without a vowel ("crd") is put right too, towards the words of the entries alone.
_LEAST = 3
_VOWELS = frozenset("aeiouy")
# From this many letters on, a word of the entries may be two slips away: fewer, and half the language is near.
_TWO_SLIPS_FROM = 7
# The general list is not whole, so a short word that it lacks is as likely a word as a slip.
_GENERAL_FROM = 5
# By Zipf's law a word is as frequent as its place in the list is near the start, but for the first few.
_FIRST_FEW = 10

_LIST = "frequency_dictionary_en_82_765.txt"
_ENDINGS = ("es", "ed", "er", "ers", "ing", "ings", "ly")
# A root shorter than this, with one of these endings, proves nothing: "haded" is not a form of "had".
_LEAST_ROOT = 4


class Language:
    """The words of a language at large, the most frequent ones first; the same for every set of entries."""

    def __init__(self, words: Iterable[str]) -> None:
        self.ranks: dict[str, int] = {}
        for rank, word in enumerate(words):
            self.ranks.setdefault(word, rank)
        self.by_letter = _by_letter(self.ranks)


@cache
def english() -> Language:
    """English, British and American, from the list that the package symspellpy brings."""
    spec = util.find_spec("symspellpy")
    assert spec, "it is installed with this package"
    assert spec.origin
    text = (Path(spec.origin).parent / _LIST).read_text(encoding="utf-8-sig")
    return Language(line.partition(" ")[0] for line in text.splitlines())


class Speller:
    """Corrects only words that neither the entries nor the general language know."""

    def __init__(self, counted: Counter[str], language: Language) -> None:
        self._own = {word: count for word, count in counted.items() if _spelt(word)}
        self._known = set(counted)
        self._language = language
        self._own_by_letter = _by_letter(self._own)

    def correct(self, word: str, *, name: bool = False) -> str:
        """The word as it was probably meant, in lower case; itself where it is known or nothing is near.

        What may be a `name` is put right towards a word of the entries one slip away only.
        """
        if not _spelt(word) or self._knows(word):
            return word
        if len(word) < _SHORTEST and _VOWELS.intersection(word):
            return word
        if name or len(word) < _SHORTEST:
            return self._nearest_own(word, 1) or word
        slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        return self._nearest_own(word, slips) or self._nearest_general(word) or word

    def _knows(self, word: str) -> bool:
        return self._is_word(word) or any(self._is_word(base) for base in _bases(word))

    def _is_word(self, word: str) -> bool:
        return word in self._known or word in self._language.ranks

    def _nearest_own(self, word: str, allowed: int) -> str | None:
        best: tuple[int, float, str] | None = None
        for candidate in _near(word, self._own_by_letter, allowed):
            slips = OSA.distance(word, candidate, score_cutoff=allowed)
            if slips > allowed or (slips == 2 and len(candidate) < _TWO_SLIPS_FROM):
                continue
            often = self._own[candidate] * (likelihood(word, candidate) if slips == 1 else 1.0)
            rank = (slips, -often, candidate)
            best = rank if best is None else min(best, rank)
        return best[2] if best else None

    def _nearest_general(self, word: str) -> str | None:
        if len(word) < _GENERAL_FROM:
            return None
        ranks = [
            (-likelihood(word, candidate) / (self._language.ranks[candidate] + _FIRST_FEW), candidate)
            for candidate in _near(word, self._language.by_letter, 1)
            if OSA.distance(word, candidate, score_cutoff=1) <= 1
        ]
        return min(ranks)[1] if ranks else None


def _spelt(word: str) -> bool:
    """Whether a word is of letters alone, or two in short ("don't"); "supplier's" is the supplier with an ending."""
    return len(word) >= _LEAST and word.replace("'", "", 1).isalpha() and not word.endswith("'s")


def _bases(word: str) -> Iterator[str]:
    """What a word would be an inflection of: "planned" of "plan", "productts" of nothing."""
    if word.endswith("s") and not word.endswith("ss"):
        yield word[:-1]
    for ending in _ENDINGS:
        root = word.removesuffix(ending)
        if root == word or len(root) < _LEAST_ROOT:
            continue
        yield root
        if ending == "ly":
            continue
        yield f"{root}e"
        if root.endswith("i"):
            yield f"{root[:-1]}y"
        if root[-1] == root[-2] and ending != "es":
            yield root[:-1]


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
