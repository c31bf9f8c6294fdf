"""The contracts that a person may see: lists, and one contract's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handlers.assess.showing import due_dates, due_label
from handlers.conversation.message import Buttons, Fact, Facts, Message, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import ClickAction, Command, Router
from handlers.conversation.turn import Turn
from storage.contracts import Contract, may_see
from storage.database import Store
from storage.people import Unit

_LISTED = 20


@dataclass(frozen=True, slots=True)
class ShowContract:
    """Show one contract by its reference."""

    reference: str


SHOW = ClickAction("contracts.show", ShowContract)


def register(router: Router) -> None:
    """My contracts, my Business Unit's contracts, one contract."""
    router.on_command(
        Command(
            "my contracts",
            "my contracts",
            "See the contracts you manage or cover",
            (r"(show |list )?(me )?(my )?contracts",),
            skill="contracts",
        ),
        mine,
    )
    router.on_command(
        Command(
            "show contract",
            "show CMA-2015",
            "See one contract by its reference",
            (r"(show |open )?(contract )?(?P<reference>[a-z]{2,6}-\d{2,6})",),
        ),
        show_typed,
    )
    router.on_click(SHOW, show)


async def mine(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The contracts that this person manages or covers."""
    if turn.person is None:
        return reply(
            say("I can't find you in the council's directory, so I can't tell which contracts are yours.")
        )
    found = await store.contracts.managed_by(turn.person.id)
    if not found:
        return reply(
            say(
                "No contract names you as its manager or deputy. If one should, "
                "ask your CMA expert user to correct the record."
            )
        )
    return private(_list_message("Your contracts", found, turn.today))


async def show_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """One contract by a typed reference."""
    return await show(turn, store, ShowContract(args["reference"]))


async def show(turn: Turn, store: Store, params: ShowContract) -> Reply:
    """One contract's card, for those who may see it. Others learn nothing, not even that it exists."""
    contract = await store.contracts.by_reference(params.reference)
    units = {each.id: each for each in await store.people.units()}
    if contract is None or not may_see(turn.profile, contract, units):
        return reply(
            say(
                f"I can't find a contract {params.reference.upper()} among those you may see. "
                "Type 'my contracts' for yours."
            )
        )
    names = await store.people.named([contract.manager_id, contract.deputy_id, contract.sro_id])
    due = (await due_dates(store, [contract], turn.today))[contract.id]
    return private(_card(contract, units, names, due_label(due, turn.today)))


def _list_message(title: str, contracts: Sequence[Contract], today: date) -> Message:
    shown = contracts[:_LISTED]
    rest = f" The first {_LISTED} to end are shown." if len(contracts) > len(shown) else ""
    rows = tuple(
        (
            each.reference,
            each.title,
            each.supplier,
            each.tier or "Not set",
            _day(each.ends),
            _review(each, today),
        )
        for each in shown
    )
    return Message(
        f"{title}: {len(contracts)}.",
        (
            Text(spans([bold(f"{title}: {len(contracts)}."), rest])),
            Table(title, ("Reference", "Contract", "Supplier", "Tier", "Ends", "Next review"), rows),
            Buttons(
                tuple(
                    SHOW.button(f"Show {each.reference}", ShowContract(each.reference)) for each in shown[:5]
                )
            ),
        ),
    )


def _card(
    contract: Contract, units: Mapping[int, Unit], names: Mapping[int, str], assessment_due: str
) -> Message:
    unit = units.get(contract.unit_id)
    money = f"£{contract.annual_value:,.0f} a year" if contract.annual_value is not None else "Not on record"
    facts = [
        ("Supplier", contract.supplier),
        ("Business Unit or Service Area", unit.name if unit else "Not on record"),
        ("Tier", contract.tier or "Not set"),
        ("High risk", "Yes" if contract.high_risk else "No"),
        ("Lifecycle stage", (contract.stage or "not set").capitalize()),
        ("Value", money),
        ("Starts", _day(contract.starts)),
        ("Ends", _day(contract.ends)),
        ("Notice", _months(contract.notice_months)),
        ("Possible extension", _months(contract.extension_months)),
        ("Next review", _day(contract.review_date)),
        ("Next self-assessment due", assessment_due),
        ("Contract manager", names.get(contract.manager_id or 0, "None on record")),
        ("Deputy", names.get(contract.deputy_id or 0, "None on record")),
        ("Senior Responsible Officer", names.get(contract.sro_id or 0, "None on record")),
    ]
    if contract.notes:
        facts.append(("Notes", contract.notes))
    return Message(
        f"{contract.reference}: {contract.title}",
        (
            Text(spans([bold(f"{contract.reference}: {contract.title}")])),
            Facts(tuple(Fact(name, spans(value)) for name, value in facts)),
        ),
    )


def _review(contract: Contract, today: date) -> str:
    late = contract.review_date is not None and contract.review_date < today
    return f"{_day(contract.review_date)}{', passed' if late else ''}"


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "Not on record"


def _months(months: int | None) -> str:
    if months is None:
        return "Not on record"
    return f"{months} month{'' if months == 1 else 's'}"
