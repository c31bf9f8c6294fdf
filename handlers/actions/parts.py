"""How an action follows from its Business Units' parts, and the closing of one that several own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handlers.actions.history import note_change, show_button
from handlers.actions.rights import OWNER_ROLES, rights_of
from handlers.actions.target import Target
from handlers.conversation.acts import ClickAction
from handlers.conversation.message import ButtonStyle, say
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.items import DONE
from storage.database import Store
from storage.people import Person
from storage.programme import ActionStatus, Owner, PlanAction
from storage.progress import Change, LocalAction, UnitStatus, What


@dataclass(frozen=True, slots=True)
class Agree:
    """An owner's answer to "may it be closed?"."""

    action_id: str
    checkpoint: int
    agreed: bool


AGREE = ClickAction("items.agree", Agree)


def register(router: Router) -> None:
    """Answers to the question whether an action may be closed."""
    router.on_click(AGREE, agree)


def report_of(store: Store, part: LocalAction, checkpoint: int) -> UnitStatus:
    """The unit's row for a checkpoint, begun if it has none yet."""
    row = part.reported.get(checkpoint)
    if row is None:
        row = UnitStatus(action_id=part.plan.action.id, unit_id=part.unit.id, checkpoint=checkpoint)
        part.reported[checkpoint] = row
        store.progress.report(row)
    return row


def close_checkpoint(plan: PlanAction, today: date) -> None:
    """Close the checkpoint that an action is at; with the last one the action is complete."""
    if plan.next_checkpoint is not None:
        plan.next_checkpoint.done_on = today
    finished = plan.next_checkpoint is None
    plan.action.status = ActionStatus.COMPLETE if finished else ActionStatus.IN_PROGRESS
    plan.action.percent = 100 if finished else 0


async def follow_parts(turn: Turn, store: Store, target: Target) -> tuple[Notice, ...]:
    """Bring an action in line with its Business Units' parts; the coordinator of a joint one is told of the last."""
    plan, units = target.plan, target.rights.units
    await store.people.flush()
    business_units = [each for each in units if each.parent_id is None]
    parts = await store.progress.parts([plan], business_units)
    point = plan.next_checkpoint
    if point is None:
        return ()
    if not all(_past(each, point.position) for each in parts):
        _under_way(plan, parts)
        return ()
    if plan.joint:
        text = f"Every Business Unit has reported its part of {plan.action.id} as complete. You can close it."
        people = [each for each in await holders(store, plan.owners[0]) if each.id != turn.person_id]
        return tuple(
            Notice(
                f"parts:{plan.action.id}:{point.position}:{each.id}",
                each.id,
                say(text, buttons=[DONE.button("Done", Target(plan, None, target.rights).item)]),
                "action parts complete",
            )
            for each in people
        )
    central = Target(plan, None, target.rights)
    note_change(
        turn,
        store,
        central,
        What.STATUS,
        before=plan.action.status.label,
        after="Complete",
        why="Every Business Unit has reported",
    )
    close_checkpoint(plan, turn.today)
    return ()


def _past(part: LocalAction, checkpoint: int) -> bool:
    at = part.next_checkpoint
    return at is None or at.position > checkpoint


def _under_way(plan: PlanAction, parts: Sequence[LocalAction]) -> None:
    left = [each for each in parts if each.open]
    plan.action.percent = sum(each.percent for each in parts) // len(parts)
    if left and all(each.status is ActionStatus.BLOCKED for each in left):
        plan.action.status = ActionStatus.BLOCKED
    elif any(each.percent or each.status is not ActionStatus.NOT_STARTED for each in parts):
        plan.action.status = ActionStatus.IN_PROGRESS


async def holders(store: Store, owner: Owner) -> list[Person]:
    """The people behind an owner of the plan."""
    return await store.people.holding(*OWNER_ROLES[owner])


