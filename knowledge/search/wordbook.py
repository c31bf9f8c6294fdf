"""What the words of a set of entries come to: read once, and kept for the next start."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from knowledge.search import disk
from knowledge.search.changes import Changes
from knowledge.search.entry import Entry
from knowledge.search.lexical import letters_of, stems_of
from knowledge.search.postings import Table, Words
from knowledge.search.text import plain, words

# Parts of words, by length: of questions, where a slip matters most, and of whole entries.
ASKED_LETTERS = (2, 4)
TOLD_LETTERS = (3, 5)
# What reads the words: what an earlier form of it read is not taken for this one's.
_CODE = ("text.py", "postings.py", "lexical.py", "wordbook.py")
_KEPT = 4
_WHOLE, _ASKED, _TOLD = "whole", "asked", "told"
_WORDS, _TIMES = "words", "times"
_BETWEEN = "\n"


@dataclass(frozen=True, slots=True)
class Wordbook:
    """How often each word stands in the entries, and the tables of what each entry says, whole and in letters.

    `asked` has one row a question or title, in the order of the entries; `whole` and `told` one row an entry.
    """

    counted: Counter[str]
    whole: Table
    asked: Table
    told: Table

    def changed(self, changes: Changes) -> Wordbook:
        """The book once some entries are others; only those are read."""
        read = [changes.now[row] for row in changes.fresh]
        fresh, whole = _read(read), changes.of_entries()
        asked = changes.of_texts(_asked(changes.before), _asked(read))
        counted = self.counted.copy()
        gone = Counter(word for row in changes.gone for word in words_of(changes.before[row]))
        counted.update(fresh.counted)
        counted.subtract(gone)
        for word in gone:
            if not counted[word]:
                del counted[word]
        return Wordbook(
            counted,
            self.whole.changed(whole, fresh.whole),
            self.asked.changed(asked, fresh.asked),
            self.told.changed(whole, fresh.told),
        )


def _asked(entries: Sequence[Entry]) -> list[int]:
    return [len(entry.asked) for entry in entries]


def wordbook_of(entries: Sequence[Entry], folder: Path | None) -> Wordbook:
    """What the entries' words come to, from `folder` where it was read before."""
    name = f"words-{_mark(entries)}"
    kept = disk.read(folder, name)
    if kept is not None:
        try:
            return _from_arrays(kept)
        except (KeyError, ValueError):
            pass  # cut short, or of an earlier form: it is read anew
    read = _read(entries)
    disk.write(folder, name, _to_arrays(read))
    disk.forget_older(folder, "words-*.npz", _KEPT)
    return read


def words_of(entry: Entry) -> list[str]:
    """Every word of an entry: of its title, its questions and its body."""
    asked = (word for text in entry.asked for word in words(text))
    return [*asked, *words(plain(entry.body))]


def _read(entries: Sequence[Entry]) -> Wordbook:
    whole = Words([words_of(entry) for entry in entries])
    asked = Words([words(text) for entry in entries for text in entry.asked])
    counted = Counter(dict(zip(whole.distinct, np.bincount(whole.said).tolist(), strict=True)))
    return Wordbook(
        counted,
        stems_of(whole),
        letters_of(asked, *ASKED_LETTERS),
        letters_of(whole, *TOLD_LETTERS),
    )


def _mark(entries: Sequence[Entry]) -> str:
    """What these entries have and no others do, read by this code and no other."""
    mark = hashlib.blake2b(digest_size=16)
    for code in _CODE:
        mark.update(resources.files("knowledge.search").joinpath(code).read_bytes())
    for entry in entries:
        mark.update(repr((entry.title, tuple(entry.questions), entry.body)).encode())
    return mark.hexdigest()


def _to_arrays(read: Wordbook) -> dict[str, disk.Array]:
    arrays: dict[str, disk.Array] = {
        _WORDS: _joined(list(read.counted)),
        _TIMES: np.asarray(list(read.counted.values()), dtype=np.int64),
    }
    for name, table in ((_WHOLE, read.whole), (_ASKED, read.asked), (_TOLD, read.told)):
        arrays |= {
            f"{name}-terms": _joined(list(table.columns)),
            f"{name}-holding": table.holding,
            f"{name}-rows": table.rows,
            f"{name}-weights": table.weights,
            f"{name}-count": np.asarray(table.row_count),
        }
    return arrays


def _from_arrays(kept: Mapping[str, disk.Array]) -> Wordbook:
    counted = Counter(dict(zip(_parted(kept[_WORDS]), kept[_TIMES].tolist(), strict=True)))
    return Wordbook(counted, *(_table(kept, name) for name in (_WHOLE, _ASKED, _TOLD)))


def _table(kept: Mapping[str, disk.Array], name: str) -> Table:
    holding = kept[f"{name}-holding"].astype(np.int64, copy=False)
    terms = _parted(kept[f"{name}-terms"])
    if len(terms) != len(holding):
        raise ValueError(name)
    return Table(
        {term: column for column, term in enumerate(terms)},
        holding,
        kept[f"{name}-rows"].astype(np.int32, copy=False),
        kept[f"{name}-weights"].astype(np.float32, copy=False),
        int(kept[f"{name}-count"]),
    )


def _joined(terms: Sequence[str]) -> disk.Array:
    return np.frombuffer(_BETWEEN.join(terms).encode(errors="surrogatepass"), dtype=np.uint8)


def _parted(joined: disk.Array) -> list[str]:
    whole = joined.tobytes().decode(errors="surrogatepass")
    return whole.split(_BETWEEN) if whole else []
