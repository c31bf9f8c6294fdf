"""Decisions: the Business Unit says whether to change the contract or to wait for the next one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from handlers.contracts import words
from handlers.contracts.finding import visible
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import Message as ChatMessage
from handlers.conversation.message import Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.turn import Turn
from handlers.reviews.recording import follow
from handlers.reviews.view import DECIDE_FORM, OneReview, Opened, changing
from storage.contracts import business_unit_of, csmg_member_of
from storage.database import Store
from storage.followups import FollowUpState
from storage.months import Month, months_after
from storage.people import Person
from storage.reviews import COMES_BACK_MONTHS, Choice, Decision, ReviewState

# A change is hardly worth its trouble where the contract ends within this time.
_ENDS_SOON_MONTHS = 3


async def open_deciding(turn: Turn, store: Store, params: OneReview) -> Reply:
    """Ask for the decision."""
    found = await deciding(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def deciding(turn: Turn, store: Store, params: OneReview) -> Form | Reply:
    """The form for a decision; near its end a contract suggests the next one."""
    found = await changing(turn, store, params.review_id, ReviewState.DECISION)
    if isinstance(found, Reply):
        return found
    ends = found.contract.ends
    soon = ends is not None and months_after(ends, -_ENDS_SOON_MONTHS) <= turn.today
    hint = f"The contract ends on {words.day(ends)}, so the next contract is suggested." if soon else ""
    fields = (
        Field(
            "choice",
            "Decision",
            Kind.ONE_OF,
            options=(
                Option(Choice.CONTRACT_CHANGE.value, "Contract change", "Raise it with the supplier now"),
                Option(Choice.NEXT_CONTRACT.value, "Next contract", "Feed it into the next contract"),
            ),
            initial=Choice.NEXT_CONTRACT.value if soon else "",
            help=hint,
        ),
        Field("reason", "Reason", Kind.LONG_TEXT, longest=1000),
        Field(
            "maker",
            "Who decided",
            Kind.PERSON,
            help="Somebody in the Business Unit with the right under its scheme of delegation. CSMG only advises.",
        ),
        Field("decided_on", "Day of the decision", Kind.DATE, initial=turn.today.isoformat(), past=True),
        Field("next_step", "Month of the next step", Kind.MONTH),
    )
    return Form(DECIDE_FORM.name, "Decision", fields, submit="Record", params=DECIDE_FORM.carried(params))


async def decide(turn: Turn, store: Store, params: OneReview, values: Mapping[str, str]) -> Reply:
    """Keep the decision, and finish the review and its follow-up."""
    found = await changing(turn, store, params.review_id, ReviewState.DECISION)
    if isinstance(found, Reply):
        return found
    maker = await store.people.by_email(values["maker"])
    decided_on = date.fromisoformat(values["decided_on"])
    problem = _problem(maker, found)
    if maker is None or problem:
        return Reply(errors={"maker": problem})
    if decided_on > turn.today:
        return Reply(errors={"decided_on": "Enter today or an earlier day"})
    assert turn.person is not None, "only somebody known leads a Business Unit"
    review, contract = found.review, found.contract
    decision = Decision(
        review_id=review.id,
        contract_id=contract.id,
        topic=review.topic,
        choice=Choice(values["choice"]),
        reason=values["reason"],
        maker_id=maker.id,
        decided_on=decided_on,
        next_step=Month.parse(values["next_step"]),
        recorded_by=turn.person.id,
        recorded_at=turn.received_at,
    )
    await store.reviews.add(decision)
    review.state = ReviewState.DONE
    await follow(store, review, FollowUpState.DONE, turn)
    store.audit.record(
        turn.received_at,
        "record decision",
        contract.reference,
        person_id=turn.person_id,
        choice=decision.choice.value,
        maker=maker.id,
    )
    return private(
        say(
            f"Recorded for {contract.reference}: {decision.choice.label}, decided by {maker.name} "
            f"on {words.day(decided_on)}.",
            _what_next(decision, found),
        )
    )


def _problem(maker: Person | None, found: Opened) -> str:
    units = found.held.units
    if maker is None or not maker.active:
        return "Name somebody who is in the directory and has not left"
    theirs = business_unit_of(maker.unit_id, units) if maker.unit_id else None
    ours = business_unit_of(found.contract.unit_id, units)
    if ours is None or theirs is None or theirs.id != ours.id:
        where = ours.name if ours else "the contract's Business Unit"
        return f"{maker.name} is not in {where}. Name who decides there."
    if maker.id == csmg_member_of(found.contract.unit_id, units):
        return f"{maker.name} is the CSMG member, and CSMG only advises. Name who decides in {ours.name}."
    return ""


def _what_next(decision: Decision, found: Opened) -> str:
    if decision.choice is Choice.CONTRACT_CHANGE:
        return f"Next step by the end of {decision.next_step.label}: raise the change with the supplier."
    comes_back = decision.comes_back(found.contract)
    if comes_back is None:
        return (
            "The register has no end date for this contract, so I can't bring this back in time. "
            "Have the date put right in the CMA."
        )
    return (
        f"I bring it back on {words.day(comes_back)}, "
        f"{COMES_BACK_MONTHS} months before the contract ends or as soon as that has passed."
    )


async def decisions(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What was decided on the contracts that this person may see, the newest first."""
    contracts = {each.id: each for each in await visible(turn, store)}
    found = await store.reviews.decisions_of(list(contracts))
    if not found:
        return private(say("No decision is recorded on the contracts you may see."))
    names = await store.people.named(each.maker_id for each in found)
    rows = tuple(
        (
            contracts[each.contract_id].reference,
            each.topic.label,
            each.choice.label.capitalize(),
            each.reason,
            f"{names.get(each.maker_id, 'Not on record')}, {words.day(each.decided_on)}",
            words.day(each.comes_back(contracts[each.contract_id]))
            if each.choice is Choice.NEXT_CONTRACT
            else each.next_step.label,
        )
        for each in found
    )
    title = f"Decisions: {len(found)}"
    return private(
        ChatMessage(
            f"{title}.",
            (
                Text(spans([bold(f"{title}. "), "The Business Unit decides; CSMG advises."])),
                Table(title, ("Contract", "Review", "Decision", "Reason", "Decided", "Next"), rows),
            ),
        )
    )
