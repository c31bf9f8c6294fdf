"""`covenant check` for Slack: each credential is tried, and each missing scope is named with its use."""

from __future__ import annotations

import re

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.port import PlatformFinding
from bot.platforms.slack.errors import FAILURES, result_of
from bot.platforms.slack.manifest import SCOPES
from bot.platforms.slack.settings import SlackSettings

_SECRET = re.compile("[0-9a-f]{32}")
_INSTALL = (
    "Open the app's page, choose 'App Manifest', paste 'covenant manifest slack', and install it again."
)


async def check(settings: SlackSettings) -> list[PlatformFinding]:
    """What works and what is missing, one finding each."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        return [
            _signing_secret(settings),
            *await _bot_token(settings, session),
            *await _app_token(settings, session),
        ]


def _signing_secret(settings: SlackSettings) -> PlatformFinding:
    ok = bool(_SECRET.fullmatch(settings.signing_secret.get_secret_value()))
    detail = (
        "It has the right form. Whether it is the right one shows with the first event."
        if ok
        else "It should be 32 of the signs 0-9 and a-f. Copy it from 'Basic Information' on the app's page."
    )
    return PlatformFinding("Slack signing secret", ok, detail)


async def _bot_token(settings: SlackSettings, session: aiohttp.ClientSession) -> list[PlatformFinding]:
    client = AsyncWebClient(
        token=settings.bot_token.get_secret_value(), base_url=settings.base_url, session=session
    )
    what = "Slack bot token"
    try:
        found = await client.auth_test()
    except FAILURES as error:
        return [PlatformFinding(what, ok=False, detail=f"{_sentence(result_of(error).reason)}")]
    team = found.get("team_id")
    findings = [
        PlatformFinding(what, ok=True, detail=f"Covenant is {found.get('user')} in {found.get('team')}.")
    ]
    if settings.team_id is not None and settings.team_id != team:
        detail = f"The token belongs to workspace {team}, and COVENANT_SLACK_TEAM_ID is {settings.team_id}."
        findings.append(PlatformFinding("Slack workspace", ok=False, detail=detail))
    return [*findings, *_scopes(found.headers.get("x-oauth-scopes"))]


def _scopes(header: str | None) -> list[PlatformFinding]:
    if header is None:
        return [
            PlatformFinding("Slack scopes", ok=False, detail="Slack did not say which scopes the token has.")
        ]
    granted = {scope.strip() for scope in header.split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    findings = [
        PlatformFinding(f"Slack scope {scope}", ok=False, detail=f"Missing. {SCOPES[scope]} {_INSTALL}")
        for scope in missing
    ]
    return findings or [PlatformFinding("Slack scopes", ok=True, detail=f"All {len(SCOPES)} are there.")]


async def _app_token(settings: SlackSettings, session: aiohttp.ClientSession) -> list[PlatformFinding]:
    if settings.app_token is None:
        return []
    token = settings.app_token.get_secret_value()
    what = "Slack app token (Socket Mode)"
    try:
        await AsyncWebClient(base_url=settings.base_url, session=session).apps_connections_open(
            app_token=token
        )
    except FAILURES as error:
        detail = f"{_sentence(result_of(error).reason)} It needs the scope connections:write."
        return [PlatformFinding(what, ok=False, detail=detail)]
    return [PlatformFinding(what, ok=True, detail="Slack gives out a connection.")]


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."