async def ask_others(turn: Turn, store: Store, target: Target) -> Reply | None:
    """For an action that several own: ask the others first. None once it may be closed.

    That is when all who were asked have agreed, or from the day after the asking.
    """
    if target.part is not None or not target.plan.joint:
        return None
    others = {
        person.id: person
        for owner in target.plan.owners[1:]
        for person in await holders(store, owner)
        if person.id != turn.person_id
    }
    position = target.item.checkpoint
    lines = [each for each in await store.progress.history(target.action_id) if each.checkpoint == position]
    asked = next((each for each in lines if each.what is What.ASKED), None)
    if asked is None:
        return _ask(turn, store, target, others) if others else None
    # The newest answer of each person holds; the history is the newest first.
    answers: dict[int, Change] = {}
    for line in lines:
        if line.id > asked.id and line.person_id in others and line.what in (What.AGREED, What.NOT_YET):
            answers.setdefault(line.person_id, line)
    waiting = [
        person.name
        for person in others.values()
        if person.id not in answers or answers[person.id].what is What.NOT_YET
    ]
    if not waiting or turn.today > asked.at.astimezone(turn.zone).date():
        return None
    said = [
        f"{others[person_id].name} says: not yet. {line.why}".strip()
        for person_id, line in answers.items()
        if line.what is What.NOT_YET
    ]
    return reply(
        say(
            f"The other owners of {target.action_id} were asked today. Still to agree: {', '.join(waiting)}. "
            "You can close it once they have agreed, or from tomorrow. Nothing was changed.",
            *said,
            buttons=[show_button(target)],
        )
    )


def _ask(turn: Turn, store: Store, target: Target, others: Mapping[int, Person]) -> Reply:
    assert turn.person is not None, "only an owner closes an action"
    position = target.item.checkpoint or 0
    names = ", ".join(each.name for each in others.values())
    note_change(turn, store, target, What.ASKED, why=f"May it be closed? Asked: {names}")
    text = f"{turn.person.name} wants to mark {target.action_id} as complete: {target.plan.action.text}. Do you agree?"
    buttons = [
        AGREE.button("I agree", Agree(target.action_id, position, agreed=True), style=ButtonStyle.PRIMARY),
        AGREE.button("Not yet", Agree(target.action_id, position, agreed=False)),
    ]
    day = turn.today.isoformat()
    return reply(
        say(
            f"{target.action_id} has other owners, so I have asked them first: {names}. "
            f"Type 'done {target.action_id}' again once they have agreed, or from tomorrow.",
            buttons=[show_button(target)],
        ),
        notices=tuple(
            Notice(
                f"closing:{target.action_id}:{position}:{day}:{each.id}",
                each.id,
                say(text, buttons=buttons),
                "action closing",
            )
            for each in others.values()
        ),
    )


async def agree(turn: Turn, store: Store, params: Agree) -> Reply:
    """Keep an owner's answer, and tell the coordinator."""
    plan = await store.programme.locked(params.action_id)
    if plan is None or turn.person is None:
        return reply(say("The plan has no such action. Nothing was changed."))
    rights = await rights_of(turn, store)
    if not rights.concerns(plan):
        return reply(say(f"Only the owners of {params.action_id} can answer this. Nothing was changed."))
    target = Target(plan, None, rights)
    if target.checkpoint is None or target.checkpoint.position != params.checkpoint:
        return reply(say(f"{params.action_id} was closed meanwhile. Nothing was changed."))
    what = What.AGREED if params.agreed else What.NOT_YET
    line = note_change(turn, store, target, what)
    await store.people.flush()
    answer = "agrees that it can be closed" if params.agreed else "says that it is not done yet"
    told = f"{turn.person.name} {answer}: {params.action_id}."
    coordinators = [each for each in await holders(store, plan.owners[0]) if each.id != turn.person.id]
    return reply(
        say(f"Thank you. The coordinator of {params.action_id} has been told."),
        notices=tuple(
            Notice(f"closing:answer:{line.id}:{each.id}", each.id, say(told), "action closing")
            for each in coordinators
        ),
    )
