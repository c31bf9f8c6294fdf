"""The buttons on each thing that waits for somebody, by its kind: settle it here, or go where it is settled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers import contracts
from handlers.ask import SHOW as SHOW_ARTICLE
from handlers.ask import ShowArticle
from handlers.conversation.message import Button
from handlers.conversation.router import AGAIN, ClickAction, SayAgain
from handlers.experts.view import REQUEST, OnRequest

_ACTION = re.compile(r"action:(?P<action>W[123]-\d{2})(?::unit:(?P<unit>\d{1,9}))?")

# What is typed to go where these are settled.
_TYPED = {
    "assessment": "Assess {}",
    "followup": "Close follow-up {}",
    "review": "Review {}",
    "activity": "Activity {} is done",
    "decision": "Decisions",
}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits, by its subject. `checkpoint` is the one the person was shown, where that is known."""

    subject: str
    checkpoint: int | None = None


@dataclass(frozen=True, slots=True)
class ActionSubject:
    """An action, or a unit's part of it."""

    action_id: str
    unit_id: int | None


SHOW_ACTION = ClickAction("items.show", Item)
DONE = ClickAction("items.done", Item)
PROGRESS = ClickAction("items.progress", Item)
MONTH = ClickAction("items.month", Item)
SNOOZE = ClickAction("items.snooze", Item)
NOT_MINE = ClickAction("items.not_mine", Item)


def action_subject(subject: str) -> ActionSubject | None:
    """The action that a subject names, or None for a subject of another kind."""
    match = _ACTION.fullmatch(subject)
    if match is None:
        return None
    return ActionSubject(match["action"], int(match["unit"]) if match["unit"] else None)


def item_buttons(subject: str, checkpoint: int | None = None) -> tuple[Button, ...]:
    """What can be done about a subject such as `action:W1-06:unit:3`, `contract:CMA-2015:notice` or `reminder:7`."""
    item = Item(subject, checkpoint)
    snooze = SNOOZE.button("Snooze", item)
    kind, _, rest = subject.partition(":")
    if kind == "action":
        return (
            DONE.button("Done", item),
            PROGRESS.button("Update progress", item),
            MONTH.button("New date", item),
            snooze,
            NOT_MINE.button("Not mine", item),
        )
    if kind == "reminder":
        return (DONE.button("Done", item), snooze)
    return (*_way_there(kind, rest), snooze)


def _way_there(kind: str, rest: str) -> tuple[Button, ...]:
    """A button that leads to where this kind of thing is settled."""
    name = rest.partition(":")[0]
    match kind:
        case "contract" if rest.endswith(":scorecard"):
            scorecard = f"Scorecard {name}"
            return (AGAIN.button(scorecard, SayAgain(scorecard)),)
        case "contract":
            return _contract_buttons(name, rest.partition(":")[2])
        case "article":
            reviewed = f"Mark reviewed {name}"
            return (
                SHOW_ARTICLE.button("Show the article", ShowArticle(name)),
                AGAIN.button(reviewed, SayAgain(reviewed)),
            )
        case "expert" if name.isdecimal():
            return (REQUEST.button(f"Answer request {name}", OnRequest(int(name))),)
        case _ if kind in _TYPED:
            label = _TYPED[kind].format(name)
            return (AGAIN.button(label, SayAgain(label)),)
        case _:
            return ()


def _contract_buttons(reference: str, word: str) -> tuple[Button, ...]:
    """What can be done about one of a contract's dates or gaps."""
    show = contracts.SHOW.button(f"Show {reference}", contracts.ShowContract(reference))
    not_mine = AGAIN.button("Not mine", SayAgain(f"Hand over {reference}"))
    if word not in set(contracts.Which):
        return (show, not_mine)
    date = contracts.ContractDate(reference, contracts.Which(word))
    return (contracts.NEW_DATE.button("New date", date), show, not_mine)
