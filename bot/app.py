"""The composition root: settings in, a running App out. The only place that names every concrete class."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta

from bot.knowledge_base import KnowledgeBase, open_knowledge
from bot.platforms.web.gateway import LocalGateway
from bot.runner import Runner
from bot.settings import Mode, Settings
from handlers import register_all
from handlers.conversation.router import Router
from scheduler.clock import Clock, MovedClock, SystemClock
from scheduler.outbox import Gateway, Outbox
from storage.database import Database

CLOCK_OFFSET = "local clock offset"


@dataclass(frozen=True, slots=True)
class App:
    """Everything that runs, put together."""

    settings: Settings
    database: Database
    knowledge: KnowledgeBase
    clock: Clock
    router: Router
    outbox: Outbox
    runner: Runner

    async def close(self) -> None:
        """Finish what was begun, then let go of the database."""
        await self.outbox.idle()
        await self.database.close()


async def open_app(settings: Settings, clock: Clock | None = None) -> App:
    """Put the App together on a database that stands at the newest migration."""
    return await assemble(settings, open_database(settings), open_knowledge(settings), clock)


async def assemble(
    settings: Settings,
    database: Database,
    knowledge: KnowledgeBase,
    clock: Clock | None = None,
    *,
    gateways: tuple[Gateway, ...] = (),
) -> App:
    """The App on a given database and knowledge base, with gateways beside those that settings ask for."""
    clock = clock or await _clock(settings, database)
    router = Router()
    register_all(router, knowledge.services)
    local = (LocalGateway(database, clock),) if settings.mode is Mode.LOCAL else ()
    # The name tells one process's leases from another's, also after a restart under the same pid.
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    outbox = Outbox(database, (*local, *gateways), clock, owner)
    runner = Runner(database, router, outbox, clock, settings.zone)
    return App(settings, database, knowledge, clock, router, outbox, runner)


def open_database(settings: Settings) -> Database:
    """The database that the settings name."""
    return Database(settings.database_url.get_secret_value())


async def _clock(settings: Settings, database: Database) -> Clock:
    """The machine's clock; in local mode one that remembers how far it was moved forward."""
    if settings.mode is not Mode.LOCAL:
        return SystemClock()
    async with database.reading() as store:
        seconds = await store.preferences.get(CLOCK_OFFSET)
    return MovedClock(SystemClock(), timedelta(seconds=float(seconds or 0)))
