"""Delivery of everything that Covenant sends: lease, render, send, settle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

from handlers.conversation.message import Message, from_json
from scheduler.clock import Clock
from storage.addresses import Address
from storage.database import Database, DatabaseProblem
from storage.deliveries import Delivery, DeliveryState

log = logging.getLogger(__name__)

# Longer than any platform's time-out, so that a live process is never overtaken.
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 12
EXPIRED = "expired"
_BATCH = 50
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has the message, under this id."""

    platform_id: str


@dataclass(frozen=True, slots=True)
class Later:
    """The platform can't take it now. `after` is its own word on when to try again, if it gave one."""

    reason: str
    after: timedelta | None = None


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

        Returns a typed result for every failure of the platform; raises nothing for them.
        """
        ...


class Outbox:
    """Sends what is due, from this process, beside any number of others."""

    def __init__(self, database: Database, gateways: Iterable[Gateway], clock: Clock, owner: str) -> None:
        self._database = database
        self._gateways: Mapping[str, Gateway] = {each.platform: each for each in gateways}
        self._clock = clock
        self.owner = owner
        self._tasks: set[asyncio.Task[None]] = set()
        # A lock is there for as long as somebody holds or awaits it.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that this process can send to."""
        return tuple(self._gateways)

    def lease_for_reply(self, delivery: Delivery) -> None:
        """Let a delivery be born leased to this process, so that it goes out without a second look-up.

        One that is for later, or for a platform that this process does not serve, is left to a sweep.
        """
        now = self._clock.now()
        if delivery.platform in self._gateways and delivery.not_before <= now:
            delivery.state = DeliveryState.SENDING
            delivery.leased_by = self.owner
            delivery.leased_until = now + LEASE

    def send_soon(self, deliveries: Iterable[Delivery]) -> asyncio.Task[None] | None:
        """Send those leased to this process, in order, while the caller goes on. None: there are none."""
        mine = [each for each in deliveries if each.leased_by == self.owner]
        return self._start(self._send_grouped(mine), f"send {mine[0].key}") if mine else None

    async def sweep(self) -> int:
        """Send what is due and not leased, and say how many were tried."""
        now = self._clock.now()
        async with self._database.store() as store:
            leased = await store.deliveries.lease(self.owner, now, now + LEASE, _BATCH, self.platforms)
        if leased:
            # As a task of this outbox, so that shutting down waits for it and does not cut it off.
            await asyncio.shield(self._start(self._send_grouped(leased), "sweep"))
        return len(leased)

    async def idle(self) -> None:
        """Wait until everything begun here has been sent and settled."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s failed; its lease ends and it is tried again", task.get_name(), exc_info=error)

    async def _send_grouped(self, deliveries: Iterable[Delivery]) -> None:
        by_address: dict[Address, list[Delivery]] = {}
        for delivery in deliveries:
            by_address.setdefault(delivery.address, []).append(delivery)
        await asyncio.gather(*(self._send_all(each) for each in by_address.values()))

    async def _send_all(self, deliveries: list[Delivery]) -> None:
        # One at a time to a conversation: two replies must not overtake each other.
        key = deliveries[0].address.key
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            for number, delivery in enumerate(deliveries):
                result = await self._attempt(delivery)
                await self._settle(delivery, result)
                if isinstance(result, Later):
                    # Those behind it wait with it, or they would be read in the wrong order.
                    await self._postpone(deliveries[number + 1 :], self._again_at(delivery, result))
                    return

    async def _postpone(self, deliveries: list[Delivery], until: datetime) -> None:
        if deliveries:
            async with self._database.store() as store:
                await store.deliveries.postpone([each.id for each in deliveries], self.owner, until)

    def _again_at(self, delivery: Delivery, result: Later) -> datetime:
        return self._clock.now() + (result.after or _wait(delivery.attempts))

    async def _attempt(self, delivery: Delivery) -> SendResult:
        if delivery.expires_at is not None and self._clock.now() >= delivery.expires_at:
            return Refused(EXPIRED)
        try:
            message = from_json(delivery.message)
        except ValueError as error:
            log.error("delivery %d can't be read", delivery.id, exc_info=error)
            return Refused("the message was written by another version and can't be read")
        try:
            return await self._gateways[delivery.platform].send(delivery, message)
        except Exception:
            # A gateway answers with a typed result; what still escapes is a fault of ours, and the
            # message must not be lost over it.
            log.exception("delivery %d: the %s gateway failed", delivery.id, delivery.platform)
            return Later("the gateway failed; see the log")

    async def _settle(self, delivery: Delivery, result: SendResult) -> None:
        now = self._clock.now()
        async with self._database.store() as store:
            settle = store.deliveries.settle
            match result:
                case Sent(platform_id):
                    kept = await settle(
                        delivery.id, self.owner, DeliveryState.SENT, now, platform_id=platform_id
                    )
                case Refused(reason, gone):
                    state = DeliveryState.EXPIRED if reason == EXPIRED else DeliveryState.FAILED
                    kept = await settle(delivery.id, self.owner, state, now, error=reason)
                    if gone:
                        await store.people.mark_unreachable(delivery.address, reason)
                case Later(reason):
                    again = delivery.attempts + 1 < MOST_ATTEMPTS
                    kept = await settle(
                        delivery.id,
                        self.owner,
                        DeliveryState.PENDING if again else DeliveryState.FAILED,
                        now,
                        error=reason,
                        not_before=self._again_at(delivery, result),
                    )
        if not kept:
            log.warning("delivery %d was settled by another process meanwhile", delivery.id)
        elif not isinstance(result, Sent):
            log.warning("delivery %d to %s: %s", delivery.id, delivery.platform, result.reason)


def _wait(attempts: int) -> timedelta:
    """How long to wait after so many attempts, when the platform has not said."""
    return min(_FIRST_WAIT * (1 << attempts), _LONGEST_WAIT)


async def quietly(tick: Callable[[], Awaitable[object]], name: str) -> None:
    """Run one tick; a database that is away is logged, and the next tick tries again."""
    try:
        await tick()
    except DatabaseProblem as problem:
        log.warning("%s: %s", name, problem)
