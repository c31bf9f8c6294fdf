"""Settings from the environment or a `.env` file, all with the prefix COVENANT_."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from rapidfuzz import process

PREFIX = "COVENANT_"
_ENV_FILE = ".env"


class Mode(StrEnum):
    """`local` serves the local chat on this machine; `production` never does."""

    LOCAL = "local"
    PRODUCTION = "production"


class SettingsProblem(Exception):
    """The settings can't be used. `problems` has one plain sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone; write one such as Europe/London") from error
    return name


def _public(address: str) -> str:
    found = urlsplit(address)
    if found.scheme != "https" or not found.hostname or found.query or found.fragment:
        raise ValueError("is not a public address; write one such as https://covenant.example.gov.uk")
    return address.rstrip("/")


class Settings(BaseSettings):
    """Everything that can be set. Secrets are never printed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=_ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    mode: Mode = Mode.LOCAL
    database_url: SecretStr = SecretStr("sqlite:///var/covenant.db")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 3978
    local_chat: bool | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/London"
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "WARNING"
    cache_dir: Path = Path("var/cache")
    model_path: Path | None = None
    public_url: Annotated[str, AfterValidator(_public)] | None = None

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_team_id: str | None = None
    slack_api_url: str = "https://slack.com/api/"
    teams_app_id: str | None = None
    teams_app_password: SecretStr | None = None
    teams_tenant_id: str | None = None
    teams_playground: bool = False

    @property
    def serves_local_chat(self) -> bool:
        """Whether the local chat is on: by default in local mode, and only there."""
        return self.mode is Mode.LOCAL and self.local_chat is not False

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the council."""
        return ZoneInfo(self.time_zone)

    @model_validator(mode="after")
    def _fit_together(self) -> Settings:
        problems = [*self._production_problems(), *self._platform_problems()]
        if self.serves_local_chat and self.host not in ("127.0.0.1", "localhost", "::1"):
            problems.append(
                f"COVENANT_HOST is {self.host}, but the local chat lets anybody act as anybody, "
                "so it is served on this machine only. Set COVENANT_HOST to 127.0.0.1."
            )
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _production_problems(self) -> list[str]:
        if self.mode is not Mode.PRODUCTION:
            return []
        problems = []
        if self.local_chat:
            problems.append(
                "COVENANT_LOCAL_CHAT is on, but the local chat has no sign-in. "
                "Remove it, or set COVENANT_MODE to local."
            )
        if not self.slack_bot_token and not self.teams_app_id:
            problems.append(
                "No platform is set up. Set COVENANT_SLACK_BOT_TOKEN and COVENANT_SLACK_SIGNING_SECRET, "
                "or COVENANT_TEAMS_APP_ID, COVENANT_TEAMS_APP_PASSWORD and COVENANT_TEAMS_TENANT_ID."
            )
        return problems

    def _platform_problems(self) -> list[str]:
        problems = []
        if self.teams_playground and (self.mode is Mode.PRODUCTION or self.teams_app_password):
            problems.append(
                "COVENANT_TEAMS_PLAYGROUND lets anybody on this machine write as anybody. "
                "It works in local mode only, and without COVENANT_TEAMS_APP_PASSWORD."
            )
        if bool(self.slack_bot_token) != bool(self.slack_signing_secret):
            problems.append(
                "Slack needs both COVENANT_SLACK_BOT_TOKEN and COVENANT_SLACK_SIGNING_SECRET. Set the other one too."
            )
        teams = {
            "COVENANT_TEAMS_APP_ID": self.teams_app_id,
            "COVENANT_TEAMS_APP_PASSWORD": self.teams_app_password,
            "COVENANT_TEAMS_TENANT_ID": self.teams_tenant_id,
        }
        missing = [name for name, value in teams.items() if not value]
        if missing and len(missing) < len(teams):
            problems.append(
                f"Teams is set up in part: {' and '.join(missing)} must be set too. "
                "Without them the Teams endpoint would accept messages from anybody."
            )
        return problems


def read_settings() -> Settings:
    """The settings in force; SettingsProblem lists every problem in plain words, not only the first."""
    problems = _unknown_names()
    try:
        settings = Settings()
    except ValidationError as error:
        problems += _in_plain_words(error)
        broken = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        if broken:
            problems += _problems_between(broken)
    if problems:
        raise SettingsProblem(problems)
    return settings


def _problems_between(broken: set[str]) -> list[str]:
    """What does not fit together among the settings that can be read at all."""
    try:
        Settings(**{name: Settings.model_fields[name].get_default() for name in broken})
    except ValidationError as error:
        return _in_plain_words(error)
    return []


def _unknown_names() -> list[str]:
    """A misspelt name would otherwise be passed over, and its default used without a word."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    problems = []
    written = {name.upper() for name in (*os.environ, *dotenv_values(_ENV_FILE))}
    for name in sorted(each for each in written if each.startswith(PREFIX) and each not in known):
        close = process.extractOne(name, known, score_cutoff=80)
        hint = f" Did you mean {close[0]}?" if close else " Remove it."
        problems.append(f"{name} is not a setting.{hint}")
    return problems


def _in_plain_words(error: ValidationError) -> list[str]:
    problems: list[str] = []
    for each in error.errors(include_url=False, include_input=False):
        message = each["msg"].removeprefix("Value error, ")
        if each["loc"]:
            name = PREFIX + str(each["loc"][0]).upper()
            problems.append(f"{name}: {message[:1].lower()}{message[1:]}.")
        else:
            problems += message.split("\n")
    return problems
