"""Slack and Teams in one process: one person with two accounts, each answered where they write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from scheduler.clock import MovedClock
from storage.database import Database
from tests.conftest import Cast, StandingClock
from tests.driver import House, MemoryGateway
from tests.platforms.chats import SlackSide, TeamsSide
from tests.servers.slack import SlackServer
from tests.servers.teams import teams_server

BUST = "our contractor has gone bust what now"


@pytest.fixture
async def houses(
    sqlite_database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway
) -> AsyncIterator[tuple[App, House, House]]:
    async with SlackServer() as slack, teams_server() as teams:
        sides = SlackSide(slack), TeamsSide(teams)
        gateways = tuple(each for side in sides for each in side.gateways)
        app = await assemble(Settings(), sqlite_database, knowledge, MovedClock(clock), gateways=gateways)
        async with sides[0].open(app) as in_slack, sides[1].open(app) as in_teams:
            yield app, House(app, "slack", gateway, in_slack), House(app, "teams", gateway, in_teams)
        await app.outbox.idle()


async def test_each_platform_is_answered_on_its_own(houses: tuple[App, House, House], cast: Cast) -> None:
    _, slack, teams = houses
    here, there = await slack.person(cast.manager), await teams.person(cast.manager)
    (answer,) = await here.says(BUST)
    assert "insolven" in answer.text
    assert not await there.screen()
    (other,) = await there.says("who am I")
    assert "You are" in other.text
    assert len(await here.screen()) == 1


async def test_a_request_from_slack_is_answered_in_teams_and_comes_back_to_slack(
    houses: tuple[App, House, House], cast: Cast
) -> None:
    app, slack, teams = houses
    asker, lead = await slack.person(cast.manager), await teams.person(cast.lead)
    # People are written to where they were last seen.
    await lead.says("help")
    await asker.says("ask an expert")
    await asker.fills(question="Who keeps the bond?")
    request = (await lead.screen())[-1]
    assert "Who keeps the bond?" in request.text
    await lead.clicks(next(each for each in request.buttons if each.startswith("Answer")))
    await lead.fills(answer="Legal keeps it.")
    await app.outbox.idle()
    assert "Legal keeps it." in (await asker.screen())[-1].text


async def test_buttons_from_before_a_restart_still_work(
    sqlite_database: Database,
    knowledge: KnowledgeBase,
    clock: StandingClock,
    gateway: MemoryGateway,
    cast: Cast,
) -> None:
    async with SlackServer() as slack, teams_server() as teams:
        for said in (BUST, None):
            # Each time round is a service of its own: all that it knows is in the database.
            sides = SlackSide(slack), TeamsSide(teams)
            gateways = tuple(each for side in sides for each in side.gateways)
            app = await assemble(Settings(), sqlite_database, knowledge, MovedClock(clock), gateways=gateways)
            for side in sides:
                async with side.open(app) as chats:
                    chat = await House(app, side.name, gateway, chats).person(cast.manager)
                    if said is not None:
                        await chat.says(said)
                    else:
                        (thanked,) = (await chat.clicks("Yes, this helped"))[-1:]
                        assert "Thank you" in thanked.text
            await app.outbox.idle()
