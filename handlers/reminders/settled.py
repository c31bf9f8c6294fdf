"""What settling things needs beside its forms: where each kind is settled, and what is written down."""

from __future__ import annotations

from datetime import date

from handlers.contracts import ContractDate, Which
from handlers.conversation.acts import FormAction
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.turn import Turn
from handlers.reminders.items import Item
from handlers.reminders.naming import name_of
from handlers.reminders.outlook import Waiting
from storage.database import Store
from storage.item_lines import ItemLine, Said
from storage.people import Person, Role
from storage.rules import Kind as About

DONE_FORM = FormAction("things.done", Item)
PROGRESS_FORM = FormAction("things.progress", Item)
DATE_FORM = FormAction("things.date", Item)
PASS_FORM = FormAction("things.pass_on", Item)
# What nothing else in Covenant records: a line settles it until its date is another.
SETTLED_HERE = frozenset(
    {About.CONTRACT_NOTICE, About.CONTRACT_EXTENSION, About.CONTRACT_END, About.DECISION}
)
CONTRACT_DATES = {
    About.CONTRACT_REVIEW: Which.REVIEW,
    About.CONTRACT_INSURANCE: Which.INSURANCE,
    About.CONTRACT_CONTINUITY: Which.CONTINUITY,
    # These three follow from one date of the register.
    About.CONTRACT_NOTICE: Which.END,
    About.CONTRACT_EXTENSION: Which.END,
    About.CONTRACT_END: Which.END,
}
WHEN_DONE = {
    About.CONTRACT_SCORECARD: "A scorecard is up to date once its ratings are recorded.",
    About.CONTRACT_SRO: "This is done once a Senior Responsible Officer is named.",
    About.CONTRACT_PEOPLE: "This is done once a contract manager and a deputy are named.",
    About.ASSESSMENT: "A self-assessment is done once its answers are sent.",
    About.FOLLOWUP: "This is done once it is recorded what came of it.",
    About.DECISION_WANTED: "This is done once the decision is recorded.",
    About.ACTIVITY: "Mark the activity as done.",
    About.ARTICLE: "This is done once the article is marked as reviewed.",
    About.EXPERT: "This is done once the answer is sent.",
}
OF_FORMS = (
    "A form is settled by sending it or by throwing it away, and it can't be kept for longer. "
    "You can snooze its reminder."
)
STATES = (Option("In progress", "In progress"), Option("Blocked", "Blocked"))
LEADS = (Role.SRM_LEAD, Role.SRM_DEPUTY)


def contract_date_of(found: Waiting) -> ContractDate:
    """Which date of the register this thing goes by."""
    return ContractDate(found.subject.split(":")[1], CONTRACT_DATES[found.kind])


def date_form(found: Waiting) -> Form:
    """Asks for a new date; for what has none, by when it is expected."""
    item = Item(found.subject)
    dated = found.due is not None
    help_ = f"At first it was {day_words(found.first)}, which is kept beside it." if dated else found.what
    fields = (
        Field("day", "New date" if dated else "Expected by", Kind.DATE, help=help_),
        Field("reason", "Reason", Kind.LONG_TEXT, longest=500),
    )
    name = f"New date: {name_of(found.subject)}"
    return Form(DATE_FORM.name, name, fields, "Save", params=DATE_FORM.carried(item))


def note(
    turn: Turn,
    store: Store,
    found: Waiting,
    said: Said,
    text: str,
    *,
    day: date | None = None,
    to_id: int | None = None,
) -> None:
    """Write down what was said, and the same in the audit trail."""
    assert turn.person_id is not None, "only somebody known is reminded of anything"
    store.item_lines.add(
        ItemLine(
            subject=found.subject,
            said=said,
            first=found.first,
            at=turn.received_at,
            person_id=turn.person_id,
            text=text,
            day=day,
            to_id=to_id,
        )
    )
    store.audit.record(
        turn.received_at,
        f"reminder {said.value.replace('_', ' ')}",
        found.subject,
        person_id=turn.person_id,
        text=text,
        **({"first": found.first.isoformat(), "day": day.isoformat()} if day else {}),
    )


async def contract_of(store: Store, subject: str) -> str | None:
    """The contract that a thing is a date of, and goes over with."""
    kind, _, rest = subject.partition(":")
    if kind in ("contract", "assessment"):
        return rest.partition(":")[0]
    decision = await store.reviews.decision(int(rest)) if kind == "decision" else None
    contract = await store.contracts.get(decision.contract_id) if decision else None
    return contract.reference if contract else None


async def give(store: Store, subject: str, person: Person) -> bool:
    """Put a new owner in the record; whether the record has one."""
    kind, _, rest = subject.partition(":")
    if kind == "activity" and (activity := await store.reviews.activity(int(rest))):
        activity.owner_id = person.id
        return True
    review = await store.reviews.get(int(rest)) if kind == "review" else None
    number = review.follow_up_id if review else int(rest) if kind == "followup" else None
    follow_up = await store.followups.get(number) if number is not None else None
    if follow_up is not None:
        follow_up.owner_id = person.id
    return follow_up is not None


def day_words(day: date) -> str:
    """A day as people write it."""
    return f"{day.day} {day:%B %Y}"
