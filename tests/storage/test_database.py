"""The database itself: its tables, its troubles, and transactions that hold or leave nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from storage.database import Database, DatabaseProblem, Store
from storage.migrate import METADATA, UnknownMigration, current, migrate, newest, require_current
from tests.conftest import NOW, _administer, _named

Trouble = Callable[[Database], Awaitable[object]]


async def reads(database: Database) -> None:
    async with database.reading() as store:
        await store.people.all()


async def writes(database: Database, colour: str = "blue") -> None:
    async with database.store() as store:
        await store.preferences.put("colour", colour)


async def kept(database: Database, name: str = "colour") -> str | None:
    async with database.reading() as store:
        return await store.preferences.get(name)


@asynccontextmanager
async def opened(url: str, patience: float = 5.0) -> AsyncIterator[Database]:
    database = Database(url, patience)
    try:
        yield database
    finally:
        await database.close()


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {str(name) for (name,) in connection.execute("select name from sqlite_master")}


# Migrations


async def test_migrating_again_changes_nothing_and_keeps_the_data(database: Database) -> None:
    await writes(database)
    assert await migrate(database) is False
    assert await current(database) == newest()
    assert await kept(database) == "blue"


async def test_a_new_database_is_made_with_its_folder(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/new/folder/covenant.db") as database:
        assert await migrate(database) is True
        assert await migrate(database) is False
        await require_current(database)


async def test_the_models_are_what_the_migrations_make(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    async with database.connection() as connection:
        assert await connection.run_sync(differences) == []


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[str]:
    name = f"empty_{os.urandom(6).hex()}"
    asyncio.run(_administer(postgres_server, f"create database {name}"))
    yield _named(postgres_server, name)
    asyncio.run(_administer(postgres_server, f"drop database {name} with (force)"))


async def test_two_processes_that_migrate_at_once_take_turns(empty_postgres: str) -> None:
    async with opened(empty_postgres) as one, opened(empty_postgres) as other:
        await asyncio.gather(migrate(one), migrate(other))
        assert await current(one) == newest()
        assert await migrate(other) is False


async def test_a_newer_versions_database_is_refused_and_left_alone(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(text("update alembic_version set version_num = '9999_future'"))
    for attempt in (migrate, require_current, current):
        with pytest.raises(UnknownMigration, match=r"9999_future.*Nothing was changed"):
            await attempt(database)
    async with database.connection() as connection:
        assert (await connection.execute(text("select version_num from alembic_version"))).scalar_one() == (
            "9999_future"
        )
        names = await connection.run_sync(lambda each: inspect(each).get_table_names())
    assert {"people", "contracts", "deliveries"} <= set(names)


async def test_an_empty_database_is_told_to_be_migrated(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    async with opened(f"sqlite:///{tmp_path}/empty.db") as database:
        with pytest.raises(DatabaseProblem, match="Run 'covenant migrate'"):
            await require_current(database)
        with pytest.raises(DatabaseProblem, match="Run 'covenant migrate'"):
            await reads(database)


async def test_a_postgres_database_without_tables_is_told_to_be_migrated(empty_postgres: str) -> None:
    async with opened(empty_postgres) as database:
        with pytest.raises(DatabaseProblem, match="Run 'covenant migrate'"):
            await require_current(database)
        for attempt in (reads, writes):
            with pytest.raises(DatabaseProblem, match="Run 'covenant migrate'"):
                await attempt(database)


# Databases that can't be used


async def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/none.db") as database:
        with pytest.raises(DatabaseProblem, match=r"no database at .*none\.db.*covenant setup"):
            await require_current(database)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("attempt", [migrate, require_current, reads, writes])
async def test_a_text_file_is_no_database_and_stays_as_it_was(tmp_path: Path, attempt: Trouble) -> None:
    path = tmp_path / "shopping.txt"
    path.write_text("Bread, milk, and a list that is long enough.\n" * 40)
    before = path.read_bytes()
    async with opened(f"sqlite:///{path}") as database:
        with pytest.raises(DatabaseProblem, match="not an SQLite database"):
            await attempt(database)
    assert path.read_bytes() == before


@pytest.mark.parametrize("attempt", [migrate, require_current, reads, writes])
async def test_a_folder_is_no_database(tmp_path: Path, attempt: Trouble) -> None:
    async with opened(f"sqlite:///{tmp_path}") as database:
        with pytest.raises(DatabaseProblem, match="cannot be opened"):
            await attempt(database)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with opened(f"sqlite:///{tmp_path}/file/covenant.db") as database:
        with pytest.raises(DatabaseProblem, match="cannot be made"):
            await migrate(database)


async def test_a_database_locked_by_another_program_is_told_and_nothing_is_lost(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with opened(f"sqlite:///{tmp_path}/covenant.db", patience=0.02) as database:
        await writes(database)
        with closing(sqlite3.connect(tmp_path / "covenant.db", isolation_level=None)) as other:
            other.execute("begin immediate")
            with pytest.raises(DatabaseProblem, match="locked by another program"):
                await migrate(database)
            with pytest.raises(DatabaseProblem, match="locked by another program"):
                await writes(database, "red")
            # Readers go on.
            assert await kept(database) == "blue"
            other.execute("rollback")
        await writes(database, "red")
        assert await kept(database) == "red"


async def test_waiting_for_another_program_holds_up_nothing_else(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "covenant.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        writing = asyncio.create_task(writes(sqlite_database, "red"))
        for _ in range(20):
            assert await kept(sqlite_database) is None
            assert not writing.done()
        other.execute("rollback")
        await writing
    assert await kept(sqlite_database) == "red"


async def test_many_statements_in_a_row_let_others_run(sqlite_database: Database) -> None:
    others = 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    async with sqlite_database.store() as store:
        for number in range(300):
            await store.events.take(f"event {number}", NOW)
    beside.cancel()
    assert others > 1


async def test_a_read_only_database_is_told_and_can_be_read(
    sqlite_database: Database, tmp_path: Path
) -> None:
    await writes(sqlite_database)
    async with opened(f"sqlite:///file:{tmp_path}/covenant.db?mode=ro&uri=true") as database:
        assert await kept(database) == "blue"
        with pytest.raises(DatabaseProblem, match="is read-only"):
            await writes(database, "red")
        assert await kept(database) == "blue"


async def test_a_damaged_database_is_told(sqlite_database: Database, tmp_path: Path) -> None:
    await sqlite_database.close()
    path = tmp_path / "covenant.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    async with opened(f"sqlite:///{path}") as database:
        with pytest.raises(DatabaseProblem, match="damaged"):
            await reads(database)


async def test_a_server_that_does_not_answer_is_told_without_its_password() -> None:
    async with opened("postgresql://covenant:hunter2@127.0.0.1:1/covenant") as database:
        assert "hunter2" not in database.place
        with pytest.raises(DatabaseProblem, match="does not answer") as caught:
            await reads(database)
    assert "hunter2" not in str(caught.value)


async def test_a_database_that_the_server_does_not_have_is_told(postgres_server: str) -> None:
    async with opened(_named(postgres_server, "nosuch")) as database:
        for attempt in (reads, writes, require_current):
            with pytest.raises(DatabaseProblem, match="does not exist"):
                await attempt(database)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not a database address"),
        ("covenant.db", "not a database address"),
        ("mysql://host/name", "must begin with sqlite:// or postgresql://"),
        ("postgresql://covenant:hunter2@host:port/name", "not a database address"),
    ],
)
def test_an_address_of_no_database_is_told_without_its_password(url: str, says: str) -> None:
    with pytest.raises(DatabaseProblem, match=says) as caught:
        Database(url)
    assert "hunter2" not in str(caught.value)


# Transactions


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    async def half_done() -> None:
        async with database.store() as store:
            await store.preferences.put("colour", "blue")
            store.audit.record(NOW, "paint", "the house")
            await store.people.flush()
            raise RuntimeError("the painter fell")

    with pytest.raises(RuntimeError, match="the painter fell"):
        await half_done()
    assert await kept(database) is None
    async with database.reading() as store:
        assert "paint" not in {entry.act for entry in await store.audit.latest()}
    # The connection is fit for use again.
    await writes(database)
    assert await kept(database) == "blue"


async def test_a_transaction_rolled_back_by_hand_leaves_nothing(database: Database) -> None:
    async with database.store() as store:
        await store.preferences.put("colour", "blue")
        await store.people.flush()
        await store.roll_back()
    assert await kept(database) is None


async def test_writing_while_reading_is_seen_only_once_committed(database: Database) -> None:
    async with database.store() as store:
        await store.preferences.put("colour", "blue")
        await store.people.flush()
        assert await kept(database) is None
    assert await kept(database) == "blue"


async def test_an_event_is_taken_once(database: Database) -> None:
    async with database.store() as store:
        assert await store.events.take("local:1", NOW)
        assert not await store.events.take("local:1", NOW)
    async with database.store() as store:
        assert not await store.events.take("local:1", NOW)
        assert await store.events.take("local:2", NOW)


async def test_an_event_is_taken_once_also_when_many_turns_race(
    database: Database, database_url: str
) -> None:
    async def turn(on: Database) -> bool:
        async with on.store() as store:
            taken = await store.events.take("local:raced", NOW)
            if taken:
                store.audit.record(NOW, "turn", "raced")
            return taken

    async with opened(database_url) as other:
        outcomes = await asyncio.gather(*(turn(each) for each in (database, other) * 4))
    assert sorted(outcomes) == [False] * 7 + [True]
    async with database.reading() as store:
        assert [each.act for each in await store.audit.latest()].count("turn") == 1


async def test_an_event_of_a_failed_turn_can_be_taken_again(database: Database) -> None:
    async def failing() -> None:
        async with database.store() as store:
            await store.events.take("local:1", NOW)
            raise RuntimeError("it went wrong")

    with pytest.raises(RuntimeError):
        await failing()
    async with database.store() as store:
        assert await store.events.take("local:1", NOW)


async def test_old_events_are_forgotten_and_younger_ones_kept(database: Database) -> None:
    async with database.store() as store:
        await store.events.take("old", NOW - timedelta(hours=2))
        await store.events.take("young", NOW)
        await store.events.forget_before(NOW - timedelta(hours=1))
    async with database.store() as store:
        assert await store.events.take("old", NOW)
        assert not await store.events.take("young", NOW)


# Moments


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]
)
async def test_moments_come_back_aware_and_in_utc(database: Database, zone: timezone) -> None:
    moment = datetime(2026, 3, 29, 1, 30, 15, 123456, tzinfo=zone)
    async with database.store() as store:
        store.audit.record(moment, "look", "the clock")
    async with database.reading() as store:
        (entry,) = await store.audit.latest(1)
    assert entry.at == moment
    assert entry.at.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)

    async def record(store: Store) -> None:
        store.audit.record(naive, "look", "the clock")
        await store.people.flush()

    async def transaction() -> None:
        async with database.store() as store:
            await record(store)

    with pytest.raises(Exception, match="a moment without a time zone cannot be stored"):
        await transaction()
    async with database.reading() as store:
        assert "look" not in {entry.act for entry in await store.audit.latest()}


async def test_a_file_that_is_away_is_told(sqlite_database: Database, tmp_path: Path) -> None:
    await sqlite_database.close()
    (tmp_path / "covenant.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(DatabaseProblem, match="There is no database"):
        await require_current(sqlite_database)
    (tmp_path / "elsewhere.db").rename(tmp_path / "covenant.db")
    await require_current(sqlite_database)
    assert "people" in tables(tmp_path / "covenant.db")
