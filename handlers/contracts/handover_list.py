"""The handovers that are under way, and whose turn each is."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contracts.handover_view import CONFIRM, FILL, OneHandover
from handlers.conversation.message import Block, Button, Buttons, Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.turn import Turn
from storage.contracts import leads
from storage.database import Store
from storage.handovers import Handover, HandoverState


async def handovers(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The handovers under way that this person takes part in, or that their Business Units have."""
    units = {each.id: each for each in await store.people.units()}
    facts: list[Fact] = []
    buttons: list[Button] = []
    for each in await store.handovers.all_under_way():
        contract = await store.contracts.get(each.contract_id)
        if contract is None or not _takes_part(turn, each, leads(turn.profile, contract.unit_id, units)):
            continue
        names = await store.people.named([each.from_id, each.to_id])
        waits_for = each.from_id if each.state is HandoverState.OUTGOING else each.to_id
        facts.append(
            Fact(
                f"{contract.reference} {contract.title}",
                spans(f"to {names.get(each.to_id)}; waits for {names.get(waits_for or 0, 'nobody')}"),
            )
        )
        if waits_for == turn.person_id:
            action = FILL if each.state is HandoverState.OUTGOING else CONFIRM
            buttons.append(action.button(f"Go on with {contract.reference}", OneHandover(each.id)))
    if not facts:
        return private(say("No handover is under way."))
    blocks: list[Block] = [Text(spans([bold(f"Handovers under way: {len(facts)}.")])), Facts(tuple(facts))]
    if buttons:
        blocks.append(Buttons(tuple(buttons), "Your turn"))
    return private(Message(f"Handovers under way: {len(facts)}.", tuple(blocks)))


def _takes_part(turn: Turn, handover: Handover, leading: bool) -> bool:
    return leading or (turn.person_id is not None and turn.person_id in (handover.from_id, handover.to_id))
