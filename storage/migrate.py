"""Bringing a database to the tables that this version of Covenant needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.base import Record
from storage.database import Database, DatabaseProblem, sqlite_path

if TYPE_CHECKING:
    from alembic.config import Config

METADATA = Record.metadata
_SCRIPTS = Path(__file__).parent / "migrations"
# Two processes that start at once on PostgreSQL take turns by this advisory lock.
_MIGRATION_LOCK = 5_170_312


class UnknownMigration(DatabaseProblem):
    """The database was written by a newer version of Covenant than this one."""


async def migrate(database: Database) -> bool:
    """Bring the database up to date, making it first where it is an SQLite file. True if anything changed."""
    path = sqlite_path(database.url)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseProblem(
                f"The folder {path.parent} cannot be made: {error.strerror}. "
                "Set COVENANT_DATABASE_URL to a place that can be written to."
            ) from error
    if await current(database) == newest():
        return False
    async with database.connection() as connection:
        if not database.is_sqlite:
            await connection.execute(text(f"select pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        await connection.run_sync(_upgrade)
    return True


async def require_current(database: Database) -> None:
    """Raise DatabaseProblem unless the database's tables are those of this version."""
    path = sqlite_path(database.url)
    if path is not None and not path.exists():
        raise DatabaseProblem(f"There is no database at {path}. Run 'covenant setup' to make it.")
    if await current(database) != newest():
        raise DatabaseProblem(
            f"The database is not at this version's tables ({database.place}). Run 'covenant migrate'."
        )


async def current(database: Database) -> str | None:
    """The migration that the database stands at, None for an empty one."""
    async with database.connection() as connection:
        revision = await connection.run_sync(_revision)
    if revision is not None and revision not in known():
        raise UnknownMigration(
            f"The database ({database.place}) is at migration '{revision}', which this version of Covenant "
            "does not know. A newer version has written it. Install that version, or restore a backup. "
            "Nothing was changed."
        )
    return revision


def known() -> tuple[str, ...]:
    """The migrations of this version, oldest first: their files are named after them."""
    return tuple(sorted(each.stem for each in (_SCRIPTS / "versions").glob("[0-9]*.py")))


def newest() -> str:
    """The last migration of this version."""
    return known()[-1]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar_one_or_none()


def _config(connection: Connection) -> Config:
    # Alembic is imported only when there is something to migrate: it would add to every start.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")
