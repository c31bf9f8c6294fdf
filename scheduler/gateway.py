"""The way out to a platform, and what becomes of a message there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from handlers.conversation.message import Message
from storage.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has the message, under this id.

    `once`: it can't be there twice, because the platform was asked first or takes each key once. It
    matters after an attempt of which nobody knows how it ended.
    """

    platform_id: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """The platform can't take it now. `after` is its own word on when to try again, if it gave one.

    `throttled`: it wants nothing at all in this conversation until then. `doubtful`: the message, or a
    part of it, may be there all the same. Not `tried`: our own pace kept it back, and that was no attempt.
    """

    reason: str
    after: timedelta | None = None
    throttled: bool = False
    doubtful: bool = False
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform will never take it. `gone`: nothing can be sent there any more (blocked, left, removed)."""

    reason: str
    gone: bool = False


SendResult = Sent | Later | Refused


class Gateway(Protocol):
    """The way out to one platform."""

    @property
    def platform(self) -> str:
        """The platform's name, as in addresses."""
        ...

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        """Send a message, or put it in the place of an earlier one where the delivery says so.

        A doubtful delivery may be there already: look first, where the platform can say. Returns a
        typed result for every failure of the platform; raises nothing for them.
        """
        ...


@runtime_checkable
class Paced(Protocol):
    """A gateway that sends no faster than its platform allows."""

    def room(self) -> int:
        """How many messages it could send within the next moments, beside those that wait already."""
        ...
