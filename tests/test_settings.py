"""Settings: every problem at once, in plain words, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Mode, Settings, SettingsProblem, read_settings

SECRETS = {
    "COVENANT_DATABASE_URL": "postgresql://covenant:hunter2@db/covenant",
    "COVENANT_SLACK_BOT_TOKEN": "xoxb-hunter3",
    "COVENANT_SLACK_SIGNING_SECRET": "hunter4",
    "COVENANT_TEAMS_APP_ID": "11111111-2222-3333-4444-555555555555",
    "COVENANT_TEAMS_APP_PASSWORD": "hunter5",
    "COVENANT_TEAMS_TENANT_ID": "66666666-7777-8888-9999-000000000000",
}
SLACK = {key: SECRETS[key] for key in ("COVENANT_SLACK_BOT_TOKEN", "COVENANT_SLACK_SIGNING_SECRET")}
# Never bound to in a test.
EVERYWHERE = "0.0.0.0"  # noqa: S104
TEAMS = {key: value for key, value in SECRETS.items() if "TEAMS" in key}


class Environment:
    """The environment of this test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def set(self, **values: str) -> None:
        for name, value in values.items():
            self._monkeypatch.setenv(name, value)

    def problems(self, **values: str) -> list[str]:
        self.set(**values)
        with pytest.raises(SettingsProblem) as caught:
            read_settings()
        for secret in ("hunter2", "hunter3", "hunter4", "hunter5"):
            assert secret not in str(caught.value)
        return caught.value.problems


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


def test_nothing_needs_to_be_set_to_try_it_out() -> None:
    settings = read_settings()
    assert (settings.mode, settings.host, settings.port) == (Mode.LOCAL, "127.0.0.1", 3978)
    assert settings.serves_local_chat
    assert settings.zone.key == "Europe/London"
    assert settings.database_url.get_secret_value() == "sqlite:///var/covenant.db"


def test_every_problem_is_told_at_once_those_between_settings_too(env: Environment) -> None:
    problems = env.problems(
        COVENANT_PORT="70000",
        COVENANT_TIME_ZONE="Atlantis/Capital",
        COVENANT_LOG_LEVEL="LOUD",
        COVENANT_MODE="production",
        COVENANT_LOCAL_CHAT="yes",
        COVENANT_SLACK_BOT_TOKEN="xoxb-hunter3",
        COVENANT_TEAMS_APP_ID="11111111-2222-3333-4444-555555555555",
        COVENANT_PROT="80",
    )
    text = "\n".join(problems)
    for name in (
        "COVENANT_PORT: ",
        "COVENANT_TIME_ZONE: is not a time zone",
        "COVENANT_LOG_LEVEL: ",
        "COVENANT_LOCAL_CHAT is on",
        "Slack needs both",
        "Teams is set up in part: COVENANT_TEAMS_APP_PASSWORD and COVENANT_TEAMS_TENANT_ID must be set too",
        "COVENANT_PROT is not a setting. Did you mean COVENANT_PORT?",
    ):
        assert name in text
    assert len(problems) == 7
    assert "Atlantis" not in text.replace("COVENANT_TIME_ZONE", "")


def test_a_broken_mode_does_not_hide_the_other_problems(env: Environment) -> None:
    problems = env.problems(COVENANT_MODE="staging", COVENANT_PORT="web", **SLACK, COVENANT_HOST=EVERYWHERE)
    assert sorted(each.split(":")[0].split(" is ")[0] for each in problems) == [
        "COVENANT_HOST",
        "COVENANT_MODE",
        "COVENANT_PORT",
    ]


@pytest.mark.parametrize("broken", sorted(SECRETS))
def test_no_secret_is_ever_printed(env: Environment, broken: str) -> None:
    env.problems(**SECRETS, COVENANT_MODE="production", COVENANT_PORT="x", COVENANT_LOCAL_CHAT="true")
    env.set(COVENANT_PORT="80", COVENANT_LOCAL_CHAT="false")
    shown = f"{read_settings()} {read_settings()!r} {read_settings().model_dump()}"
    assert "hunter" not in shown
    env.problems(**{broken: ""}, COVENANT_PORT="99999")


@pytest.mark.parametrize(
    ("misspelt", "hint"),
    [
        ("COVENANT_DATABSE_URL", "Did you mean COVENANT_DATABASE_URL?"),
        ("COVENANT_TIMEZONE", "Did you mean COVENANT_TIME_ZONE?"),
        ("COVENANT_SLACK_BOT_TOKN", "Did you mean COVENANT_SLACK_BOT_TOKEN?"),
        ("COVENANT_BANANA", "Remove it."),
    ],
)
def test_a_misspelt_name_is_told_with_the_right_one(env: Environment, misspelt: str, hint: str) -> None:
    assert env.problems(**{misspelt: "hunter2"}) == [f"{misspelt} is not a setting. {hint}"]


