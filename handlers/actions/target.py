"""Which action, and whose part of it, somebody means; and their own words as they typed them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from handlers.actions.rights import Rights, rights_of
from handlers.conversation.acts import ClickAction
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.turn import Turn
from handlers.reminders.items import Item, action_subject
from storage.database import Store
from storage.months import Month
from storage.people import Unit
from storage.programme import ActionStatus, Checkpoint, PlanAction
from storage.progress import LocalAction

_ALIKE = 75


@dataclass(frozen=True, slots=True)
class Target:
    """An action, or a unit's part of it, that somebody may report on."""

    plan: PlanAction
    part: LocalAction | None
    rights: Rights

    @property
    def action_id(self) -> str:
        return self.plan.action.id

    @property
    def unit_id(self) -> int | None:
        return self.part.unit.id if self.part else None

    @property
    def subject(self) -> str:
        return self.part.subject if self.part else f"action:{self.action_id}"

    @property
    def name(self) -> str:
        """As messages name it: `W1-06 for Adult Social Care`."""
        return f"{self.action_id} for {self.part.unit.name}" if self.part else self.action_id

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint it is at; None once it is complete, and for an ongoing action."""
        if self.part:
            return self.part.next_checkpoint
        return None if self.plan.action.status is ActionStatus.COMPLETE else self.plan.next_checkpoint

    @property
    def status(self) -> ActionStatus:
        return self.part.status if self.part else self.plan.action.status

    @property
    def percent(self) -> int:
        """What was reported for the checkpoint it is at."""
        if self.part is None:
            return self.plan.action.percent
        return self.part.row.percent if self.part.row else 0

    @property
    def expected(self) -> Month | None:
        """The month in force."""
        if self.part:
            return self.part.expected
        return self.checkpoint.expected if self.checkpoint else None

    @property
    def item(self) -> Item:
        """What its buttons carry."""
        return Item(self.subject, self.checkpoint.position if self.checkpoint else None)


async def find_target(
    turn: Turn, store: Store, item: Item, again: ClickAction[Item], label: str
) -> Target | Reply:
    """The part that an item means for this person, locked; or what to tell them instead.

    Where an action has a part for each unit and the item names none, it is the person's own unit; of
    several they choose, with buttons that ask for `again`.
    """
    subject = action_subject(item.subject)
    plan = await store.programme.locked(subject.action_id) if subject else None
    if subject is None or plan is None:
        return reply(say("The plan has no such action. Type 'all actions' to see them. Nothing was changed."))
    rights = await rights_of(turn, store)
    if subject.unit_id is not None:
        unit = next((each for each in rights.units if each.id == subject.unit_id), None)
        chosen = [unit] if unit is not None and plan.by_unit and rights.unit(plan, unit) else []
    elif rights.central(plan):
        return Target(plan, None, rights)
    else:
        unit, chosen = None, rights.own_units(plan)
    if not chosen:
        return reply(_refused(plan, unit))
    if len(chosen) > 1:
        return reply(_which(plan, chosen, again, label))
    return Target(plan, await store.progress.part(plan, chosen[0]), rights)


def _which(plan: PlanAction, own: Sequence[Unit], again: ClickAction[Item], label: str) -> Message:
    return say(
        f"You report on {plan.action.id} for more than one unit. Which one do you mean?",
        buttons=[
            again.button(f"{label} for {each.name}", Item(f"action:{plan.action.id}:unit:{each.id}"))
            for each in own
        ],
        label="Unit",
    )


def _refused(plan: PlanAction, unit: Unit | None) -> Message:
    who = " and ".join(owner.label for owner in plan.owners)
    if unit is not None and plan.by_unit:
        return say(
            f"Only {unit.name}'s first point of contact or CSMG member, or the SRM lead, can change "
            f"{plan.action.id} there. Nothing was changed."
        )
    return say(
        f"{plan.action.id} belongs to {who}. Only they or the SRM lead can change it. Nothing was changed."
    )


def unit_named(text: str, units: Sequence[Unit]) -> Unit | None:
    """The unit that a text names, near enough and without doubt."""
    names = {each.id: each.name for each in units}
    plain = text.removeprefix("the ").strip(" ?.!")
    initials = {
        "".join(word[0] for word in re.findall(r"\w+", name) if word != "and").casefold(): key
        for key, name in names.items()
    }
    if plain in initials:
        return next(each for each in units if each.id == initials[plain])
    near = process.extract(plain, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=2)
    if not near or near[0][1] < _ALIKE or (len(near) > 1 and near[0][1] - near[1][1] < 1):
        return None
    return next(each for each in units if each.id == near[0][2])


def as_typed(turn: Turn, words: str) -> str:
    """Words of a command with the capitals that the person gave them."""
    found = re.search(re.escape(words), " ".join(turn.text.split()), re.IGNORECASE)
    return found[0] if found else words
