"""One contract's card: who it is with, who looks after it, its dates, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from handlers.assess.showing import due_dates, due_label
from handlers.contracts import words
from handlers.contracts.finding import Held, ShowContract, held
from handlers.conversation.message import Block, Button, Buttons, Fact, Facts, Message, Text, bold, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.turn import Turn
from storage.contracts import Contract
from storage.database import Store
from storage.followups import FollowUp

# What a room adds to the card: buttons for what this person can do with this contract.
Offer = Callable[[Turn, Held], Sequence[Button]]


class Card:
    """Shows a contract with what the other rooms offer for it."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._offers = offers

    async def show(self, turn: Turn, store: Store, params: ShowContract) -> Reply:
        """One contract's card, for those who may see it."""
        found = await held(turn, store, params.reference)
        if isinstance(found, Reply):
            return found
        facts = await _record(turn, store, found)
        # What follows from a self-assessment is not for everybody who may see the contract.
        if found.worked_by(turn):
            facts += await _work(store, found.contract)
        title = f"{found.contract.reference}: {found.contract.title}"
        blocks: list[Block] = [
            Text(spans([bold(title)])),
            Facts(tuple(Fact(name, spans(value)) for name, value in facts)),
        ]
        buttons = tuple(button for offer in self._offers for button in offer(turn, found))
        if buttons:
            blocks.append(Buttons(buttons, f"What you can do with {found.contract.reference}"))
        return private(Message(title, tuple(blocks)))


async def _record(turn: Turn, store: Store, found: Held) -> list[tuple[str, str]]:
    contract = found.contract
    people = {each.id: each for each in await store.people.everyone()}
    unit = found.units.get(contract.unit_id)
    due = (await due_dates(store, [contract], turn.today))[contract.id]
    money = f"£{contract.annual_value:,.0f} a year" if contract.annual_value is not None else "Not on record"
    facts = [
        ("Supplier", contract.supplier),
        ("Business Unit or Service Area", unit.name if unit else "Not on record"),
        ("Tier", contract.tier or "Not set"),
        ("High risk", "Yes" if contract.high_risk else "No"),
        ("Lifecycle stage", (contract.stage or "not set").capitalize()),
        ("Value", money),
        ("Contract manager", words.person(contract.manager_id, people)),
        ("Deputy", words.person(contract.deputy_id, people)),
        ("Senior Responsible Officer", words.person(contract.sro_id, people)),
        ("Starts", words.day(contract.starts)),
        ("Notice", _notice(contract, turn.today)),
        ("Ends", words.day(contract.ends)),
        ("Possible extension", _extension(contract)),
        ("Next review", words.day(contract.review_date)),
        ("Next self-assessment due", due_label(due, turn.today)),
    ]
    if contract.notes:
        facts.append(("Notes", contract.notes))
    return facts


async def _work(store: Store, contract: Contract) -> list[tuple[str, str]]:
    """When it was last assessed, and what is open on it."""
    assessed = await store.assessments.of_contract(contract.id)
    last = max((each.submitted_at for each in assessed if each.submitted_at), default=None)
    unfinished = [each for each in await store.reviews.of_contract(contract.id) if each.unfinished]
    reviewed = {each.follow_up_id: each.id for each in unfinished}
    follow_ups = await store.followups.open_for(contract.id)
    agreed = await store.reviews.open_activities([contract.id])
    return [
        ("Last self-assessment", words.day(last.date()) if last else "None yet"),
        (
            "Open follow-ups",
            "; ".join(_follow_up(each, reviewed.get(each.id)) for each in follow_ups) or "None",
        ),
        ("Open reviews", "; ".join(each.line for each in unfinished) or "None"),
        (
            "Agreed activities",
            "; ".join(f"{each.text} (by {each.month.label})" for each in agreed) or "None open",
        ),
    ]


def _follow_up(follow_up: FollowUp, review: int | None) -> str:
    """One follow-up in a line: what asked for it, by when, where it is seen to, and what was noted since."""
    line = f"{follow_up.rule}, due by {words.day(follow_up.due)}"
    line += f", review {review}" if review is not None else ""
    notes = follow_up.note.splitlines()
    return ". ".join([line, *(each.rstrip(".") for each in notes)])


def _notice(contract: Contract, today: date) -> str:
    period = words.months(contract.notice_months)
    if contract.notice_by is None:
        return period
    passed = ", passed" if contract.notice_by < today else ""
    return f"{period}: give it by {words.day(contract.notice_by)}{passed}"


def _extension(contract: Contract) -> str:
    if contract.extension_months == 0:
        return "None"
    return words.months(contract.extension_months)
