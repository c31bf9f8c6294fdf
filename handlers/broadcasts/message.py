"""A broadcast as its readers see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from handlers.conversation.acts import ClickAction
from handlers.conversation.markdown import blocks_of
from handlers.conversation.message import (
    Block,
    Button,
    Buttons,
    Heading,
    Image,
    Message,
    Note,
    Text,
    bold,
    of_the_web,
    spans,
)
from storage.broadcasts import Broadcast, ButtonKind


@dataclass(frozen=True, slots=True)
class OfBroadcast:
    """Which broadcast."""

    broadcast_id: int


@dataclass(frozen=True, slots=True)
class Press:
    """A reader's button, by its place under the broadcast."""

    broadcast_id: int
    place: int


PRESS = ClickAction("broadcasts.press", Press)
REPLY_TO = ClickAction("broadcasts.reply", OfBroadcast)


def day_of(day: date) -> str:
    """`3 March 2027`."""
    return f"{day.day} {day:%B %Y}"


def at(moment: datetime) -> str:
    """`Tuesday 3 March 2027 at 09:30`, in the zone of the moment."""
    return f"{moment:%A} {day_of(moment)} at {moment:%H:%M}"


def message_of(broadcast: Broadcast, sender: str, *, acknowledged: bool = False) -> Message:
    """What a reader gets. Mark-up in it is words and nothing else: it can't call a whole channel."""
    small = f"Broadcast {broadcast.id} from {sender}."
    if broadcast.corrected_on is not None:
        small += f" Corrected on {day_of(broadcast.corrected_on)}."
    blocks: list[Block] = [Heading(broadcast.title)]
    if broadcast.urgent:
        blocks.append(Text(spans([bold("Urgent.")])))
    blocks += blocks_of(broadcast.body)
    if broadcast.image and of_the_web(broadcast.image):
        blocks.append(Image(broadcast.image, broadcast.alt))
    if acknowledged:
        blocks.append(Note(spans("You have said that you have read this. Thank you.")))
    blocks += [
        Buttons(tuple(_buttons(broadcast, acknowledged=acknowledged)), f"About '{broadcast.title}'"),
        Note(spans(small)),
    ]
    return Message(f"{'Urgent: ' if broadcast.urgent else ''}{broadcast.title}", tuple(blocks))


def _buttons(broadcast: Broadcast, *, acknowledged: bool) -> list[Button]:
    found = [
        PRESS.button(each.label, Press(broadcast.id, place))
        for place, each in enumerate(broadcast.buttons)
        if not (acknowledged and each.kind is ButtonKind.ACKNOWLEDGE)
    ]
    return [*found, REPLY_TO.button("Reply to the sender", OfBroadcast(broadcast.id))]


def chase_message(broadcast: Broadcast, sender: str) -> Message:
    """The reminder for those who have not said that they have read it, with the whole of it once more."""
    message = message_of(broadcast, sender)
    remind = f"Reminder: please say that you have read '{broadcast.title}'."
    return Message(remind, (Text(spans(remind)), *message.blocks))


def withdrawn_message(broadcast: Broadcast, sender: str, day: date) -> Message:
    """What stands in its place when it is withdrawn."""
    return Message(
        "A broadcast was withdrawn.",
        (
            Text(spans([bold("This broadcast was withdrawn"), f" by {sender} on {day_of(day)}."])),
            Text(spans("You need do nothing about it.")),
            Note(spans(f"Broadcast {broadcast.id}.")),
        ),
    )
