"""What a handover's buttons and forms carry, whose turn it is, and what each side is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.contracts.finding import ShowContract
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.message import Block, Buttons, Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.turn import Turn
from storage.contracts import Contract
from storage.database import Store
from storage.handovers import Handover, HandoverState
from storage.reminders import PersonalReminder


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hand a contract over. `was` is its manager when the form was opened."""

    reference: str
    was: int | None = None


@dataclass(frozen=True, slots=True)
class OneHandover:
    """One handover by its id."""

    handover_id: int


START = ClickAction("handover.start", ShowContract)
START_FORM = FormAction("handover.start.form", HandOver)
FILL = ClickAction("handover.fill", OneHandover)
FILL_FORM = FormAction("handover.fill.form", OneHandover)
CONFIRM = ClickAction("handover.confirm", OneHandover)
CONFIRM_FORM = FormAction("handover.confirm.form", OneHandover)


async def waiting(
    turn: Turn, store: Store, params: OneHandover, state: HandoverState
) -> tuple[Handover, Contract] | Reply:
    """A handover whose turn it is, for the one whose turn it is."""
    handover = await store.handovers.get(params.handover_id)
    contract = await store.contracts.get(handover.contract_id) if handover else None
    asked = handover and (handover.from_id if state is HandoverState.OUTGOING else handover.to_id)
    if handover is None or contract is None or turn.person_id is None or turn.person_id != asked:
        return reply(say("That handover is not waiting for you. Nothing was changed. Type 'handovers'."))
    if handover.state is not state or contract.manager_id != handover.from_id:
        return reply(say(f"The handover of {contract.reference} has gone on meanwhile. Nothing was changed."))
    return handover, contract


def to_fill(
    handover: Handover, contract: Contract, taker: str, reminders: Sequence[PersonalReminder] = ()
) -> Message:
    """Asks the manager who goes. `reminders`: their own that name the contract, which go over with it."""
    lines = [
        f"{contract.reference} {contract.title} goes to {taker}. Fill in the checklist: nothing gets lost."
    ]
    if handover.missing:
        lines.append(f"{taker} still needs: {handover.missing}")
    if reminders:
        theirs = "; ".join(f"reminder {each.id}, “{each.text}”" for each in reminders)
        lines.append(
            f"Your own reminders that name {contract.reference} go to {taker} too: {theirs}. "
            f"Type 'cancel reminder {reminders[0].id}' to keep one back."
        )
    button = FILL.button(f"Fill in for {contract.reference}", OneHandover(handover.id))
    return say(*lines, buttons=[button], label="Next")


def to_confirm(handover: Handover, contract: Contract) -> Message:
    """Asks the manager who comes."""
    title = f"You are to take on {contract.reference} {contract.title} ({contract.supplier})."
    facts = tuple(Fact(name, spans(value)) for name, value in handover.answers.items())
    button = CONFIRM.button(f"Confirm {contract.reference}", OneHandover(handover.id))
    blocks: list[Block] = [Text(spans([bold(title)])), Text(spans(f"Why: {handover.why}"))]
    if facts:
        blocks.append(Facts(facts))
    return Message(title, (*blocks, Buttons((button,), "Next")))


def said(text: str, notice: Notice) -> Reply:
    """Words for this person, and a message to the other side."""
    return Reply(messages=(say(text),), private=True, notices=(notice,))
