"""Delivery of everything that Covenant sends: lease, render, send, settle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from handlers.conversation.message import from_json
from scheduler.brakes import Brakes
from scheduler.clock import Clock
from scheduler.gateway import Gateway, Later, Paced, Refused, SendResult, Sent
from scheduler.settling import EXPIRED, Settler
from storage.addresses import Address
from storage.database import Database, DatabaseProblem, Store
from storage.deliveries import MOST_ATTEMPTS, Delivery, DeliveryState

__all__ = [
    "EXPIRED",
    "LEASE",
    "MOST_ATTEMPTS",
    "Gateway",
    "Later",
    "Outbox",
    "Refused",
    "SendResult",
    "Sent",
    "quietly",
]

log = logging.getLogger(__name__)

# Longer than any platform's time-out, so that a live process is never overtaken.
LEASE = timedelta(seconds=60)
# How many messages one process has under way to one platform.
_MOST_UNDER_WAY = 200
# New ones are leased when so many have been settled, or after so many seconds.
_REFILL = 100
_REFILL_SECONDS = 1.0
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class _Turn:
    """One conversation's messages of this process, one at a time. It is there while somebody holds or awaits it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._closed_until = _LONG_AGO
        self._closed_to = 0

    def close(self, delivery: Delivery, until: datetime) -> None:
        """Let nothing that is no more urgent overtake a message that must wait."""
        self._closed_until, self._closed_to = until, delivery.priority

    def is_closed_to(self, delivery: Delivery, now: datetime) -> bool:
        return delivery.priority >= self._closed_to and now < self._closed_until


class Outbox:
    """Sends what is due, from this process, beside any number of others."""

    def __init__(self, database: Database, gateways: Iterable[Gateway], clock: Clock, owner: str) -> None:
        self._database = database
        self._gateways: Mapping[str, Gateway] = {each.platform: each for each in gateways}
        self._clock = clock
        self.owner = owner
        self._leasing = True
        self._brakes = Brakes()
        self._settler = Settler(database, clock, owner, self._brakes)
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that this process can send to."""
        return tuple(self._gateways)

    async def lease_for_reply(self, store: Store, deliveries: Sequence[Delivery]) -> None:
        """Let new deliveries be born leased to this process, so that they go out without a second look-up.

        What is for later, is held back, would overtake another or belongs to another process's platform is
        left to a sweep.
        """
        now = self._clock.now()
        due = [each for each in deliveries if each.platform in self._gateways and each.not_before <= now]
        if not due:
            return
        self._brakes.learn(await store.holds.in_force(now), now)
        busy = await store.deliveries.busy({each.conversation for each in due}, self.owner, now)
        for delivery in due:
            in_the_way = busy.get(delivery.address)
            if self._brakes.hold_back(delivery, now):
                continue
            if in_the_way is not None and in_the_way <= delivery.priority:
                continue
            delivery.state = DeliveryState.SENDING
            delivery.leased_by = self.owner
            delivery.leased_until = now + LEASE
            delivery.attempts = 1

    def send_soon(self, deliveries: Iterable[Delivery]) -> asyncio.Task[None] | None:
        """Send those leased to this process, in order, while the caller goes on. None: there are none."""
        mine = [each for each in deliveries if each.leased_by == self.owner]
        return self._start(self._send_grouped(mine), f"send {mine[0].key}") if mine else None

    async def sweep(self) -> int:
        """Send what is due and not leased until nothing is left, and say how many were tried."""
        now = self._clock.now()
        async with self._database.store() as store:
            for each in await store.deliveries.reclaim(now):
                log.warning("the lease of delivery %d ended without a result: %s", each.id, each.last_error)
        swept = [self._sweep_platform(gateway) for gateway in self._gateways.values()]
        counts = await asyncio.gather(*swept, return_exceptions=True)
        for count in counts:
            if isinstance(count, BaseException):
                raise count
        return sum(count for count in counts if isinstance(count, int))

    def lease_no_more(self) -> None:
        """Leave what is not leased yet to other processes, or to the next start."""
        self._leasing = False

    async def idle(self) -> None:
        """Wait until everything begun here has been sent and settled."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sweep_platform(self, gateway: Gateway) -> int:
        """Keep a platform as busy as it may be, as long as there is something for it.

        A slow answer holds up its own conversation alone.
        """
        under_way: dict[asyncio.Task[None], int] = {}
        tried = 0
        while True:
            free = _MOST_UNDER_WAY - sum(under_way.values())
            leased = await self._lease(gateway, free)
            tried += len(leased)
            for group in _by_address(leased):
                # As a task of this outbox, so that shutting down waits for it and does not cut it off.
                under_way[self._start(self._send_all(group), f"send {group[0].key}")] = len(group)
            if not under_way:
                return tried
            await _until_some_are_done(under_way, len(leased))

    async def _lease(self, gateway: Gateway, free: int) -> list[Delivery]:
        room = min(free, gateway.room()) if isinstance(gateway, Paced) else free
        now = self._clock.now()
        async with self._database.store() as store:
            # Also when there is no room: what is leased already obeys a pause too.
            self._brakes.learn(await store.holds.in_force(now), now)
            if room <= 0 or not self._leasing:
                return []
            return await store.deliveries.lease(self.owner, now, now + LEASE, room, (gateway.platform,))

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
        await asyncio.gather(*(self._send_all(group) for group in _by_address(deliveries)))

    async def _send_all(self, deliveries: list[Delivery]) -> None:
        # One at a time to a conversation: two replies must not overtake each other.
        turn = self._turns.setdefault(deliveries[0].address.key, _Turn())
        async with turn.lock:
            for number, delivery in enumerate(deliveries):
                now = self._clock.now()
                if turn.is_closed_to(delivery, now) or self._brakes.hold_back(delivery, now):
                    await self._give_back(deliveries[number:])
                    return
                result = await self._attempt(delivery)
                again_at = await self._settler.settle(delivery, result)
                if isinstance(result, Later):
                    # Those behind it wait with it, or they would be read in the wrong order.
                    turn.close(delivery, again_at)
                    await self._give_back(deliveries[number + 1 :])
                    return

    async def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            async with self._database.store() as store:
                await store.deliveries.give_back([each.id for each in deliveries], self.owner)

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
            return Later("the gateway failed; see the log", doubtful=True)


def _by_address(deliveries: Iterable[Delivery]) -> list[list[Delivery]]:
    groups: dict[Address, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(delivery.address, []).append(delivery)
    return list(groups.values())


async def _until_some_are_done(under_way: dict[asyncio.Task[None], int], new: int) -> None:
    """Wait for enough of them that leasing more is worth its while; all that are done are taken out."""
    enough = min(_REFILL, sum(under_way.values())) if new else 1
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _REFILL_SECONDS
    done_count = 0
    while under_way and done_count < enough and (left := deadline - loop.time()) > 0:
        done, _ = await asyncio.wait(under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        done_count += sum(under_way.pop(task) for task in done)


async def quietly(tick: Callable[[], Awaitable[object]], name: str) -> None:
    """Run one tick; a database that is away is logged, and the next tick tries again."""
    try:
        await tick()
    except DatabaseProblem as problem:
        log.warning("%s: %s", name, problem)
