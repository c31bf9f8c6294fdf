"""Delivery of what Covenant sends: once, in order, and never lost."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from handlers.conversation.message import Message, say, to_json
from handlers.conversation.turn import Account, Inbound, Submitted
from scheduler.outbox import LEASE, MOST_ATTEMPTS, Gateway, Later, Outbox, Refused, SendResult, Sent, quietly
from storage.addresses import Address
from storage.database import Database, DatabaseProblem
from storage.deliveries import Delivery, DeliveryState
from tests.conftest import Cast, StandingClock
from tests.driver import MemoryGateway, add_memory_accounts
from tests.scheduler.crash import EVENT, FileGateway, runner_of

SECOND = timedelta(seconds=1)
Answer = Callable[[Delivery], SendResult]


class DeskGateway:
    """A platform that answers as it is told and notes what it was asked to send."""

    platform = "memory"

    def __init__(self, answer: Answer = lambda _: Sent("1")) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        self.asked.append(delivery.key)
        return self.answer(delivery)


class GatedGateway:
    """A slow platform: each message is on its way until its gate opens."""

    platform = "memory"

    def __init__(self) -> None:
        self.started: list[str] = []
        self.done: list[str] = []
        self._arrivals: dict[str, asyncio.Event] = {}
        self._gates: dict[str, asyncio.Event] = {}

    def arrival(self, key: str) -> asyncio.Event:
        return self._arrivals.setdefault(key, asyncio.Event())

    def gate(self, key: str) -> asyncio.Event:
        return self._gates.setdefault(key, asyncio.Event())

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        self.started.append(delivery.key)
        self.arrival(delivery.key).set()
        await self.gate(delivery.key).wait()
        self.done.append(delivery.key)
        return Sent("1")


def delivery(
    key: str,
    now: datetime,
    *,
    to: str = "amira",
    platform: str = "memory",
    message: str | None = None,
    expires_at: datetime | None = None,
) -> Delivery:
    return Delivery(
        key=key,
        person_id=None,
        platform=platform,
        workspace="test",
        conversation=to,
        thread="",
        message=message if message is not None else to_json(say(f"Message {key}")),
        cause="test",
        created_at=now,
        not_before=now,
        expires_at=expires_at,
    )


class Desk:
    """An outbox with its surroundings."""

    def __init__(self, database: Database, clock: StandingClock) -> None:
        self.database = database
        self.clock = clock

    def outbox(self, gateway: Gateway, owner: str = "one") -> Outbox:
        return Outbox(self.database, [gateway], self.clock, owner)

    async def queue(self, *deliveries: Delivery) -> None:
        async with self.database.store() as store:
            for each in deliveries:
                assert await store.deliveries.add(each)

    async def leased(self, outbox: Outbox, *deliveries: Delivery) -> None:
        async with self.database.store() as store:
            await outbox.lease_for_reply(store, deliveries)
            for each in deliveries:
                assert await store.deliveries.add(each)

    async def one(self, key: str) -> Delivery:
        async with self.database.reading() as store:
            found = await store.deliveries.by_key(key)
        assert found is not None
        return found

    async def states(self) -> dict[str, int]:
        async with self.database.reading() as store:
            return await store.deliveries.counts()


@pytest.fixture
def desk(sqlite_database: Database, clock: StandingClock) -> Desk:
    return Desk(sqlite_database, clock)


async def settled_turns() -> None:
    """Let everything that is ready to run do so."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_what_is_due_is_sent_and_settled(desk: Desk, clock: StandingClock) -> None:
    gateway = DeskGateway(lambda _: Sent("ts-17"))
    outbox = desk.outbox(gateway)
    await desk.queue(delivery("a", clock.now()))
    assert await outbox.sweep() == 1
    found = await desk.one("a")
    assert (found.state, found.platform_id, found.attempts) == (DeliveryState.SENT, "ts-17", 1)
    assert found.settled_at == clock.now()
    assert await outbox.sweep() == 0
    assert gateway.asked == ["a"]


async def test_a_platform_that_says_when_is_tried_again_then(desk: Desk, clock: StandingClock) -> None:
    gateway = DeskGateway(lambda _: Later("rate limited", timedelta(seconds=90)))
    outbox = desk.outbox(gateway)
    await desk.queue(delivery("a", clock.now()))
    await outbox.sweep()
    assert (await desk.one("a")).last_error == "rate limited"
    gateway.answer = lambda _: Sent("1")
    clock.forward(89 * SECOND)
    assert await outbox.sweep() == 0
    clock.forward(SECOND)
    assert await outbox.sweep() == 1
    assert (await desk.one("a")).state is DeliveryState.SENT


