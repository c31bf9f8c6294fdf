"""Words, stems and character n-grams of a text: the units all word evidence counts in."""

from __future__ import annotations

import re
import unicodedata

MAX_QUESTION_CHARS = 2_000
"""A longer message is cut here: no question needs more, and the time to answer stays bounded."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_SPACE = re.compile(r"\s+")
# Whom a message calls is not what it asks about: "@channel" is no question about channels.
_CALLED = re.compile(r"<[!@#][^<>]*>|@(?:channel|here|everyone)\b", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_MARKUP = re.compile(r"[*_`>|#]+|\]\([^)]*\)|\{[^}]*\}")

# Inflections, longest first: (ending, what stands instead, letters that must remain).
_ENDINGS = (
    ("iveness", "ive", 3),
    ("fulness", "ful", 3),
    ("ations", "at", 3),
    ("ation", "at", 3),
    ("ments", "ment", 3),
    ("ities", "iti", 3),
    ("ings", "", 3),
    ("ally", "al", 3),
    ("ies", "i", 2),
    ("ing", "", 3),
    ("ity", "iti", 3),
    ("ers", "er", 3),
    ("ied", "i", 2),
    ("ed", "", 3),
    ("ly", "", 3),
    ("es", "", 3),
    ("s", "", 3),
    ("e", "", 3),
    ("y", "i", 2),
)
_DOUBLED = frozenset("bdgmnprt")


def clean(text: str) -> str:
    """The text without control characters and calls to everybody, with plain apostrophes and single spaces, cut to a bounded length."""
    text = unicodedata.normalize("NFKC", text[: 2 * MAX_QUESTION_CHARS]).translate(_APOSTROPHES)
    text = _CALLED.sub(" ", text)
    kept = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    return _SPACE.sub(" ", kept).strip()[:MAX_QUESTION_CHARS]


def plain(markdown: str) -> str:
    """The words of a Markdown passage without its marks and link targets."""
    unmarked = _MARKUP.sub(" ", _HEADING.sub("", markdown).translate(_APOSTROPHES))
    return " ".join(unmarked.split())


def words(text: str) -> list[str]:
    """The words in order, in lower case, without a possessive ending."""
    return [word.removesuffix("'s") for word in _WORD.findall(text.casefold().translate(_APOSTROPHES))]


def stem(word: str) -> str:
    """A light stem: inflections go, so that "extending" and "extensions" come near each other."""
    if len(word) < 4 or word.endswith("ss") or not word.isalpha():
        return word
    for ending, instead, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            root = word[: len(word) - len(ending)] + instead
            if not instead and len(root) > 3 and root[-1] == root[-2] and root[-1] in _DOUBLED:
                root = root[:-1]
            return root
    return word


def ngrams(word: str, shortest: int, longest: int) -> list[str]:
    """Character n-grams of a word with a space before and after; a short word is one by itself."""
    padded = f" {word} "
    sizes = range(shortest, min(longest + 1, len(padded)))
    found = [padded[start : start + size] for size in sizes for start in range(len(padded) - size + 1)]
    return found if longest < len(padded) else [*found, padded]


def passages(body: str) -> list[tuple[str, str]]:
    """(heading, text) of each part of a Markdown body; what stands before the first heading has none."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in body.splitlines():
        if _HEADING.match(line):
            parts.append((plain(line), []))
        else:
            parts[-1][1].append(line)
    cleaned = ((heading, plain("\n".join(lines))) for heading, lines in parts)
    return [(heading, text) for heading, text in cleaned if text]
