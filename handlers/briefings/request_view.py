"""The buttons and the words of requests for a briefing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.briefings.view import NO_UNIT
from handlers.conversation.acts import ClickAction, FormAction, NoParams
from handlers.conversation.message import (
    Button,
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Table,
    Text,
    bold,
    spans,
)
from storage.briefing_requests import BriefingRequest, RequestState
from storage.database import Store
from storage.people import Unit


class Act(StrEnum):
    """What can be done with a request by a button; its words can be typed."""

    PLAN = "plan"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class OnRequest:
    """Do something with a request."""

    request_id: int
    act: Act


ASK = ClickAction("briefings.ask", NoParams)
ASK_FORM = FormAction("briefings.ask", NoParams)
ON = ClickAction("briefings.on_request", OnRequest)
DECLINE_FORM = FormAction("briefings.decline", OnRequest)


async def card(store: Store, request: BriefingRequest, first: str, *buttons: Button) -> Message:
    """A request with all that is known of it."""
    names = {each.id: each.name for each in await store.people.units()}
    facts = [Fact("For", spans(names.get(request.unit_id or 0, NO_UNIT)))]
    if request.suits:
        facts.append(Fact("When and how many", spans(request.suits)))
    if request.notes:
        facts.append(Fact("To take away", spans(request.notes)))
    return Message(first, (Text(spans([bold(first)])), Facts(tuple(facts)), Buttons(buttons, "Next")))


def act_button(act: Act, request: BriefingRequest) -> Button:
    """A button for an act; its label can be typed at any time."""
    style = ButtonStyle.PRIMARY if act is Act.PLAN else ButtonStyle.NORMAL
    label = f"{act.value.capitalize()} briefing request {request.id}"
    return ON.button(label, OnRequest(request.id, act), style=style)


def line_of(request: BriefingRequest, names: Mapping[int, str], units: Mapping[int, str]) -> str:
    """For whom it is, who asked, and how it stands."""
    unit, asker = units.get(request.unit_id or 0, NO_UNIT), names.get(request.asker_id, "somebody")
    return f"For {unit}, asked by {asker}. {_standing(request)}"


def _standing(request: BriefingRequest) -> str:
    if request.open:
        return "Being planned." if request.briefing_id else "Waiting."
    why = f": {request.outcome}" if request.outcome else "."
    return f"{request.state.value.capitalize()}{why}"


def asked_by_unit(requests: Iterable[BriefingRequest], units: Mapping[int, Unit]) -> Table:
    """What was asked for and what came of it, by Business Unit."""
    groups: dict[str, list[RequestState]] = {}
    for each in requests:
        unit = units.get(each.unit_id or 0)
        groups.setdefault(unit.name if unit else NO_UNIT, []).append(each.state)
    states = (RequestState.ANNOUNCED, RequestState.DECLINED, RequestState.ASKED)
    rows = tuple(
        (name, str(len(groups[name])), *(str(groups[name].count(state)) for state in states))
        for name in sorted(groups)
    )
    return Table(
        "Asked for by Business Unit", ("Business Unit", "Asked", "Announced", "Declined", "Waiting"), rows
    )
