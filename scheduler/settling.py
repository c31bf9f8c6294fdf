"""Writing down how attempts ended: those that end together in one transaction."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.brakes import Brakes
from scheduler.clock import Clock
from scheduler.elsewhere import send_elsewhere
from scheduler.gateway import Later, Refused, SendResult, Sent
from storage.database import Database, Store
from storage.deliveries import MOST_ATTEMPTS, Delivery, DeliveryState, Settlement

log = logging.getLogger(__name__)

EXPIRED = "expired"
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=30)
# What a platform means by "at once" is not a loop.
_SHORTEST_WAIT = timedelta(seconds=1)
_random = secrets.SystemRandom()


@dataclass(slots=True)
class _Ended:
    """One attempt that ended, until it is written down."""

    delivery: Delivery
    result: SendResult
    again_at: datetime
    written: bool = False
    error: Exception | None = None


class Settler:
    """Collects results while a transaction is under way, and writes them all with the next."""

    def __init__(self, database: Database, clock: Clock, owner: str, brakes: Brakes) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._brakes = brakes
        self._waiting: list[_Ended] = []
        self._writing = asyncio.Lock()

    async def settle(self, delivery: Delivery, result: SendResult) -> datetime:
        """Write a result down; returns once it is committed, with the moment of the next attempt."""
        again_at = _again_at(delivery, result, self._clock.now())
        ended = _Ended(delivery, result, again_at)
        self._waiting.append(ended)
        if isinstance(result, Later):
            # It holds for the others of this process from this moment.
            self._brake(delivery, result, again_at)
        async with self._writing:
            if not ended.written and ended.error is None:
                together, self._waiting = self._waiting, []
                await self._write(together)
        if ended.error is not None:
            raise ended.error
        return again_at

    async def _write(self, together: list[_Ended]) -> None:
        now = self._clock.now()
        try:
            async with self._database.store() as store:
                tried = [each for each in together if not _untried(each.result)]
                kept = await store.deliveries.settle([_settlement(each) for each in tried], self._owner, now)
                untried = [each.delivery.id for each in together if _untried(each.result)]
                if untried:
                    await store.deliveries.give_back(untried, self._owner)
                await self._consequences(store, [each for each in together if each.delivery.id in kept], now)
                await self._hold(store, together, now)
        except Exception as error:  # noqa: BLE001  # each of those who wait for it raises it
            for each in together:
                each.error = error
            return
        for each in together:
            each.written = True
        _tell(tried, kept)

    async def _consequences(self, store: Store, kept: Iterable[_Ended], now: datetime) -> None:
        for each in kept:
            if isinstance(each.result, Refused) and each.result.gone:
                await store.accounts.mark_unreachable(each.delivery.address, each.result.reason)
                await send_elsewhere(store, each.delivery, now)

    async def _hold(self, store: Store, ended: Iterable[_Ended], now: datetime) -> None:
        for each in ended:
            if isinstance(each.result, Later):
                for scope in self._brake(each.delivery, each.result, each.again_at):
                    await store.holds.put(scope, now, until=each.again_at, reason=each.result.reason)

    def _brake(self, delivery: Delivery, result: Later, again_at: datetime) -> list[str]:
        """The scopes that are held because of a result: none, mostly."""
        if result.throttled:
            return self._brakes.throttle(delivery.address, again_at, self._clock.now())
        return [] if result.tried else [self._brakes.wait(delivery, again_at)]


def _untried(result: SendResult) -> bool:
    return isinstance(result, Later) and not result.tried


def _settlement(ended: _Ended) -> Settlement:
    delivery, result = ended.delivery, ended.result
    match result:
        case Sent(platform_id, once):
            repeated = delivery.doubtful and not once
            return Settlement(delivery.id, DeliveryState.SENT, platform_id, repeated=repeated)
        case Refused(reason):
            state = DeliveryState.EXPIRED if reason == EXPIRED else DeliveryState.FAILED
            return Settlement(delivery.id, state, error=reason)
        case Later(reason):
            again = delivery.attempts < MOST_ATTEMPTS
            return Settlement(
                delivery.id,
                DeliveryState.PENDING if again else DeliveryState.FAILED,
                error=reason,
                not_before=ended.again_at,
                doubtful=delivery.doubtful or result.doubtful,
            )


def _again_at(delivery: Delivery, result: SendResult, now: datetime) -> datetime:
    if not isinstance(result, Later):
        return now
    if result.after is not None:
        return now + max(result.after, _SHORTEST_WAIT)
    return now + wait(delivery.attempts)


def wait(attempts: int) -> timedelta:
    """How long to wait after so many attempts, when the platform has not said: longer each time, never all at once."""
    longest = min(_FIRST_WAIT * (1 << min(attempts - 1, 12)), _LONGEST_WAIT)
    return longest * _random.uniform(0.5, 1.0)


def _tell(ended: Iterable[_Ended], kept: frozenset[int]) -> None:
    for each in ended:
        delivery, result = each.delivery, each.result
        if delivery.id not in kept:
            log.warning("delivery %d was settled by another process meanwhile", delivery.id)
        elif not isinstance(result, Sent):
            log.warning("delivery %d to %s: %s", delivery.id, delivery.platform, result.reason)
        elif delivery.doubtful and not result.once:
            log.warning(
                "delivery %d to %s was sent again after an attempt that may have got through",
                delivery.id,
                delivery.platform,
            )
