"""The buttons and words that the parts of the Community of Practice share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from handlers.conversation.acts import ClickAction, NoParams
from handlers.conversation.message import Message, say
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS, unknown_person
from handlers.ladder import lead_on
from storage.database import Store
from storage.people import Person, Unit

JOIN = ClickAction("community.join", NoParams)
INTRODUCE = ClickAction("community.introduce", NoParams)


async def refusal(turn: Turn, store: Store) -> Message | None:
    """What to tell somebody who is no member, or None for a member, the SRM lead and the deputy."""
    if turn.person is None:
        return unknown_person()
    if turn.has(*LEADS) or await store.community.joined(turn.person.id):
        return None
    return say(
        "This is for members of the Community of Practice. Join it first; you can leave at any time.",
        buttons=[JOIN.button("Join the community", NoParams())],
    )


def only_leads() -> Message:
    """Told to somebody who tries an act of the SRM lead."""
    return say("Only the SRM lead or the deputy can do this. Nothing was changed.")


async def whom_to_ask(turn: Turn, store: Store) -> str:
    """Who runs the Community, in a sentence."""
    lead = await lead_on(store, turn.today)
    return f"{lead.name} runs it." if lead else "The SRM lead runs it; the post is vacant at the moment."


async def unit_names(store: Store) -> Mapping[int, str]:
    """The name of the Business Unit that each unit is or lies in, by the unit's id."""
    units = {each.id: each for each in await store.people.units()}
    return {each.id: _top(each, units).name for each in units.values()}


def _top(unit: Unit, units: Mapping[int, Unit]) -> Unit:
    return units[unit.parent_id] if unit.parent_id else unit


def unit_of(person: Person, names: Mapping[int, str]) -> str:
    """The Business Unit of a person in a table."""
    return names[person.unit_id] if person.unit_id else "No Business Unit"


def day_words(day: date) -> str:
    """A date as people write it."""
    return f"{day.day} {day:%B %Y}"
