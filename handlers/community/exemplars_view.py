"""The buttons, the form and the messages of exemplar practices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from handlers.community.view import day_words
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import (
    Button,
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Text,
    bold,
    spans,
)
from handlers.experts.policy import WORKSTREAMS
from handlers.experts.view import workstream_options
from storage.contracts import Stage, Tier
from storage.exemplars import Exemplar, ExemplarState

MONTHS = "exemplar months"
DEFAULT_MONTHS = 12
# Chosen for a tier or a stage: the practice holds for every one.
_ANY = "any"


class Act(StrEnum):
    """What can be done with an exemplar by a button."""

    SHOW = "show"
    PUBLISH = "publish"
    SEND_BACK = "send back"
    CHANGE = "change"
    RENEW = "renew"
    WITHDRAW = "withdraw"
    THANK = "thank for"


@dataclass(frozen=True, slots=True)
class WriteUp:
    """Write an exemplar: a new one, from a suggestion, or one that was sent back."""

    exemplar_id: int | None = None
    suggestion_id: int | None = None


@dataclass(frozen=True, slots=True)
class OnExemplar:
    """Do something with an exemplar."""

    exemplar_id: int
    act: Act = Act.SHOW


WRITE = ClickAction("exemplars.write", WriteUp)
WRITE_FORM = FormAction("exemplars.write", WriteUp)
ON = ClickAction("exemplars.act", OnExemplar)
REASON_FORM = FormAction("exemplars.reason", OnExemplar)

STATE_LABELS = {
    ExemplarState.SUBMITTED: "waiting to be checked",
    ExemplarState.RETURNED: "sent back to you",
    ExemplarState.PUBLISHED: "published",
    ExemplarState.WITHDRAWN: "taken down",
}
_WITHDRAW = "Take exemplar {} down? Nobody can read it any more."


def act_button(act: Act, exemplar: Exemplar) -> Button:
    """A button for an act; its label can be typed at any time."""
    return ON.button(
        f"{act.value.capitalize()} exemplar {exemplar.id}",
        OnExemplar(exemplar.id, act),
        style=ButtonStyle.PRIMARY if act is Act.PUBLISH else ButtonStyle.NORMAL,
        confirm=_WITHDRAW.format(exemplar.id) if act is Act.WITHDRAW else None,
    )


def tags(exemplar: Exemplar) -> str:
    """Workstream, tier and stage in a line."""
    tier = f"{exemplar.tier.value} contracts" if exemplar.tier else "every tier"
    stage = f"{exemplar.stage.value} stage" if exemplar.stage else "every stage"
    return f"{WORKSTREAMS.get(exemplar.workstream, exemplar.workstream)}; {tier}; {stage}"


def card(exemplar: Exemplar, author: str, *acts: Act, contract: bool = False, thanked: int = 0) -> Message:
    """An exemplar with what can be done with it; the contract only for those who check it, and its author."""
    facts = [
        Fact("What was done", spans(exemplar.done)),
        Fact("Result", spans(exemplar.result)),
        Fact("For", spans(tags(exemplar))),
        Fact("By", spans(author)),
    ]
    if contract and exemplar.contract:
        facts.append(Fact("Contract", spans(exemplar.contract)))
    if exemplar.state is ExemplarState.PUBLISHED and exemplar.expires:
        facts.append(Fact("Shown until", spans(day_words(exemplar.expires))))
    else:
        facts.append(Fact("Status", spans(STATE_LABELS[exemplar.state])))
    if thanked:
        facts.append(Fact("Thanked", spans("once" if thanked == 1 else f"{thanked} times")))
    title = f"Exemplar {exemplar.id}: {exemplar.title}"
    blocks = (Text(spans([bold(title)])), Facts(tuple(facts)))
    buttons = tuple(act_button(each, exemplar) for each in acts)
    return Message(title, (*blocks, Buttons(buttons, "Next")) if buttons else blocks)


def write_form(params: WriteUp, exemplar: Exemplar | None, text: str) -> Form:
    """What was done, with what result, and whom it is for."""
    any_tier, any_stage = Option(_ANY, "Every tier"), Option(_ANY, "Every stage")
    found = exemplar
    return Form(
        WRITE_FORM.name,
        "An exemplar practice",
        (
            Field("title", "Title", initial=found.title if found else "", longest=150),
            Field("done", "What was done", Kind.LONG_TEXT, initial=found.done if found else text),
            Field(
                "result",
                "Result",
                Kind.LONG_TEXT,
                initial=found.result if found else "",
                help="With numbers where there are any",
            ),
            Field(
                "workstream",
                "Workstream",
                Kind.ONE_OF,
                options=workstream_options(),
                initial=found.workstream if found else "",
            ),
            Field(
                "tier",
                "Tier of contract it suits",
                Kind.ONE_OF,
                options=(any_tier, *(Option(each.value, each.value) for each in Tier)),
                initial=found.tier.value if found and found.tier else _ANY,
            ),
            Field(
                "stage",
                "Lifecycle stage it suits",
                Kind.ONE_OF,
                options=(any_stage, *(Option(each.value, each.value.capitalize()) for each in Stage)),
                initial=found.stage.value if found and found.stage else _ANY,
            ),
            Field(
                "contract",
                "Contract it comes from",
                Kind.CONTRACT,
                required=False,
                initial=found.contract if found else "",
                help="Seen only by you and by who checks it",
            ),
            Field(
                "checked",
                "Is it free of what a supplier told you in confidence, prices and personal details?",
                Kind.YES_NO,
            ),
        ),
        submit="Send to be checked",
        params=WRITE_FORM.carried(params),
    )


def tier_of(value: str) -> Tier | None:
    """The tier that was chosen, None for every one."""
    return None if value == _ANY else Tier(value)


def stage_of(value: str) -> Stage | None:
    """The stage that was chosen, None for every one."""
    return None if value == _ANY else Stage(value)