async def test_a_platform_that_does_not_say_when_is_tried_ever_more_seldom(
    desk: Desk, clock: StandingClock
) -> None:
    gateway = DeskGateway(lambda _: Later("busy"))
    outbox = desk.outbox(gateway)
    await desk.queue(delivery("a", clock.now()))
    waits: list[timedelta] = []
    for _ in range(MOST_ATTEMPTS - 1):
        assert await outbox.sweep() == 1
        waits.append((await desk.one("a")).not_before - clock.now())
        assert await outbox.sweep() == 0
        clock.forward(waits[-1])
    longest = [min(2 * SECOND * 2**number, timedelta(minutes=30)) for number in range(len(waits))]
    assert all(most / 2 <= each <= most for each, most in zip(waits, longest, strict=True))
    assert len({each / most for each, most in zip(waits, longest, strict=True)}) > 1


async def test_it_gives_up_in_the_end_and_says_why(
    desk: Desk, clock: StandingClock, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = DeskGateway(lambda _: Later("busy", SECOND))
    outbox = desk.outbox(gateway)
    await desk.queue(delivery("a", clock.now()))
    while await outbox.sweep():
        clock.forward(2 * SECOND)
    found = await desk.one("a")
    assert (found.state, found.attempts, found.last_error) == (DeliveryState.FAILED, MOST_ATTEMPTS, "busy")
    assert len(gateway.asked) == MOST_ATTEMPTS
    assert "busy" in caplog.text


async def test_what_is_refused_is_not_tried_again(desk: Desk, clock: StandingClock) -> None:
    gateway = DeskGateway(lambda _: Refused("channel_not_found"))
    outbox = desk.outbox(gateway)
    await desk.queue(delivery("a", clock.now()))
    await outbox.sweep()
    clock.forward(timedelta(days=3))
    assert await outbox.sweep() == 0
    found = await desk.one("a")
    assert (found.state, found.last_error) == (DeliveryState.FAILED, "channel_not_found")


async def test_what_came_too_late_is_expired_and_never_shown(desk: Desk, clock: StandingClock) -> None:
    gateway = DeskGateway()
    outbox = desk.outbox(gateway)
    soon = clock.now() + timedelta(minutes=1)
    await desk.queue(
        delivery("late", clock.now(), expires_at=soon),
        delivery("in time", clock.now(), expires_at=soon + SECOND),
    )
    clock.forward(timedelta(minutes=1))
    await outbox.sweep()
    assert gateway.asked == ["in time"]
    assert (await desk.one("late")).state is DeliveryState.EXPIRED
    assert (await desk.one("in time")).state is DeliveryState.SENT


async def test_a_gateway_that_raises_is_logged_and_tried_again(
    desk: Desk, clock: StandingClock, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Delivery) -> SendResult:
        raise ZeroDivisionError("a fault of ours")

    gateway = DeskGateway(fails)
    outbox = desk.outbox(gateway)
    await desk.queue(delivery("a", clock.now()), delivery("b", clock.now(), to="other"))
    assert await outbox.sweep() == 2
    assert "a fault of ours" in caplog.text
    assert (await desk.one("a")).state is DeliveryState.PENDING
    gateway.answer = lambda _: Sent("1")
    clock.forward(2 * SECOND)
    assert await outbox.sweep() == 2
    assert await desk.states() == {"sent": 2}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no json",
        "{}",
        "[]",
        "null",
        '{"version": 99, "message": {}}',
        '{"version": 1}',
        '{"version": 1, "message": {"summary": "x", "blocks": [{"kind": "hologram"}]}}',
    ],
)
async def test_an_unreadable_message_fails_and_blocks_no_other(
    desk: Desk, clock: StandingClock, message: str
) -> None:
    gateway = DeskGateway()
    outbox = desk.outbox(gateway)
    await desk.queue(
        delivery("broken", clock.now(), message=message),
        delivery("same place", clock.now()),
        delivery("another place", clock.now(), to="other"),
    )
    assert await outbox.sweep() == 3
    found = await desk.one("broken")
    assert found.state is DeliveryState.FAILED
    assert found.last_error == "the message was written by another version and can't be read"
    assert await desk.states() == {"failed": 1, "sent": 2}


async def test_what_another_platform_must_send_is_left_to_it(desk: Desk, clock: StandingClock) -> None:
    gateway = DeskGateway()
    outbox = desk.outbox(gateway)
    reply = delivery("theirs", clock.now(), platform="teams")
    await desk.leased(outbox, reply)
    assert outbox.send_soon([reply]) is None
    assert await outbox.sweep() == 0
    assert (await desk.one("theirs")).state is DeliveryState.PENDING


# Order


async def test_messages_to_one_conversation_go_in_order(desk: Desk, clock: StandingClock) -> None:
    gateway = DeskGateway()
    keys = ["c", "a", "b", "z", "y"]
    await desk.queue(*(delivery(key, clock.now()) for key in keys))
    await desk.outbox(gateway).sweep()
    assert gateway.asked == keys


