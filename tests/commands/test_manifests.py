"""What an administrator installs on Slack and on Teams."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

APP_ID = "11111111-2222-3333-4444-555555555555"


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_the_slack_manifest_names_the_address_it_is_called_at() -> None:
    manifest = json.loads(run("manifest", "slack", "--url", "https://covenant.example.gov.uk", "--json"))
    settings = manifest["settings"]
    assert settings["event_subscriptions"]["request_url"] == "https://covenant.example.gov.uk/slack/events"
    assert settings["socket_mode_enabled"] is False


def test_without_an_address_slack_is_connected_to() -> None:
    manifest = json.loads(run("manifest", "slack", "--json"))
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in manifest["settings"]["event_subscriptions"]


def test_an_address_that_slack_cannot_call_is_refused() -> None:
    assert "https://" in run("manifest", "slack", "--url", "ftp://x", code=2)


def test_the_teams_app_is_a_zip_with_manifest_and_icons(tmp_path: Path) -> None:
    file = tmp_path / "app.zip"
    run("manifest", "teams", str(file), "--app-id", APP_ID)
    with zipfile.ZipFile(file) as package:
        assert sorted(package.namelist()) == ["color.png", "manifest.json", "outline.png"]
        manifest = json.loads(package.read("manifest.json"))
    assert manifest["bots"][0]["botId"] == APP_ID


@pytest.mark.parametrize("words", [[], ["--app-id", "not an id"]])
def test_a_teams_app_needs_its_id(tmp_path: Path, words: list[str]) -> None:
    file = tmp_path / "app.zip"
    assert run("manifest", "teams", str(file), *words, code=2)
    assert not file.exists()
