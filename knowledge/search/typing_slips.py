"""Slips of the keyboard, made on purpose: to calibrate and to measure what spelling costs."""

from __future__ import annotations

import random

_LEAST_LETTERS = 5


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
