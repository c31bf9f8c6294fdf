"""What Covenant knows about the person who asks."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.acts import Command
from handlers.conversation.message import Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.database import Store


def register(router: Router) -> None:
    """Who am I."""
    router.on_command(
        Command(
            "who am i",
            "who am I",
            "See what I know about you",
            (r"who ?am ?i|my profile|my roles?",),
        ),
        who_am_i,
    )


async def who_am_i(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Name, roles, Business Unit, deputy, leave and contacts, as the directory has them."""
    if turn.profile is None or turn.person is None:
        return reply(
            say(
                "I can't find you in the council's directory. You can ask questions. "
                "To be added, write to the SRM lead."
            )
        )
    person, unit = turn.person, turn.unit
    business_unit = unit
    if unit is not None and unit.parent_id is not None:
        business_unit = next((each for each in await store.people.units() if each.id == unit.parent_id), unit)
    names = await store.people.named(
        [
            person.deputy_id,
            business_unit.csmg_member_id if business_unit else None,
            business_unit.first_contact_id if business_unit else None,
        ]
    )
    roles = ", ".join(sorted(role.label for role in turn.profile.roles)) or "None on record"
    facts = [
        ("Email", person.email),
        ("Job title", person.job_title or "Not on record"),
        ("Roles", roles),
        ("Business Unit", business_unit.name if business_unit else "Not on record"),
    ]
    if unit is not None and business_unit is not None and unit.id != business_unit.id:
        facts.append(("Service Area", unit.name))
    if business_unit is not None:
        facts += [
            ("First point of contact", names.get(business_unit.first_contact_id or 0, "Vacant")),
            ("CSMG member", names.get(business_unit.csmg_member_id or 0, "Vacant")),
        ]
    facts.append(("Your deputy", names.get(person.deputy_id or 0, "None on record")))
    if person.leave_from is not None:
        until = f" to {person.leave_to}" if person.leave_to else ""
        facts.append(("Leave", f"{person.leave_from}{until}"))
    return private(
        Message(
            f"You are {person.name}.",
            (
                Text(spans(["You are ", bold(person.name), "."])),
                Facts(tuple(Fact(name, spans(value)) for name, value in facts)),
                Text(
                    spans("If something is wrong, tell the SRM lead: it comes from the council's directory.")
                ),
            ),
        )
    )
