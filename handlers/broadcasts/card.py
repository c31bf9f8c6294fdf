"""A draft as its author sees it: what it says, for whom it is, how many can be reached, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from handlers.broadcasts.message import OfBroadcast, at, day_of, message_of
from handlers.broadcasts.rights import may_send
from handlers.conversation.acts import ClickAction
from handlers.conversation.message import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Divider,
    Fact,
    Facts,
    Message,
    Text,
    bold,
    spans,
)
from handlers.conversation.turn import Turn
from handlers.conversation.zones import zone_words
from storage.audiences import Audience, Count, Who
from storage.broadcasts import MOST_BUTTONS, Broadcast, BroadcastState, Repeat
from storage.database import Store

# Between the confirmation and the first message: time to undo it.
TIME_TO_UNDO = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class AsConfirmed:
    """A broadcast as it stood when the question was put."""

    broadcast_id: int
    version: int


OPEN = ClickAction("broadcasts.open", OfBroadcast)
TEXT = ClickAction("broadcasts.change_text", OfBroadcast)
ADD_BUTTON = ClickAction("broadcasts.add_button", OfBroadcast)
DROP_BUTTON = ClickAction("broadcasts.drop_button", OfBroadcast)
AUDIENCE = ClickAction("broadcasts.change_audience", OfBroadcast)
TIME = ClickAction("broadcasts.change_time", OfBroadcast)
TEST = ClickAction("broadcasts.test", OfBroadcast)
NOT_REACHED = ClickAction("broadcasts.not_reached", OfBroadcast)
PROPOSE = ClickAction("broadcasts.propose", OfBroadcast)
SEND_BACK = ClickAction("broadcasts.send_back", OfBroadcast)
SEND = ClickAction("broadcasts.send", OfBroadcast)
CONFIRM = ClickAction("broadcasts.confirm", AsConfirmed)
DUPLICATE = ClickAction("broadcasts.duplicate", OfBroadcast)
TEMPLATE = ClickAction("broadcasts.template", OfBroadcast)
REMOVE = ClickAction("broadcasts.remove", OfBroadcast)


async def draft_card(turn: Turn, store: Store, draft: Broadcast) -> Message:
    """The draft with its live count and its buttons."""
    count = await store.audiences.count(draft.audience)
    what = "Template" if draft.template else draft.state.label
    facts = [
        Fact("For", spans(await audience_words(store, draft.audience))),
        Fact("Count now", spans(count_words(count, len(draft.audience.channels)))),
        Fact("When", spans(when_words(turn, draft))),
        Fact("Buttons", spans(_button_words(draft))),
    ]
    if draft.expires_at is not None:
        facts.append(Fact("Not sent after", spans(day_of(draft.expires_at.astimezone(turn.zone).date()))))
    shown = [each for each in message_of(draft, _name(turn)).blocks if not isinstance(each, Buttons)]
    blocks: list[Block] = [
        Text(spans([bold(f"{what}: broadcast {draft.id}. "), "Everything is saved."])),
        Facts(tuple(facts)),
        Divider(),
        *shown,
        Buttons(_draft_buttons(turn, draft, count), f"Broadcast {draft.id}"),
    ]
    return Message(f"{what}: {draft.title}", tuple(blocks))


def _draft_buttons(turn: Turn, draft: Broadcast, count: Count) -> tuple[Button, ...]:
    of = OfBroadcast(draft.id)
    found = [TEXT.button("Change the text", of), AUDIENCE.button("Change the audience", of)]
    found.append(TIME.button("Change the time", of))
    if len(draft.buttons) < MOST_BUTTONS:
        found.append(ADD_BUTTON.button("Add a button", of))
    if draft.buttons:
        found.append(DROP_BUTTON.button(f"Remove '{draft.buttons[-1].label}'", of))
    found.append(TEST.button("Send a test to myself", of))
    if count.unreachable:
        found.append(NOT_REACHED.button("Who can't be reached", of))
    if not draft.template:
        if may_send(turn):
            found.append(SEND.button("Send it", of, style=ButtonStyle.PRIMARY))
        elif draft.state is BroadcastState.DRAFT:
            found.append(PROPOSE.button("Propose it for sending", of, style=ButtonStyle.PRIMARY))
        if may_send(turn) and draft.state is BroadcastState.PROPOSED:
            found.append(SEND_BACK.button("Send it back", of))
        found.append(TEMPLATE.button("Keep as a template", of))
    found.append(DUPLICATE.button("Begin from it" if draft.template else "Duplicate", of))
    delete = "The text and its settings are gone for good."
    found.append(REMOVE.button("Delete", of, style=ButtonStyle.DANGER, confirm=delete))
    return tuple(found)


async def confirm_card(turn: Turn, store: Store, draft: Broadcast) -> Message:
    """The question before it is sent, with the count."""
    count = await store.audiences.count(draft.audience)
    channels = len(draft.audience.channels)
    to = people(count.reached) if count.reached or not channels else _channels(channels)
    blocks: list[Block] = [
        Text(spans([bold(f"Send '{draft.title}'? "), count_words(count, channels)])),
        Facts(
            (
                Fact("For", spans(await audience_words(store, draft.audience))),
                Fact("When", spans(when_words(turn, draft))),
                Fact(
                    "Quiet hours",
                    spans(
                        "It is urgent, so it goes out to everybody at once."
                        if draft.urgent
                        else "Whoever has quiet hours then gets it when they end."
                    ),
                ),
            )
        ),
    ]
    if draft.starts_at is None:
        blocks.append(
            Text(spans("After you confirm, you have 60 seconds to undo it before the first message goes."))
        )
    asked = AsConfirmed(draft.id, draft.version)
    verb = "Send" if draft.starts_at is None else "Schedule"
    blocks.append(
        Buttons(
            (
                CONFIRM.button(f"{verb} to {to}", asked, style=ButtonStyle.PRIMARY),
                OPEN.button("Not yet", OfBroadcast(draft.id)),
            ),
            "Send it",
        )
    )
    return Message(f"Send '{draft.title}' to {to}?", tuple(blocks))


def count_words(count: Count, channels: int) -> str:
    """How many get it, and how many do not and why."""
    words = [f"{people(count.reached)} can be reached"]
    if channels:
        words[0] += f", and {_channels(channels)}"
    if count.unreachable:
        why = "; ".join(f"{number} {reason}" for reason, number in count.unreachable.items())
        words.append(f"{people(sum(count.unreachable.values()))} can't: {why}")
    return f"{'. '.join(words)}."


def when_words(turn: Turn, draft: Broadcast) -> str:
    """When it goes out."""
    words = "As soon as it is confirmed"
    if draft.starts_at is not None:
        words = f"{at(draft.starts_at.astimezone(turn.zone))}, {zone_words(turn.zone)}"
    if draft.repeat is not Repeat.NONE:
        words += f", then {draft.repeat.label.lower()}"
    return f"{words}. Urgent" if draft.urgent else words


async def audience_words(store: Store, audience: Audience) -> str:
    """For whom it is, in words."""
    words = [audience.who.label]
    if audience.who is not Who.NOBODY:
        if audience.units:
            names = {each.id: each.name for each in await store.people.units()}
            words.append(f"in {_or(names.get(each, 'a unit that is gone') for each in audience.units)}")
        if audience.roles:
            words.append(f"with the role {_or(each.label for each in audience.roles)}")
        if audience.tiers:
            words.append(f"who manage {_or(each.value for each in audience.tiers)} contracts")
    if audience.channels:
        found = await store.channels.some(audience.channels)
        words.append(f"and in the channels {', '.join(each.name for each in found)}")
    return " ".join(words)


def _or(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _button_words(draft: Broadcast) -> str:
    return "; ".join(f"'{each.label}' {_does(each.kind.label)}" for each in draft.buttons) or "None"


def _does(label: str) -> str:
    return f"({label[:1].lower()}{label[1:]})"


def _channels(number: int) -> str:
    return f"{number} channel{'' if number == 1 else 's'}"


def people(number: int) -> str:
    """`1 person`, `12 people`."""
    return f"{number:,} {'person' if number == 1 else 'people'}"


def _name(turn: Turn) -> str:
    return turn.person.name if turn.person else ""
