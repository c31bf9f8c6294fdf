"""The composition root: settings in, a running App out. The only place that names every concrete class."""

from __future__ import annotations

import os
import secrets
import socket
import time
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from bot.knowledge_base import KnowledgeBase, open_knowledge
from bot.pictures import KEY, SignedPictures
from bot.platforms.pace import Pace
from bot.platforms.port import Platform
from bot.platforms.shared_pace import SharedTurnstile
from bot.platforms.web.gateway import LocalGateway
from bot.runner import Runner
from bot.settings import Mode, Settings
from handlers import register_all
from handlers.conversation.router import Router
from handlers.services import NoPictures
from knowledge.library import Library
from scheduler.calendar import WorkCalendar
from scheduler.clock import Clock, MovedClock, SystemClock
from scheduler.jobs import Tick, ticks_of
from scheduler.nudges import Nudger
from scheduler.outbox import Gateway, Outbox
from scheduler.outlook import Planner
from scheduler.sources import ArticleFacts
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
    nudger: Nudger
    platforms: tuple[Platform, ...]
    pictures: SignedPictures | None

    async def renew_knowledge(self) -> bool:
        """Take up articles that were changed in their files or in chat."""
        return await self.knowledge.renew_if_changed(self.database)

    def ticks(self) -> tuple[Tick, ...]:
        """What it does again and again, unasked, while it serves."""
        return ticks_of(
            self.database,
            self.outbox,
            self.clock,
            self.nudger,
            self.renew_knowledge,
            zone=self.settings.zone,
        )

    async def close(self) -> None:
        """Finish what was begun, then let go of the database."""
        await self.outbox.idle()
        await self.database.close()


async def open_app(settings: Settings, clock: Clock | None = None) -> App:
    """Put the App together on a database that stands at the newest migration."""
    app = await assemble(settings, open_database(settings), open_knowledge(settings), clock)
    await app.renew_knowledge()
    return app


async def assemble(
    settings: Settings,
    database: Database,
    knowledge: KnowledgeBase,
    clock: Clock | None = None,
    *,
    gateways: tuple[Gateway, ...] = (),
) -> App:
    """The App on a given database and knowledge base, with gateways beside those that settings ask for."""
    clock = clock or await clock_of(settings, database)
    router = Router()
    calendar = WorkCalendar(settings.zone)

    def articles() -> tuple[ArticleFacts, ...]:
        # Asked for each time: the knowledge base changes while the service runs.
        return articles_of(knowledge.services.library)

    pictures = await _pictures(settings, database)
    outlook = Planner(calendar, articles)
    register_all(router, knowledge.services, outlook, pictures or NoPictures())
    platforms = platforms_of(settings, database)
    local = (LocalGateway(database, clock),) if settings.mode is Mode.LOCAL else ()
    # The name tells one process's leases from another's, also after a restart under the same pid.
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    theirs = tuple(platform.gateway for platform in platforms)
    outbox = Outbox(database, (*local, *theirs, *gateways), clock, owner)
    runner = Runner(database, router, outbox, clock, settings.zone)
    nudger = Nudger(database, calendar, clock, articles)
    return App(settings, database, knowledge, clock, router, outbox, runner, nudger, platforms, pictures)


def articles_of(library: Library) -> tuple[ArticleFacts, ...]:
    """The articles with the days by which they should be reviewed."""
    return tuple(
        ArticleFacts(each.slug, each.title, each.about.next_review, each.about.owner_email)
        for each in library
    )


def platforms_of(settings: Settings, database: Database) -> tuple[Platform, ...]:
    """The chat platforms that the settings name. The SDK of one that is not used is never loaded.

    Their pace is kept in the database, by all processes together.
    """
    platforms: list[Platform] = []
    if settings.slack_bot_token and settings.slack_signing_secret:
        from bot.platforms.slack.pace import limits as slack_limits  # noqa: PLC0415
        from bot.platforms.slack.platform import SlackPlatform  # noqa: PLC0415
        from bot.platforms.slack.settings import SlackSettings  # noqa: PLC0415

        slack = SlackSettings(
            settings.slack_bot_token,
            settings.slack_signing_secret,
            settings.slack_app_token,
            settings.slack_team_id,
            settings.slack_api_url,
        )
        pace = SharedTurnstile(database, "slack", Pace(slack_limits(slack), time.time))
        platforms.append(SlackPlatform(slack, pace))
    registered = settings.teams_app_id and settings.teams_app_password and settings.teams_tenant_id
    if registered or settings.teams_playground:
        from bot.platforms.teams.pace import LIMITS as TEAMS_LIMITS  # noqa: PLC0415
        from bot.platforms.teams.platform import TeamsPlatform  # noqa: PLC0415
        from bot.platforms.teams.settings import TeamsSettings  # noqa: PLC0415

        teams = TeamsSettings(
            settings.teams_app_id or "playground",
            settings.teams_app_password or SecretStr(""),
            settings.teams_tenant_id or "",
            anonymous=settings.teams_playground,
        )
        pace = SharedTurnstile(database, "teams", Pace(TEAMS_LIMITS, time.time))
        platforms.append(TeamsPlatform(teams, turnstile=pace))
    return tuple(platforms)


def open_database(settings: Settings) -> Database:
    """The database that the settings name."""
    return Database(settings.database_url.get_secret_value())


async def _pictures(settings: Settings, database: Database) -> SignedPictures | None:
    """Pictures where somebody can fetch them: at the public address, or in the local chat. Every replica signs alike."""
    if settings.public_url is None and not settings.serves_local_chat:
        return None
    async with database.store() as store:
        key = await store.preferences.settle(KEY, secrets.token_hex(32))
    return SignedPictures(bytes.fromhex(key), settings.public_url or "")


async def clock_of(settings: Settings, database: Database) -> Clock:
    """The machine's clock; in local mode one that remembers how far it was moved forward."""
    if settings.mode is not Mode.LOCAL:
        return SystemClock()
    async with database.reading() as store:
        seconds = await store.preferences.get(CLOCK_OFFSET)
    return MovedClock(SystemClock(), timedelta(seconds=float(seconds or 0)))
