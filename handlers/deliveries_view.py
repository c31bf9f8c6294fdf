"""What the SRM lead and the command line see of deliveries: how much waits, what failed, who can't be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.conversation.acts import ClickAction, NoParams
from handlers.conversation.message import (
    Block,
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Note,
    Span,
    Table,
    Text,
    bold,
    spans,
)
from storage.database import Store
from storage.deliveries import DeliveryState
from storage.delivery_desk import BatchCount, Failed
from storage.holds import EVERYTHING, Hold, batch_scope

SEE = ClickAction("deliveries.see", NoParams)
PAUSE = ClickAction("deliveries.pause", NoParams)
RESUME = ClickAction("deliveries.resume", NoParams)
RETRY = ClickAction("deliveries.retry", NoParams)
UNREACHABLE = ClickAction("deliveries.unreachable", NoParams)


@dataclass(frozen=True, slots=True)
class Batch:
    """One group of messages, such as a broadcast."""

    batch: str


CANCEL_BATCH = ClickAction("deliveries.cancel_batch", Batch)
PAUSE_BATCH = ClickAction("deliveries.pause_batch", Batch)
RESUME_BATCH = ClickAction("deliveries.resume_batch", Batch)

_BATCHES_SHOWN = 3
_FAILURES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class State:
    """Everything about deliveries at one moment."""

    now: datetime
    counts: dict[str, int]
    waiting: int
    oldest: datetime | None
    later: int
    repeats: int
    failures: list[Failed]
    batches: list[BatchCount]
    holds: list[Hold]

    @property
    def paused(self) -> Hold | None:
        """The pause of all sending, if there is one."""
        return next((each for each in self.holds if each.scope == EVERYTHING), None)

    @property
    def age(self) -> timedelta:
        """For how long the oldest message that is due has waited."""
        return self.now - self.oldest if self.oldest else timedelta()

    def is_paused(self, batch: str) -> bool:
        """Whether a batch is paused on its own."""
        return any(each.scope == batch_scope(batch) for each in self.holds)


async def read_state(store: Store, now: datetime) -> State:
    """Read it all."""
    desk = store.delivery_desk
    waiting, oldest = await desk.waiting(now)
    return State(
        now,
        await store.deliveries.counts(),
        waiting,
        oldest,
        await desk.later(now),
        await desk.repeats(),
        await desk.failures(),
        await desk.batches(),
        await store.holds.in_force(now),
    )


def state_message(state: State) -> Message:
    """The state in words, with the buttons that change it."""
    failed = state.counts.get(DeliveryState.FAILED, 0)
    summary = f"{messages(state.waiting)} waiting, {failed} failed."
    head: list[Span | str] = [bold("Deliveries: "), summary]
    if state.paused is not None:
        head[:0] = [bold("All sending is paused. "), "Nothing goes out until you resume it. "]
    blocks: list[Block] = [Text(spans(head)), Facts(_facts(state))]
    if state.failures:
        rows = tuple(
            (str(each.count), each.platform, each.reason) for each in state.failures[:_FAILURES_SHOWN]
        )
        blocks.append(Table("Failed", ("How many", "Where", "Why"), rows))
    if state.batches:
        rows = tuple((each.batch, each.state.value, str(each.count)) for each in state.batches)
        blocks.append(Table("Groups of messages", ("Group", "State", "How many"), rows))
    blocks += [
        Note(spans(f"{brake_name(each)} until {each.until:%H:%M:%S} UTC: {each.reason}."))
        for each in state.holds
        if each.until is not None
    ]
    blocks.append(_buttons(state, failed))
    return Message(summary, tuple(blocks), refresh=SEE.button("Deliveries", NoParams()))


def _facts(state: State) -> tuple[Fact, ...]:
    sent = state.counts.get(DeliveryState.SENT, 0)
    lines = [
        ("Waiting", str(state.waiting)),
        ("Oldest has waited", span_of(state.age) if state.waiting else "nothing waits"),
        ("For a later time", str(state.later)),
        ("Sent", str(sent)),
        ("May have arrived twice", str(state.repeats)),
        ("Expired", str(state.counts.get(DeliveryState.EXPIRED, 0))),
        ("Cancelled", str(state.counts.get(DeliveryState.CANCELLED, 0))),
    ]
    return tuple(Fact(label, spans(value)) for label, value in lines)


def _buttons(state: State, failed: int) -> Buttons:
    buttons = []
    if state.paused is not None:
        buttons.append(RESUME.button("Resume sending", NoParams(), style=ButtonStyle.PRIMARY))
    else:
        buttons.append(
            PAUSE.button(
                "Pause all sending",
                NoParams(),
                style=ButtonStyle.DANGER,
                confirm="Nothing will go out to anybody, answers included, until you resume it.",
            )
        )
    if failed:
        buttons.append(RETRY.button("Retry what failed", NoParams()))
    unfinished = {
        each.batch: None
        for each in state.batches
        if each.state in (DeliveryState.PENDING, DeliveryState.SENDING)
    }
    for batch in list(unfinished)[:_BATCHES_SHOWN]:
        if state.is_paused(batch):
            buttons.append(RESUME_BATCH.button(f"Resume {batch}", Batch(batch)))
        else:
            buttons.append(PAUSE_BATCH.button(f"Pause {batch}", Batch(batch)))
        buttons.append(CANCEL_BATCH.button(f"Cancel {batch}", Batch(batch)))
    buttons += [
        UNREACHABLE.button("Who can't be reached", NoParams()),
        SEE.button("Look again", NoParams()),
    ]
    return Buttons(tuple(buttons), "Deliveries")


def brake_name(hold: Hold) -> str:
    """What a brake holds, for people."""
    kind, _, rest = hold.scope.partition("|")
    platform = rest.partition("|")[0]
    return (
        f"{platform}: all messages are held" if kind == "tenant" else f"{platform}: one conversation is held"
    )


def messages(number: int) -> str:
    """`1 message`, `2 messages`."""
    return f"{number} message{'' if number == 1 else 's'}"


def span_of(age: timedelta) -> str:
    """How long, in the largest unit that says enough."""
    seconds = int(age.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
