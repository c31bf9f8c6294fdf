"""One thing that a person did, as it reaches a handler: free of any platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any

from storage.addresses import Address
from storage.people import Person, Profile, Role, Unit


@dataclass(frozen=True, slots=True)
class Said:
    """The person wrote something. `mentioned`: in a shared place, to Covenant by name."""

    text: str
    mentioned: bool = False


@dataclass(frozen=True, slots=True)
class Clicked:
    """The person clicked a button, or typed its label or number."""

    action: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The person filled in a form. `params` are those with which the form was opened."""

    form: str
    values: Mapping[str, str]
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation was opened: the first contact, or an installation."""

    reason: str


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """The person looks at their home page, on a platform that has one."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The person looks for articles from where they write a message."""

    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The person removed or blocked Covenant, and can't be reached here."""

    reason: str


Input = Said | Clicked | Submitted | Opened | HomeOpened | Searched | Closed


class Forms(StrEnum):
    """How a form can be shown to this person at this moment.

    `DIALOG`: in the response to the event. `MESSAGE`: as inputs inside a message. `BUTTON`: as a
    dialog, but only after a click.
    """

    DIALOG = "dialog"
    MESSAGE = "message"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Account:
    """Who acts, as the platform knows them."""

    platform: str
    workspace: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a platform hands over: `key` is the platform's own id of the event, the same on a retry."""

    key: str
    account: Account
    address: Address
    input: Input
    # The platform's id of the message that was clicked or whose form was filled in.
    source: str | None = None
    # Whether this is the person's own conversation: then it is where to reach them later.
    direct: bool = True
    # The work email that the platform vouches for; asked for only when the account is not known yet.
    email: str | None = None
    forms: Forms = Forms.DIALOG
    # Whether the reply's messages go into the platform's response (a home page, a search) and nowhere else.
    in_response: bool = False
    # What the platform needs to write into this conversation again.
    reference: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """An inbound event with what Covenant knows of the person. `today` is the date in `zone`, where they are.

    What many people share, such as a briefing, goes by `council_zone`.
    """

    inbound: Inbound
    received_at: datetime
    today: date
    profile: Profile | None
    zone: tzinfo
    council_zone: tzinfo

    @property
    def input(self) -> Input:
        return self.inbound.input

    @property
    def person(self) -> Person | None:
        """The person in the directory, or None for somebody unknown."""
        return self.profile.person if self.profile else None

    @property
    def person_id(self) -> int | None:
        return self.person.id if self.person else None

    @property
    def unit(self) -> Unit | None:
        return self.profile.unit if self.profile else None

    @property
    def text(self) -> str:
        """What was written, empty for anything else."""
        return self.input.text if isinstance(self.input, Said) else ""

    def has(self, *roles: Role) -> bool:
        """Whether the person holds any of these roles now."""
        return self.profile is not None and self.profile.has(*roles)
