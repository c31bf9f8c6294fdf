"""A new date for what has been seen to on a contract: its review, its insurance evidence, its continuity test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from handlers.contracts import words
from handlers.contracts.finding import run
from handlers.contracts.people import REFERENCE, REGISTER_TOO
from handlers.conversation.acts import ClickAction, Command, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.database import Store


class Which(StrEnum):
    """Which of a contract's dates; the value stands in the subjects of reminders."""

    REVIEW = "review"
    INSURANCE = "insurance"
    CONTINUITY = "continuity"
    END = "end"

    @property
    def field(self) -> str:
        """Where the contract keeps it."""
        return {
            "review": "review_date",
            "insurance": "insurance_ends",
            "continuity": "continuity_test",
            "end": "ends",
        }[self]

    @property
    def label(self) -> str:
        """The date inside a sentence."""
        return {
            "review": "next review",
            "insurance": "end of the insurance evidence",
            "continuity": "next continuity test",
            "end": "end of the contract",
        }[self]


@dataclass(frozen=True, slots=True)
class ContractDate:
    """One of a contract's dates."""

    reference: str
    which: Which


NEW_DATE = ClickAction("contracts.new_date", ContractDate)
NEW_DATE_FORM = FormAction("contracts.new_date.form", ContractDate)


def register(router: Router) -> None:
    """Giving a new date, by a button or typed."""
    router.on_command(
        Command(
            "new contract date",
            "new review date for CMA-2015",
            "Say that a contract was reviewed, its insurance renewed or its continuity plan tested, and when next",
            (rf"new (?P<which>review|insurance|continuity|end)(?: test)?(?: date)? (?:for|of) {REFERENCE}",),
        ),
        typed,
    )
    router.on_click(NEW_DATE, open_form)
    router.on_form(NEW_DATE_FORM, keep, build)


async def typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`new review date for CMA-2015`."""
    return await open_form(turn, store, ContractDate(args["reference"].upper(), Which(args["which"])))


async def open_form(turn: Turn, store: Store, params: ContractDate) -> Reply:
    """Ask for the date and the reason."""
    form = await build(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, store: Store, params: ContractDate) -> Form | Reply:
    """The form, for those who run the contract."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    day: date | None = getattr(found.contract, params.which.field)
    now = f"It is {words.day(day)} now, which stays in the audit trail. " if day else ""
    return Form(
        NEW_DATE_FORM.name,
        f"New date for {found.contract.reference}",
        (
            Field("day", f"{params.which.label[:1].upper()}{params.which.label[1:]}", Kind.DATE, help=now),
            Field("reason", "What was done, or why it moves", Kind.LONG_TEXT, longest=500),
        ),
        submit="Save",
        params=NEW_DATE_FORM.carried(params),
    )


async def keep(turn: Turn, store: Store, params: ContractDate, values: Mapping[str, str]) -> Reply:
    """Put the new date in force; the one before and the reason stay in the audit trail."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    contract = await store.contracts.locked(params.reference)
    assert contract is not None, "it was found just now"
    day = date.fromisoformat(values["day"])
    if day <= turn.today:
        return Reply(errors={"day": "Enter a date after today"})
    before: date | None = getattr(contract, params.which.field)
    setattr(contract, params.which.field, day)
    # The notice date and the extension decision follow from the end.
    changed = (params.which, "notice", "extension") if params.which is Which.END else (params.which,)
    if turn.person_id is not None:
        for word in changed:
            await store.reminders.wake(turn.person_id, f"contract:{contract.reference}:{word}")
    store.audit.record(
        turn.received_at,
        "new contract date",
        contract.reference,
        person_id=turn.person_id,
        which=params.which.value,
        before=before.isoformat() if before else None,
        after=day.isoformat(),
        reason=values["reason"],
    )
    was = f" It was {words.day(before)}." if before else ""
    if params.which is Which.END:
        was = f"{was} The dates for notice and extension follow from it."
    return private(
        say(f"{contract.reference}: {params.which.label} on {words.day(day)}.{was} {REGISTER_TOO}")
    )
