"""The contracts that a person may see: lists, one contract's card, and naming who looks after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.contracts import churn, handover, new_date, people, stage, who
from handlers.contracts.card import Card, Offer
from handlers.contracts.finding import SHOW, ShowContract, pick
from handlers.contracts.lists import LIST, ListContracts, from_words, listed
from handlers.contracts.new_date import NEW_DATE, ContractDate, Which
from handlers.conversation.acts import Command
from handlers.conversation.reply import Reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.contracts import Contract
from storage.database import Store

_TIERS = r"platinum|gold|silver|bronze"
_ENDS = (
    r"(?:that |which )?(?:end|ends|ending|expire|expires|expiring)(?: (?:in|within|during))?(?: the)? "
    r"(?:this year|next year|this month|next month|this quarter|(?:next )?\w+ months?|20\d\d)"
)
_LACKS = (
    r"(?:without|with no|lacking|missing)(?: an| a| any| the)? "
    r"(?:sro|senior responsible officer|deputy|deputies|manager|contract manager)"
)
# Only whole requests for a list: 'how do I extend a contract' is a question for the knowledge base.
_LISTS = (
    rf"(?:(?:show|list|find)(?: me)? )?(?:all )?(?:the )?(?:my |our )?(?:(?:{_TIERS}|high[ -]risk)(?: tier)? )*"
    rf"contracts?(?: {_LACKS}| {_ENDS}| in the \w+ stage)*(?: (?:in|with|for|across) (?:the |my )?[\w ,&'’-]{{2,60}}?)?"
    rf"(?: {_LACKS}| {_ENDS}| in the \w+ stage)*"
)
_REFERENCE = r"(?P<reference>[a-z]{2,6}-\d{2,6})"


def register(router: Router, offers: Sequence[Offer] = ()) -> None:
    """Lists, one contract with what it and other rooms offer, its people, its stage, and its handover."""
    handler = _Contracts(Card((stage.offers, handover.offers, people.offers, *offers)))
    router.on_command(
        Command(
            "my contracts",
            "my contracts",
            "See your contracts, or 'platinum contracts without an SRO', 'contracts ending this year in highways'",
            (rf"(?!contracts?$){_LISTS}|contracts",),
            skill="contracts",
        ),
        handler.asked,
    )
    router.on_command(
        Command(
            "show contract",
            "show CMA-2015",
            "See one contract by its reference, name or supplier",
            (
                rf"(?:show |open )?(?:contract )?{_REFERENCE}",
                r"(?:show|open|find)(?: me)? (?:the )?(?P<name>[\w ,&'’:()-]{3,80}) contract",
                r"(?:show|find|open) contract (?P<words>[\w ,&'’:()-]{3,80})",
            ),
        ),
        handler.show_typed,
    )
    router.on_click(SHOW, handler.card.show)
    router.on_click(LIST, listed)
    who.register(router)
    people.register(router)
    stage.register(router)
    handover.register(router)
    churn.register(router)
    new_date.register(router)


class _Contracts:
    """Lists and cards from typed words."""

    def __init__(self, card: Card) -> None:
        self.card = card

    async def asked(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """What was typed: a list, or one contract."""
        found = await from_words(turn, store, turn.text or "my contracts")
        if isinstance(found, Contract):
            return await self.card.show(turn, store, ShowContract(found.reference))
        return found

    async def show_typed(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """One contract by a typed reference or name."""
        if "reference" in args:
            return await self.card.show(turn, store, ShowContract(args["reference"]))
        found = await pick(turn, store, args.get("name") or args["words"])
        if isinstance(found, Contract):
            return await self.card.show(turn, store, ShowContract(found.reference))
        return found


__all__ = ["LIST", "NEW_DATE", "SHOW", "ContractDate", "ListContracts", "ShowContract", "Which", "register"]
