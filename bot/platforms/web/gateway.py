"""The way out to the local chat: its screen is a table, shared by the browser and the terminal."""

from __future__ import annotations

from handlers.conversation.message import Message, to_json
from scheduler.clock import Clock
from scheduler.outbox import Refused, SendResult, Sent
from storage.addresses import Address
from storage.database import Database
from storage.deliveries import Delivery
from storage.localchat import Author
from storage.people import Person

PLATFORM = "local"
WORKSPACE = "local"


def conversation_of(person_id: int) -> str:
    """The name of a person's own conversation with Covenant."""
    return f"person-{person_id}"


def address_of(person: Person) -> Address:
    """Where a person reads and writes in the local chat."""
    return Address(PLATFORM, WORKSPACE, conversation_of(person.id))


class LocalGateway:
    """Writes messages into the local chat."""

    platform = PLATFORM

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        """Write the message, or put it in the place of the one that the delivery names."""
        content = to_json(message)
        async with self._database.store() as store:
            if delivery.replaces is not None:
                line = await store.local_chat.rewrite(int(delivery.replaces), content)
                return Sent(str(line.id), once=True) if line else Refused("the message to replace is gone")
            line = await store.local_chat.write(
                delivery.conversation, Author.COVENANT, content, self._clock.now(), delivery.key
            )
            # A line is written once for each key, however often it is asked for.
            return Sent(str(line.id), once=True)
