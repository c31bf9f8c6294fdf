"""429 storms, faults, cut connections, slow answers: two replicas keep one pace, and all is delivered, in order."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.platforms.pace import Limits, Turnstile
from bot.platforms.shared_pace import SharedTurnstile
from bot.platforms.slack.pace import limits as slack_limits
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.settings import SlackSettings
from bot.platforms.teams.pace import LIMITS
from bot.platforms.teams.platform import TeamsPlatform
from handlers.conversation.message import say, to_json
from scheduler.outbox import Outbox
from storage.database import Database
from storage.deliveries import Delivery
from tests.conftest import StandingClock
from tests.platforms.noted import NotedPace, assert_paced
from tests.platforms.teams.room import cards_in, text_in
from tests.scheduler.replica import Nobody
from tests.servers.slack import BOT_TOKEN, SIGNING_SECRET, TEAM, Failure, SlackServer
from tests.servers.teams import Failure as TeamsFailure
from tests.servers.teams import teams_server

# More than one replica takes on at once, so that both have something to do.
_CONVERSATIONS = 64
_EACH = 2
_WAIT = 7
# Each so-manieth answer of Slack's is slow.
_SLOW = 9


class Sky:
    """The clock, moved by whoever waits, and when each request came by it."""

    def __init__(self, clock: StandingClock, database: Database) -> None:
        self.clock = clock
        self.requests: dict[str, list[datetime]] = defaultdict(list)
        self.held: list[tuple[str, datetime]] = []
        self._database = database
        self._let_through: dict[str, list[float]] = defaultdict(list)

    def turnstile(self, limits: Limits) -> Turnstile:
        """What one process paces itself by, beside the others."""
        pace = NotedPace(limits, self.seconds, self._let_through)
        return SharedTurnstile(self._database, "test", pace, self.sleep)

    def assert_paced(self, limits: Limits) -> None:
        """All of them together never asked for more than the platform takes."""
        assert_paced(self._let_through, limits)

    def seconds(self) -> float:
        return self.clock.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        self.clock.forward(timedelta(seconds=seconds))

    def requested(self, conversation: str, *, throttled: bool) -> None:
        self.requests[conversation].append(self.clock.now())
        if throttled:
            self.held.append((conversation, self.clock.now() + timedelta(seconds=_WAIT)))

    def assert_obeyed(self) -> None:
        """Nothing came to a conversation before the time that was asked for."""
        for conversation, until in self.held:
            begun = until - timedelta(seconds=_WAIT)
            assert not [each for each in self.requests[conversation] if begun < each < until]


class StormySlack(SlackServer):
    """Notes when each message came."""

    sky: Sky
    _answers = 0

    async def _called(self, request: Any) -> Any:
        answer = await super()._called(request)
        call = self.calls[-1]
        if call.method == "chat.postMessage":
            self.sky.requested(call.arguments["channel"], throttled=answer.status == 429)
            self._answers += 1
            if self._answers % _SLOW == 0:
                # Time goes by while its answer is awaited.
                self.sky.clock.forward(timedelta(seconds=4))
        return answer


def messages(platform: str, now: datetime) -> list[Delivery]:
    return [
        Delivery(
            key=f"{number}:{conversation}",
            person_id=None,
            platform=platform,
            workspace=TEAM,
            conversation=f"C{conversation}",
            thread="",
            message=to_json(say(f"Message {number} to {conversation}")),
            cause="test",
            created_at=now,
            not_before=now,
        )
        for number in range(_EACH)
        for conversation in range(_CONVERSATIONS)
    ]


async def weather_it(database: Database, replicas: Sequence[Outbox], clock: StandingClock) -> None:
    """Let all sweep until everything is sent, a second passing after each time."""
    for _ in range(3000):
        await asyncio.gather(*(each.sweep() for each in replicas))
        clock.forward(timedelta(seconds=1))
        async with database.reading() as store:
            counts = await store.deliveries.counts()
        if counts == {"sent": _EACH * _CONVERSATIONS}:
            return
    raise AssertionError(counts)


@pytest.fixture(params=[1, 2])
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)  # noqa: S311  # a storm that can be told again, no secret


async def test_slack_in_a_storm_gets_each_message_once_and_in_order(
    sqlite_database: Database, clock: StandingClock, chance: random.Random
) -> None:
    async with StormySlack() as server:
        server.sky = sky = Sky(clock, sqlite_database)
        settings = SlackSettings(SecretStr(BOT_TOKEN), SecretStr(SIGNING_SECRET), None, TEAM, server.api_url)
        own = slack_limits(settings)
        platforms = [SlackPlatform(settings, sky.turnstile(own)) for _ in range(2)]
        for platform in platforms:
            await platform.start(Nobody())
        kinds = [
            Failure("ratelimited", 429, str(_WAIT)),
            Failure("internal_error", 500),
            Failure(cut=True),
            Failure(cut=True, after_the_work=True),
            Failure("fatal_error", after_the_work=True),
        ]
        server.fail("chat.postMessage", *(chance.choice(kinds) for _ in range(40)))
        replicas = [
            Outbox(sqlite_database, [each.gateway], clock, f"replica {number}")
            for number, each in enumerate(platforms)
        ]
        async with sqlite_database.store() as store:
            await store.deliveries.add_many(messages("slack", clock.now()))
        await weather_it(sqlite_database, replicas, clock)
        for platform in platforms:
            await platform.stop()
        for conversation in range(_CONVERSATIONS):
            shown = [each["text"] for each in server.channels[f"C{conversation}"].messages]
            assert shown == [f"Message {number} to {conversation}" for number in range(_EACH)]
        sky.assert_obeyed()
        sky.assert_paced(own)
        async with sqlite_database.reading() as store:
            assert await store.delivery_desk.repeats() == 0


async def test_teams_in_a_storm_gets_each_message_in_order_and_counts_what_may_be_twice(
    sqlite_database: Database, clock: StandingClock, chance: random.Random
) -> None:
    async with teams_server() as server:
        sky = Sky(clock, sqlite_database)
        platforms = [TeamsPlatform(server.settings(), turnstile=sky.turnstile(LIMITS)) for _ in range(2)]
        for platform in platforms:
            await platform.start(Nobody())
        waits = {"Retry-After": str(_WAIT)}
        for _ in range(25):
            status, headers = chance.choice([(429, waits), (502, {}), (500, {}), (0, {}), (503, {})])
            server.failures.append(
                TeamsFailure(
                    status,
                    "Throttled",
                    headers,
                    method="POST",
                    path=f"/C{chance.randrange(_CONVERSATIONS)}/activities$",
                )
            )
        replicas = [
            Outbox(sqlite_database, [each.gateway], clock, f"replica {number}")
            for number, each in enumerate(platforms)
        ]
        async with sqlite_database.store() as store:
            await store.deliveries.add_many(messages("teams", clock.now()))
        await weather_it(sqlite_database, replicas, clock)
        for platform in platforms:
            await platform.stop()
        sky.assert_paced(LIMITS)
        for conversation in range(_CONVERSATIONS):
            shown = [
                text_in(cards_in(each.activity)[0])
                for each in server.messages
                if each.conversation == f"C{conversation}"
            ]
            assert shown == [f"Message {number} to {conversation}" for number in range(_EACH)]
        async with sqlite_database.reading() as store:
            # Each of these failures may have come after the work, and Teams can't say.
            assert await store.delivery_desk.repeats() > 0
