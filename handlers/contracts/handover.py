"""Handover: the manager who goes fills in the checklist, the one who comes confirms it, and the contract goes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.contracts.checklist import answered, fields_of
from handlers.contracts.finding import Held, ShowContract, run
from handlers.contracts.handover_list import handovers
from handlers.contracts.handover_view import (
    CONFIRM,
    CONFIRM_FORM,
    FILL,
    FILL_FORM,
    START,
    START_FORM,
    HandOver,
    OneHandover,
    said,
    to_confirm,
    to_fill,
    waiting,
)
from handlers.contracts.people import REFERENCE, REGISTER_TOO
from handlers.conversation.acts import Command
from handlers.conversation.form import Field, Form, Kind, When
from handlers.conversation.message import Button, say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from knowledge.lifecycle import lifecycle
from storage.contracts import Contract
from storage.database import Store
from storage.handovers import Handover, HandoverState


def register(router: Router) -> None:
    """Starting a handover, its two forms, and the list of those under way."""
    router.on_command(
        Command(
            "hand over",
            "hand over CMA-2031",
            "Hand a contract over to its next manager",
            (rf"hand ?over {REFERENCE}",),
            skill="handovers",
            naming=rf"\b{REFERENCE}\b",
        ),
        start_typed,
    )
    router.on_command(
        Command(
            "handovers",
            "handovers",
            "See the handovers that are under way",
            (r"(?:show |list )?(?:my |the |open )?handovers",),
            skill="handovers",
        ),
        handovers,
    )
    router.on_click(START, open_start)
    router.on_form(START_FORM, started, starting)
    router.on_click(FILL, open_fill)
    router.on_form(FILL_FORM, filled, filling)
    router.on_click(CONFIRM, open_confirm)
    router.on_form(CONFIRM_FORM, confirmed, confirming)


def offers(turn: Turn, found: Held) -> Sequence[Button]:
    """A button on a contract's card."""
    if not (found.run_by(turn) or found.led_by(turn)):
        return ()
    return (START.button("Hand over", ShowContract(found.contract.reference)),)


async def start_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Open the form from typed words."""
    return await open_start(turn, store, ShowContract(args["reference"]))


async def open_start(turn: Turn, store: Store, params: ShowContract) -> Reply:
    """Ask who takes the contract over."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    form = await starting(turn, store, HandOver(found.contract.reference, found.contract.manager_id))
    return form if isinstance(form, Reply) else Reply(form=form)


