"""Spelling put right towards the words of the entries themselves."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
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
# The general list is not whole, so a short word that it lacks is as likely a word as a slip, but for one of so many
# words that are typed most.
_GENERAL_FROM = 5
_TYPED_MOST = 2_000
# Of the words that are typed so many are slips: one that the entries lack ("manger") is taken for a slip of one of
# theirs ("manager") where that is likelier.
_SLIPS = 0.01
# How often a word is met in entries of fewer words than these says little of how often it is meant.
_FEW_WORDS = 10_000
# By Zipf's law a word is as frequent as its place in the list is near the start, but for the first few.
_FIRST_FEW = 10

_LIST = "frequency_dictionary_en_82_765.txt"
# "Matters" has no plural, whereas "viruses" and "classes" are ones.
_PLURAL = re.compile(r"[^aeiouys]s$")
_REGULAR = ("es", "ed", "ing", "ings")
_ENDINGS = (*_REGULAR, "er", "ers", "ly")
# A root shorter than this, with one of these endings, proves nothing: "haded" is not a form of "had".
_LEAST_ROOT = 4


class Language:
    """The words of a language at large, the most frequent ones first; the same for every set of entries."""

    def __init__(self, words: Iterable[str]) -> None:
        self._shares: dict[str, float] = {}
        for rank, word in enumerate(words):
            self._shares.setdefault(word, 1 / (rank + _FIRST_FEW))
        self._whole = sum(self._shares.values())
        self.frequent = 1 / (_TYPED_MOST + _FIRST_FEW) / self._whole
        """The share of a word that is among those typed most, at the least."""
        self.by_letter = _by_letter(self._shares)

    def share(self, word: str) -> float:
        """Which part of what is written the word is, or the word that it is an inflection of; 0 where it is none."""
        return max(self._shares.get(one, 0.0) for one in (word, *_bases(word, _REGULAR))) / self._whole


@cache
def english() -> Language:
    """English, British and American, from the list that the package symspellpy brings."""
    spec = util.find_spec("symspellpy")
    assert spec, "it is installed with this package"
    assert spec.origin
    text = (Path(spec.origin).parent / _LIST).read_text(encoding="utf-8-sig")
    return Language(line.partition(" ")[0] for line in text.splitlines())


class Speller:
    """Corrects words that neither the entries nor the language know, and rare ones beside a frequent one of the entries."""

    def __init__(self, counted: Counter[str], language: Language) -> None:
        self._own = {word: count for word, count in counted.items() if _spelt(word)}
        self._whole = max(counted.total(), _FEW_WORDS)
        self._known = set(counted)
        self._language = language
        self._own_by_letter = _by_letter(self._own)

    def correct(self, word: str, *, name: bool = False) -> str:
        """The word as it was probably meant, in lower case; itself where it is known or nothing is near.

        What may be a `name` is put right towards a word of the entries one slip away only.
        """
        if not _spelt(word) or not self._known.isdisjoint((word, *_bases(word, _ENDINGS))):
            return word
        short, general = len(word) < _SHORTEST, self._language.share(word)
        if (short or name) and (general or (short and _VOWELS.intersection(word))):
            return word
        slips = 2 if len(word) >= _TWO_SLIPS_FROM and not (general or name) else 1
        meant, often = self._nearest_own(word, slips)
        if general:
            return meant if _SLIPS * often / self._whole > general else word
        return meant or (self._nearest_general(word) if not (short or name) else "") or word

    def _nearest_own(self, word: str, allowed: int) -> tuple[str, float]:
        """The likeliest word of the entries, and how often it is met, less where the slip is an unlikely one."""
        best = (allowed + 1, 0.0, "")
        for candidate in _near(word, self._own_by_letter, allowed):
            slips = OSA.distance(word, candidate, score_cutoff=allowed)
            if slips > allowed or (slips == 2 and len(candidate) < _TWO_SLIPS_FROM):
                continue
            likely = likelihood(word, candidate) if slips == 1 else 1.0
            if len(candidate) < _SHORTEST and not (likely == 1 and len(word) > len(candidate)):
                continue  # but for a letter struck twice, too much is near so short a word
            often = self._own[candidate] * likely
            best = min(best, (slips, -often, candidate))
        return best[2], -best[1]

    def _nearest_general(self, word: str) -> str:
        least = 0.0 if len(word) >= _GENERAL_FROM else self._language.frequent
        near = (
            (-likelihood(word, candidate) * share, candidate)
            for candidate in _near(word, self._language.by_letter, 1)
            if len(candidate) >= _SHORTEST
            and OSA.distance(word, candidate, score_cutoff=1) <= 1
            and (share := self._language.share(candidate)) >= least
        )
        return min(near, default=(0.0, ""))[1]


def _spelt(word: str) -> bool:
    """Whether a word is of letters alone, or two in short ("don't"); "supplier's" is the supplier with an ending."""
    if len(word) < _LEAST:
        return False
    return word.isalpha() or (word.replace("'", "", 1).isalpha() and not word.endswith("'s"))


def _bases(word: str, endings: Sequence[str]) -> Iterator[str]:
    """What a word would be an inflection of: "planned" of "plan", "productts" of nothing."""
    if word.endswith("s") and not word.endswith("ss"):
        yield word[:-1]
    for ending in endings:
        root = word.removesuffix(ending)
        if root == word or len(root) < _LEAST_ROOT or (ending == "es" and _PLURAL.search(root)):
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
    sorted_in: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for word in found:
        if len(word) >= _LEAST:
            sorted_in[word[0], len(word)].append(word)
    return dict(sorted_in)


def _near(word: str, sorted_in: dict[tuple[str, int], list[str]], slips: int) -> Iterable[str]:
    """Words that begin alike, or whose first two letters were swapped, and are of about the same length."""
    for letter in dict.fromkeys((word[0], word[1])):
        for length in range(len(word) - slips, len(word) + slips + 1):
            yield from sorted_in.get((letter, length), ())
