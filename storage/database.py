"""The database: its engine, its state, and the `Store`, which is one transaction over every record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from storage import sqlite
from storage.accounts import Accounts
from storage.assessments import Assessments
from storage.audiences import Audiences
from storage.audit import Audit
from storage.briefing_requests import BriefingRequests
from storage.briefings import Briefings
from storage.broadcast_figures import BroadcastFigures
from storage.broadcast_readers import BroadcastReaders
from storage.broadcasts import Broadcasts
from storage.channels import Channels
from storage.community import Community
from storage.contracts import Contracts
from storage.conversations import Conversations
from storage.deliveries import Deliveries
from storage.delivery_desk import DeliveryDesk
from storage.drafts import Drafts
from storage.events import Events
from storage.exemplars import Exemplars
from storage.experts import ExpertRequests, ExpertTeams
from storage.followups import FollowUps
from storage.handovers import Handovers
from storage.holds import Holds
from storage.intelligence import Intelligence
from storage.item_lines import ItemLines
from storage.lifecycle import Lifecycles
from storage.localchat import LocalChat
from storage.manners import Manners
from storage.notes import LocalNotes
from storage.nudges import Nudges
from storage.paces import Paces
from storage.participation import Participation
from storage.people import People
from storage.places import Places
from storage.preferences import Preferences
from storage.programme import Programmes
from storage.progress import Progress
from storage.questions import Questions
from storage.reminders import Reminders
from storage.reviews import Reviews
from storage.rules import ReminderRules
from storage.scorecards import Scorecards
from storage.suggestions import Suggestions
from storage.versions import ArticleVersions

_ASYNC_DRIVERS = {
    "sqlite": sqlite.DRIVER,
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_SERVER_OPTIONS: dict[str, Any] = {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}
_READING = "covenant_reading"
_NO_SUCH_TABLE = "42P01"


class DatabaseProblem(Exception):
    """The database cannot be used as it is. The text says what is wrong and what to do."""


class Store:
    """Everything that one transaction may read and write, by kind of record."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.assessments = Assessments(session)
        self.audiences = Audiences(session)
        self.audit = Audit(session)
        self.briefings = Briefings(session)
        self.briefing_requests = BriefingRequests(session)
        self.community = Community(session)
        self.broadcasts = Broadcasts(session)
        self.broadcast_figures = BroadcastFigures(session)
        self.broadcast_readers = BroadcastReaders(session)
        self.channels = Channels(session)
        self.contracts = Contracts(session)
        self.conversations = Conversations(session)
        self.deliveries = Deliveries(session)
        self.delivery_desk = DeliveryDesk(session)
        self.drafts = Drafts(session)
        self.events = Events(session)
        self.exemplars = Exemplars(session)
        self.experts = ExpertRequests(session)
        self.expert_teams = ExpertTeams(session)
        self.handovers = Handovers(session)
        self.holds = Holds(session)
        self.followups = FollowUps(session)
        self.intelligence = Intelligence(session)
        self.lifecycles = Lifecycles(session)
        self.local_chat = LocalChat(session)
        self.manners = Manners(session)
        self.notes = LocalNotes(session)
        self.nudges = Nudges(session)
        self.item_lines = ItemLines(session)
        self.paces = Paces(session)
        self.participation = Participation(session)
        self.people = People(session)
        self.accounts = Accounts(session)
        self.places = Places(session)
        self.preferences = Preferences(session)
        self.programme = Programmes(session)
        self.progress = Progress(session)
        self.questions = Questions(session)
        self.reminder_rules = ReminderRules(session)
        self.reminders = Reminders(session)
        self.reviews = Reviews(session)
        self.scorecards = Scorecards(session)
        self.suggestions = Suggestions(session)
        self.versions = ArticleVersions(session)

    async def roll_back(self) -> None:
        """Undo everything done in this transaction so far; it is the last thing done with it."""
        await self.session.rollback()