async def test_a_slow_conversation_does_not_hold_up_another(desk: Desk, clock: StandingClock) -> None:
    gateway = GatedGateway()
    gateway.gate("quick").set()
    await desk.queue(delivery("slow", clock.now()), delivery("quick", clock.now(), to="other"))
    sweep = asyncio.create_task(desk.outbox(gateway).sweep())
    await gateway.arrival("slow").wait()
    await gateway.arrival("quick").wait()
    gateway.gate("slow").set()
    await sweep
    assert gateway.done == ["quick", "slow"]


async def test_replies_to_one_conversation_never_overtake_each_other(
    desk: Desk, clock: StandingClock
) -> None:
    gateway = GatedGateway()
    outbox = desk.outbox(gateway)
    first, second, third = (delivery(key, clock.now()) for key in ("1", "2", "3"))
    await desk.leased(outbox, first, second, third)
    outbox.send_soon([first])
    outbox.send_soon([second])
    await gateway.arrival("1").wait()
    gateway.gate("1").set()
    await gateway.arrival("2").wait()
    # The second is on its way, and the third comes along.
    gateway.gate("3").set()
    outbox.send_soon([third])
    await settled_turns()
    assert gateway.started == ["1", "2"]
    gateway.gate("2").set()
    await outbox.idle()
    assert gateway.done == ["1", "2", "3"]


async def test_a_message_that_must_wait_keeps_the_next_one_behind_it(
    desk: Desk, clock: StandingClock
) -> None:
    sent: list[str] = []

    def busy_once(each: Delivery) -> SendResult:
        if each.key == "1" and each.attempts == 1:
            return Later("rate limited", SECOND)
        sent.append(each.key)
        return Sent("1")

    outbox = desk.outbox(DeskGateway(busy_once))
    await desk.queue(delivery("1", clock.now()), delivery("2", clock.now()))
    for _ in range(3):
        await outbox.sweep()
        clock.forward(2 * SECOND)
    assert sent == ["1", "2"]


# Several processes


async def test_two_processes_that_sweep_at_once_send_each_message_once(
    desk: Desk, clock: StandingClock
) -> None:
    gateway = DeskGateway()
    keys = [f"key {number}" for number in range(60)]
    await desk.queue(*(delivery(key, clock.now(), to=key) for key in keys))
    tried = await asyncio.gather(*(desk.outbox(gateway, owner).sweep() for owner in ("one", "two", "three")))
    assert sum(tried) == 60
    assert Counter(gateway.asked) == dict.fromkeys(keys, 1)
    assert await desk.states() == {"sent": 60}


async def test_a_reply_of_a_process_that_died_is_sent_by_another_once(
    desk: Desk, clock: StandingClock
) -> None:
    gateway = DeskGateway()
    await desk.leased(desk.outbox(gateway, "dead"), delivery("a", clock.now()))
    living, third = desk.outbox(gateway, "living"), desk.outbox(gateway, "third")
    assert await living.sweep() == 0
    clock.forward(LEASE)
    assert await living.sweep() == 0
    clock.forward(SECOND)
    assert sorted(await asyncio.gather(living.sweep(), third.sweep())) == [0, 1]
    assert gateway.asked == ["a"]
    assert (await desk.one("a")).state is DeliveryState.SENT


async def test_a_process_that_wakes_after_its_lease_does_not_undo_what_another_did(
    desk: Desk, clock: StandingClock, caplog: pytest.LogCaptureFixture
) -> None:
    slow = GatedGateway()
    sleeper = desk.outbox(slow, "sleeper")
    mine = delivery("a", clock.now())
    await desk.leased(sleeper, mine)
    sleeper.send_soon([mine])
    await slow.arrival("a").wait()
    clock.forward(LEASE + SECOND)
    await desk.outbox(DeskGateway(lambda _: Sent("theirs")), "other").sweep()
    slow.gate("a").set()
    await sleeper.idle()
    assert (await desk.one("a")).platform_id == "theirs"
    assert "settled by another process" in caplog.text


async def test_a_process_killed_between_commit_and_send_loses_nothing(
    desk: Desk, clock: StandingClock, tmp_path: Path
) -> None:
    script, screen = Path(__file__).parent / "crash.py", tmp_path / "screen.txt"
    url = f"sqlite:///{tmp_path}/covenant.db"

    async def run(mode: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), mode, url, str(screen), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    assert await run("die") == (-signal.SIGKILL, "")
    assert not screen.exists()
    assert await desk.states() == {"sending": 1}
    assert await run("deliver") == (0, "1 0")
    assert screen.read_text(encoding="utf-8") == "Hello back.\n"
    assert await desk.states() == {"sent": 1}
    # The platform had no answer and sends the event again: it is known.
    outbox = desk.outbox(FileGateway(screen))
    assert (await runner_of(desk.database, outbox, clock).accept(EVENT)).repeated
    clock.forward(timedelta(days=1))
    assert await outbox.sweep() == 0
    assert screen.read_text(encoding="utf-8") == "Hello back.\n"