async def starting(turn: Turn, store: Store, params: HandOver) -> Form | Reply:
    """The form for who takes over, unless a handover is under way."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    contract = found.contract
    if contract.manager_id != params.was or await store.handovers.under_way(contract.id):
        return reply(
            say(
                f"{contract.reference} is being handed over, or has been. Nothing was changed. Type 'handovers'."
            )
        )
    return Form(
        START_FORM.name,
        f"Hand over {contract.reference}",
        (
            Field("to", "Who takes it over", Kind.PERSON),
            Field("why", "Why it changes hands", Kind.SHORT_TEXT, longest=200),
        ),
        submit="Start",
        params=START_FORM.carried(params),
    )


async def started(turn: Turn, store: Store, params: HandOver, values: Mapping[str, str]) -> Reply:
    """Begin with the manager who goes, or with the one who comes where nobody is there to hand over."""
    found = await run(turn, store, params.reference)
    taker = await store.people.by_email(values["to"])
    if isinstance(found, Reply):
        return found
    contract = found.contract
    if taker is None or not taker.active or taker.id == contract.manager_id:
        return Reply(errors={"to": "Name somebody else, who is in the directory and has not left"})
    assert turn.person is not None, "only somebody known runs a contract"
    giver = await store.people.profile(contract.manager_id) if contract.manager_id else None
    reminders = await store.handovers.reminders_about(contract, contract.manager_id)
    present = giver is not None and giver.person.active
    handover = Handover(
        contract_id=contract.id,
        to_id=taker.id,
        why=values["why"],
        started_at=turn.received_at,
        started_by=turn.person.id,
        state=HandoverState.OUTGOING if present else HandoverState.INCOMING,
        from_id=contract.manager_id,
    )
    await store.handovers.add(handover)
    store.audit.record(
        turn.received_at, "start handover", contract.reference, person_id=turn.person_id, to=taker.id
    )
    if giver is None or not present:
        told = Notice(
            f"handover:{handover.id}:confirm:0", taker.id, to_confirm(handover, contract), "handover"
        )
        return said(
            f"The manager before is not there to hand over, so {taker.name} is asked to take it on.", told
        )
    if giver.person.id == turn.person_id:
        return private(to_fill(handover, contract, taker.name, reminders))
    told = Notice(
        f"handover:{handover.id}:fill:0",
        giver.person.id,
        to_fill(handover, contract, taker.name, reminders),
        "handover",
    )
    return said(
        f"{giver.person.name} is asked to fill in the checklist, then {taker.name} confirms it.", told
    )


async def open_fill(turn: Turn, store: Store, params: OneHandover) -> Reply:
    """Ask the manager who goes."""
    found = await filling(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def filling(turn: Turn, store: Store, params: OneHandover) -> Form | Reply:
    """The checklist, for the manager who goes or who leads the Business Unit."""
    found = await waiting(turn, store, params, HandoverState.OUTGOING)
    if isinstance(found, Reply):
        return found
    handover, contract = found
    asked = tuple(
        Field(
            each.name,
            each.label,
            each.kind,
            longest=each.longest,
            initial={"Yes": "yes", "No": "no"}.get(before, before) if before else "",
        )
        for each in fields_of(lifecycle().handover, contract)
        for before in (handover.answers.get(each.label, ""),)
    )
    return Form(
        FILL_FORM.name,
        f"Handover {contract.reference}",
        asked,
        submit="Hand over",
        params=FILL_FORM.carried(params),
        intro=f"Still missing for the next manager: {handover.missing}" if handover.missing else "",
    )


async def filled(turn: Turn, store: Store, params: OneHandover, values: Mapping[str, str]) -> Reply:
    """Keep the checklist and ask the manager who comes."""
    found = await waiting(turn, store, params, HandoverState.OUTGOING)
    if isinstance(found, Reply):
        return found
    handover, contract = found
    handover.answers = answered(fields_of(lifecycle().handover, contract), values)
    handover.state = HandoverState.INCOMING
    key = f"handover:{handover.id}:confirm:{turn.inbound.account.platform}:{turn.inbound.key}"
    told = Notice(key, handover.to_id, to_confirm(handover, contract), "handover")
    names = await store.people.named([handover.to_id])
    return said(f"Kept. {names.get(handover.to_id, 'The next manager')} is asked to confirm it.", told)


async def open_confirm(turn: Turn, store: Store, params: OneHandover) -> Reply:
    """Ask the manager who comes."""
    found = await confirming(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def confirming(turn: Turn, store: Store, params: OneHandover) -> Form | Reply:
    """Whether everything is there."""
    found = await waiting(turn, store, params, HandoverState.INCOMING)
    if isinstance(found, Reply):
        return found
    handover, contract = found
    asked = "Have you got what you need?" if handover.answers else "Do you take the contract on?"
    complete = Field("complete", asked, Kind.YES_NO)
    missing = Field(
        "missing", "What is missing", Kind.LONG_TEXT, longest=500, when=(When("complete", ("no",)),)
    )
    return Form(
        CONFIRM_FORM.name,
        f"Take on {contract.reference}",
        # Where nobody was there to hand over, there is nobody to ask for more.
        (complete, missing) if handover.answers else (complete,),
        submit="Confirm",
        params=CONFIRM_FORM.carried(params),
    )


async def confirmed(turn: Turn, store: Store, params: OneHandover, values: Mapping[str, str]) -> Reply:
    """Give the contract to the manager who comes, or ask the one before for what is missing."""
    found = await waiting(turn, store, params, HandoverState.INCOMING)
    if isinstance(found, Reply):
        return found
    handover, contract = found
    if values["complete"] != "yes":
        return await _back(turn, store, handover, contract, values.get("missing", ""))
    handover.state, handover.finished_at = HandoverState.DONE, turn.received_at
    moved = await store.handovers.change_manager(contract, handover.to_id, turn.received_at, handover.why)
    store.audit.record(turn.received_at, "finish handover", contract.reference, person_id=turn.person_id)
    names = await store.people.named([handover.to_id])
    lines = [
        f"{names.get(handover.to_id)} is the contract manager of {contract.reference} {contract.title} now."
    ]
    if moved:
        lines.append(
            f"Agreed activities, follow-ups and reminders that went over: {moved}. "
            "Type 'activities', 'follow-ups' or 'my reminders'."
        )
    told = [
        Notice(f"handover:{handover.id}:done:{each}", each, say(lines[0]), "handover")
        for each in {handover.from_id, handover.started_by} - {None, turn.person_id}
        if each is not None
    ]
    return Reply(messages=(say(*lines, REGISTER_TOO),), private=True, notices=tuple(told))


async def _back(turn: Turn, store: Store, handover: Handover, contract: Contract, missing: str) -> Reply:
    if not handover.answers or handover.from_id is None:
        handover.state, handover.finished_at = HandoverState.CANCELLED, turn.received_at
        told = Notice(
            f"handover:{handover.id}:refused",
            handover.started_by,
            say(
                f"{contract.reference} was not taken on. Type 'hand over {contract.reference}' to name somebody else."
            ),
            "handover",
        )
        return said("You do not take it on, and the person who asked is told. Nothing was changed.", told)
    handover.state, handover.missing = HandoverState.OUTGOING, missing
    names = await store.people.named([handover.to_id])
    key = f"handover:{handover.id}:fill:{turn.inbound.account.platform}:{turn.inbound.key}"
    message = to_fill(handover, contract, names.get(handover.to_id, "The next manager"))
    return said(
        "The manager before is asked for what is missing. The contract stays there until you confirm.",
        Notice(key, handover.from_id, message, "handover"),
    )
