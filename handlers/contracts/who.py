"""Who looks after a contract: its manager, deputy, SRO and Business Unit, for those who may see it."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contracts import words
from handlers.contracts.finding import SHOW, ShowContract, pick, units_by_id
from handlers.conversation.acts import Command
from handlers.conversation.message import Buttons, Fact, Facts, Message, Text, bold, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.contracts import business_unit_of
from storage.database import Store

_WHO = (
    r"who(?:'s| is| are)? (?:manag(?:es|ing)|look(?:s|ing) after|run(?:s|ning)|cover(?:s|ing)|own(?:s|ing)"
    r"|the (?:contract )?(?:manager|deputy|sro) (?:of|for|on))"
)
# Without one of these ends it is a question for the knowledge base, such as 'who manages risk'.
_WHICH = (
    r"(?:(?:contract )?(?P<reference>[a-z]{2,6}-\d{2,6})|(?:the |our )(?P<name>[\w ,&'’:()-]{3,80}) contract)"
)


def register(router: Router) -> None:
    """One command."""
    router.on_command(
        Command(
            "who manages",
            "who manages the cleaning contract",
            "See who looks after a contract",
            (rf"{_WHO} {_WHICH}",),
        ),
        who,
    )


async def who(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The people of the contract that is meant."""
    found = await pick(turn, store, args.get("reference") or args["name"])
    if isinstance(found, Reply):
        return found
    people = {each.id: each for each in await store.people.everyone()}
    unit = business_unit_of(found.unit_id, await units_by_id(store))
    manager = words.person(found.manager_id, people)
    first = f"{found.reference} {found.title} is managed by {manager}."
    if found.manager_id is None:
        first = f"{found.reference} {found.title} has no manager on record."
    facts = (
        Fact("Contract manager", spans(manager)),
        Fact("Deputy", spans(words.person(found.deputy_id, people))),
        Fact("Senior Responsible Officer", spans(words.person(found.sro_id, people))),
        Fact("Business Unit", spans(unit.name if unit else "None on record")),
        Fact("Supplier", spans(found.supplier)),
    )
    show = Buttons((SHOW.button(f"Show {found.reference}", ShowContract(found.reference)),), "More")
    return private(Message(first, (Text(spans([bold(first)])), Facts(facts), show)))
