"""A person's contracts with their last self-assessment, and when the next is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from handlers.assess.access import Directory, may_see_scores
from handlers.assess.picking import START, Start
from handlers.assess.words import day
from handlers.conversation.acts import ClickAction
from handlers.conversation.message import Buttons, Message, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.turn import Turn
from storage.assessments import History, next_due
from storage.contracts import Contract
from storage.database import Store
from storage.followups import FollowUp

_LISTED = 20
_BUTTONS = 3


@dataclass(frozen=True, slots=True)
class ShowAssessment:
    """Show a contract's newest assessment."""

    reference: str


SHOW_ASSESSMENT = ClickAction("assess.show", ShowAssessment)


async def due_dates(store: Store, contracts: list[Contract], today: date) -> dict[int, date | None]:
    """By which day each of these contracts is to be assessed next, by the contract's id."""
    schedule, newest = await store.assessments.schedule(), await store.assessments.newest()
    programme = await store.programme.current()
    since = programme.confirmed_at.date() if programme and programme.confirmed_at else None
    wanted: dict[int, FollowUp] = {}
    for each in await store.followups.to_reassess():
        last = newest.get(each.contract_id)
        if each.reassess_on and (last is None or last.day < each.reassess_on):
            wanted.setdefault(each.contract_id, each)
    found: dict[int, date | None] = {}
    for contract in contracts:
        last = newest.get(contract.id)
        asked = wanted.get(contract.id)
        history = History(since, last.day if last else None, asked.reassess_on if asked else None)
        found[contract.id] = next_due(contract, history, schedule, today)
    return found


async def overview(turn: Turn, store: Store) -> Reply:
    """The contracts that a person manages or covers: last assessed, next due."""
    mine = await store.contracts.managed_by(turn.person_id) if turn.person_id is not None else []
    if not mine:
        return reply(say("No contract names you as its manager or deputy, so you have none to assess."))
    directory, newest = await Directory.read(store), await store.assessments.newest()
    due = await due_dates(store, mine, turn.today)
    mine.sort(key=lambda each: (due[each.id] is None, due[each.id] or date.max, each.reference))
    shown = mine[:_LISTED]
    rows, seen = [], []
    for each in shown:
        last = newest.get(each.id)
        if last is not None and may_see_scores(turn, directory, each, last):
            seen.append(each)
        rows.append(
            (
                each.reference,
                each.title,
                day(last.day) if last else "Never",
                due_label(due[each.id], turn.today),
            )
        )
    title = f"Self-assessments of your {len(mine)} contracts"
    first = START.button(f"Assess {shown[0].reference}", Start(shown[0].reference))
    buttons = (
        first,
        *(
            SHOW_ASSESSMENT.button(f"Show {each.reference}", ShowAssessment(each.reference))
            for each in seen[:_BUTTONS]
        ),
    )
    table = Table(title, ("Reference", "Contract", "Last assessed", "Next due"), tuple(rows))
    return private(Message(title, (Text(spans([bold(f"{title}.")])), table, Buttons(buttons, "Next"))))


def due_label(due: date | None, today: date) -> str:
    """A due date as people read it."""
    if due is None:
        return "When you wish"
    return f"{day(due)}{', overdue' if due < today else ''}"
