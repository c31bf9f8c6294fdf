"""The way in: who is let in, what Slack is answered, and what happens when records can't be written."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.platforms.slack.platform import SlackPlatform
from bot.runner import Outcome
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.turn import Account, Inbound
from storage.addresses import Address
from storage.database import DatabaseProblem
from tests.platforms.slack.conftest import Workspace
from tests.platforms.slack.workspace import slack_settings
from tests.servers.slack import BOT_TOKEN, SIGNING_SECRET, Failure, SlackServer
from tests.servers.slack_chat import SlackCaller, encoded, payload, signed


class Desk:
    """The runner's side, in the hands of a test."""

    def __init__(self) -> None:
        self.taken: list[Inbound] = []
        self.fails = 0
        self.answer: Reply = reply(say("Done."))
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.begun = asyncio.Event()

    async def accept(self, inbound: Inbound) -> Outcome:
        self.begun.set()
        await self.go_on.wait()
        if self.fails:
            self.fails -= 1
            raise DatabaseProblem("the database is away")
        self.taken.append(inbound)
        return Outcome(self.answer)

    async def knows(self, account: Account) -> bool:
        return True

    async def takes_part(self, address: Address) -> bool:
        return False

    async def reference(self, address: Address) -> Mapping[str, Any] | None:
        return None

    async def remember(self, address: Address, reference: object) -> None:
        raise AssertionError


class Door:
    """A way in with a Desk behind it."""

    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.desk = Desk()
        self.platform = SlackPlatform(slack_settings(server))
        self.stopped = False

    async def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            await self.platform.stop()


@pytest.fixture
async def door(server: SlackServer) -> AsyncIterator[Door]:
    made = Door(server)
    yield made
    await made.stop()


@pytest.fixture
async def slack(door: Door) -> AsyncIterator[SlackCaller]:
    application = web.Application()
    door.platform.add_routes(application, door.desk)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await door.platform.start(door.desk)
    async with ClientSession() as session:
        yield SlackCaller(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


ALL = [
    "message_im",
    "app_mention",
    "app_home_opened",
    "assistant_thread_started",
    "slash_command",
    "message_shortcut",
    "global_shortcut",
    "block_actions_message",
    "view_submission",
]


@pytest.mark.parametrize("name", ALL)
async def test_a_signed_payload_is_taken_once_it_is_committed(
    door: Door, slack: SlackCaller, name: str
) -> None:
    door.desk.go_on.clear()
    asked = asyncio.create_task(slack.post(payload(name)))
    await door.desk.begun.wait()
    assert not asked.done()
    door.desk.go_on.set()
    status, _ = await asked
    assert status == 200
    assert len(door.desk.taken) == 1


@pytest.mark.parametrize("name", ALL)
async def test_a_failed_commit_is_answered_503_and_the_retry_is_taken(
    door: Door, slack: SlackCaller, name: str
) -> None:
    door.desk.fails = 1
    assert (await slack.post(payload(name)))[0] == 503
    assert (await slack.post(payload(name)))[0] == 200
    assert len(door.desk.taken) == 1


@pytest.mark.parametrize("name", ALL)
async def test_a_retry_has_the_same_key_and_another_event_has_not(
    door: Door, slack: SlackCaller, name: str
) -> None:
    again = {"event_id": "Ev0ANOTHER", "trigger_id": "another"}
    for found in (payload(name), payload(name), payload(name, again)):
        await slack.post(found)
    first, second, third = (each.key for each in door.desk.taken)
    assert first == second != third


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed("another body"),
        signed(encoded(payload("message_im"))[0], secret="f" * 32),
        signed(encoded(payload("message_im"))[0], at=time.time() - 400),
        # Far ahead: these are signed when tests are collected, which may be minutes before.
        signed(encoded(payload("message_im"))[0], at=time.time() + 7200),
        {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=1"},
        {"X-Slack-Signature": signed(encoded(payload("message_im"))[0])["X-Slack-Signature"]},
    ],
    ids=["missing", "forged", "another secret", "stale", "from the future", "no number", "no time"],
)
async def test_what_is_not_signed_by_slack_is_refused(
    door: Door, slack: SlackCaller, headers: Mapping[str, str]
) -> None:
    status, _ = await slack.post(payload("message_im"), headers)
    assert status == 401
    assert not door.desk.taken


async def test_a_check_of_the_certificate_brings_nothing_in(door: Door, slack: SlackCaller) -> None:
    status, _ = await slack.post(payload("slash_command", {"ssl_check": "1"}), {})
    assert status == 200
    assert not door.desk.taken


async def test_the_address_is_confirmed(slack: SlackCaller) -> None:
    found = payload("url_verification")
    assert await slack.post(found) == (200, {"challenge": found["challenge"]})


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"payload=%7B"])
async def test_a_body_that_cannot_be_read_is_a_bad_request(
    door: Door, slack: SlackCaller, body: bytes
) -> None:
    kind = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
    assert await slack.raw(body, {"Content-Type": kind}) in (400, 401)
    assert not door.desk.taken


@pytest.mark.parametrize("name", ALL)
async def test_another_workspace_is_refused(door: Door, slack: SlackCaller, name: str) -> None:
    other = {"team_id": "T0OTHER"} if "team_id" in payload(name) else {"team": {"id": "T0OTHER"}}
    status, _ = await slack.post(payload(name, other))
    assert status == 403
    assert not door.desk.taken


async def test_events_are_given_back_until_slack_says_who_covenant_is(server: SlackServer) -> None:
    server.fail("auth.test", *(Failure(status=500) for _ in range(3)))
    door = Door(server)
    application = web.Application()
    door.platform.add_routes(application, door.desk)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await door.platform.start(door.desk)
    async with ClientSession() as session:
        slack = SlackCaller(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        assert (await slack.post(payload("message_im")))[0] == 503
        assert (await slack.post(payload("message_im")))[0] == 200
    await runner.cleanup()
    await door.stop()


async def test_stopping_finishes_what_was_accepted(door: Door, slack: SlackCaller) -> None:
    door.desk.go_on.clear()
    asked = asyncio.create_task(slack.post(payload("message_im")))
    await door.desk.begun.wait()
    stopping = asyncio.create_task(door.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    door.desk.go_on.set()
    await stopping
    assert (await asked)[0] == 200


async def test_the_routes_are_left_out_in_socket_mode(server: SlackServer) -> None:
    application = web.Application()
    SlackPlatform(slack_settings(server, socket=True)).add_routes(application, Desk())
    assert not list(application.router.resources())


async def test_no_secret_is_printed(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await workspace.slack.post(payload("message_im"))
    shown = f"{slack_settings(workspace.server)!r} {caplog.text}"
    assert BOT_TOKEN not in shown
    assert SIGNING_SECRET not in shown


async def test_errors_of_a_form_inside_a_message_are_told_to_its_sender(
    door: Door, slack: SlackCaller
) -> None:
    door.desk.answer = Reply(errors={"question": "Enter your question"})
    value = json.dumps({"f": "experts.ask", "p": {}, "n": "0:"})
    action = payload("block_actions_ephemeral")["actions"][0] | {"value": value}
    state = {"values": {"0:question": {"value": {"type": "plain_text_input", "value": None}}}}
    await slack.post(payload("block_actions_ephemeral", {"actions": [action], "state": state}))
    await door.platform.idle()
    (told,) = door.server.private
    assert told["text"] == "Enter your question"
    (taken,) = door.desk.taken
    assert taken.source == "https://hooks.slack.test/actions/T0COUNCIL/1/made-up"
