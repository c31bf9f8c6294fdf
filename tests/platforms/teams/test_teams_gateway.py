"""The way out: what is sent where, how fast, and what each failure means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.platforms.pace import MustWait, Pace, Turnstile
from bot.platforms.teams.pace import LIMITS
from bot.platforms.teams.platform import TeamsPlatform
from handlers.conversation.message import Button, Message, say
from scheduler.outbox import Later, Refused, SendResult, Sent
from storage.addresses import Address
from storage.deliveries import Delivery
from tests.conftest import NOW
from tests.platforms.teams.room import cards_in, text_in
from tests.platforms.teams.samples import LONG
from tests.servers.teams import TENANT, Failure, TeamsServer


class Out:
    """The way out alone, to one conversation."""

    def __init__(self, server: TeamsServer, platform: TeamsPlatform) -> None:
        self.server = server
        self._platform = platform

    async def send(self, message: Message | None = None, **changes: Any) -> SendResult:
        own: dict[str, Any] = {
            "key": "test",
            "person_id": None,
            "platform": "teams",
            "workspace": TENANT,
            "conversation": "a:1amira",
            "thread": "",
            "message": "",
            "cause": "test",
            "created_at": NOW,
            "not_before": NOW,
        }
        return await self._platform.gateway.send(Delivery(**{**own, **changes}), message or say("Hello"))


@pytest.fixture
async def out(server: TeamsServer) -> AsyncIterator[Out]:
    platform = TeamsPlatform(server.settings())
    nobody = _Nobody()
    await platform.start(nobody)
    yield Out(server, platform)
    await platform.stop()


class _Nobody:
    """Knows no conversation but a group and those that were begun."""

    def __init__(self) -> None:
        self.begun: dict[str, Any] = {}

    async def accept(self, inbound: object) -> Any:
        raise AssertionError

    async def knows(self, account: object) -> bool:
        return False

    async def takes_part(self, address: object) -> bool:
        return False

    async def reference(self, address: Address) -> dict[str, Any] | None:
        group = {"kind": "groupChat"} if address.conversation == "19:group@thread.v2" else None
        return self.begun.get(address.key, group)

    async def remember(self, address: Address, reference: Mapping[str, Any]) -> None:
        self.begun[address.key] = json.loads(json.dumps(reference))


async def test_a_message_is_sent_with_one_token(out: Out) -> None:
    results = await asyncio.gather(*(out.send(key=f"k{number}") for number in range(5)))
    assert all(isinstance(each, Sent) for each in results)
    assert len(out.server.calls("POST", "^/token$")) == 1
    request = out.server.calls("POST", "/activities$")[0]
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert request.body["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"


async def test_a_long_message_goes_in_parts_and_goes_on_where_it_failed(out: Out) -> None:
    long = say(LONG, LONG)
    out.server.failures.append(Failure(502, method="POST", path="/activities$", times=0))
    sent = await out.send(long)
    parts = len(out.server.messages)
    assert parts > 1
    assert sent == Sent(out.server.messages[0].id)
    out.server.messages.clear()
    # The second part fails once; the first must not be there twice.
    failure = Failure(502, method="POST", path="/activities$")
    held = out.server.messages
    out.server.failures = [_After(failure, lambda: len(held) == 1)]
    assert isinstance(await out.send(long, key="again"), Later)
    assert isinstance(await out.send(long, key="again"), Sent)
    assert len(out.server.messages) == parts


class _After(Failure):
    """A failure that only comes once something has happened."""

    def __init__(self, failure: Failure, happened: Any) -> None:
        super().__init__(failure.status, method=failure.method, path=failure.path)
        self._happened = happened

    def concerns(self, request: Any) -> bool:
        return bool(self._happened()) and super().concerns(request)


async def test_a_message_takes_the_place_of_an_earlier_one(out: Out) -> None:
    sent = await out.send(say("Before"))
    assert isinstance(sent, Sent)
    assert await out.send(say("After"), replaces=sent.platform_id) == sent
    (message,) = out.server.messages
    assert text_in(cards_in(message.activity)[0]) == "After"
    assert out.server.calls("PUT", "/activities/")[0].body["id"] == sent.platform_id
    assert isinstance(await out.send(replaces="gone"), Refused)


async def test_a_reply_chain_and_an_odd_name_are_addressed_whole(out: Out) -> None:
    await out.send(conversation="19:a/b c@thread.tacv2", thread="17")
    assert out.server.messages[0].conversation == "19:a/b c@thread.tacv2;messageid=17"


async def test_a_persons_own_chat_is_begun_once(out: Out) -> None:
    results = await asyncio.gather(
        *(out.send(key=f"k{number}", conversation="user:29:1amira") for number in range(3)),
        *(
            out.send(key=f"g{number}", conversation="19:group@thread.v2", only_for="29:1amira")
            for number in range(3)
        ),
    )
    assert all(isinstance(each, Sent) for each in results)
    assert len(out.server.calls("POST", "/v3/conversations$")) == 1
    assert {each.conversation for each in out.server.messages} == {"a:own-29:1amira"}


async def test_a_chat_that_was_begun_is_found_again_after_a_restart(server: TeamsServer) -> None:
    runner = _Nobody()
    for _ in range(2):
        platform = TeamsPlatform(server.settings())
        await platform.start(runner)
        assert isinstance(await Out(server, platform).send(conversation="user:29:1amira"), Sent)
        await platform.stop()
    assert len(server.calls("POST", "/v3/conversations$")) == 1
    assert {each.conversation for each in server.messages} == {"a:own-29:1amira"}


async def test_their_own_chat_stays_where_it_is(out: Out) -> None:
    await out.send(only_for="29:1amira")
    assert out.server.messages[0].conversation == "a:1amira"


@pytest.mark.parametrize("status", [412, 429, 500, 502, 503, 504])
async def test_what_passes_is_tried_later(out: Out, status: int) -> None:
    out.server.failures.append(Failure(status, "Throttled", method="POST", path="/activities$"))
    result = await out.send()
    assert isinstance(result, Later)
    assert str(status) in result.reason
    assert result.after is None
    assert result.throttled == (status == 429)
    # A fault may come after the work; a refusal comes before it.
    assert result.doubtful == (status >= 500)
    assert isinstance(await out.send(), Sent)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 0), ("soon", None), ("-1", None)])
async def test_the_connectors_own_word_on_when_counts(out: Out, header: str, seconds: int | None) -> None:
    out.server.failures.append(Failure(429, "Throttled", {"Retry-After": header}, path="/activities$"))
    result = await out.send()
    assert isinstance(result, Later)
    assert result.after == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "BotNotInConversationRoster"),
        (403, "ConversationBlockedByUser"),
        (403, "BotDisabledByAdmin"),
        (403, "MessageWritesBlocked"),
        (404, "ConversationNotFound"),
    ],
)
async def test_a_closed_way_is_a_refusal_for_good(out: Out, status: int, code: str) -> None:
    out.server.failures.append(Failure(status, code, path="/activities$"))
    result = await out.send()
    assert isinstance(result, Refused)
    assert result.gone
    assert result.reason.startswith(code)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "BadArgument"), (403, "Forbidden"), (404, "ActivityNotFoundInConversation"), (413, "X")],
)
async def test_a_refused_message_says_nothing_about_the_next(out: Out, status: int, code: str) -> None:
    out.server.failures.append(Failure(status, code, path="/activities$"))
    result = await out.send()
    assert isinstance(result, Refused)
    assert not result.gone


async def test_a_cut_connection_is_tried_later(out: Out) -> None:
    out.server.failures.append(Failure(0, path="/activities$", times=2))
    assert isinstance(await out.send(), Later)


async def test_a_token_that_is_refused_is_fetched_again(out: Out) -> None:
    await out.send()
    out.server.tokens.clear()
    assert isinstance(await out.send(), Sent)
    assert len(out.server.calls("POST", "^/token$")) == 2
    out.server.failures.append(Failure(401, path="/activities$", times=2))
    assert isinstance(await out.send(), Later)


async def test_wrong_credentials_lose_nothing(server: TeamsServer) -> None:
    platform = TeamsPlatform(server.settings(app_id="another"))
    await platform.start(_Nobody())
    result = await Out(server, platform).send()
    assert isinstance(result, Later)
    assert "invalid_client" in result.reason
    await platform.stop()


async def test_the_token_is_never_sent_elsewhere(out: Out, server: TeamsServer) -> None:
    platform = TeamsPlatform(server.settings(service_hosts=("smba.trafficmanager.net",)))
    await platform.start(_Nobody())
    result = await Out(server, platform).send()
    assert isinstance(result, Refused)
    assert server.requests == []
    await platform.stop()


async def test_what_cannot_be_shown_is_refused(out: Out) -> None:
    result = await out.send(say("x", buttons=[Button("Show", "x.show", {"text": "x" * 3000})]))
    assert isinstance(result, Refused)
    assert "can't be shown in Teams" in result.reason


async def test_credentials_are_checked_in_words(server: TeamsServer) -> None:
    assert [each.ok for each in await TeamsPlatform(server.settings()).check()] == [True, True]
    wrong = server.settings(app_id="another", openid_url=f"{server.base}/nowhere")
    token, keys = await TeamsPlatform(wrong).check()
    assert not token.ok
    assert "COVENANT_TEAMS_APP_PASSWORD" in token.detail
    assert not keys.ok
    assert "login.botframework.com" in keys.detail


# How fast


class Moment:
    """Seconds that pass only when they are waited for."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


