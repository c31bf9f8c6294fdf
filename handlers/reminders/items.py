"""The buttons on each thing that waits for somebody, by its kind: settle it here, or go where it is settled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers import contracts
from handlers.ask import SHOW as SHOW_ARTICLE
from handlers.ask import ShowArticle
from handlers.conversation.acts import AGAIN, ClickAction, SayAgain
from handlers.conversation.message import Button
from handlers.conversation.steps_left import left_buttons
from handlers.experts.view import REQUEST, Act, OnRequest

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
# The same for everything that is neither an action nor a reminder of one's own.
DONE_THING = ClickAction("things.done", Item)
PROGRESS_OF_THING = ClickAction("things.progress", Item)
DATE_OF_THING = ClickAction("things.date", Item)
PASS_THING_ON = ClickAction("things.pass_on", Item)


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
    if kind == "draft":
        number, _, over = rest.partition(":")
        forms = left_buttons(int(number), expired=bool(over))
        return forms if over else (*forms, snooze)
    if kind == "expert":
        # The experts' own way of passing on tells the asker too.
        not_mine = REQUEST.button("Not mine", OnRequest(int(rest), Act.ASSIGN))
    else:
        not_mine = PASS_THING_ON.button("Not mine", item)
    return (
        DONE_THING.button("Done", item),
        PROGRESS_OF_THING.button("Update progress", item),
        DATE_OF_THING.button("New date", item),
        snooze,
        not_mine,
        *way_there(subject),
    )


def way_there(subject: str) -> tuple[Button, ...]:
    """The buttons that lead to where a thing is seen to."""
    kind, _, rest = subject.partition(":")
    name, _, word = rest.partition(":")
    match kind:
        case "contract" if word == "scorecard":
            scorecard = f"Scorecard {name}"
            return (AGAIN.button(scorecard, SayAgain(scorecard)),)
        case "contract":
            return (contracts.SHOW.button(f"Show {name}", contracts.ShowContract(name)),)
        case "article":
            reviewed = f"Mark reviewed {name}"
            return (
                SHOW_ARTICLE.button("Show the article", ShowArticle(name)),
                AGAIN.button(reviewed, SayAgain(reviewed)),
            )
        case "expert":
            return (REQUEST.button(f"Answer request {name}", OnRequest(int(name))),)
        case _ if kind in _TYPED:
            label = _TYPED[kind].format(name)
            return (AGAIN.button(label, SayAgain(label)),)
        case _:
            return ()
