"""SQLite for SQLAlchemy's asynchronous engine, on the event loop's own thread.

A statement of ours takes some ten microseconds; to hand it to a thread and wait for its answer, as the
usual driver does four times for each, takes many times that. What can take long is waiting for another
process that writes, and that is done here without holding up the event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, StaticPool
from sqlalchemy.util import LRUCache, await_only

DRIVER = "sqlite+inloop"
_FIRST_WAIT, _LONGEST_WAIT = 0.001, 0.05
# Many statements in a row let others run after so long.
_AT_A_STRETCH_SECONDS = 0.01
# Statements as SQL, for every database that a process opens: to write one takes longer than to execute it.
_STATEMENTS: LRUCache[Any, Any] = LRUCache(1000)


class _Cursor(sqlite3.Cursor):
    """A cursor as the asynchronous engine knows it: others close at once what they have read ahead."""

    async def _async_soft_close(self) -> None:
        """Nothing was read ahead: the rows are taken from it, and it is closed with the last one."""


class _Connection(sqlite3.Connection):
    """A connection that makes such cursors."""

    def cursor(self, *_: object) -> _Cursor:  # type: ignore[override]  # the engine asks for no other kind
        return super().cursor(_Cursor)


class InLoopSqlite(SQLiteDialect_pysqlite):
    """The standard library's driver, called where the event loop runs."""

    driver = "inloop"
    is_async = True
    supports_statement_cache = True

    def __init__(self, patience: float = 5.0, **options: Any) -> None:
        """`patience` is how many seconds another process may keep the database to itself."""
        super().__init__(**options)
        self._patience = patience
        self._others_ran_at = 0.0

    def __eq__(self, other: object) -> bool:
        """Whether it speaks the same SQL: what was written for one serves the other."""
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        """One connection for a database in memory, which lives as long as that; else a pool of them."""
        return AsyncAdaptedQueuePool if cls._is_url_file_db(url) else StaticPool

    def create_connect_args(self, url: URL) -> Any:
        """What a connection is opened with: SQLite's own waiting would hold up the event loop."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": _Connection, "timeout": 0}

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:  # noqa: ARG002
        """Execute one statement."""
        await_only(self._patiently(cursor.execute, statement, parameters))

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:  # noqa: ARG002
        """Execute one statement that takes no parameters."""
        await_only(self._patiently(cursor.execute, statement))

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:  # noqa: ARG002
        """Execute one statement for each set of parameters."""
        await_only(self._patiently(cursor.executemany, statement, parameters))

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit."""
        await_only(self._patiently(dbapi_connection.commit))

    async def _patiently(self, act: Callable[..., object], *arguments: object) -> None:
        """Do it; while another process holds the database, wait and try again, for some seconds."""
        if time.monotonic() - self._others_ran_at > _AT_A_STRETCH_SECONDS:
            await asyncio.sleep(0)
            self._others_ran_at = time.monotonic()
        until, wait = time.monotonic() + self._patience, _FIRST_WAIT
        while True:
            try:
                act(*arguments)
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > until:
                    raise
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            else:
                return


def _is_busy(error: sqlite3.OperationalError) -> bool:
    # The low byte is the kind of error; what stands above it is only the occasion.
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def options(patience: float) -> dict[str, Any]:
    """What an engine is made with."""
    return {"patience": patience, "execution_options": {"compiled_cache": _STATEMENTS}}


def make_known() -> None:
    """Let SQLAlchemy find it by the name in DRIVER."""
    registry.register("sqlite.inloop", __name__, InLoopSqlite.__name__)