async def test_a_conversation_is_sent_to_at_its_own_pace() -> None:
    now = Moment()
    pace = Pace(LIMITS, now)
    moments: list[float] = []
    while len(moments) < 70:
        try:
            moments.append(pace.take("a"))
        except MustWait as wait:
            now.seconds += wait.seconds
    assert moments == sorted(moments)
    for most, seconds in ((7, 1), (8, 2), (60, 30)):
        for first, later in zip(moments, moments[most:], strict=False):
            assert later - first >= seconds
    assert moments[6] == 0


async def test_everything_together_is_sent_at_the_pace_of_the_whole() -> None:
    pace = Pace(LIMITS, Moment())
    moments = sorted(pace.take(f"conversation {number}") for number in range(100))
    assert moments[29] == 0
    for first, later in zip(moments, moments[30:], strict=False):
        assert later - first >= 1


async def test_what_would_wait_too_long_goes_back_into_the_queue(server: TeamsServer) -> None:
    now = Moment()
    platform = TeamsPlatform(server.settings(), turnstile=Turnstile(Pace(LIMITS, now), now.sleep))
    await platform.start(_Nobody())
    out = Out(server, platform)
    results = [await out.send(key=f"k{number}") for number in range(61)]
    later = [each for each in results if isinstance(each, Later)]
    assert later
    assert later[0].after is not None
    assert later[0].after > timedelta(seconds=5)
    now.seconds += later[0].after.total_seconds()
    assert isinstance(await out.send(), Sent)
    await platform.stop()