class Database:
    """One database, SQLite or PostgreSQL, and the transactions on it."""

    def __init__(self, url: str, patience: float = 5.0) -> None:
        """`url` is `sqlite:///path` or `postgresql://…`; raises DatabaseProblem when it is neither.

        `patience` is how many seconds another process may keep an SQLite file to itself.
        """
        self.url = _driver_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        sqlite.make_known()
        # SQLite has one writer. Waiting in our own fair queue costs less than its busy loop.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        options = sqlite.options(patience) if self.is_sqlite else _SERVER_OPTIONS
        self.engine = create_async_engine(self.url, **options)
        # Shares the pool of connections; a connection knows by its options how to begin.
        self._readers = self.engine.execution_options(**{_READING: True})
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @property
    def place(self) -> str:
        """Where the database is, with any password hidden."""
        # Which driver is used is no concern of those who read it.
        plain = self.url.set(drivername=self.url.get_backend_name())
        return plain.render_as_string(hide_password=True)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """One writing transaction: committed on leaving, rolled back on any error."""
        async with _held(self._writer), self._transaction(self.engine) as store:
            yield store

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Store]:
        """One reading transaction, which waits for no writer."""
        async with self._transaction(self._readers) as store:
            yield store

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[Store]:
        try:
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield Store(session)
                await session.commit()
        except (DBAPIError, OSError) as error:
            if _is_a_fault_of_ours(error):
                raise
            raise self.problem(error) from error

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A bare connection in a transaction, for migrations and for checks."""
        self._refuse_what_is_no_file()
        async with _held(self._writer):
            try:
                async with self.engine.begin() as connection:
                    yield connection
            except (DBAPIError, OSError) as error:
                raise self.problem(error) from error

    async def check_writable(self) -> None:
        """Raise DatabaseProblem unless something can be written; it is undone again."""
        async with self.store() as store:
            await store.preferences.put("check", "can be written")
            await store.session.flush()
            await store.roll_back()

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()

    def _refuse_what_is_no_file(self) -> None:
        path = sqlite_path(self.url)
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            raise DatabaseProblem(
                f"The database file {path} cannot be opened. Check that its folder exists and can be written to."
            )

    def problem(self, error: BaseException) -> DatabaseProblem:
        """What a driver's error means for the person who runs Covenant."""
        words = str(getattr(error, "orig", None) or error).lower()
        for sign, meaning in _MEANINGS:
            if sign in words:
                return DatabaseProblem(f"{meaning} ({self.place})")
        return DatabaseProblem(
            f"The database did not answer as expected ({self.place}). Run 'covenant check'; the log has the details."
        )


_MEANINGS = (
    ("locked", "The database is locked by another program. Stop that program, or wait and try again."),
    ("readonly", "The database is read-only. Give the user who runs Covenant the right to write to it."),
    ("read-only", "The database is read-only. Give the user who runs Covenant the right to write to it."),
    (
        "unable to open",
        "The database file cannot be opened. Check that its folder exists and can be written to.",
    ),
    ("not a database", "The file is not an SQLite database. Check COVENANT_DATABASE_URL."),
    ("malformed", "The database file is damaged. Restore it from your last backup."),
    ("relation", "The database has no tables yet, or not all of them. Run 'covenant migrate'."),
    ("no such table", "The database has no tables yet, or not all of them. Run 'covenant migrate'."),
    (
        "does not exist",
        "The database or one of its tables does not exist. Create it, then run 'covenant migrate'.",
    ),
    ("password", "The database refused the user name or password. Check COVENANT_DATABASE_URL."),
    (
        "refused",
        "The database server does not answer. Check that it runs and that COVENANT_DATABASE_URL is right.",
    ),
    (
        "connect",
        "The database server does not answer. Check that it runs and that COVENANT_DATABASE_URL is right.",
    ),
    ("full", "The disk that holds the database is full. Free some space, then try again."),
)


@asynccontextmanager
async def _held(lock: asyncio.Lock | None) -> AsyncIterator[None]:
    if lock is None:
        yield
    else:
        async with lock:
            yield


def _is_a_fault_of_ours(error: BaseException) -> bool:
    """Whether a statement or its values were wrong, not the database: trying again would not help."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    if code is not None:
        # PostgreSQL's classes for wrong data, broken constraints and wrong statements.
        return code[:2] in ("22", "23", "42") and code != _NO_SUCH_TABLE
    return isinstance(error, IntegrityError | DataError | ProgrammingError)


def _driver_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseProblem(
            "COVENANT_DATABASE_URL is not a database address. "
            "Write it as sqlite:///var/covenant.db or postgresql://user:password@host/name."
        ) from error
    driver = _ASYNC_DRIVERS.get(parsed.drivername.split("+")[0])
    if driver is None:
        raise DatabaseProblem("COVENANT_DATABASE_URL must begin with sqlite:// or postgresql://.")
    return parsed.set(drivername=driver)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # We open transactions ourselves (below): the driver would begin them late, after the first read.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = NORMAL")
        if not _wal_already(cursor):
            cursor.execute("PRAGMA journal_mode = WAL")
    finally:
        cursor.close()


def _wal_already(cursor: Any) -> bool:
    cursor.execute("PRAGMA journal_mode")
    return bool(cursor.fetchone()[0] == "wal")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING)
    # IMMEDIATE takes the write lock at once: two turns can't both read and then collide on writing.
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite address; None for a server or a database in memory."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)
