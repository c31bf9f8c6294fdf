"""A Teams of our own, and Covenant in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.knowledge_base import KnowledgeBase
from storage.database import Database
from storage.people import Person
from tests.conftest import Cast, StandingClock
from tests.platforms.teams.room import Room, TeamsChat, teams_room
from tests.servers.teams import TeamsServer, teams_server


@pytest.fixture
async def server() -> AsyncIterator[TeamsServer]:
    async with teams_server() as running:
        yield running


@pytest.fixture
async def room(
    server: TeamsServer, sqlite_database: Database, knowledge: KnowledgeBase, clock: StandingClock
) -> AsyncIterator[Room]:
    async with teams_room(server, sqlite_database, knowledge, clock) as opened:
        yield opened


async def person_of(room: Room, email: str) -> Person:
    async with room.app.database.reading() as store:
        person = await store.people.by_email(email)
    assert person is not None
    return person


@pytest.fixture
async def manager(room: Room, cast: Cast) -> TeamsChat:
    return room.person(await person_of(room, cast.manager))


@pytest.fixture
async def lead(room: Room, cast: Cast) -> TeamsChat:
    return room.person(await person_of(room, cast.lead))
