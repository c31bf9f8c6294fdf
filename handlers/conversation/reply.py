"""What a handler gives back: it says what should happen and does none of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handlers.conversation.form import Form
from handlers.conversation.message import Message
from storage.addresses import Address


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to another person. `key` makes sure that it is sent once, however often it is planned.

    Where `address` is set it goes into that conversation, a shared channel for example, and to no person.
    """

    key: str
    person_id: int | None
    message: Message
    cause: str
    not_before: datetime | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Messages for this conversation and what else should happen.

    `replace` takes the place of the message that was clicked; `errors` go beside the fields of the
    form that was sent, which stays open; `private` shows the messages to this person alone; `control`
    marks words about the delivery of messages, which go out even while all sending is paused;
    `refused` answers a form that can't be taken (any more): nothing was recorded, and what was begun
    of it question by question is kept. Whatever else answers a form without `errors` ends it.
    """

    messages: tuple[Message, ...] = ()
    form: Form | None = None
    replace: Message | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    notices: tuple[Notice, ...] = ()
    control: bool = False
    refused: bool = False


def private(*messages: Message) -> Reply:
    """A reply for this person alone, also where others read along."""
    return Reply(messages=messages, private=True)


def reply(*messages: Message, notices: tuple[Notice, ...] = ()) -> Reply:
    """A reply of messages."""
    return Reply(messages=messages, notices=notices)
