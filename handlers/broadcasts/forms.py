"""The forms in which a broadcast is written, and reading what was filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from handlers.broadcasts.message import OfBroadcast
from handlers.conversation.acts import FormAction
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.form import NO, SEVERAL, YES, Field, Form, Kind, Option, When
from handlers.conversation.message import of_the_web
from handlers.conversation.times import parse_time
from handlers.conversation.zones import zone_words
from storage.audiences import Audience, Who
from storage.broadcasts import Broadcast, ButtonKind, ReaderButton, Repeat
from storage.channels import Channel
from storage.contracts import Tier
from storage.people import Role, Unit


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft to write in; a new one where there is no id."""

    broadcast_id: int | None = None


TEXT_FORM = FormAction("broadcasts.text", Draft)
BUTTON_FORM = FormAction("broadcasts.button", OfBroadcast)
AUDIENCE_FORM = FormAction("broadcasts.audience", OfBroadcast)
TIME_FORM = FormAction("broadcasts.time", OfBroadcast)
SEND_BACK_FORM = FormAction("broadcasts.send_back", OfBroadcast)
CORRECT_FORM = FormAction("broadcasts.correct", OfBroadcast)

_LONGEST_BODY = 4000
_MARKDOWN = "You can write **bold**, *italic*, lists and [links](https://example.gov.uk)."


def text_form(params: Draft, draft: Broadcast | None) -> Form:
    """What it says, and its picture."""
    return Form(
        TEXT_FORM.name,
        "Write a broadcast" if draft is None else f"Broadcast {draft.id}: the text",
        (
            Field("title", "Title", initial=draft.title if draft else "", longest=150),
            Field(
                "body",
                "Message",
                Kind.LONG_TEXT,
                initial=draft.body if draft else "",
                longest=_LONGEST_BODY,
                help=_MARKDOWN,
            ),
            Field(
                "image",
                "Address of an image",
                required=False,
                initial=draft.image if draft else "",
                longest=1000,
                help="It begins with https:// and everybody who gets the message can open it.",
            ),
            Field(
                "alt",
                "What the image shows",
                required=False,
                initial=draft.alt if draft else "",
                longest=500,
                help="Needed with an image: it is read out to those who can't see it.",
            ),
        ),
        submit="Save the draft",
        params=TEXT_FORM.carried(params),
    )


