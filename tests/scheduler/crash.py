"""A process of its own for test_outbox: `crash.py die|deliver DATABASE_URL SCREEN_FILE`.

`die` takes a turn and is killed the moment its gateway is asked to send: the commit is done, the
message is not out. `deliver` is another process that sweeps two minutes later.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.runner import Runner
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Account, Inbound, Said, Turn
from scheduler.clock import Clock, MovedClock, SystemClock
from scheduler.outbox import Gateway, Outbox, SendResult, Sent
from storage.addresses import Address
from storage.database import Database, Store
from storage.deliveries import Delivery

EVENT = Inbound(
    "crash-1", Account("memory", "test", "amira"), Address("memory", "test", "amira"), Said("hello")
)


class DyingGateway:
    """Kills its process instead of sending."""

    platform = "memory"

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody is left to see this")


class FileGateway:
    """Writes what it sends to a file, as a platform's screen."""

    platform = "memory"

    def __init__(self, screen: Path) -> None:
        self._screen = screen

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        with self._screen.open("a", encoding="utf-8") as file:
            file.write(f"{message.summary}\n")
        return Sent("1")


def runner_of(database: Database, outbox: Outbox, clock: Clock) -> Runner:
    """A runner that answers anything with one word."""

    async def answer(_turn: Turn, _store: Store) -> Reply:
        return reply(say("Hello back."))

    router = Router()
    router.otherwise(answer)
    return Runner(database, router, outbox, clock, ZoneInfo("Europe/London"))


async def main(mode: str, url: str, screen: Path) -> None:
    """Die in the middle of a turn, or deliver what a dead process left."""
    database = Database(url)
    if mode == "die":
        dying: Gateway = DyingGateway()
        outbox = Outbox(database, [dying], SystemClock(), f"process-{os.getpid()}")
        await runner_of(database, outbox, SystemClock()).accept(EVENT)
        await outbox.idle()
    else:
        later = MovedClock(SystemClock(), timedelta(minutes=2))
        outbox = Outbox(database, [FileGateway(screen)], later, f"process-{os.getpid()}")
        sys.stdout.write(f"{await outbox.sweep()} {await outbox.sweep()}")
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
