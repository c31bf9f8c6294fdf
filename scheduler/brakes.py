"""The holds as one process knows them, so that what it has leased obeys them too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from storage.addresses import Address
from storage.deliveries import Delivery, Priority
from storage.holds import Hold, batch_scope, place_scope, scopes_of, tenant_scope


class Brakes:
    """Says whether a delivery is held back, by the database or by what a platform has just answered."""

    def __init__(self) -> None:
        self._known: dict[str, datetime | None] = {}
        # What a platform has told this process; it holds here before it stands in the database.
        self._told: dict[str, datetime] = {}
        # The conversations that a platform has throttled, other than those that only wait for our own pace.
        self._throttled: dict[str, datetime] = {}

    def learn(self, holds: Iterable[Hold], now: datetime) -> None:
        """Take over what the database says now."""
        self._known = {hold.scope: hold.until for hold in holds}
        self._told = {scope: until for scope, until in self._told.items() if until > now}
        self._throttled = {scope: until for scope, until in self._throttled.items() if until > now}

    def wait(self, delivery: Delivery, until: datetime) -> str:
        """Hold what our own pace has no room for, and what is sent with it; the scope that is held by it.

        A reply in the same conversation is another matter: it must not wait behind thousands of corrections.
        """
        scope = batch_scope(delivery.batch) if delivery.batch else place_scope(delivery.address)
        self._told[scope] = max(until, self._told.get(scope, until))
        return scope

    def throttle(self, address: Address, until: datetime, now: datetime) -> list[str]:
        """Hold a conversation that the platform has throttled; the scopes that are held by it.

        A platform that throttles a second conversation meanwhile means the whole tenant.
        """
        place, tenant = place_scope(address), tenant_scope(address)
        others = place.removesuffix(address.conversation)
        several = any(
            scope.startswith(others) and scope != place and ends > now
            for scope, ends in self._throttled.items()
        )
        self._throttled[place] = until
        scopes = [place, tenant] if several else [place]
        for scope in scopes:
            self._told[scope] = max(until, self._told.get(scope, until))
        return scopes

    def hold_back(self, delivery: Delivery, now: datetime) -> bool:
        """Whether the delivery must wait."""
        control = delivery.priority == Priority.CONTROL
        scopes = scopes_of(delivery.address, delivery.batch, control=control)
        return any(self._holds(scope, now) for scope in scopes)

    def _holds(self, scope: str, now: datetime) -> bool:
        if scope in self._told and self._told[scope] > now:
            return True
        if scope not in self._known:
            return False
        until = self._known[scope]
        return until is None or until > now
