"""Slips of the keyboard: how likely one is, and slips made on purpose, to calibrate and to measure what spelling costs."""

from __future__ import annotations

import random

_LEAST_LETTERS = 5
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LETTERS = 26


def slip(text: str, dice: random.Random) -> str:
    """The text with one slip: two letters of one longer word swapped, or one left out; never its first letter."""
    words = text.split(" ")
    longer = [place for place, word in enumerate(words) if len(word) >= _LEAST_LETTERS and word.isalpha()]
    if not longer:
        return text
    place = dice.choice(longer)
    word = words[place]
    at = dice.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[place] = dice.choice((swapped, word[:at] + word[at + 1 :]))
    return " ".join(words)


def likelihood(typed: str, meant: str) -> float:
    """How likely a word is typed as another that is one slip away, beside the other ways to slip: 0 to 1.

    Letters are swapped, left out and struck twice about as often as one is taken for another (Damerau, 1964), but each
    of the former gives one word, and the last as many as there are keys beside the right one, or letters at all.
    """
    if len(typed) < len(meant):
        return 1.0
    if len(typed) > len(meant):
        doubled = any(
            typed[at] == typed[at + 1] and typed[:at] + typed[at + 1 :] == meant for at in range(len(meant))
        )
        return 1.0 if doubled else 1 / _LETTERS
    differ = [at for at, letter in enumerate(meant) if typed[at] != letter]
    if len(differ) > 1:
        return 1.0
    beside = _BESIDE.get(meant[differ[0]], frozenset())
    return 1 / len(beside) if typed[differ[0]] in beside else 1 / _LETTERS


def _beside() -> dict[str, frozenset[str]]:
    """The keys that touch each key of a keyboard, whose lower rows stand half a key to the right each."""
    places = {letter: (row, at + row / 2) for row, keys in enumerate(_ROWS) for at, letter in enumerate(keys)}
    return {
        letter: frozenset(
            other
            for other, (across, along) in places.items()
            if other != letter and abs(across - row) <= 1 and abs(along - at) <= 1
        )
        for letter, (row, at) in places.items()
    }


_BESIDE = _beside()
