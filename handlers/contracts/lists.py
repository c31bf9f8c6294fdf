"""Lists of contracts, narrowed by what was asked for, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from handlers.contracts import words
from handlers.contracts.asked import Asked, Known, read_asked
from handlers.contracts.finding import SHOW, ShowContract, pick, units_by_id, visible
from handlers.conversation.acts import ClickAction
from handlers.conversation.message import Buttons, Message, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.turn import Turn
from storage.contracts import Contract
from storage.database import Store
from storage.people import Person

_PAGE = 20
_BUTTONS = 5
_ONE_CONTRACT = re.compile(
    r"(?:show|find|open|get|pull|bring|look|who|what|which|when|is|does|up|at|me|for|manages?|tier|end|ends|run|out|"
    r"date|of|the|my|in|on|record|register|entry|details|contract|record)\b"
)


@dataclass(frozen=True, slots=True)
class ListContracts:
    """List the contracts that a text asks for, from a place in the list on."""

    text: str
    start: int = 0


LIST = ClickAction("contracts.list", ListContracts)


async def asked_for(turn: Turn, store: Store, text: str) -> Asked:
    """What a text narrows the register to."""
    units = await store.people.units()
    suppliers = [each.supplier for each in await visible(turn, store)]
    return read_asked(
        " ".join(text.casefold().split()).strip(" .!?"), Known(units, suppliers, turn.unit, turn.today)
    )


async def listed(turn: Turn, store: Store, params: ListContracts) -> Reply:
    """One page of the contracts that a text asks for."""
    if turn.person is None:
        return reply(
            say("I can't find you in the council's directory, so I can't tell which contracts are yours.")
        )
    asked = await asked_for(turn, store, params.text)
    if asked.left and not asked.narrowed:
        return reply(
            say(
                f"I can't find '{asked.left[:60]}' among the Business Units, Service Areas and suppliers. "
                "Try 'my contracts', 'platinum contracts without an SRO' or "
                "'contracts ending this year in adult social care'."
            )
        )
    found = await _matching(turn, store, asked)
    if asked.mine and not found and not asked.narrowed:
        return reply(
            say(
                "No contract names you as its manager or deputy. If one should, "
                "ask your CMA expert user to correct the record."
            )
        )
    if not found:
        return private(say(f"{asked.title}: none among those you may see."))
    people = {each.id: each for each in await store.people.everyone()}
    return private(_page(asked, found, params, people, turn.today))


async def from_words(turn: Turn, store: Store, text: str) -> Reply | Contract:
    """What a request in free words asks for: a list where it narrows one, else the one contract it names."""
    asked = await asked_for(turn, store, text)
    if asked.narrowed or not asked.left or re.search(r"\bcontracts\b", text.casefold()):
        return await listed(turn, store, ListContracts(text))
    return await pick(
        turn, store, " ".join(_ONE_CONTRACT.sub(" ", text.casefold()).split()).strip(" ?.") or text
    )


async def _matching(turn: Turn, store: Store, asked: Asked) -> list[Contract]:
    assert turn.person is not None, "only somebody known has contracts"
    seen = await visible(turn, store)
    units, active = await units_by_id(store), {each.id for each in await store.people.all()}
    own = [each for each in seen if turn.person.id in (each.manager_id, each.deputy_id)]
    # 'contracts' alone means one's own, and for somebody who manages none, all that they may see.
    among = own if asked.mine or (own and not asked.narrowed) else seen
    narrowed = [each for each in among if asked.holds(each, units, active)]
    # Whoever asks what lacks somebody, or what ends, means what still runs.
    return [each for each in narrowed if each.is_live(turn.today)] if asked.lacks else narrowed


def _page(
    asked: Asked,
    found: Sequence[Contract],
    params: ListContracts,
    people: Mapping[int, Person],
    today: date,
) -> Message:
    shown = found[params.start : params.start + _PAGE]
    if not shown:
        shown, params = found[:_PAGE], replace(params, start=0)
    last = params.start + len(shown)
    place = (
        f" {params.start + 1} to {last} are shown, those that end first first." if len(found) > _PAGE else ""
    )
    rows = tuple(
        (
            each.reference,
            each.title,
            each.supplier,
            each.tier or "Not set",
            words.person(each.manager_id, people),
            words.day(each.ends),
            _review(each, today),
        )
        for each in shown
    )
    title = asked.title if asked.narrowed or asked.mine else "Contracts"
    buttons = [
        SHOW.button(f"Show {each.reference}", ShowContract(each.reference)) for each in shown[:_BUTTONS]
    ]
    if last < len(found):
        buttons.append(LIST.button(f"Next {min(_PAGE, len(found) - last)}", ListContracts(params.text, last)))
    return Message(
        f"{title}: {len(found)}.",
        (
            Text(spans([bold(f"{title}: {len(found)}."), place])),
            Table(
                title, ("Reference", "Contract", "Supplier", "Tier", "Manager", "Ends", "Next review"), rows
            ),
            Buttons(tuple(buttons), "Open a contract, or type 'show' and its reference"),
        ),
    )


def _review(contract: Contract, today: date) -> str:
    late = contract.review_date is not None and contract.review_date < today
    return f"{words.day(contract.review_date)}{', passed' if late else ''}"
