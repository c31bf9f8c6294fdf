"""Which of several named things somebody's words mean."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import fuzz, utils

# How alike, of 100, typed words must be to a name, and how far behind the likeliest a name is out of it.
_ALIKE = 72
_BEHIND = 8
_SHORT_LIST = 5
# 'of' and 'at' say nothing.
_SHORT_WORD = 2
# A part of a longer word is told from chance by its length: 'homecare' in 'home care', 'licence' in 'licences'.
_JOINED = 4


def meant_by(text: str, named: Mapping[str, str]) -> list[str]:
    """The key of the one that is meant, or the few that may be, the likeliest first."""
    words = utils.default_process(text).split()
    words = [each for each in words if len(each) > _SHORT_WORD] or words
    if not words:
        return []
    ranked = sorted(((_alike(words, name), key) for key, name in named.items()), reverse=True)
    return [key for score, key in ranked[:_SHORT_LIST] if score >= _ALIKE and ranked[0][0] - score < _BEHIND]


def _alike(words: list[str], name: str) -> float:
    """How well every word is found in a name, whether it is written in one word there or in two."""
    there = utils.default_process(name).split()
    together = "".join(there)
    found = (
        max(
            [
                100.0 if len(each) > _JOINED and each in together else 0.0,
                *(fuzz.ratio(each, one) for one in there),
            ]
        )
        for each in words
    )
    return sum(found) / len(words)
