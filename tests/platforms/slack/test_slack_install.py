"""The app manifest, and what `covenant check` says about the credentials."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.platforms.port import PlatformFinding
from bot.platforms.slack.listeners import COMMAND
from bot.platforms.slack.manifest import EVENTS, SCOPES, NotAnAddress, Pane, as_json, as_yaml, manifest
from bot.platforms.slack.platform import SlackPlatform
from tests.platforms.slack.workspace import slack_settings
from tests.servers.slack import Failure, SlackServer

URL = "https://covenant.example.gov.uk"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Strict):
    major_version: Literal[1, 2]
    minor_version: int


class Display(Strict):
    name: Annotated[str, Field(max_length=35)]
    description: Annotated[str, Field(max_length=140)]
    long_description: Annotated[str, Field(min_length=174, max_length=4000)]
    background_color: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]


class Home(Strict):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class BotUser(Strict):
    display_name: Annotated[str, Field(pattern="^[a-z0-9._-]{1,80}$")]
    always_online: bool


class Prompt(Strict):
    title: str
    message: str


class Agent(Strict):
    agent_description: Annotated[str, Field(max_length=300)]
    suggested_prompts: Annotated[list[Prompt], Field(max_length=4)]


class Assistant(Strict):
    assistant_description: str
    suggested_prompts: Annotated[list[Prompt], Field(max_length=4)]


class Shortcut(Strict):
    type: Literal["global", "message"]
    name: Annotated[str, Field(max_length=24)]
    callback_id: Annotated[str, Field(max_length=255)]
    description: Annotated[str, Field(max_length=150)]


class Command(Strict):
    command: Annotated[str, Field(pattern="^/", max_length=32)]
    description: Annotated[str, Field(max_length=2000)]
    usage_hint: Annotated[str, Field(max_length=1000)]
    should_escape: bool
    url: Annotated[str, Field(pattern="^https://")] | None = None


class Features(Strict):
    app_home: Home
    bot_user: BotUser
    agent_view: Agent | None = None
    assistant_view: Assistant | None = None
    shortcuts: Annotated[list[Shortcut], Field(max_length=10)]
    slash_commands: Annotated[list[Command], Field(max_length=50)]


class Scopes(Strict):
    bot: Annotated[list[str], Field(max_length=255)]


class OAuth(Strict):
    scopes: Scopes


class Events(Strict):
    bot_events: Annotated[list[str], Field(max_length=100)]
    request_url: Annotated[str, Field(pattern="^https://")] | None = None


class Interactivity(Strict):
    is_enabled: bool
    request_url: Annotated[str, Field(pattern="^https://")] | None = None


class Settings(Strict):
    event_subscriptions: Events
    interactivity: Interactivity
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Manifest(Strict):
    """The parts of a manifest that Covenant uses, as Slack's reference has them."""

    metadata: Annotated[Metadata, Field(alias="_metadata")]
    display_information: Display
    features: Features
    oauth_config: OAuth
    settings: Settings


@pytest.mark.parametrize("pane", list(Pane))
@pytest.mark.parametrize("url", [URL, None], ids=["http", "socket"])
def test_the_manifest_is_what_slack_takes(url: str | None, pane: Pane) -> None:
    found = Manifest.model_validate(manifest(url, pane))
    assert found.settings.socket_mode_enabled is (url is None)
    assert found.settings.event_subscriptions.request_url == (f"{URL}/slack/events" if url else None)
    assert found.features.slash_commands[0].command == COMMAND
    assert (found.features.agent_view is None) is (pane is Pane.ASSISTANT)


def test_both_ways_of_writing_say_the_same() -> None:
    assert yaml.safe_load(as_yaml(URL)) == json.loads(as_json(URL)) == manifest(URL)


def test_every_scope_and_event_has_its_reason() -> None:
    assert all(reason.endswith(".") for reason in (*SCOPES.values(), *EVENTS.values()))
    assert not any(scope.endswith((":read.all", "admin", "files:read", "search:read")) for scope in SCOPES)


@pytest.mark.parametrize("url", ["http://covenant.example.gov.uk", "covenant.example.gov.uk", "https://"])
def test_an_address_that_slack_cannot_call_is_refused(url: str) -> None:
    with pytest.raises(NotAnAddress, match="https://"):
        manifest(url)


async def checked(server: SlackServer, **more: Any) -> Sequence[PlatformFinding]:
    return await SlackPlatform(replace(slack_settings(server, socket=True), **more)).check()


async def test_everything_in_order_is_said() -> None:
    async with SlackServer(scopes=",".join(SCOPES)) as server:
        found = await checked(server, signing_secret=SecretStr("0123456789abcdef" * 2))
    assert [each.what for each in found if not each.ok] == []
    assert any("Covenant is covenant in Council" in each.detail for each in found)


async def test_each_missing_scope_is_named_with_its_use() -> None:
    async with SlackServer(scopes="chat:write,commands") as server:
        found = await checked(server)
    missing = {each.what: each.detail for each in found if each.what.startswith("Slack scope ")}
    assert set(missing) == {
        f"Slack scope {scope}" for scope in SCOPES if scope not in ("chat:write", "commands")
    }
    assert "in the council's directory" in missing["Slack scope users:read.email"]


async def test_bad_credentials_are_said_with_what_to_do(server: SlackServer) -> None:
    server.fail("apps.connections.open", Failure("not_allowed_token_type"))
    found = await checked(server, bot_token=SecretStr("xoxb-other"))
    wrong = {each.what: each.detail for each in found if not each.ok}
    assert "COVENANT_SLACK_BOT_TOKEN" in wrong["Slack bot token"]
    assert "connections:write" in wrong["Slack app token (Socket Mode)"]
    assert "32 of the signs" in wrong["Slack signing secret"]
    assert "xoxb-other" not in str(found)


async def test_a_token_of_another_workspace_is_said(server: SlackServer) -> None:
    found = await checked(server, team_id="T0OTHER")
    assert any(each.what == "Slack workspace" and "T0COUNCIL" in each.detail for each in found)
