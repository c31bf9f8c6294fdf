"""Socket Mode: Covenant connects out, and acknowledges what is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.platforms.slack.platform import SlackPlatform
from tests.conftest import Cast
from tests.platforms.slack.conftest import Opening
from tests.platforms.slack.test_slack_way_in import Desk
from tests.platforms.slack.workspace import slack_settings
from tests.servers.slack import Failure, SlackServer, dm_of
from tests.servers.slack_chat import payload, shown


@pytest.fixture
async def desk(server: SlackServer) -> AsyncIterator[Desk]:
    made, platform = Desk(), SlackPlatform(slack_settings(server, socket=True))
    await platform.start(made)
    yield made
    await platform.stop()


async def test_an_event_is_acknowledged_once_it_is_committed(server: SlackServer, desk: Desk) -> None:
    desk.go_on.clear()
    await server.send("events_api", payload("message_im"), "envelope-1")
    await desk.begun.wait()
    assert not server.acknowledged
    desk.go_on.set()
    await server.until(lambda: server.acknowledged)
    assert server.acknowledged == [{"envelope_id": "envelope-1"}]


async def test_a_failed_commit_is_not_acknowledged_and_the_retry_is(server: SlackServer, desk: Desk) -> None:
    desk.fails = 1
    await server.send("events_api", payload("message_im"), "envelope-1")
    await server.send("events_api", payload("message_im"), "envelope-2", retry_attempt=1)
    await server.until(lambda: server.acknowledged)
    assert server.acknowledged == [{"envelope_id": "envelope-2"}]
    assert len(desk.taken) == 1


async def test_an_interaction_and_a_command_come_over_the_socket(server: SlackServer, desk: Desk) -> None:
    await server.send("interactive", payload("block_actions_message"), "envelope-1")
    await server.send(
        "slash_commands", payload("slash_command", {"is_enterprise_install": False}), "envelope-2"
    )
    await server.until(lambda: len(server.acknowledged) == 2)
    assert len(desk.taken) == 2


async def test_stopping_finishes_and_acknowledges_what_was_accepted(server: SlackServer) -> None:
    desk, platform = Desk(), SlackPlatform(slack_settings(server, socket=True))
    await platform.start(desk)
    desk.go_on.clear()
    await server.send("events_api", payload("message_im"), "envelope-1")
    await desk.begun.wait()
    stopping = asyncio.create_task(platform.stop())
    await asyncio.sleep(0)
    desk.go_on.set()
    await stopping
    await server.until(lambda: server.acknowledged)
    assert server.acknowledged == [{"envelope_id": "envelope-1"}]


async def test_a_platform_that_cannot_connect_stops_all_the_same(server: SlackServer) -> None:
    server.fail("apps.connections.open", Failure("invalid_auth"))
    platform = SlackPlatform(slack_settings(server, socket=True))
    await platform.start(Desk())
    await server.until(lambda: server.called("apps.connections.open"))
    await platform.stop()


async def test_a_question_is_answered_over_the_socket(
    server: SlackServer, opened: Opening, cast: Cast
) -> None:
    app, platform = await opened(slack_settings(server, socket=True))
    server.add_user("U0PERSON", cast.manager)
    await platform.start(app.runner)
    event = {"text": "our contractor has gone bust what now"}
    await server.send("events_api", payload("message_im", {"event": event}), "envelope-1")
    await server.until(lambda: server.channels[dm_of("U0PERSON")].messages and server.acknowledged)
    assert "insolven" in shown(server.channels[dm_of("U0PERSON")].messages[0]).text.lower()
    await app.outbox.idle()
    await platform.stop()
