"""A person's home page on a platform that has one: what waits for them, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from handlers.actions import overview
from handlers.actions.rights import rights_of
from handlers.briefings.places import LIST as BRIEFINGS
from handlers.briefings.places import ahead
from handlers.conversation import steps_left
from handlers.conversation.acts import NoParams
from handlers.conversation.message import Block, Buttons, Divider, Fact, Facts, Heading, Message, Text, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import ASK, AskExpert
from handlers.help import WHAT_I_CAN_DO
from handlers.reminders.personal import LIST
from handlers.reminders.preferences import CHANGE, line_of
from storage.contracts import Contract
from storage.database import Store
from storage.months import Month
from storage.programme import PlanAction

_SOON = timedelta(days=60)
_SHOWN = 8
_NEXT = 3


def register(router: Router) -> None:
    """The home page."""
    router.on_home(show)


async def show(turn: Turn, store: Store) -> Reply:
    """The person's home page."""
    return reply(await home_message(turn, store))


async def home_message(turn: Turn, store: Store) -> Message:
    """Actions, contract reviews and requests of this person, the overdue first."""
    if turn.person is None:
        return Message(
            "Ask me about managing a contract.",
            (Text(spans("Ask me about managing a contract, in your own words, in the messages tab.")),),
        )
    mine = await _mine(turn, store)
    contracts = await store.contracts.managed_by(turn.person.id)
    waiting = await store.experts.waiting_of(turn.person.id)
    blocks: list[Block] = [
        Heading("Your actions"),
        _actions(mine, turn),
        Heading("Contract reviews due"),
        _reviews(contracts, turn),
    ]
    begun = await store.drafts.in_progress(turn.person.id, turn.received_at)
    if begun:
        blocks += steps_left.in_progress(begun[:_SHOWN]).blocks
    if waiting:
        requests = tuple(Fact(f"Request {each.id}", spans(each.question)) for each in waiting[:_SHOWN])
        blocks += [Heading("Your questions to experts"), Facts(requests)]
    briefings = await ahead(turn, store, _NEXT)
    if briefings:
        blocks += [Heading("Briefings and drop-ins"), Facts(briefings)]
    manner = await store.manners.of(turn.person.id)
    blocks += [Heading("How you are reminded"), Text(spans(line_of(manner)))]
    buttons = (
        overview.MINE.button("My actions", NoParams()),
        overview.OVERDUE.button("Overdue actions", NoParams()),
        LIST.button("My reminders", NoParams()),
        CHANGE.button("Change preferences", NoParams()),
        ASK.button("Ask an expert", AskExpert()),
        *([BRIEFINGS.button("Briefings", NoParams())] if briefings else []),
        WHAT_I_CAN_DO,
    )
    blocks += [Divider(), Buttons(buttons, "What you can do")]
    return Message(f"{turn.person.name}: {len(mine)} open actions", tuple(blocks))


async def _mine(turn: Turn, store: Store) -> list[PlanAction]:
    rights = await rights_of(turn, store)
    return [each for each in await store.programme.actions() if each.open and rights.concerns(each)]


def _actions(mine: Sequence[PlanAction], turn: Turn) -> Block:
    if not mine:
        return Text(spans("No open action of the improvement plan is yours."))
    mine = sorted(mine, key=lambda each: (not each.overdue(turn.today), each.action.number))
    facts = tuple(
        Fact(
            each.action.id,
            spans(
                f"{each.action.text} ({overview.due_label(each)}, {overview.state_label(each, turn.today)})"
            ),
        )
        for each in mine[:_SHOWN]
    )
    more = len(mine) - len(facts)
    return Facts((*facts, Fact("And", spans(f"{more} more: type 'actions'")))) if more else Facts(facts)


def _day(day: date) -> str:
    return f"{day.day} {Month.of(day).label}"


def _reviews(contracts: Sequence[Contract], turn: Turn) -> Block:
    reviews = [(each.review_date, each) for each in contracts if each.review_date]
    due = [(day, each) for day, each in reviews if day <= turn.today + _SOON]
    if not due:
        return Text(spans("No review of your contracts is due in the next 60 days."))
    due.sort(key=lambda each: (each[0], each[1].reference))
    facts = tuple(
        Fact(
            each.reference,
            spans(f"{each.title}, review {_day(day)}{', passed' if day < turn.today else ''}"),
        )
        for day, each in due[:_SHOWN]
    )
    more = len(due) - len(facts)
    return Facts((*facts, Fact("And", spans(f"{more} more: type 'my contracts'")))) if more else Facts(facts)
