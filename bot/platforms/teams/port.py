"""The small port behind which the Teams SDK lives: nothing else in this package knows it.

docs/decisions/0005-botbuilder-behind-a-port.md says how another SDK would take its place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened in Teams, checked and authenticated.

    `kind` is the activity's type, `name` that of an invoke. `thread` is the id of the post whose
    reply chain the activity is in, empty outside of channels. `reply_to` is the message whose card
    was used. `data` is the channel's own data, `value` that of an invoke or of a card.
    """

    kind: str
    name: str
    id: str
    text: str
    text_format: str
    sender: str
    sender_role: str
    bot: str
    conversation: str
    thread: str
    conversation_kind: str
    tenant: str
    service_url: str
    reply_to: str | None
    action: str
    value: Any
    data: Json
    entities: tuple[Json, ...]

    @property
    def personal(self) -> bool:
        """Whether this is somebody's own conversation with the bot."""
        return self.conversation_kind == "personal"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to the request: a status, and for an invoke its body."""

    status: int = 200
    body: Json | None = None


class NotAllowed(Exception):
    """The request is not from Teams, or not for this bot. `status` is 401 or 403; the text names no secret."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason)


class NotUnderstood(Exception):
    """The request's body is not an activity."""


class KeysUnavailable(Exception):
    """The keys to check a token with can't be fetched: Teams should try again."""


class ConnectorProblem(Exception):
    """The Bot Connector did not do what it was asked to.

    `status` is 0 where no answer came at all. `code` is the connector's own word for it, `after` its
    word on when to try again.
    """

    def __init__(self, status: int, code: str = "", detail: str = "", after: timedelta | None = None) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.after = after
        super().__init__(" ".join(each for each in (str(status or "no answer"), code, detail) if each))


@dataclass(frozen=True, slots=True)
class Place:
    """Where to write: a conversation (with its thread, as Teams names it) behind a service address."""

    service_url: str
    conversation: str


Handle = Callable[[Activity], Awaitable[Answer]]


class Transport(Protocol):
    """Everything that is asked of an SDK."""

    async def open(self) -> None:
        """Begin: sessions and the like."""
        ...

    async def close(self) -> None:
        """End."""
        ...

    async def receive(self, authorization: str, body: Json, handle: Handle) -> Answer:
        """Parse and authenticate a request, hand over its activity, and give what is to be answered.

        Raises NotAllowed, NotUnderstood, KeysUnavailable, and whatever `handle` raises.
        """
        ...

    async def send(self, place: Place, activity: Json) -> str:
        """Send an activity and return its id. This and those below raise ConnectorProblem."""
        ...

    async def update(self, place: Place, activity_id: str, activity: Json) -> None:
        """Put an activity in the place of an earlier one."""
        ...

    async def delete(self, place: Place, activity_id: str) -> None:
        """Take an activity away."""
        ...

    async def create_conversation(self, service_url: str, user: str) -> str:
        """The id of a person's own conversation with the bot, begun if there is none yet."""
        ...

    async def member(self, place: Place, user: str) -> Json:
        """What the roster of a conversation says about a person."""
        ...

    async def try_token(self) -> None:
        """Fetch the bot's token, to see whether its credentials are good."""
        ...

    async def try_keys(self) -> None:
        """Fetch the keys of the channel; raises KeysUnavailable."""
        ...
