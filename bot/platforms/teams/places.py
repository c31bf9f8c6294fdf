"""Where each conversation is reached: what Teams left with the last message, and the person's own chat."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.platforms.pace import Turnstile
from bot.platforms.port import Conversations
from bot.platforms.teams.port import Activity, Place, Transport
from bot.platforms.teams.settings import PLATFORM, TeamsSettings
from storage.addresses import Address
from storage.database import DatabaseProblem

log = logging.getLogger(__name__)

# A conversation that is not known yet: the person's own, to be begun.
USER = "user:"
_REMEMBERED = 10_000


def address_of(activity: Activity) -> Address:
    """The conversation an activity is in; in a channel, the reply chain."""
    return Address(PLATFORM, activity.tenant, activity.conversation, activity.thread)


def own_address(activity: Activity) -> Address:
    """The person's own conversation, wherever the activity came from."""
    if activity.personal:
        return address_of(activity)
    return Address(PLATFORM, activity.tenant, f"{USER}{activity.sender}")


def reference_of(activity: Activity) -> dict[str, Any]:
    """What is needed to write into the activity's conversation again."""
    return {
        "service_url": activity.service_url,
        "tenant": activity.tenant,
        "conversation": activity.conversation,
        "bot": activity.bot,
        "kind": activity.conversation_kind,
    }


class Places:
    """Finds the place for an address. What was looked up or begun is remembered by this process."""

    def __init__(self, settings: TeamsSettings, transport: Transport, turnstile: Turnstile) -> None:
        self._settings = settings
        self._transport = transport
        self._turnstile = turnstile
        self._beginning: dict[str, asyncio.Lock] = {}
        self._conversations: Conversations | None = None
        self._references: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self._services: OrderedDict[str, str] = OrderedDict()
        self._kept: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self._own: OrderedDict[str, Place] = OrderedDict()

    def use(self, conversations: Conversations) -> None:
        """Look up there what this process has not seen itself."""
        self._conversations = conversations

    def seen(self, address: Address, activity: Activity) -> None:
        """Remember where an activity is answered."""
        if address.conversation.startswith(USER):
            # Used where the bot may not be: only the service is the same as in the person's own conversation.
            _remember(self._services, address.key, activity.service_url)
            return
        _remember(self._references, address.key, reference_of(activity))
        if activity.personal:
            place = Place(activity.service_url, activity.conversation)
            _remember(self._own, activity.sender, place)

    def news(self, address: Address, activity: Activity) -> Mapping[str, Any] | None:
        """What is to be kept of where an activity is answered; None where that was kept before."""
        if address.conversation.startswith(USER):
            return None
        reference = reference_of(activity)
        return None if self._kept.get(address.key) == reference else reference

    def kept(self, address: Address, reference: Mapping[str, Any] | None) -> None:
        """It is kept: the turn that carried it is committed."""
        if reference is not None:
            _remember(self._kept, address.key, reference)

    async def place(self, address: Address, only_for: str | None) -> Place:
        """Where to write. For one person alone, in a shared conversation, that is their own.

        Raises ConnectorProblem where a conversation can't be begun, MustWait where not now.
        """
        found = await self._reference(address)
        service_url = str(found.get("service_url") or self._settings.service_url)
        if address.conversation.startswith(USER):
            return await self._own_place(address, service_url)
        if only_for is not None and found.get("kind", "personal") != "personal":
            own = Address(PLATFORM, address.workspace, f"{USER}{only_for}")
            return await self._own_place(own, service_url)
        thread = f";messageid={address.thread}" if address.thread else ""
        return Place(service_url, f"{address.conversation}{thread}")

    async def _reference(self, address: Address) -> Mapping[str, Any]:
        known = self._references.get(address.key)
        if known is None and self._conversations is not None:
            known = await self._conversations.reference(address)
            if known is not None:
                _remember(self._references, address.key, known)
        if known is None and address.thread:
            # Nobody has spoken in this chain yet: it is reached as its channel is.
            return await self._reference(replace(address, thread=""))
        return known or {}

    async def _own_place(self, own: Address, service_url: str) -> Place:
        user = own.conversation.removeprefix(USER)
        lock = self._beginning.setdefault(user, asyncio.Lock())
        try:
            async with lock:
                known = self._own.get(user) or await self._begun_before(own)
                if known is None:
                    await self._turnstile.wait(user)
                    service = self._services.get(own.key, service_url)
                    known = Place(service, await self._transport.create_conversation(service, user))
                    await self._keep(own, known)
                _remember(self._own, user, known)
                return known
        finally:
            if not lock.locked():
                self._beginning.pop(user, None)

    async def _begun_before(self, own: Address) -> Place | None:
        """The person's own conversation as another process, or this one before its restart, has begun it."""
        found = await self._reference(own)
        begun = found.get("kind") == "personal"
        return Place(found["service_url"], found["conversation"]) if begun else None

    async def _keep(self, own: Address, place: Place) -> None:
        reference = {
            "service_url": place.service_url,
            "tenant": own.workspace,
            "conversation": place.conversation,
            "kind": "personal",
        }
        try:
            if self._conversations is not None:
                await self._conversations.remember(own, reference)
        except DatabaseProblem as problem:
            # What is begun can be written to now; another process begins it again, which Teams puts up with.
            log.warning("a conversation that was begun could not be kept: %s", problem)


def _remember(table: OrderedDict[str, Any], key: str, value: object) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > _REMEMBERED:
        table.popitem(last=False)
