"""Who may post to `/api/messages`, and what everybody else gets: never 500, and never a turn."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives import serialization
from pydantic import SecretStr

from bot.knowledge_base import KnowledgeBase
from bot.platforms.teams.auth import Keys
from bot.platforms.teams.port import KeysUnavailable
from bot.platforms.teams.settings import TeamsSettings
from storage.database import Database
from tests.conftest import StandingClock
from tests.platforms.teams.room import Room, teams_room
from tests.servers.teams import APP, TENANT, Failure, TeamsServer, rsa_key


class Moment:
    """A clock in seconds that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def _unsigned(server: TeamsServer) -> str:
    claims = jwt.decode(server.token(), options={"verify_signature": False})
    head = _part({"alg": "none", "typ": "JWT", "kid": "main"})
    return f"{head}.{_part(claims)}."


def _with_public_key_as_secret(server: TeamsServer) -> str:
    """The classic: the public key, known to all, taken as the secret of a symmetric signature."""
    public = rsa_key("main").public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    claims = jwt.decode(server.token(), options={"verify_signature": False})
    head, body = (_part(each) for each in ({"alg": "HS256", "typ": "JWT", "kid": "main"}, claims))
    signature = hmac.digest(pem, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _changed(server: TeamsServer) -> str:
    head, _, signature = server.token().split(".")
    claims = jwt.decode(server.token(), options={"verify_signature": False})
    return f"{head}.{_part({**claims, 'sub': 'somebody else'})}.{signature}"


BAD_TOKENS: dict[str, tuple[int, Callable[[TeamsServer], str]]] = {
    "wrong audience": (403, lambda server: server.token(aud="another-bot")),
    "no audience": (401, lambda server: server.token(aud=None)),
    "wrong issuer": (403, lambda server: server.token(iss="https://sts.windows.net/evil/")),
    "no issuer": (401, lambda server: server.token(iss=None)),
    "expired": (401, lambda server: server.token(exp=time.time() - 301)),
    "no expiry": (401, lambda server: server.token(exp=None)),
    "not yet valid": (401, lambda server: server.token(nbf=time.time() + 900)),
    "another service address": (403, lambda server: server.token(serviceurl="https://evil.example/")),
    "no service address": (403, lambda server: server.token(serviceurl=None)),
    "signed by somebody else": (401, lambda server: server.token(key="stranger", kid="main")),
    "unknown key": (401, lambda server: server.token(key="stranger")),
    "unsigned": (401, _unsigned),
    "public key as secret": (401, _with_public_key_as_secret),
    "changed after signing": (401, _changed),
    "not a token": (401, lambda server: "x.y.z"),
    "one part": (401, lambda server: "x"),
    "binary": (401, lambda server: "\u00ff\u00fe"),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_bad_token_is_refused(room: Room, case: str) -> None:
    status, make = BAD_TOKENS[case]
    found, _ = await room.post(room.server.activity("message_personal"), make(room.server))
    assert found == status
    await _nothing_happened(room)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Token x.y.z", "Bearer a b c", "x" * 5000]
)
async def test_no_bearer_token_is_refused(room: Room, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    found, _ = await room.post(room.server.activity("message_personal"), headers=headers)
    assert found == 401
    await _nothing_happened(room)


@pytest.mark.parametrize("late", [0, 299])
async def test_clocks_may_differ_by_five_minutes(room: Room, late: int) -> None:
    token = room.server.token(exp=time.time() - late)
    assert (await room.post(room.server.activity("message_personal"), token))[0] == 200


async def test_another_organisation_is_refused(room: Room) -> None:
    activity = room.server.activity("message_personal")
    activity["conversation"]["tenantId"] = "99999999-86f1-41af-91ab-2d7cd011db47"
    assert (await room.post(activity))[0] == 403
    del activity["conversation"]["tenantId"], activity["channelData"]["tenant"]
    assert (await room.post(activity))[0] == 403
    await _nothing_happened(room)


async def test_a_key_without_endorsement_for_teams_is_refused(room: Room) -> None:
    room.server.keys = [room.server.jwk("main", ("webchat", "directline"))]
    assert (await room.post(room.server.activity("message_personal")))[0] == 403


async def test_another_channel_of_the_same_bot_is_refused(room: Room) -> None:
    room.server.keys = [room.server.jwk("main", ("webchat", "msteams"))]
    assert (await room.post(room.server.activity("message_personal", channelId="webchat")))[0] == 403


async def test_a_service_address_that_is_not_of_teams_is_refused(room: Room) -> None:
    # Even where a token names it: our own token would go there.
    evil = "https://smba.trafficmanager.net.evil.example/"
    token = room.server.token(serviceurl=evil)
    assert (await room.post(room.server.activity("message_personal", serviceUrl=evil), token))[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        7,
        {},
        {"type": "message"},
        {"type": 5, "from": {"id": "a"}},
        {"type": "message", "from": "x", "recipient": [], "conversation": None},
        {"type": "message", "from": {"id": 5}},
    ],
)
async def test_what_is_not_an_activity_is_refused(room: Room, body: Any) -> None:
    # Somebody without a token never gets as far as having the body read.
    assert (await room.post(body, headers={}))[0] in (400, 401)
    if isinstance(body, dict):
        whole = {**body, "serviceUrl": room.server.service_url, "channelId": "msteams"}
        assert (await room.post(whole))[0] == 400


@pytest.mark.parametrize(
    "name", ["message_personal", "card_execute", "card_submit", "search", "about_message"]
)
@pytest.mark.parametrize("junk", [None, 5, "x", [], [5], {"a": {"b": []}}, True])
async def test_a_genuine_request_with_odd_parts_never_gets_500(room: Room, name: str, junk: Any) -> None:
    for part in room.server.activity(name):
        if part in ("serviceUrl", "channelId"):
            continue
        status, _ = await room.post({**room.server.activity(name), "id": f"odd-{part}", part: junk})
        assert status < 500 or status == 501, (part, junk)


async def test_a_body_that_is_not_json_is_refused(room: Room) -> None:
    headers = {"Authorization": f"Bearer {room.server.token()}"}
    for kind, data, status in (
        ("text/plain", b"{}", 400),
        ("application/json", b"{", 400),
        ("application/json", b"\xff\xfe", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b"x" * 600_000, 413),
    ):
        async with room.session.post(
            f"{room.base}/api/messages", data=data, headers={**headers, "Content-Type": kind}
        ) as answer:
            assert answer.status == status
    async with room.session.get(f"{room.base}/api/messages") as answer:
        assert answer.status == 405


async def test_keys_that_cannot_be_fetched_are_no_reason_to_drop_a_message(room: Room) -> None:
    room.server.failures.append(Failure(500, path="/keys"))
    status, _ = await room.post(room.server.activity("message_personal"))
    assert status == 503
    await _nothing_happened(room)


async def test_the_loop_goes_on_while_keys_are_fetched(room: Room) -> None:
    held = asyncio.Event()
    room.server.failures.append(Failure(path="/openid", until=held))
    asking = asyncio.create_task(room.post(room.server.activity("message_personal")))
    async with room.session.get(f"{room.base}/health") as answer:
        assert answer.status == 200
    assert not asking.done()
    held.set()
    assert (await asking)[0] == 200


async def test_keys_are_kept_for_a_day_and_renewed_hourly_at_most(server: TeamsServer) -> None:
    now = Moment()
    keys = Keys(f"{server.base}/openid", now)
    async with ClientSession() as session:
        keys.use(session)
        await asyncio.gather(*(keys.get("main") for _ in range(10)))
        assert server.key_fetches == 1
        assert await keys.get("new") is None
        server.keys.append(server.jwk("new"))
        now.seconds += 3590
        assert await keys.get("new") is None
        assert server.key_fetches == 1
        now.seconds += 20
        assert await keys.get("new") is not None
        assert server.key_fetches == 2
        now.seconds += 23 * 3600
        assert await keys.get("main") is not None
        assert server.key_fetches == 2
        now.seconds += 2 * 3600
        server.failures.append(Failure(500, path="/openid"))
        assert await keys.get("main") is not None
        now.seconds += 10
        assert await keys.get("main") is not None
        assert server.key_fetches == 3


async def test_keys_that_make_no_sense_are_no_keys(server: TeamsServer) -> None:
    async with ClientSession() as session:
        keys = Keys(f"{server.base}/openid")
        keys.use(session)
        for listed in ([{"kty": "RSA"}], [{"kty": "RSA", "kid": "x", "n": "!", "e": "AQAB"}], 5, [None]):
            server.keys = listed  # type: ignore[assignment]
            with pytest.raises(KeysUnavailable):
                await keys.fetch()


# Without sign-in


async def test_the_playground_needs_no_token(
    server: TeamsServer, sqlite_database: Database, knowledge: KnowledgeBase, clock: StandingClock
) -> None:
    settings = TeamsSettings(APP, tenant_id=TENANT, anonymous=True)
    async with teams_room(server, sqlite_database, knowledge, clock, settings) as room:
        server.tokens.append("")
        assert (await room.post(server.activity("message_personal"), headers={}))[0] == 200
        assert "Authorization" not in server.calls("POST", "/activities$")[0].headers
        away = server.activity("message_personal", serviceUrl="https://smba.trafficmanager.net/uk/")
        assert (await room.post(away, headers={}))[0] == 403


def test_settings_that_would_let_anybody_in_are_refused() -> None:
    with pytest.raises(ValueError, match="Playground"):
        TeamsSettings(APP, SecretStr("secret"), TENANT, anonymous=True)
    for missing in ((APP, SecretStr(""), TENANT), (APP, SecretStr("x"), ""), ("", SecretStr("x"), TENANT)):
        with pytest.raises(ValueError, match="needs the app id"):
            TeamsSettings(*missing)
    assert "secret" not in repr(TeamsSettings(APP, SecretStr("secret"), TENANT))


@pytest.mark.parametrize(
    ("address", "served"),
    [
        ("https://smba.trafficmanager.net/uk/", True),
        ("https://europe.api.botframework.com/", True),
        ("http://smba.trafficmanager.net/uk/", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://evil.example/smba.trafficmanager.net", False),
        ("https://notbotframework.com/", False),
        ("https://other.trafficmanager.net/", False),
        ("http://127.0.0.1:9/", False),
        ("file:///etc/passwd", False),
        ("//smba.trafficmanager.net", False),
        ("", False),
        ("https://[", False),
    ],
)
def test_the_token_goes_to_teams_alone(address: str, served: bool) -> None:
    assert TeamsSettings(APP, SecretStr("x"), TENANT).serves(address) is served


async def _nothing_happened(room: Room) -> None:
    assert room.server.messages == []
    async with room.app.database.reading() as store:
        assert await store.questions.latest() == []
