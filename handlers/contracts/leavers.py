"""People who have left: who in their Business Unit hears what they leave behind, with how to hand it over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from handlers.assess.access import Directory
from handlers.conversation.acts import AGAIN, SayAgain
from handlers.conversation.message import Bullets, Buttons, Message, Note, Text, bold, spans
from handlers.conversation.reply import Notice
from storage.contracts import Contract
from storage.database import Store
from storage.people import Person

_BUTTONS = 5
_POSTS = (
    ("manager_id", "contract manager"),
    ("deputy_id", "deputy"),
    ("sro_id", "Senior Responsible Officer"),
)


async def told_of_leavers(store: Store, leavers: Iterable[Person], now: datetime) -> list[Notice]:
    """A message for each first point of contact (else CSMG member, else SRM lead) about each leaver."""
    directory = await Directory.read(store)
    contracts = [each for each in await store.contracts.all() if each.is_live(now.date())]
    notices = []
    for leaver in leavers:
        theirs: dict[int, list[Contract]] = {}
        for contract in contracts:
            around = directory.around(contract)
            to = around.contact or around.member or around.lead
            if to is not None and any(getattr(contract, post) == leaver.id for post, _ in _POSTS):
                theirs.setdefault(to.id, []).append(contract)
        for person_id, left in theirs.items():
            key = f"left:{leaver.id}:{now:%Y%m%d}:{person_id}"
            notices.append(Notice(key, person_id, await _message(store, leaver, left), "leaver"))
    return notices


async def _message(store: Store, leaver: Person, contracts: Sequence[Contract]) -> Message:
    ids = {each.id for each in contracts}
    follow_ups = [each for each in await store.followups.open_of(leaver.id) if each.contract_id in ids]
    activities = [each for each in await store.reviews.open_activities(ids) if each.owner_id == leaver.id]
    first = f"{leaver.name} has left the council and is on record for {_contracts(len(contracts))}."
    lines = [f"{each.reference} {each.title}: {_posts(each, leaver.id)}" for each in contracts]
    lines += [f"Agreed activity: {each.text} (by {each.month.label})" for each in activities]
    lines += [f"Follow-up {each.id}: {each.rule}" for each in follow_ups]
    managed = [each.reference for each in contracts if each.manager_id == leaver.id]
    buttons = tuple(
        AGAIN.button(f"Hand over {each}", SayAgain(f"hand over {each}")) for each in managed[:_BUTTONS]
    )
    return Message(
        first,
        (
            Text(spans([bold(first)])),
            Bullets(tuple(spans(each) for each in lines)),
            *([Buttons(buttons, "Name the next manager")] if buttons else []),
            Note(
                spans(
                    "Nothing of it is lost: it stays on record until somebody else has it. What the manager "
                    "still had to do goes to the next one. Type 'name a deputy for' or 'name an SRO for' and "
                    "the reference for the other posts."
                )
            ),
        ),
    )


def _posts(contract: Contract, person_id: int) -> str:
    return ", ".join(label for post, label in _POSTS if getattr(contract, post) == person_id)


def _contracts(number: int) -> str:
    return "1 contract" if number == 1 else f"{number} contracts"
