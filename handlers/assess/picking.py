"""Which contract somebody wants to assess: by reference, name or supplier, or from a short list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.assess.access import Around, Directory
from handlers.assess.questions import Answering
from handlers.conversation.acts import ClickAction
from handlers.conversation.likeness import meant_by
from handlers.conversation.message import Message, say
from handlers.conversation.turn import Turn
from storage.contracts import Contract, may_see
from storage.database import Store

_LISTED = 5
_REFERENCE = re.compile(r"\b[a-z]{2,6}-\d{2,6}\b", re.IGNORECASE)
# What is left of a request without these is the contract's name.
_SMALL_WORDS = re.compile(
    r"\b(i|a|an|the|my|our|this|that|it|on|of|for|to|in|me|we|us|can|could|do|does|now|please|want|need|would|like|"
    r"let's|let|start|begin|run|redo|restart|resume|continue|carry|finish|complete|fill|open|take|through|new|again|"
    r"quick|assess|assessment|assessments|self|score|rate|quiz|questions|form|contract|contracts|'s|i'm|ready)\b|[-?.!,]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Start:
    """Begin the assessment of a contract."""

    reference: str


START = ClickAction("assess.start", Start)


def reference_in(text: str) -> str | None:
    """The reference that a text names."""
    found = _REFERENCE.search(text)
    return found[0] if found else None


def name_in(text: str) -> str:
    """What a request says of the contract, without the words that only ask for it."""
    return " ".join(_SMALL_WORDS.sub(" ", text).split())


async def assessable(turn: Turn, store: Store, directory: Directory) -> list[Contract]:
    """The contracts that the person may assess, those that end first first."""
    found = [
        each
        for each in await store.contracts.all()
        if may_see(turn.profile, each, directory.units) and directory.around(each).answers_for(turn.person_id)
    ]
    return sorted(found, key=lambda each: (each.ends is None, each.ends, each.reference))


def meant(name: str, contracts: Sequence[Contract]) -> list[Contract]:
    """The contract that a name means, or the few that it may mean."""
    by_reference = {each.reference: each for each in contracts}
    known = {each.reference: f"{each.title} {each.supplier}" for each in contracts}
    return [by_reference[each] for each in meant_by(name, known)]


def choice_of(contracts: Sequence[Contract], words: str) -> Message:
    """A short list to choose from."""
    shown = contracts[:_LISTED]
    rest = len(contracts) - len(shown)
    more = f" {rest} more are yours: type 'assess' and the name." if rest > 0 else ""
    return say(
        f"{words}{more}",
        buttons=[
            START.button(f"{each.reference} {each.title}"[:70], Start(each.reference)) for each in shown
        ],
        label="Choose a contract",
    )


def not_found(name: str) -> Message:
    """Told where nothing that the person may see is meant."""
    return say(
        f"I can't find a contract '{name[:60]}' among those you may assess. Nothing was changed. "
        "Type 'assess' for a list, or 'my contracts'."
    )


def not_theirs(contract: Contract) -> Message:
    """Told to somebody who sees a contract but does not answer for it."""
    return say(
        f"You can't assess {contract.reference}: its contract manager or deputy does, "
        "or the CSMG member where it has no manager. Nothing was changed."
    )


def cover_first(around: Around, *, member: bool) -> Message:
    """Told where the contract manager has left."""
    contract = around.contract
    if member:
        return say(
            f"The contract manager of {contract.reference} {contract.title} has left. Name cover first: "
            f"type 'name a manager for {contract.reference}'. Then whoever takes it over can assess it, "
            "within 30 days. Earlier scores are not carried over."
        )
    who = around.member.name if around.member else "The SRM lead"
    return say(
        f"The contract manager of {contract.reference} has left, so it needs cover before it is assessed. "
        f"{who} has been asked to name it. Nothing else was changed."
    )


async def last_of(store: Store, contract: Contract, person_id: int) -> Answering:
    """What a form carries that begins now."""
    earlier = [
        each.id for each in await store.assessments.of_contract(contract.id) if each.answered_by == person_id
    ]
    return Answering(contract.reference, max(earlier, default=0))
