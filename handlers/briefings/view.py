"""The buttons, the forms and the messages of briefings and drop-ins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import SEVERAL, Field, Form, Kind, Option
from handlers.conversation.message import (
    Block,
    Button,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Span,
    Table,
    Text,
    bold,
    link,
    of_the_web,
    spans,
)
from handlers.conversation.times import moment_words, time_words
from storage.briefing_requests import BriefingRequest
from storage.briefings import Briefing, BriefingKind, BriefingState, Seat, Standing
from storage.people import Unit

CAUSE = "briefing"
USUAL_MINUTES = 60
_LONGEST_MINUTES = 480
_MOST_PLACES = 500
_ADDRESS = re.compile(r"(https?://\S+)")
NO_UNIT = "No Business Unit"


class Act(StrEnum):
    """What can be done with a briefing by a button; its words can be typed."""

    SHOW = "show"
    SIGN_UP = "sign up for"
    GIVE_UP = "give up my place at"
    ANNOUNCE = "announce"
    CHANGE = "change"
    CANCEL = "cancel"
    ATTENDANCE = "record attendance for"


@dataclass(frozen=True, slots=True)
class OnBriefing:
    """Do something with a briefing."""

    briefing_id: int
    act: Act = Act.SHOW


@dataclass(frozen=True, slots=True)
class PlanBriefing:
    """Plan a new briefing, or change one. `request_id` is the request that asks for it."""

    briefing_id: int | None = None
    kind: BriefingKind = BriefingKind.BRIEFING
    request_id: int | None = None


ON = ClickAction("briefings.act", OnBriefing)
PLAN = ClickAction("briefings.plan", PlanBriefing)
PLAN_FORM = FormAction("briefings.plan", PlanBriefing)
CANCEL_FORM = FormAction("briefings.cancel", OnBriefing)
ATTENDANCE_FORM = FormAction("briefings.attendance", OnBriefing)


def name_of(briefing: Briefing) -> str:
    """How it is called in a sentence and on a button: "briefing 3"."""
    return f"{briefing.kind.value} {briefing.id}"


def act_button(act: Act, briefing: Briefing, *, confirm: str | None = None) -> Button:
    """A button for an act; its label can be typed at any time."""
    primary = act in (Act.SIGN_UP, Act.ANNOUNCE)
    return ON.button(
        f"{act.value.capitalize()} {name_of(briefing)}",
        OnBriefing(briefing.id, act),
        style=ButtonStyle.PRIMARY if primary else ButtonStyle.NORMAL,
        confirm=confirm,
    )


def when(briefing: Briefing, zone: tzinfo) -> str:
    """The day with both ends: "Tuesday 3 March 2027, 2pm to 3pm"."""
    return f"{moment_words(briefing.starts_at, zone)} to {time_words(briefing.ends_at, zone)}"


def where(briefing: Briefing) -> tuple[Span, ...]:
    """The room, with any web address clickable."""
    parts = [each for each in _ADDRESS.split(briefing.place) if each]
    return spans([link(each, each) if of_the_web(each) else each for each in parts])


def title_line(briefing: Briefing) -> str:
    """What it is called, with its number."""
    return f"{name_of(briefing).capitalize()}: {briefing.title}"


def announcement(briefing: Briefing, zone: tzinfo, *further: Fact) -> tuple[Block, ...]:
    """What everybody to whom it is offered reads."""
    facts = [Fact("When", spans(when(briefing, zone))), Fact("Where", where(briefing))]
    if briefing.notes:
        facts.append(Fact("About it", spans(briefing.notes)))
    return (Text(spans([bold(title_line(briefing))])), Facts((*facts, *further)))


def places(briefing: Briefing, taken: int, waiting: int) -> str:
    """How many places are taken, in words."""
    if briefing.capacity is None:
        return f"{taken} signed up. There is room for everybody."
    left = max(0, briefing.capacity - taken)
    queue = f" {waiting} on the waiting list." if waiting else ""
    return f"{taken} of {briefing.capacity} taken, {left} left.{queue}"


def standing_words(standing: Standing, ahead: int) -> str:
    """Where somebody stands; `ahead` counts those before them on the waiting list."""
    match standing:
        case Standing.PLACE:
            return "You have a place."
        case Standing.WAITING:
            before = f"{ahead} ahead of you" if ahead else "you are first in line"
            return f"You are on the waiting list, {before}."
        case Standing.GAVE_UP:
            return "You gave up your place."
        case Standing.OFFERED:
            return "You have not signed up."


def by_unit(title: str, seats: Iterable[Seat], units: Mapping[int, Unit]) -> Table:
    """Offered and taken up by Business Unit, with a line for all."""
    groups: dict[str, list[Seat]] = {}
    for seat in seats:
        unit = units.get(seat.unit_id) if seat.unit_id else None
        groups.setdefault(unit.name if unit else NO_UNIT, []).append(seat)
    everybody = [seat for group in groups.values() for seat in group]
    rows = [(name, *map(str, counts(groups[name]))) for name in sorted(groups)]
    columns = ("Business Unit", "Offered", "Signed up", "Waiting", "Came")
    return Table(title, columns, (*rows, ("All", *map(str, counts(everybody)))))


def counts(seats: Sequence[Seat]) -> tuple[int, int, int, int]:
    """To how many it was offered, how many have a place, how many wait, and how many came."""
    standings = [each.standing for each in seats]
    came = sum(each.attended is True for each in seats)
    return len(seats), standings.count(Standing.PLACE), standings.count(Standing.WAITING), came


def draft_card(briefing: Briefing, people: int, cut_off: int, audience: str, zone: tzinfo) -> Message:
    """What will be announced, and to how many; its lead alone sees it."""
    reach = f"{people} people" if people != 1 else "1 person"
    unreached = f" {cut_off} of them can't be reached in chat." if cut_off else ""
    facts = (
        Fact("Places", spans(places(briefing, 0, 0) if briefing.capacity else "No limit")),
        Fact("For", spans(f"{audience}: {reach}.{unreached}")),
    )
    return Message(f"Nobody has been told of {name_of(briefing)} yet.", announcement(briefing, zone, *facts))


def plan_form(
    params: PlanBriefing,
    briefing: Briefing | None,
    asked: BriefingRequest | None,
    units: Sequence[Unit],
    zone: tzinfo,
) -> Form:
    """What, when, where, for how many and for whom; filled in where it is changed or was asked for."""
    found = briefing
    title, notes = (asked.topic, asked.notes) if asked else ("", "")
    for_units = [asked.unit_id] if asked and asked.unit_id else []
    if found is not None:
        title, notes, for_units = found.title, found.notes, list(found.units)
    local = found.starts_at.astimezone(zone) if found else None
    return Form(
        PLAN_FORM.name,
        f"Change {name_of(found)}" if found else "Plan a briefing or drop-in",
        (
            Field(
                "kind",
                "What it is",
                Kind.ONE_OF,
                options=(Option("briefing", "Briefing"), Option("drop-in", "Drop-in")),
                initial=(found.kind if found else params.kind).value,
            ),
            Field("title", "Title", initial=title, longest=150),
            Field("day", "Day", Kind.DATE, initial=local.date().isoformat() if local else ""),
            Field(
                "time",
                "Starts at",
                initial=f"{local:%H:%M}" if local else "",
                longest=20,
                help="Such as 10:30 or 2pm",
            ),
            Field(
                "minutes",
                "Length in minutes",
                Kind.NUMBER,
                initial=str(found.minutes if found else USUAL_MINUTES),
                least=5,
                most=_LONGEST_MINUTES,
            ),
            Field(
                "place",
                "Where",
                initial=found.place if found else "",
                longest=500,
                help="A room, a link to join, or both",
            ),
            Field(
                "capacity",
                "Number of places",
                Kind.NUMBER,
                required=False,
                initial=str(found.capacity) if found and found.capacity else "",
                help="Leave empty where there is room for everybody",
                least=1,
                most=_MOST_PLACES,
            ),
            Field(
                "units",
                "For these Business Units",
                Kind.SEVERAL_OF,
                required=False,
                options=tuple(Option(str(each.id), each.name) for each in units),
                initial=SEVERAL.join(map(str, for_units)),
                help="Choose none to offer it to every member of the Community of Practice",
            ),
            Field(
                "notes",
                "What it is about",
                Kind.LONG_TEXT,
                required=False,
                initial=notes,
                longest=1500,
            ),
        ),
        submit="Keep changes" if found and found.state is BriefingState.ANNOUNCED else "See it first",
        params=PLAN_FORM.carried(params),
    )