# A database that is away


async def _take_away(database: Database, path: Path) -> None:
    await database.close()
    _put_a_folder_there(path)


def _put_a_folder_there(path: Path) -> None:
    path.rename(path.with_suffix(".away"))
    path.mkdir()


def _bring_back(path: Path) -> None:
    path.rmdir()
    path.with_suffix(".away").rename(path)


class UnpluggingGateway(DeskGateway):
    """Sends, and has the database taken away before that can be written down."""

    def __init__(self, database: Database, path: Path) -> None:
        super().__init__()
        self._database = database
        self._path = path

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        await _take_away(self._database, self._path)
        return await super().send(delivery, message)


async def test_a_database_away_while_settling_is_logged_and_the_message_tried_again(
    desk: Desk, clock: StandingClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "covenant.db"
    outbox = desk.outbox(UnpluggingGateway(desk.database, path))
    mine = delivery("a", clock.now())
    await desk.leased(outbox, mine)
    outbox.send_soon([mine])
    await outbox.idle()
    assert "its lease ends and it is tried again" in caplog.text
    _bring_back(path)
    assert (await desk.one("a")).state is DeliveryState.SENDING
    clock.forward(LEASE + SECOND)
    again = DeskGateway()
    assert await desk.outbox(again, "after the break").sweep() == 1
    assert again.asked == ["a"]
    assert (await desk.one("a")).state is DeliveryState.SENT


async def test_a_sweep_without_a_database_is_one_line_in_the_log(
    desk: Desk, clock: StandingClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = desk.outbox(DeskGateway())
    await desk.queue(delivery("a", clock.now()))
    await _take_away(desk.database, tmp_path / "covenant.db")
    with pytest.raises(DatabaseProblem, match="cannot be opened"):
        await outbox.sweep()
    with caplog.at_level(logging.WARNING):
        await quietly(outbox.sweep, "sweep")
    (line,) = caplog.records
    assert line.getMessage().startswith("sweep: The database file cannot be opened.")
    assert line.exc_info is None
    _bring_back(tmp_path / "covenant.db")
    assert await outbox.sweep() == 1


# Waiting


async def test_idle_waits_until_everything_is_sent_and_settled(desk: Desk, clock: StandingClock) -> None:
    gateway = GatedGateway()
    outbox = desk.outbox(gateway)
    await outbox.idle()
    mine = [delivery("a", clock.now()), delivery("b", clock.now(), to="other")]
    await desk.leased(outbox, *mine)
    outbox.send_soon(mine)
    idle = asyncio.create_task(outbox.idle())
    await gateway.arrival("a").wait()
    gateway.gate("a").set()
    await gateway.arrival("b").wait()
    await settled_turns()
    assert not idle.done()
    gateway.gate("b").set()
    await idle
    assert await desk.states() == {"sent": 2}


# People


async def test_a_notice_reaches_another_person(app: App, gateway: MemoryGateway, cast: Cast) -> None:
    await add_memory_accounts(app)
    inbound = Inbound(
        "event-1",
        Account("memory", "test", cast.manager),
        Address("memory", "test", cast.manager),
        Submitted("experts.ask", {"question": "Who keeps the bond?", "context": ""}),
    )
    await app.runner.accept(inbound)
    await app.outbox.idle()
    (told,) = gateway.sent[cast.manager]
    (asked,) = gateway.sent[cast.lead]
    assert "has gone to" in told.summary
    assert "Who keeps the bond?" in asked.summary
    async with app.database.reading() as store:
        assert await store.deliveries.counts() == {"sent": 2}


async def test_somebody_without_an_account_is_logged_and_the_turn_holds(
    app: App, gateway: MemoryGateway, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    await add_memory_accounts(app)
    async with app.database.store() as store:
        lead = await store.people.by_email(cast.lead)
        assert lead is not None
        account = await store.accounts.one("memory", "test", cast.lead)
        assert account is not None
        account.unreachable = "user_deleted"
    inbound = Inbound(
        "event-1",
        Account("memory", "test", cast.manager),
        Address("memory", "test", cast.manager),
        Submitted("experts.ask", {"question": "Who keeps the bond?"}),
    )
    await app.runner.accept(inbound)
    await app.outbox.idle()
    assert set(gateway.sent) == {cast.manager}
    assert f"person {lead.id} can't be reached" in caplog.text
