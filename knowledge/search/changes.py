"""What became of some entries: which are as they were, where they are now, and which are new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.search.entry import Entry
from knowledge.search.postings import IntArray, Moved, left

# With more others than these, what the rest has learned is out of date.
_FEW = 10


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries before and now. An entry that says something else counts as gone and as a fresh one."""

    before: Sequence[Entry]
    now: Sequence[Entry]
    rows: IntArray
    """For each earlier entry its row now, -1 where it is gone."""

    @classmethod
    def between(cls, before: Sequence[Entry], now: Sequence[Entry]) -> Changes | None:
        """None where entries stand in another order than before."""
        places = {entry.id: row for row, entry in enumerate(now)}
        rows = np.asarray([places.get(entry.id, -1) for entry in before], dtype=np.int64)
        for row, place in enumerate(rows):
            if place >= 0 and before[row] is not now[place] and before[row] != now[place]:
                rows[row] = -1
        kept = rows[rows >= 0]
        return cls(before, now, rows) if (np.diff(kept) > 0).all() else None

    @property
    def small(self) -> bool:
        """Whether most entries are as they were."""
        return max(len(self.gone), len(self.fresh)) <= _FEW

    @property
    def gone(self) -> list[int]:
        """The rows of the entries that are no longer there, before."""
        return [row for row, place in enumerate(self.rows.tolist()) if place < 0]

    @property
    def fresh(self) -> list[int]:
        """The rows of the entries that were not there before, now."""
        return [int(row) for row in left(self.rows, len(self.now))]

    def of_texts(self, before: Sequence[int] | IntArray, fresh: Sequence[int]) -> Moved:
        """The same for texts, from how many each entry had before, and how many each fresh one has."""
        had = np.asarray(before, dtype=np.int64)
        has = self.of_entries().array(had, fresh)
        # A text that was the third of its entry is the third of it now.
        within = np.arange(had.sum()) - np.repeat(np.cumsum(had) - had, had)
        entry, first = np.repeat(self.rows, had), np.cumsum(has) - has
        rows = np.where(entry < 0, -1, first[entry] + within)
        return Moved(rows, left(rows, int(has.sum())), int(has.sum()))

    def of_entries(self) -> Moved:
        """The same where each entry has one text."""
        return Moved(self.rows, np.asarray(self.fresh, dtype=np.int64), len(self.now))
