"""Finding the one contract that somebody means, among those that they may see."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.conversation.acts import ClickAction
from handlers.conversation.likeness import meant_by
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.turn import Turn
from storage.contracts import Contract, leads, may_see
from storage.database import Store
from storage.people import Unit

_REFERENCE = re.compile(r"[a-z]{2,6}-\d{2,6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShowContract:
    """Show one contract by its reference."""

    reference: str


SHOW = ClickAction("contracts.show", ShowContract)


@dataclass(frozen=True, slots=True)
class Held:
    """A contract with the units that say who leads it."""

    contract: Contract
    units: Mapping[int, Unit]

    def led_by(self, turn: Turn) -> bool:
        """Whether the person leads its Business Unit's contract management, or the programme."""
        return leads(turn.profile, self.contract.unit_id, self.units)

    def worked_by(self, turn: Turn) -> bool:
        """Whether what follows from a self-assessment is the person's to see; that of a contract's SRO it is not."""
        return self.run_by(turn) or self.led_by(turn)

    def run_by(self, turn: Turn) -> bool:
        """Whether the person manages or covers it."""
        return turn.person_id is not None and turn.person_id in (
            self.contract.manager_id,
            self.contract.deputy_id,
        )


async def units_by_id(store: Store) -> dict[int, Unit]:
    """Every unit by its id."""
    return {each.id: each for each in await store.people.units()}


async def visible(turn: Turn, store: Store) -> list[Contract]:
    """The contracts that the person may see, those that end first first."""
    units = await units_by_id(store)
    found = [each for each in await store.contracts.all() if may_see(turn.profile, each, units)]
    return sorted(found, key=lambda each: (each.ends is None, each.ends, each.reference))


async def held(turn: Turn, store: Store, reference: str) -> Held | Reply:
    """A contract by its reference, or the words for somebody who may not see it: not even that it exists."""
    return await _seen(turn, store, reference, await store.contracts.by_reference(reference))


async def _seen(turn: Turn, store: Store, reference: str, contract: Contract | None) -> Held | Reply:
    units = await units_by_id(store)
    if contract is None or not may_see(turn.profile, contract, units):
        return reply(no_such(reference.upper()))
    return Held(contract, units)


async def _to_change(turn: Turn, store: Store, reference: str) -> Held | Reply:
    """The same, with the contract locked: of two who change it at once the second sees what the first did."""
    return await _seen(turn, store, reference, await store.contracts.locked(reference))


async def led(turn: Turn, store: Store, reference: str) -> Held | Reply:
    """The same, for what only those who lead the contract's Business Unit may do."""
    found = await _to_change(turn, store, reference)
    if isinstance(found, Held) and not found.led_by(turn):
        return reply(not_yours(found.contract))
    return found


async def run(turn: Turn, store: Store, reference: str) -> Held | Reply:
    """The same, for what the contract's manager and deputy may do too."""
    found = await _to_change(turn, store, reference)
    if isinstance(found, Held) and not (found.led_by(turn) or found.run_by(turn)):
        return reply(not_yours(found.contract))
    return found


def best(text: str, contracts: Sequence[Contract]) -> list[Contract]:
    """The contract that words mean, or the few that they may mean."""
    exact = [each for each in contracts if each.reference.casefold() == text.strip().casefold()]
    if exact:
        return exact
    by_reference = {each.reference: each for each in contracts}
    named = {each.reference: f"{each.title} {each.supplier}" for each in contracts}
    return [by_reference[each] for each in meant_by(text, named)]


async def pick(turn: Turn, store: Store, text: str) -> Contract | Reply:
    """The contract that somebody's words mean, or a short list to choose from."""
    found = best(text, await visible(turn, store))
    if len(found) == 1:
        return found[0]
    if not found:
        return reply(no_such(text.upper() if _REFERENCE.fullmatch(text) else text))
    return private(
        say(
            "Which of these contracts do you mean?",
            buttons=[
                SHOW.button(f"{each.reference} {each.title}"[:70], ShowContract(each.reference))
                for each in found
            ],
            label="Choose a contract",
        )
    )


def no_such(what: str) -> Message:
    """Told where there is no such contract among those that the person may see."""
    return say(
        f"I can't find a contract {what[:60]} among those you may see. Nothing was changed. "
        "Type 'my contracts' for yours."
    )


def not_yours(contract: Contract) -> Message:
    """Told to somebody who sees a contract and may not do this with it."""
    return say(
        f"You can't do this for {contract.reference}. Its Business Unit's CSMG member or first point of contact "
        "can, or the SRM lead. Nothing was changed."
    )
