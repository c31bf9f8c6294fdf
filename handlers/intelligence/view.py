"""The buttons, the forms and the cards of market-intelligence requests, and who sees and handles them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from handlers.contracts.words import day
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from storage.database import Store
from storage.intelligence import IntelligenceRequest, IntelligenceState
from storage.people import Person, Role

CAUSE = "intelligence"
READERS = (Role.BSP_COMMERCIAL, *LEADS)
_STAYS = "Provider assessments and market position statements stay with your Business Unit: don't ask for them here."


class Act(StrEnum):
    """What can be done with a request by a button; its words can be typed."""

    SHOW = "show"
    ACCEPT = "accept"
    ANSWER = "answer"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class AskIntelligence:
    """Ask for market intelligence, about a contract where one is named."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class OnRequest:
    """Do something with a request."""

    request_id: int
    act: Act = Act.SHOW


ASK = ClickAction("intelligence.ask", AskIntelligence)
ON = ClickAction("intelligence.act", OnRequest)
ASK_FORM = FormAction("intelligence.ask", AskIntelligence)
OUTCOME_FORM = FormAction("intelligence.outcome", OnRequest)


async def handlers_of(store: Store) -> list[Person]:
    """Who takes requests: BSP Commercial, or the SRM lead and the deputy while nobody has that role."""
    return await store.people.holding(Role.BSP_COMMERCIAL) or await store.people.holding(*LEADS)


def name_of(request: IntelligenceRequest) -> str:
    """How it is called in a sentence and on a button."""
    return f"intelligence request {request.id}"


def about(request: IntelligenceRequest) -> str:
    """The market, the contract, or both."""
    return "; ".join(each for each in (request.market, request.contract) if each)


def needed(request: IntelligenceRequest, today: date) -> str:
    """When it is needed, and whether that is past."""
    words = f"Needed by {day(request.needed_by)}"
    if not request.late_on(today):
        return words
    days = (today - request.needed_by).days
    return f"{words}, {days} day{'' if days == 1 else 's'} late"


def standing(request: IntelligenceRequest, names: Mapping[int, str]) -> str:
    """Where it stands, and through whom, inside a sentence."""
    who = names.get(request.handler_id or 0)
    return f"{request.state.value} by {who}" if who else request.state.value


def state_words(request: IntelligenceRequest, names: Mapping[int, str]) -> str:
    """The same at the beginning of one."""
    words = standing(request, names)
    return f"{words[:1].upper()}{words[1:]}"


def act_button(act: Act, request: IntelligenceRequest) -> Button:
    """A button for an act; its label can be typed at any time."""
    return ON.button(
        f"{act.value.capitalize()} {name_of(request)}",
        OnRequest(request.id, act),
        style=ButtonStyle.PRIMARY if act in (Act.ACCEPT, Act.ANSWER) else ButtonStyle.NORMAL,
        confirm="Withdraw it? BSP Commercial is told." if act is Act.WITHDRAW else None,
    )


def acts_of(turn: Turn, request: IntelligenceRequest, *, handles: bool) -> list[Act]:
    """What this person can do with a request now."""
    if not request.open:
        return []
    acts: list[Act] = []
    if handles:
        taken = request.state is IntelligenceState.ACCEPTED
        acts = [Act.ANSWER, Act.DECLINE] if taken else [Act.ACCEPT, Act.ANSWER, Act.DECLINE]
    return [*acts, Act.WITHDRAW] if request.asker_id == turn.person_id else acts


def card(
    first: str, request: IntelligenceRequest, names: Mapping[int, str], today: date, *buttons: Button
) -> Message:
    """A request with all that is known of it."""
    facts = [
        Fact("Asked by", spans(names.get(request.asker_id, "Somebody who has left"))),
        Fact("About", spans(about(request))),
        Fact("What is asked", spans(request.question)),
        Fact("When", spans(needed(request, today))),
        Fact("Status", spans(state_words(request, names))),
    ]
    if request.outcome:
        declined = request.state is IntelligenceState.DECLINED
        facts.append(Fact("Reason" if declined else "Answer", spans(request.outcome)))
    blocks: list[Block] = [Text(spans([bold(first)])), Facts(tuple(facts))]
    return Message(first, (*blocks, *([Buttons(buttons, "Next")] if buttons else [])))


def ask_form(params: AskIntelligence) -> Form:
    """What is asked, about which contract or market, and by when."""
    return Form(
        ASK_FORM.name,
        "Ask for market intelligence",
        (
            Field(
                "contract",
                "Contract",
                Kind.CONTRACT,
                required=False,
                initial=params.reference,
                help="Its reference or name. BSP Commercial will see both. Or name a market below.",
            ),
            Field(
                "market",
                "Market",
                required=False,
                longest=150,
                help="Such as home care in the north of the county",
            ),
            Field("question", "What you want to know", Kind.LONG_TEXT, longest=1500, help=_STAYS),
            Field("needed_by", "Needed by", Kind.DATE, help="The day on which you have to decide something"),
        ),
        submit="Send to BSP Commercial",
        params=ASK_FORM.carried(params),
    )


def outcome_form(params: OnRequest, request: IntelligenceRequest) -> Form:
    """The answer, or why there is none."""
    if params.act is Act.DECLINE:
        words = Field("outcome", "Why, and what to do instead", Kind.LONG_TEXT, longest=1000)
    else:
        words = Field("outcome", "Answer", Kind.LONG_TEXT, longest=3000, help="You can put in links")
    return Form(
        OUTCOME_FORM.name,
        f"{params.act.value.capitalize()} {name_of(request)}",
        (words,),
        submit="Send to who asked",
        params=OUTCOME_FORM.carried(params),
    )


def no_such() -> Message:
    """Told where there is no such request among those that the person may see."""
    return say(
        "I can't find that intelligence request among those you may see. "
        "Type 'my intelligence requests' for yours."
    )