def text_errors(values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the picture."""
    errors = {}
    if values["image"] and not of_the_web(values["image"]):
        errors["image"] = "Enter an address that begins with https://"
    if values["image"] and not values["alt"]:
        errors["alt"] = "Say in words what the image shows"
    return errors


def button_form(draft: Broadcast) -> Form:
    """One more button for the readers."""
    kinds = tuple(Option(each.value, each.label) for each in ButtonKind)
    return Form(
        BUTTON_FORM.name,
        f"Broadcast {draft.id}: add a button",
        (
            Field("kind", "What it does", Kind.ONE_OF, options=kinds, initial=ButtonKind.LINK.value),
            Field("label", "Words on the button", longest=60, help="Such as: I have read this"),
            Field(
                "link",
                "Address of the link",
                longest=1000,
                help="It begins with https://",
                when=(When("kind", (ButtonKind.LINK.value,)),),
            ),
            Field("article", "Article", Kind.ARTICLE, when=(When("kind", (ButtonKind.ARTICLE.value,)),)),
            Field(
                "command",
                "What would be typed to start it",
                longest=200,
                help="Such as: self-assessment",
                when=(When("kind", (ButtonKind.COMMAND.value,)),),
            ),
        ),
        submit="Add the button",
        params=BUTTON_FORM.carried(OfBroadcast(draft.id)),
    )


def button_of(values: Mapping[str, str]) -> ReaderButton:
    """The button that was filled in."""
    kind = ButtonKind(values["kind"])
    return ReaderButton(values["label"], kind, values.get(kind.value, ""))


def button_errors(draft: Broadcast, button: ReaderButton) -> dict[str, str]:
    """What is wrong with one more button."""
    if button.kind is ButtonKind.LINK and not of_the_web(button.target):
        return {"link": "Enter an address that begins with https://"}
    if button.kind is ButtonKind.ACKNOWLEDGE and draft.acknowledgement is not None:
        return {"kind": "One button says already that the message was read"}
    if button.label.casefold() in {each.label.casefold() for each in draft.buttons}:
        return {"label": "Another button has these words. Enter others."}
    return {}


def audience_form(draft: Broadcast, units: Sequence[Unit], channels: Sequence[Channel]) -> Form:
    """For whom it is."""
    now = draft.audience
    places: tuple[Field, ...] = ()
    if channels:
        places = (
            Field(
                "channels",
                "Channels it goes to as well",
                Kind.SEVERAL_OF,
                required=False,
                options=tuple(Option(str(each.id), each.name) for each in channels),
                initial=SEVERAL.join(str(each) for each in now.channels),
            ),
        )
    return Form(
        AUDIENCE_FORM.name,
        f"Broadcast {draft.id}: the audience",
        (
            Field(
                "who",
                "Who gets it",
                Kind.ONE_OF,
                options=tuple(Option(each.value, each.label) for each in Who),
                initial=now.who.value,
                help="The next questions make it fewer people. Leave them empty for all.",
            ),
            Field(
                "units",
                "Only in these Business Units",
                Kind.SEVERAL_OF,
                required=False,
                options=tuple(Option(str(each.id), each.name) for each in units),
                initial=SEVERAL.join(str(each) for each in now.units),
            ),
            Field(
                "roles",
                "Only with one of these roles",
                Kind.SEVERAL_OF,
                required=False,
                options=tuple(Option(each.value, each.label) for each in Role),
                initial=SEVERAL.join(now.roles),
            ),
            Field(
                "tiers",
                "Only managers of contracts of these tiers",
                Kind.SEVERAL_OF,
                required=False,
                options=tuple(Option(each.value, each.value) for each in Tier),
                initial=SEVERAL.join(now.tiers),
            ),
            *places,
        ),
        submit="Save the audience",
        params=AUDIENCE_FORM.carried(OfBroadcast(draft.id)),
    )


def audience_of(values: Mapping[str, str]) -> Audience:
    """The audience that was filled in."""

    def chosen(name: str) -> list[str]:
        return [each for each in values.get(name, "").split(SEVERAL) if each]

    return Audience(
        Who(values["who"]),
        tuple(int(each) for each in chosen("units")),
        tuple(Role(each) for each in chosen("roles")),
        tuple(Tier(each) for each in chosen("tiers")),
        tuple(int(each) for each in chosen("channels")),
    )


def time_form(draft: Broadcast, zone: tzinfo) -> Form:
    """When it goes out and until when it is worth sending."""
    start = draft.starts_at.astimezone(zone) if draft.starts_at else None
    end = draft.expires_at.astimezone(zone) if draft.expires_at else None
    return Form(
        TIME_FORM.name,
        f"Broadcast {draft.id}: the time",
        (
            Field(
                "day",
                "Day",
                Kind.DATE,
                required=False,
                initial=start.date().isoformat() if start else "",
                help="Leave it empty to send as soon as it is confirmed.",
            ),
            Field(
                "time",
                "Time of day",
                required=False,
                initial=f"{start:%H:%M}" if start else "",
                longest=20,
                help=f"{zone_words(zone)}, such as 9:30 or 2pm. 09:00 if you leave it empty.",
            ),
            Field(
                "repeat",
                "How often",
                Kind.ONE_OF,
                options=tuple(Option(each.value, each.label) for each in Repeat),
                initial=draft.repeat.value,
            ),
            Field(
                "expires",
                "Last day on which it may still be sent",
                Kind.DATE,
                required=False,
                initial=end.date().isoformat() if end else "",
                help="After it, whoever has not got it gets it no more.",
            ),
            Field(
                "urgent",
                "Is it urgent?",
                Kind.YES_NO,
                initial=YES if draft.urgent else NO,
                help="Urgent messages go out also in people's quiet hours.",
            ),
        ),
        submit="Save the time",
        params=TIME_FORM.carried(OfBroadcast(draft.id)),
    )


@dataclass(frozen=True, slots=True)
class Times:
    """When a broadcast goes out, and what is wrong with what was filled in."""

    starts_at: datetime | None
    expires_at: datetime | None
    errors: Mapping[str, str]


def times_of(values: Mapping[str, str], now: datetime, zone: tzinfo) -> Times:
    """The moments that were filled in, in the zone of the clock on the wall."""
    errors: dict[str, str] = {}
    start = end = None
    repeat = Repeat(values["repeat"])
    try:
        hour = parse_time(values["time"] or "09:00")
    except NotUnderstood as problem:
        return Times(None, None, {"time": str(problem)})
    if values["day"]:
        start = _moment(date.fromisoformat(values["day"]), hour, zone)
        if start is None:
            errors["time"] = "The clocks go forward that night, so there is no such time. Choose another."
        elif start <= now:
            errors["day"] = (
                "This time has passed. Choose a later one, or leave the day empty to send at once."
            )
    elif values["time"]:
        errors["day"] = "Enter the day for this time"
    if repeat is not Repeat.NONE and not values["day"]:
        errors["day"] = "Enter the first day"
    if values["expires"]:
        end = datetime.combine(date.fromisoformat(values["expires"]), time(23, 59), zone).astimezone(UTC)
        if end <= (start or now):
            errors["expires"] = "Choose a day that is not before it is sent"
    return Times(start, end, errors)


def _moment(day: date, hour: time, zone: tzinfo) -> datetime | None:
    """The moment of a time on the wall, or None in the hour that the clocks skip."""
    local = datetime.combine(day, hour, zone)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def send_back_form(draft: Broadcast) -> Form:
    """Why a proposal is not sent."""
    return Form(
        SEND_BACK_FORM.name,
        f"Send broadcast {draft.id} back",
        (Field("reason", "What should change", Kind.LONG_TEXT),),
        submit="Send back",
        params=SEND_BACK_FORM.carried(OfBroadcast(draft.id)),
    )


def correct_form(sent: Broadcast) -> Form:
    """The right words for what was sent."""
    return Form(
        CORRECT_FORM.name,
        f"Correct broadcast {sent.id}",
        (
            Field("title", "Title", initial=sent.title, longest=150),
            Field(
                "body",
                "Message",
                Kind.LONG_TEXT,
                initial=sent.body,
                longest=_LONGEST_BODY,
                help=f"{_MARKDOWN} It changes where people have it already; nobody gets it anew.",
            ),
        ),
        submit="Correct it for everybody",
        params=CORRECT_FORM.carried(OfBroadcast(sent.id)),
    )
