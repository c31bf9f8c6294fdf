"""What the Teams platform needs to be told."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from pydantic import SecretStr
from yarl import URL

PLATFORM = "teams"
OPENID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
# Where a conversation can be begun before anything was heard from Teams.
SERVICE_URL = "https://smba.trafficmanager.net/teams/"
# A leading dot stands for every host below that name.
SERVICE_HOSTS = ("smba.trafficmanager.net", ".botframework.com", ".teams.microsoft.com")
_TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"  # noqa: S105  # an address


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """The bot's registration. The last five are for tests and for the local Playground.

    `service_hosts` are the only hosts that the bot's token is ever sent to. `anonymous` leaves out
    every token, for the Playground on this machine, and can't be combined with real credentials.
    """

    app_id: str
    app_password: SecretStr = field(default_factory=lambda: SecretStr(""))
    tenant_id: str = ""
    openid_url: str = OPENID_URL
    token_url: str = ""
    service_hosts: tuple[str, ...] = SERVICE_HOSTS
    service_url: str = SERVICE_URL
    anonymous: bool = False

    def __post_init__(self) -> None:
        password = bool(self.app_password.get_secret_value())
        if self.anonymous and password:
            raise ValueError("Teams without sign-in is for the Playground and takes no app password")
        if not self.anonymous and not (self.app_id and password and self.tenant_id):
            raise ValueError("Teams needs the app id, the app password and the tenant id")

    @property
    def bot_id(self) -> str:
        """The bot as Teams addresses it."""
        return f"28:{self.app_id}"

    @property
    def token_address(self) -> str:
        """Where the bot's own token is fetched."""
        return self.token_url or _TOKEN_URL.format(tenant=self.tenant_id)

    def serves(self, service_url: str) -> bool:
        """Whether an address may be sent messages and, with them, the bot's token."""
        try:
            url = URL(service_url)
        except ValueError:
            return False
        host = url.host or ""
        if self.anonymous:
            return url.scheme == "http" and is_loopback(host)
        if url.scheme != "https" and not (url.scheme == "http" and is_loopback(host)):
            return False
        return any(
            host.endswith(each) if each.startswith(".") else host == each for each in self.service_hosts
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
