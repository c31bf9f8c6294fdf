"""How far a broadcast has come, in one message that is renewed in place, with the buttons that steer it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from handlers.broadcasts.card import DUPLICATE, audience_words, people
from handlers.broadcasts.message import OfBroadcast, at
from handlers.conversation.acts import ClickAction
from handlers.conversation.message import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Note,
    Progress,
    Text,
    bold,
    spans,
)
from handlers.conversation.zones import zone_words
from storage.broadcast_figures import Figures
from storage.broadcasts import Broadcast, BroadcastState, Repeat, RoundKind
from storage.database import Store
from storage.deliveries import DeliveryState
from storage.holds import EVERYTHING, batch_scope

UNDO = ClickAction("broadcasts.undo", OfBroadcast)
PAUSE = ClickAction("broadcasts.pause", OfBroadcast)
RESUME = ClickAction("broadcasts.resume", OfBroadcast)
CANCEL = ClickAction("broadcasts.cancel", OfBroadcast)
LOOK = ClickAction("broadcasts.look", OfBroadcast)
RETRY = ClickAction("broadcasts.retry", OfBroadcast)
CHASE = ClickAction("broadcasts.chase", OfBroadcast)
CORRECT = ClickAction("broadcasts.correct", OfBroadcast)
WITHDRAW = ClickAction("broadcasts.withdraw", OfBroadcast)

# How often those who have not acknowledged are reminded at most; the preference can say otherwise.
MOST_CHASES = 3
CHASES = "broadcast chases"


async def most_chases(store: Store) -> int:
    """How often people are reminded at most."""
    kept = await store.preferences.get(CHASES)
    return int(kept) if kept and kept.isdecimal() else MOST_CHASES


async def is_paused(store: Store, broadcast: Broadcast, now: datetime) -> bool:
    """Whether it, or all sending, is held."""
    # A hold with an end is the platform's or our own pace.
    scopes = {each.scope for each in await store.holds.in_force(now) if each.until is None}
    return not scopes.isdisjoint({batch_scope(broadcast.batch), EVERYTHING})


async def status_card(store: Store, broadcast: Broadcast, now: datetime, zone: tzinfo) -> Message:
    """Where it stands; what became of each copy once it has begun."""
    if broadcast.state is BroadcastState.SCHEDULED:
        return await _scheduled(store, broadcast, zone)
    figures = await store.broadcast_figures.of(broadcast, now)
    paused = broadcast.state is BroadcastState.SENDING and await is_paused(store, broadcast, now)
    state = "Paused" if paused else broadcast.state.label
    growing = await store.broadcasts.has_open_round(broadcast.id, RoundKind.SEND)
    done = figures.audience - figures.waiting
    words = f"{figures.sent:,} of {people(figures.audience)} have it"
    blocks: list[Block] = [
        Text(spans([bold(f"{state}: "), f"'{broadcast.title}'. {words}{' so far' if growing else ''}."])),
        Progress("Settled", done, max(figures.audience, 1)),
        Facts((*_figures(figures), *await _reactions(store, broadcast))),
        Note(
            spans(
                "A chat platform does not tell a bot who has read a message. "
                "Presses of buttons and replies are what can be counted."
            )
        ),
    ]
    if await _changing(store, broadcast):
        blocks.append(Note(spans("What people have already is being changed in place.")))
    buttons = await _steering(store, broadcast, figures, paused=paused)
    blocks.append(Buttons(tuple(buttons), f"Broadcast {broadcast.id}"))
    return Message(f"{state}: {broadcast.title}, {words}.", tuple(blocks))


async def _scheduled(store: Store, broadcast: Broadcast, zone: tzinfo) -> Message:
    assert broadcast.starts_at is not None, "what is scheduled has a time"
    local = broadcast.starts_at.astimezone(zone)
    when = f"{at(local)}:{local:%S}"
    again = "" if broadcast.repeat is Repeat.NONE else f" It repeats {broadcast.repeat.label.lower()}."
    count = await store.audiences.count(broadcast.audience)
    blocks: list[Block] = [
        Text(
            spans(
                [bold("Scheduled: "), f"'{broadcast.title}' goes out on {when}, {zone_words(zone)}.{again}"]
            )
        ),
        Facts(
            (
                Fact("For", spans(await audience_words(store, broadcast.audience))),
                Fact("Count now", spans(f"{people(count.reached)} of {count.people:,} can be reached")),
            )
        ),
        Buttons((UNDO.button("Undo", OfBroadcast(broadcast.id), style=ButtonStyle.PRIMARY),), "Scheduled"),
    ]
    return Message(f"'{broadcast.title}' goes out on {when}.", tuple(blocks))


def _figures(figures: Figures) -> list[Fact]:
    found = [
        ("Audience", f"{figures.audience:,}"),
        ("Delivered", f"{figures.sent:,}"),
        ("Waiting", _waiting(figures)),
        ("Failed", _by_reason(figures.failed)),
        ("Could not be reached", _by_reason(figures.unreachable)),
    ]
    for label, state in (("Expired unsent", DeliveryState.EXPIRED), ("Cancelled", DeliveryState.CANCELLED)):
        if figures.states.get(state):
            found.append((label, f"{figures.states[state]:,}"))
    return [Fact(label, spans(value)) for label, value in found]


def _waiting(figures: Figures) -> str:
    later = f", {figures.later:,} of them until their quiet hours end" if figures.later else ""
    return f"{figures.waiting:,}{later}"


def _by_reason(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    why = "; ".join(f"{number:,} {reason}" for reason, number in sorted(counts.items()))
    return f"{total:,}: {why}" if total else "0"


async def _reactions(store: Store, broadcast: Broadcast) -> list[Fact]:
    clicks = await store.broadcast_readers.clicks(broadcast.id)
    found = [
        Fact(
            "Acknowledged" if place == broadcast.acknowledgement else f"Pressed '{each.label}'",
            spans(f"{clicks.get(place, 0):,}"),
        )
        for place, each in enumerate(broadcast.buttons)
    ]
    return [*found, Fact("Replies", spans(str(await store.broadcast_readers.replies(broadcast.id))))]


async def _changing(store: Store, broadcast: Broadcast) -> bool:
    return await store.broadcasts.has_open_round(broadcast.id, RoundKind.CORRECT, RoundKind.WITHDRAW)


async def _steering(store: Store, broadcast: Broadcast, figures: Figures, *, paused: bool) -> list[Button]:
    of = OfBroadcast(broadcast.id)
    found = []
    if broadcast.state is BroadcastState.SENDING:
        found.append(RESUME.button("Resume", of) if paused else PAUSE.button("Pause", of))
        stop = "What has not gone out is not sent. What people have stays."
        found.append(CANCEL.button("Cancel the rest", of, style=ButtonStyle.DANGER, confirm=stop))
    if broadcast.state in (BroadcastState.SENT, BroadcastState.SENDING) and figures.failed:
        found.append(RETRY.button("Try the failed again", of))
    if broadcast.state is BroadcastState.SENT and broadcast.acknowledgement is not None:
        left = await most_chases(store) - await store.broadcasts.rounds(broadcast, RoundKind.CHASE)
        if left > 0:
            found.append(CHASE.button(f"Remind who has not acknowledged ({left} left)", of))
    if broadcast.state is not BroadcastState.WITHDRAWN:
        found.append(CORRECT.button("Correct it", of))
        gone = "Everybody who has it sees that it was withdrawn, in its place."
        found.append(WITHDRAW.button("Withdraw it", of, style=ButtonStyle.DANGER, confirm=gone))
    return [*found, LOOK.button("Look again", of), DUPLICATE.button("Duplicate", of)]
