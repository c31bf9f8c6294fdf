"""The way out: what goes where, Slack's pace, its failures, and each delivery once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.platforms.pace import MustWait, Pace, Turnstile
from bot.platforms.slack import errors
from bot.platforms.slack.pace import limits
from bot.platforms.slack.platform import SlackPlatform
from handlers.conversation.message import Image, Message, Text, say, spans
from scheduler.outbox import Later, Refused, SendResult, Sent
from storage.deliveries import Delivery
from tests.conftest import NOW
from tests.platforms.slack.test_slack_way_in import Desk
from tests.platforms.slack.workspace import slack_settings
from tests.servers.slack import Failure, SlackServer

HELLO = say("Hello.")
LONG = say("word " * 5_000)


def delivery(**more: Any) -> Delivery:
    made = Delivery(
        **{
            "key": "reply:slack:Ev1:0",
            "person_id": None,
            "platform": "slack",
            "workspace": "T0COUNCIL",
            "conversation": "C0CONTRACTS",
            "thread": "",
            "message": "",
            "cause": "reply",
            "created_at": NOW,
            "not_before": NOW,
            **more,
        }
    )
    made.id = 7
    return made


class Out:
    """A gateway on the test server."""

    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.platform = SlackPlatform(slack_settings(server))

    async def send(self, message: Message = HELLO, **more: Any) -> SendResult:
        return await self.platform.gateway.send(delivery(**more), message)


@pytest.fixture
async def out(server: SlackServer) -> AsyncIterator[Out]:
    made = Out(server)
    await made.platform.start(Desk())
    yield made
    await made.platform.stop()


async def test_a_message_is_posted_with_its_mark_and_without_previews(out: Out) -> None:
    result = await out.send(thread="1795512600.000200")
    (posted,) = out.server.called("chat.postMessage")
    assert isinstance(result, Sent)
    assert posted["metadata"]["event_payload"]["delivery"] == 7
    assert "Ev1" not in str(posted["metadata"])
    assert posted["thread_ts"] == "1795512600.000200"
    assert not any((posted["unfurl_links"], posted["unfurl_media"], posted["link_names"], posted["mrkdwn"]))
    assert posted["parse"] == "none"


async def test_a_person_is_written_to_in_their_own_conversation(out: Out) -> None:
    out.server.add_user("U0PERSON", None)
    assert isinstance(await out.send(conversation="user:U0PERSON"), Sent)
    assert isinstance(await out.send(conversation="user:U0PERSON"), Sent)
    assert len(out.server.channels["D0PERSON"].messages) == 2
    assert len(out.server.called("conversations.open")) == 1


async def test_a_message_takes_the_place_of_another(out: Out) -> None:
    first = await out.send()
    assert isinstance(first, Sent)
    assert await out.send(say("Changed."), replaces=first.platform_id) == first
    (message,) = out.server.channels["C0CONTRACTS"].messages
    assert message["text"] == "Changed."


async def test_a_message_that_is_gone_cannot_be_replaced(out: Out) -> None:
    result = await out.send(replaces="1795512600.999999")
    assert result == Refused("the message to replace is gone (message_not_found)")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (None, Sent),
        (Failure(status=404), Refused),
        (Failure(status=500), Later),
        (Failure(status=429, retry_after="3"), Later),
    ],
    ids=["taken", "expired", "fault", "too fast"],
)
async def test_a_private_message_is_replaced_through_its_own_address(
    out: Out, failure: Failure | None, expected: type[SendResult]
) -> None:
    if failure:
        out.server.fail("response", failure)
    result = await out.send(replaces=f"{out.server.address}/response/one")
    assert isinstance(result, expected)
    (call,) = [each for each in out.server.calls if each.method == "response/one"]
    assert call.arguments["replace_original"] is True
    if isinstance(result, Later) and failure and failure.retry_after:
        assert result.after == timedelta(seconds=3)


async def test_for_one_person_in_a_channel_it_is_private_and_in_their_own_conversation_it_stays(
    out: Out,
) -> None:
    await out.send(only_for="U0PERSON")
    assert [each["user"] for each in out.server.private] == ["U0PERSON"]
    await out.send(only_for="U0PERSON", conversation="D0PERSON")
    assert len(out.server.channels["D0PERSON"].messages) == 1


async def test_a_long_message_goes_in_parts_in_order(out: Out) -> None:
    result = await out.send(LONG)
    posted = out.server.channels["C0CONTRACTS"].messages
    assert len(posted) == 3
    assert isinstance(result, Sent)
    assert result.platform_id == posted[0]["ts"]
    assert [each["text"][:11] for each in posted] == ["Part 1 of 3", "Part 2 of 3", "Part 3 of 3"]
    assert not out.server.problems


async def test_what_got_through_is_not_sent_again(out: Out) -> None:
    out.server.fail("chat.postMessage", Failure(cut=True, after_the_work=True))
    assert isinstance(await out.send(LONG), Later)
    assert len(out.server.channels["C0CONTRACTS"].messages) == 1
    assert isinstance(await out.send(LONG, doubtful=True), Sent)
    posted = out.server.channels["C0CONTRACTS"].messages
    assert [each["text"][:11] for each in posted] == ["Part 1 of 3", "Part 2 of 3", "Part 3 of 3"]


async def test_what_a_process_sent_before_it_died_is_not_sent_again(out: Out) -> None:
    first = await out.send(thread="1795512600.000200")
    assert await out.send(thread="1795512600.000200", doubtful=True) == first
    assert len(out.server.called("chat.postMessage")) == 1
    (asked,) = out.server.called("conversations.replies")
    assert float(asked["oldest"]) < NOW.timestamp()


async def test_slack_is_asked_only_after_a_doubtful_attempt(out: Out) -> None:
    await out.send()
    assert not out.server.called("conversations.history")


async def test_a_busy_channel_is_looked_through_page_by_page(out: Out) -> None:
    first = await out.send()
    for number in range(5):
        await out.send(key=f"other {number}")
    out.server.page = 2
    assert await out.send(doubtful=True) == first
    assert len(out.server.called("conversations.history")) == 3


async def test_while_slack_cannot_look_nothing_is_sent_again(out: Out) -> None:
    out.server.fail("conversations.history", Failure("internal_error"))
    assert isinstance(await out.send(doubtful=True), Later)
    assert not out.server.called("chat.postMessage")


async def test_a_late_message_goes_out_where_slack_cannot_say_what_it_has(out: Out) -> None:
    out.server.fail("conversations.history", Failure("missing_scope"))
    result = await out.send(doubtful=True)
    assert isinstance(result, Sent)
    assert not result.once


async def test_slacks_own_word_on_when_holds_the_conversation(out: Out) -> None:
    out.server.fail("chat.postMessage", Failure("ratelimited", 429, "30"))
    result = await out.send()
    assert isinstance(result, Later)
    assert result.after == timedelta(seconds=30)
    assert result.throttled
    assert not result.doubtful


async def test_a_picture_that_slack_refuses_does_not_cost_the_message(out: Out) -> None:
    out.server.fail("chat.postMessage", Failure("invalid_blocks"))
    message = Message("Look", (Image("https://example.org/a.png", "A <chart>"), Text(spans("*Not* bold"))))
    assert isinstance(await out.send(message), Sent)
    (posted,) = out.server.channels["C0CONTRACTS"].messages
    assert "A &lt;chart&gt;" in posted["text"]
    assert "*Not* bold" in posted["text"]
    assert posted["mrkdwn"] is False


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            Failure("channel_not_found"),
            Refused("the channel is gone, or Covenant can't see it (channel_not_found)", gone=True),
        ),
        (Failure("is_archived"), Refused("the channel is archived (is_archived)", gone=True)),
        (Failure("user_disabled"), Refused("the person's account is deactivated (user_disabled)", gone=True)),
        (
            Failure("restricted_action"),
            Refused("the workspace's rules do not let apps post here (restricted_action)"),
        ),
        (Failure("msg_too_long"), Refused("the message is too long for Slack (msg_too_long)")),
        (Failure("internal_error"), Later("Slack has a fault (internal_error)", doubtful=True)),
        (
            Failure("a_new_code"),
            Later("Slack gives a reason that is not known here (a_new_code)", doubtful=True),
        ),
        (Failure("", 502), Later("Slack gives a reason that is not known here (status 502)", doubtful=True)),
    ],
    ids=lambda value: value.error or str(value.status) if isinstance(value, Failure) else "",
)
async def test_a_failure_is_a_typed_result(out: Out, failure: Failure, expected: SendResult) -> None:
    out.server.fail("chat.postMessage", failure)
    assert await out.send() == expected


async def test_a_lost_connection_is_tried_later(out: Out) -> None:
    out.server.fail("chat.postMessage", Failure(cut=True))
    result = await out.send()
    assert isinstance(result, Later)
    assert "can't be reached" in result.reason


async def test_a_revoked_token_keeps_what_waits(out: Out) -> None:
    out.server.fail("chat.postMessage", Failure("token_revoked"))
    result = await out.send()
    assert isinstance(result, Later)
    assert result.after == timedelta(minutes=10)
    assert "install the app again" in result.reason


async def test_not_in_channel_says_what_to_do(out: Out) -> None:
    out.server.fail("chat.postMessage", Failure("not_in_channel"))
    result = await out.send()
    assert isinstance(result, Refused)
    assert result.gone
    assert "/invite" in result.reason


def test_every_reason_stands_in_one_table_only() -> None:
    tables = [errors._GONE, errors._REFUSED, errors._REPAIR, errors._SOON]
    codes = [code for table in tables for code in table]
    assert len(codes) == len(set(codes))


class Moment:
    """Seconds that pass only when they are waited for."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_channel_gets_one_message_a_second_and_the_workspace_eight(server: SlackServer) -> None:
    own = replace(slack_settings(server), channel_seconds=1.0, workspace_seconds=0.125)
    pace = Pace(limits(own), Moment())
    moments = [pace.take("C1") for _ in range(3)]
    assert moments[0] == 0
    assert all(later - first >= 1 for first, later in pairwise(moments))
    fresh = Pace(limits(own), Moment())
    moments = [fresh.take(f"C{number}") for number in range(36)]
    assert all(later - first >= 0.125 for first, later in pairwise(moments))
    assert moments[-1] < 35 * 0.125 * 1.05


def test_a_method_has_its_own_limit(server: SlackServer) -> None:
    pace = Pace(limits(slack_settings(server)), Moment())
    assert {pace.take(f"C{number}", "chat.update") for number in range(50)} == {0}
    with pytest.raises(MustWait) as far_off:
        pace.take("C50", "chat.update")
    assert far_off.value.seconds >= 60
    assert pace.take("C99", "chat.postMessage") == 0


async def test_what_would_wait_too_long_goes_back_untried(server: SlackServer) -> None:
    own = replace(slack_settings(server), channel_seconds=30.0)
    now = Moment()
    platform = SlackPlatform(own, Turnstile(Pace(limits(own), now)))
    await platform.start(Desk())
    assert isinstance(await platform.gateway.send(delivery(), HELLO), Sent)
    held = await platform.gateway.send(delivery(), HELLO)
    assert isinstance(held, Later)
    assert not held.tried
    assert held.after is not None
    assert held.after >= timedelta(seconds=30)
    await platform.stop()
