"""The manner of a message: whether it is put as a request of the bot or as a question.

People ask for something to be done in other words than they ask about something ("show my ...", "mark it as ..."),
whatever the something is. The words and pairs of words of each group of examples are counted; a message is given
the logarithm of how much likelier its own are in one group than in the others (naive Bayes, per word).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from knowledge.search.text import words

# Added to each count, so that a word never seen in a group says little rather than everything.
_SMOOTHING = 0.5
_START = "^"


class Manner:
    """How likely a message's words are in each group of examples."""

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        self._counts: dict[str, Counter[str]] = {}
        for group, text in examples:
            self._counts.setdefault(group, Counter()).update(_signs(text))
        self._totals = {group: sum(counts.values()) for group, counts in self._counts.items()}
        self._known = frozenset().union(*self._counts.values())

    def of(self, text: str) -> dict[str, float]:
        """For each group, the mean log-likelihood of the message's words over that of all groups, by name.

        Nothing where no word was ever seen: it would only tell which group has the fewest examples.
        """
        signs = [sign for sign in _signs(text) if sign in self._known]
        if not signs:
            return {}
        likely = {
            group: sum(self._log_share(group, sign) for sign in signs) / len(signs) for group in self._counts
        }
        middle = sum(likely.values()) / max(len(likely), 1)
        return {f"manner_{group}": value - middle for group, value in likely.items()}

    def _log_share(self, group: str, sign: str) -> float:
        return math.log((self._counts[group][sign] + _SMOOTHING) / (self._totals[group] + 1))


def _signs(text: str) -> Iterator[str]:
    """The words, and each word with the one before it; figures in codes are alike."""
    before = _START
    for word in words(text):
        sign = "0" if any(letter.isdigit() for letter in word) else word
        yield sign
        yield f"{before} {sign}"
        before = sign
