"""Settling items: the buttons, their forms, and the typed commands with the same effect."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers.actions import new_months, settle
from handlers.actions.rights import LEADS, rights_of
from handlers.actions.settle_forms import (
    DONE_FORM,
    MONTH_FORM,
    NOT_MINE_FORM,
    PROGRESS_FORM,
    done_form,
    month_form,
    not_mine_form,
    progress_form,
)
from handlers.actions.target import Target, as_typed, find_target, unit_named
from handlers.conversation.acts import ClickAction, Command
from handlers.conversation.dates import NotUnderstood, parse_month
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import say
from handlers.conversation.reading import Reading, read_answer
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders import personal
from handlers.reminders.items import DONE, MONTH, NOT_MINE, PROGRESS, Item
from storage.database import Store
from storage.months import Month
from storage.programme import ActionStatus

ACTION = r"(?:action )?(?P<action>w[123]-\d{2})"
# How many of somebody's actions are offered as buttons.
_OFFERED = 8
_UNIT = r"(?: (?:for|in) (?P<unit>.+?))?"
_BECAUSE = r"(?: (?:because|as|since|:|-) ?(?P<why>.+))?"
_STATUS_WORDS: Mapping[str, ActionStatus] = {
    "blocked": ActionStatus.BLOCKED,
    "stuck": ActionStatus.BLOCKED,
    "on hold": ActionStatus.BLOCKED,
    "in progress": ActionStatus.IN_PROGRESS,
    "started": ActionStatus.IN_PROGRESS,
    "under way": ActionStatus.IN_PROGRESS,
    "not started": ActionStatus.NOT_STARTED,
}
_STATUS = rf"(?P<status>{'|'.join(_STATUS_WORDS)})"


def register(router: Router) -> None:
    """Done, Update progress, New date, Not mine and Reopen."""
    _buttons(router)
    for command, handler in (
        (
            Command(
                "update",
                "update my action",
                "Choose one of your actions and say how far it is",
                (r"update (?:my|an) actions?",),
                skill="action_update",
            ),
            update,
        ),
        (
            Command(
                "done",
                "done W1-06",
                "Mark an action as done; for one unit: 'done W1-06 for Highways'",
                (
                    rf"(?:mark |set )?(?:done|close|finish|complete|tick off) {ACTION}{_UNIT}(?:: ?(?P<why>.+))?",
                    rf"(?:mark |set )?{ACTION}{_UNIT}(?: is| has been| as| to)? (?:done|complete|completed|finished|closed)",
                    rf"{ACTION}{_UNIT} 100 ?%(?: (?P<why>.+))?",
                ),
            ),
            typed_done,
        ),
        (
            Command(
                "progress",
                "W1-06 50% drafts with OD",
                "Say how far an action is, or what blocks it: 'W1-06 blocked waiting for OD'",
                (
                    rf"{ACTION}{_UNIT}(?: is| at|:)? (?P<percent>\d{{1,2}}) ?(?:%|percent|per cent)(?: done)?(?:[ ,:-]+(?P<why>.+))?",
                    rf"(?:set |mark )?{ACTION}{_UNIT}(?: is| as| to|:)? {_STATUS}(?:[ ,:-]+(?P<why>.+))?",
                    rf"update(?: progress(?: of| on)?)? {ACTION}{_UNIT}",
                ),
            ),
            typed_progress,
        ),
        (
            Command(
                "move",
                "move W1-06 to January because …",
                "Give an action a new expected month",
                (
                    rf"(?:move|push|change|postpone|delay) {ACTION}{_UNIT} (?:to|until|till) (?P<month>.+?){_BECAUSE}",
                    rf"new (?:date|month) for {ACTION}",
                ),
            ),
            typed_move,
        ),
        (
            Command(
                "assign",
                "assign W1-06 to Tom Hargreave",
                "Pass an action on to the person whose it is",
                (
                    rf"(?:assign|reassign|pass|hand over|give) {ACTION}{_UNIT} to (?P<person>.+?){_BECAUSE}",
                    rf"{ACTION} (?:is not|isn't|is n't) mine|not mine:? {ACTION.replace('action>', 'other>')}",
                ),
            ),
            typed_assign,
        ),
        (
            Command(
                "reopen",
                "reopen W1-06",
                "Open a finished action again",
                (rf"re-?open {ACTION}{_UNIT}",),
                roles=LEADS,
            ),
            typed_reopen,
        ),
    ):
        router.on_command(command, handler)


def _buttons(router: Router) -> None:
    router.on_click(DONE, clicked_done)
    router.on_click(PROGRESS, lambda turn, store, item: _open(turn, store, item, build_progress))
    router.on_click(MONTH, lambda turn, store, item: _open(turn, store, item, build_month))
    router.on_click(NOT_MINE, lambda turn, store, item: _open(turn, store, item, build_not_mine))
    router.on_form(DONE_FORM, submit_done, build_done)
    router.on_form(PROGRESS_FORM, submit_progress, build_progress)
    router.on_form(MONTH_FORM, submit_month, build_month)
    router.on_form(NOT_MINE_FORM, submit_not_mine, build_not_mine)


async def clicked_done(turn: Turn, store: Store, item: Item) -> Reply:
    """Done: a reminder is done at once, an action asks for a line about it."""
    kind, _, number = item.subject.partition(":")
    if kind == "reminder" and number.isdecimal():
        return await personal.settle(turn, store, int(number))
    return await _open(turn, store, item, build_done)


async def _open(
    turn: Turn, store: Store, item: Item, build: Callable[[Turn, Store, Item], Awaitable[Form | Reply]]
) -> Reply:
    form = await build(turn, store, item)
    return form if isinstance(form, Reply) else Reply(form=form)


async def _current(
    turn: Turn, store: Store, item: Item, again: ClickAction[Item], label: str
) -> Target | Reply:
    """The target of an item, unless it was settled since the person was shown it."""
    target = await find_target(turn, store, item, again, label)
    if isinstance(target, Reply):
        return target
    return await settle.settled_meanwhile(target, store, item.checkpoint) or target


async def build_done(turn: Turn, store: Store, item: Item) -> Form | Reply:
    """The form behind Done."""
    target = await _current(turn, store, item, DONE, "Done")
    if isinstance(target, Reply):
        return target
    # An ongoing action is never closed: said before anything is asked.
    ongoing = target.status is ActionStatus.ONGOING
    return await settle.done(turn, store, target, "") if ongoing else done_form(target)


async def build_progress(turn: Turn, store: Store, item: Item) -> Form | Reply:
    """The form behind Update progress."""
    target = await _current(turn, store, item, PROGRESS, "Update progress")
    return target if isinstance(target, Reply) else progress_form(target)


async def build_month(turn: Turn, store: Store, item: Item) -> Form | Reply:
    """The form behind New date."""
    target = await _current(turn, store, item, MONTH, "New date")
    if isinstance(target, Reply):
        return target
    if target.checkpoint is None:
        return reply(say(f"{target.action_id} is ongoing, so it has no date to move."))
    return month_form(target)


async def build_not_mine(turn: Turn, store: Store, item: Item) -> Form | Reply:
    """The form behind Not mine."""
    target = await _current(turn, store, item, NOT_MINE, "Not mine")
    return target if isinstance(target, Reply) else not_mine_form(target)


async def submit_done(turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
    """Do what Done asks for."""
    target = await _current(turn, store, item, DONE, "Done")
    if isinstance(target, Reply):
        return target
    return await settle.done(turn, store, target, values.get("note", ""))


async def submit_progress(turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
    """Do what Update progress asks for."""
    target = await _current(turn, store, item, PROGRESS, "Update progress")
    if isinstance(target, Reply):
        return target
    status = ActionStatus(values["status"]) if values.get("status") else None
    percent = round(float(values["percent"])) if values.get("percent") else None
    return await settle.progress(turn, store, target, values.get("note", ""), settle.Told(status, percent))


async def submit_month(turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
    """Do what New date asks for."""
    target = await _current(turn, store, item, MONTH, "New date")
    if isinstance(target, Reply):
        return target
    return await new_months.move(turn, store, target, Month.parse(values["month"]), values["reason"])


async def submit_not_mine(turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
    """Do what Not mine asks for."""
    target = await _current(turn, store, item, NOT_MINE, "Not mine")
    person = await store.people.by_email(values["person"])
    if isinstance(target, Reply) or person is None:
        return (
            target if isinstance(target, Reply) else Reply(errors={"person": "Enter a name in the directory"})
        )
    return await settle.assign(turn, store, target, person, values.get("why", ""))


async def _named(
    turn: Turn, store: Store, args: Mapping[str, str], again: ClickAction[Item], label: str
) -> Target | Reply:
    """The target that a command names."""
    item = Item(f"action:{(args.get('action') or args['other']).upper()}")
    if "unit" in args:
        unit = unit_named(args["unit"], await store.people.units())
        if unit is None:
            return reply(
                say(
                    f"I can't tell which Business Unit or Service Area '{as_typed(turn, args['unit'])[:60]}' is. "
                    "Nothing was changed."
                )
            )
        item = replace(item, subject=f"{item.subject}:unit:{unit.id}")
    return await _current(turn, store, item, again, label)


def _why(turn: Turn, args: Mapping[str, str]) -> str:
    return as_typed(turn, args["why"]).strip() if "why" in args else ""


async def typed_done(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`done W1-06 for highways`."""
    target = await _named(turn, store, args, DONE, "Done")
    return target if isinstance(target, Reply) else await settle.done(turn, store, target, _why(turn, args))


