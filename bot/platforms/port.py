"""What every chat platform is to the rest of Covenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from bot.runner import Outcome
from handlers.conversation.turn import Account, Inbound
from scheduler.outbox import Gateway
from storage.addresses import Address


class Conversations(Protocol):
    """What a platform may ask of the runner."""

    async def accept(self, inbound: Inbound) -> Outcome:
        """Take one event; returns once it is committed, raises DatabaseProblem when it can't be."""
        ...

    async def knows(self, account: Account) -> bool:
        """Whether the account is linked to a person, so that its email need not be asked for."""
        ...

    async def takes_part(self, address: Address) -> bool:
        """Whether Covenant has been spoken to in this conversation before, or waits there for words."""
        ...

    async def reference(self, address: Address) -> Mapping[str, Any] | None:
        """What the platform left to write into a conversation again."""
        ...

    async def remember(self, address: Address, reference: Mapping[str, Any]) -> None:
        """Keep what is needed to write into a conversation that the gateway itself has begun."""
        ...


@dataclass(frozen=True, slots=True)
class PlatformFinding:
    """One line of `covenant check` about a platform: what was tried, and what to do if it failed."""

    what: str
    ok: bool
    detail: str


class Platform(Protocol):
    """A chat platform: its way in, its way out, and its life."""

    @property
    def gateway(self) -> Gateway:
        """The way out."""
        ...

    def add_routes(self, application: web.Application, conversations: Conversations) -> None:
        """Put the way in into the one web application."""
        ...

    async def start(self, conversations: Conversations) -> None:
        """Begin what runs beside the web application (a socket, a session)."""
        ...

    async def stop(self) -> None:
        """End it; what was accepted is finished first."""
        ...

    async def check(self) -> list[PlatformFinding]:
        """Try the credentials, and name what is missing."""
        ...
