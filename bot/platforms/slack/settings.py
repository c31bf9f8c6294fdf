"""What the Slack platform needs to know to run."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

PLATFORM = "slack"
API_URL = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Credentials and addresses. With an app token Covenant connects out (Socket Mode), else Slack calls in.

    `team_id` is the workspace that is served; without it, it is the one that the bot token belongs to.
    """

    bot_token: SecretStr
    signing_secret: SecretStr
    app_token: SecretStr | None = None
    team_id: str | None = None
    api_url: str = API_URL
    # Slack's own pace: one message a second to a channel, and about eight a second to a workspace.
    channel_seconds: float = 1.0
    workspace_seconds: float = 0.125

    @property
    def base_url(self) -> str:
        """The Web API's address as the SDK joins method names to it."""
        return self.api_url.rstrip("/") + "/"
