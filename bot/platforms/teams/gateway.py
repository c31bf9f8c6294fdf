"""The way out to Teams: one delivery, sent or put in the place of an earlier message."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot.platforms.pace import MustWait, Turnstile
from bot.platforms.teams.errors import result_of
from bot.platforms.teams.places import Places
from bot.platforms.teams.port import ConnectorProblem, Json, Place, Transport
from bot.platforms.teams.render import activities_of
from bot.platforms.teams.settings import PLATFORM
from handlers.conversation.message import Message
from scheduler.outbox import Later, Refused, SendResult, Sent
from storage.deliveries import Delivery

log = logging.getLogger(__name__)

_MOST_BEGUN = 1000
# Teams can't say what it has: when the process dies, what was on its way may come twice. So it is little.
_AT_ONCE = 10


class TeamsGateway:
    """Sends messages as Adaptive Cards."""

    platform = PLATFORM

    def __init__(self, transport: Transport, places: Places, turnstile: Turnstile) -> None:
        self._transport = transport
        self._places = places
        self._turnstile = turnstile
        self._on_its_way = asyncio.Semaphore(_AT_ONCE)
        # The ids of the parts of a long message that are sent already, should a later part fail.
        self._begun: dict[str, list[str]] = {}

    def room(self) -> int:
        """How many messages the tenant takes within the next moments."""
        return self._turnstile.room()

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        """Send the message. A long one goes as several in order; its id is that of the first."""
        try:
            activities = activities_of(message)
        except ValueError as error:
            log.error("delivery %s can't be shown in Teams: %s", delivery.key, error)
            return Refused(f"it can't be shown in Teams: {error}")
        try:
            place = await self._places.place(delivery.address, delivery.only_for)
            return Sent(await self._send_all(delivery, place, activities))
        except MustWait as wait:
            after = timedelta(seconds=wait.seconds)
            return Later("as many messages as Teams takes", after, tried=delivery.key in self._begun)
        except ConnectorProblem as problem:
            result = result_of(problem)
            if not isinstance(result, Later):
                self._begun.pop(delivery.key, None)
            return result

    async def _send_all(self, delivery: Delivery, place: Place, activities: list[dict[str, object]]) -> str:
        sent = self._begun.get(delivery.key, [])
        for activity in activities[len(sent) :]:
            first = not sent
            activity_id = await self._send_one(place, activity, delivery.replaces if first else None)
            sent = [*sent, activity_id]
            if len(activities) > 1:
                self._note(delivery.key, sent)
        self._begun.pop(delivery.key, None)
        return sent[0]

    async def _send_one(self, place: Place, activity: Json, replaces: str | None) -> str:
        await self._turnstile.wait(place.conversation)
        async with self._on_its_way:
            if replaces is None:
                return await self._transport.send(place, activity)
            await self._transport.update(place, replaces, {**activity, "id": replaces})
            return replaces

    def _note(self, key: str, sent: list[str]) -> None:
        self._begun[key] = sent
        while len(self._begun) > _MOST_BEGUN:
            self._begun.pop(next(iter(self._begun)))
