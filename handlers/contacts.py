"""Each unit's first point of contact: the CSMG member names one, and a unit without one is seen."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.actions.rights import LEADS
from handlers.actions.target import as_typed, unit_named
from handlers.conversation.acts import Command
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.form import Field, Kind
from handlers.conversation.message import Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reading import Reading, read_answer
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.ladder import who_answers
from storage.database import Store
from storage.people import Person, Unit


def register(router: Router) -> None:
    """Naming a first point of contact, and seeing who they are."""
    router.on_command(
        Command(
            "make first contact",
            "make Tom Hargreave first point of contact for Adult Social Care",
            "Name your unit's first point of contact",
            (
                r"(?:make|appoint|nominate|name) (?P<person>.+?) (?:as |the )*(?:first (?:point of )?contact) (?:for|of|in) (?P<unit>.+)",
            ),
        ),
        nominate,
    )
    router.on_command(
        Command(
            "first contacts",
            "first points of contact",
            "See each unit's first point of contact and CSMG member",
            (r"(?:show |list )?(?:the )?first (?:points of contact|contacts)",),
        ),
        overview,
    )


async def nominate(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Name the first point of contact, for the unit's CSMG member and the SRM lead."""
    units = await store.people.units()
    unit = unit_named(args["unit"], units)
    if unit is None:
        words = as_typed(turn, args["unit"])[:60]
        return reply(
            say(f"I can't tell which Business Unit or Service Area '{words}' is. Nothing was changed.")
        )
    parent = next((each for each in units if each.id == unit.parent_id), None)
    members = {each.csmg_member_id for each in (unit, parent) if each is not None}
    if turn.person is None or not (turn.has(*LEADS) or turn.person.id in members):
        return reply(
            say(
                f"Only {unit.name}'s CSMG member or the SRM lead can name its first point of contact. "
                "Nothing was changed."
            )
        )
    try:
        question = Field("person", "First point of contact", Kind.PERSON)
        email = await read_answer(question, args["person"], Reading(turn, store, {}))
    except NotUnderstood as problem:
        return reply(say(f"{problem}. Nothing was changed."))
    person = await store.people.by_email(email)
    if person is None or not person.active:
        return reply(say("That person has left the council. Name somebody else. Nothing was changed."))
    if unit.first_contact_id == person.id:
        return reply(
            say(f"{person.name} is {unit.name}'s first point of contact already. Nothing was changed.")
        )
    before, unit.first_contact_id = unit.first_contact_id, person.id
    store.audit.record(
        turn.received_at,
        "name first point of contact",
        unit.name,
        person_id=turn.person.id,
        contact=person.email,
        before=(await store.people.named([before])).get(before or 0, ""),
    )
    return reply(
        say(f"{person.name} is now {unit.name}'s first point of contact. They have been told."),
        notices=await _notices(turn, store, unit, person, before),
    )


async def _notices(
    turn: Turn, store: Store, unit: Unit, person: Person, before: int | None
) -> tuple[Notice, ...]:
    """The new contact, the one before and the SRM lead are told, but not whoever named them."""
    assert turn.person is not None, "only somebody in the directory names a contact"
    who = turn.person.name
    lead = await who_answers(turn, store)
    told = {
        person.id: f"{who} has made you first point of contact for {unit.name}. You report on its part of the plan: type 'my actions'."
    }
    if before is not None:
        told.setdefault(
            before, f"{who} has made {person.name} first point of contact for {unit.name} in your place."
        )
    if lead is not None:
        told.setdefault(lead.id, f"{who} has made {person.name} first point of contact for {unit.name}.")
    stamp = turn.received_at.isoformat()
    return tuple(
        Notice(f"contact:{unit.id}:{stamp}:{each}", each, say(text), "first point of contact")
        for each, text in told.items()
        if each != turn.person.id
    )


async def overview(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Both posts of every Business Unit; a vacant one, or one held by somebody who has left, is said."""
    if turn.person is None:
        return reply(say("I can't find you in the council's directory, so I can't show it to you."))
    units = await store.people.units()
    people = {each.id: each for each in await store.people.everyone()}

    def holder(person_id: int | None) -> str:
        person = people.get(person_id or 0)
        if person is None:
            return "Vacant"
        return person.name if person.active else f"{person.name}, who has left"

    shown = [each for each in units if each.parent_id is None or each.first_contact_id]
    rows = tuple((each.name, holder(each.first_contact_id), holder(each.csmg_member_id)) for each in shown)
    without = [
        each.name
        for each in units
        if each.parent_id is None
        and ((contact := people.get(each.first_contact_id or 0)) is None or not contact.active)
    ]
    warning = f"Without a first point of contact: {'; '.join(without)}." if without else ""
    hint = "The unit's CSMG member names one: 'make NAME first point of contact for UNIT'."
    return reply(
        Message(
            warning or "Every Business Unit has a first point of contact.",
            (
                Text(spans([bold(warning or "Every Business Unit has a first point of contact.")])),
                Table("First points of contact", ("Unit", "First point of contact", "CSMG member"), rows),
                Note(spans(hint)),
            ),
        )
    )
