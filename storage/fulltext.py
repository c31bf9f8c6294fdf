"""Full-text search over documents in memory, by SQLite's FTS5; apart from the database, which keeps records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any
from weakref import finalize


class FullTextTable:
    """Documents of words, which are ASCII letters and digits with a space between; may be asked from several threads."""

    def __init__(self, documents: Iterable[str]) -> None:
        self._one_at_a_time = Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        finalize(self, self._database.close)
        self._database.execute("CREATE VIRTUAL TABLE document USING fts5(words, tokenize='ascii')")
        self._database.executemany("INSERT INTO document (rowid, words) VALUES (?, ?)", enumerate(documents))
        self._database.execute("INSERT INTO document (document) VALUES ('optimize')")

    def best(self, words: Sequence[str], limit: int) -> list[tuple[int, str]]:
        """The numbers and words of the documents that have any of some words, best first by BM25."""
        return self._rows(
            "SELECT rowid, words FROM document WHERE document MATCH ? ORDER BY rank LIMIT ?",
            " OR ".join(words),
            limit,
        )

    def holds(self, number: int, word: str) -> bool:
        """Whether the document of that number has the word."""
        return bool(self._rows("SELECT 1 FROM document WHERE document MATCH ? AND rowid = ?", word, number))

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._one_at_a_time:
            return self._database.execute(statement, values).fetchall()