def test_a_misspelt_name_in_the_file_is_told_too(env: Environment, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COVENANT_DATABSE_URL=sqlite:///elsewhere.db\n", encoding="utf-8")
    assert env.problems() == ["COVENANT_DATABSE_URL is not a setting. Did you mean COVENANT_DATABASE_URL?"]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "No platform is set up."),
        ({"COVENANT_LOCAL_CHAT": "true", **SLACK}, "COVENANT_LOCAL_CHAT is on"),
        ({"COVENANT_SLACK_BOT_TOKEN": "xoxb-hunter3"}, "Slack needs both"),
        ({"COVENANT_SLACK_SIGNING_SECRET": "hunter4", **TEAMS}, "Slack needs both"),
        ({**SLACK, "COVENANT_TEAMS_APP_ID": "1"}, "Teams is set up in part"),
        ({**SLACK, "COVENANT_TEAMS_APP_PASSWORD": "hunter5"}, "Teams is set up in part"),
        ({**TEAMS, "COVENANT_TEAMS_TENANT_ID": ""}, "COVENANT_TEAMS_TENANT_ID must be set too"),
        ({**TEAMS, "COVENANT_TEAMS_APP_PASSWORD": ""}, "COVENANT_TEAMS_APP_PASSWORD must be set too"),
    ],
)
def test_production_does_not_start_unsafely(env: Environment, values: dict[str, str], problem: str) -> None:
    problems = env.problems(COVENANT_MODE="production", **values)
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize("values", [SLACK, TEAMS, SLACK | TEAMS])
def test_production_starts_with_a_whole_platform_and_without_the_local_chat(
    env: Environment, values: dict[str, str]
) -> None:
    env.set(COVENANT_MODE="production", COVENANT_HOST=EVERYWHERE, **values)
    assert not read_settings().serves_local_chat


@pytest.mark.parametrize("host", [EVERYWHERE, "192.168.1.5", "covenant.example.gov.uk", "::"])
def test_the_local_chat_is_never_served_to_other_machines(env: Environment, host: str) -> None:
    (problem,) = env.problems(COVENANT_HOST=host)
    assert problem.startswith(f"COVENANT_HOST is {host}")
    env.set(COVENANT_LOCAL_CHAT="false")
    assert read_settings().host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_local_chat_is_served_to_this_machine(env: Environment, host: str) -> None:
    env.set(COVENANT_HOST=host)
    assert read_settings().serves_local_chat


def test_the_file_in_the_working_directory_is_read_and_the_environment_is_stronger(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("COVENANT_PORT=4000\nCOVENANT_TIME_ZONE=UTC\n# a note\n", encoding="utf-8")
    env.set(COVENANT_PORT="5000")
    settings = read_settings()
    assert (settings.port, settings.time_zone) == (5000, "UTC")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert read_settings().time_zone == "Europe/London"


def test_a_problem_in_the_file_is_told_like_any_other(env: Environment, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "COVENANT_PORT=web\nCOVENANT_MODE=production\nOTHER_PROGRAMS=1\n", encoding="utf-8"
    )
    problems = env.problems()
    assert len(problems) == 2
    assert problems[0].startswith("COVENANT_PORT: ")
    assert problems[1].startswith("No platform is set up.")


def test_empty_values_are_as_good_as_none(env: Environment) -> None:
    env.set(COVENANT_PORT="", COVENANT_DATABASE_URL="", COVENANT_MODE="", COVENANT_LOCAL_CHAT="")
    settings = read_settings()
    assert (settings.port, settings.mode) == (3978, Mode.LOCAL)
    assert settings.serves_local_chat


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 80


@pytest.mark.parametrize(
    "values",
    [
        {"COVENANT_TEAMS_PLAYGROUND": "true", "COVENANT_MODE": "production", **SLACK},
        {"COVENANT_TEAMS_PLAYGROUND": "true", "COVENANT_TEAMS_APP_PASSWORD": "hunter2"},
    ],
)
def test_the_playground_is_for_local_mode_without_credentials(
    env: Environment, values: dict[str, str]
) -> None:
    problems = env.problems(**values)
    assert any("COVENANT_TEAMS_PLAYGROUND lets anybody" in each for each in problems)
    assert "hunter2" not in str(problems)