async def typed_progress(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`W1-06 50% drafts with OD`; without status or percentage the form opens."""
    target = await _named(turn, store, args, PROGRESS, "Update progress")
    if isinstance(target, Reply):
        return target
    if "status" not in args and "percent" not in args:
        return Reply(form=progress_form(target))
    status = _STATUS_WORDS.get(args.get("status", ""))
    percent = int(args["percent"]) if "percent" in args else None
    return await settle.progress(turn, store, target, _why(turn, args), settle.Told(status, percent))


async def update(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Somebody wants to change an action in other words: the one they name, or one of theirs."""
    named = re.search(r"\bw[123]-\d{2}\b", turn.text.casefold())
    if named is not None:
        return await typed_progress(turn, store, {"action": named[0]})
    rights = await rights_of(turn, store)
    own = [each.action.id for each in await store.programme.actions() if each.open and rights.concerns(each)]
    if not own:
        return reply(say("You own no open action of the plan. Type 'all actions' to see whose they are."))
    return reply(
        say(
            "Which action do you want to update? You can also type what happened, such as 'done W1-06', "
            "'W1-06 50%', 'W1-06 blocked waiting for …' or 'move W1-06 to January because …'.",
            buttons=[PROGRESS.button(f"Update {each}", Item(f"action:{each}")) for each in own[:_OFFERED]],
            label="Your open actions",
        )
    )


async def typed_move(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`move W1-06 to January because …`; without a reason the form asks for it."""
    target = await _named(turn, store, args, MONTH, "New date")
    if isinstance(target, Reply):
        return target
    if target.checkpoint is None:
        return reply(say(f"{target.action_id} is ongoing, so it has no date to move."))
    try:
        month = parse_month(args["month"], turn.today) if "month" in args else None
    except NotUnderstood as problem:
        return reply(say(f"{problem}. Nothing was changed."))
    if month is None or "why" not in args:
        return Reply(form=month_form(target, month))
    return await new_months.move(turn, store, target, month, _why(turn, args))


async def typed_assign(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`assign W1-06 to Tom Hargreave`; without a name the form asks for it."""
    target = await _named(turn, store, args, NOT_MINE, "Not mine")
    if isinstance(target, Reply):
        return target
    if "person" not in args:
        return Reply(form=not_mine_form(target))
    try:
        question = Field("person", "Whose it is", Kind.PERSON)
        email = await read_answer(question, args["person"], Reading(turn, store, {}))
    except NotUnderstood as problem:
        return reply(say(f"{problem}. Nothing was changed."))
    person = await store.people.by_email(email)
    assert person is not None, "the reading gives only people of the directory"
    return await settle.assign(turn, store, target, person, _why(turn, args))


async def typed_reopen(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`reopen W1-06`."""
    item = Item(f"action:{args['action'].upper()}")
    if "unit" in args:
        unit = unit_named(args["unit"], await store.people.units())
        item = replace(item, subject=f"{item.subject}:unit:{unit.id}") if unit else item
    target = await find_target(turn, store, item, DONE, "Reopen")
    return target if isinstance(target, Reply) else await settle.reopen(turn, store, target)
