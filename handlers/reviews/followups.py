"""What low scores ask for: the follow-ups that are open, and closing one that asks for no review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.contracts import words
from handlers.contracts.finding import Held, held, not_yours, units_by_id, visible
from handlers.conversation.acts import ClickAction, Command, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Block, Buttons, Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reviews.view import SHOW, OneReview
from storage.database import Store
from storage.followups import FollowUp, FollowUpState

_SHOWN = 20
_BUTTONS = 5
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class OneFollowUp:
    """One follow-up by its id."""

    follow_up_id: int


CLOSE = ClickAction("followups.close", OneFollowUp)
CLOSE_FORM = FormAction("followups.close.form", OneFollowUp)


def register(router: Router) -> None:
    """The list, and closing one."""
    router.on_command(
        Command(
            "follow-ups",
            "follow-ups",
            "See what low scores ask for on your contracts",
            (r"(?:show |list )?(?:my |the |all )?(?:open )?follow[- ]?ups",),
        ),
        listed,
    )
    router.on_command(
        Command(
            "close follow-up",
            "close follow-up 3 because …",
            "Say what was done about a follow-up that asks for no review",
            (r"close follow[- ]?up (?P<number>\d{1,9})(?: because (?P<why>.+))?",),
        ),
        close_typed,
    )
    router.on_click(CLOSE, open_closing)
    router.on_form(CLOSE_FORM, close, closing)


async def listed(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What is open on the contracts that this person may see, the first due first."""
    if turn.person is None:
        return reply(say("I can't find you in the council's directory, so I can't tell what is yours."))
    units = await units_by_id(store)
    seen = {each.id for each in await visible(turn, store) if Held(each, units).worked_by(turn)}
    found = [
        each
        for each in await store.followups.all_open()
        if each.contract_id in seen or each.owner_id == turn.person_id
    ]
    contracts = {each.id: each for each in await store.contracts.all()}
    if not found:
        return private(say("No follow-up is open on the contracts you may see."))
    reviews = await _reviews(store)
    people = {each.id: each for each in await store.people.everyone()}
    shown = found[:_SHOWN]
    rows = tuple(
        (
            str(each.id),
            contracts[each.contract_id].reference,
            each.rule,
            words.day(each.due) + (", late" if each.due < turn.today else ""),
            words.person(each.owner_id, people),
            f"Review {reviews[each.id]}" if each.id in reviews else "No review",
        )
        for each in shown
    )
    late = sum(each.due < turn.today for each in found)
    title = f"Follow-ups open: {len(found)}" + (f", {late} late." if late else ".")
    rest = f" The {len(shown)} that are due first are shown." if len(found) > len(shown) else ""
    blocks: list[Block] = [
        Text(spans([bold(title), rest])),
        Table("Follow-ups", ("Number", "Contract", "Rule", "Due by", "Asked of", "Seen to by"), rows),
    ]
    buttons = []
    for each in shown:
        if each.id in reviews:
            buttons.append(SHOW.button(f"Show review {reviews[each.id]}", OneReview(reviews[each.id])))
        elif await _may_close(turn, store, each):
            buttons.append(CLOSE.button(f"Close follow-up {each.id}", OneFollowUp(each.id)))
    if buttons:
        blocks.append(Buttons(tuple(buttons[:_BUTTONS]), "Next"))
    blocks.append(Note(spans("A follow-up with a review closes when the review is recorded.")))
    return private(Message(title, tuple(blocks)))


async def _reviews(store: Store) -> dict[int, int]:
    """The unfinished review of each follow-up that has one."""
    found = await store.reviews.unfinished()
    return {each.follow_up_id: each.id for each in found if each.follow_up_id is not None}


async def _held(turn: Turn, store: Store, follow_up: FollowUp) -> Held | None:
    """Its contract, for who may see that and for whoever is asked, such as a team leader."""
    contract = await store.contracts.get(follow_up.contract_id)
    if contract is None:
        return None
    if turn.person_id is not None and follow_up.owner_id == turn.person_id:
        return Held(contract, await units_by_id(store))
    found = await held(turn, store, contract.reference)
    return found if isinstance(found, Held) and found.worked_by(turn) else None


async def _may_close(turn: Turn, store: Store, follow_up: FollowUp) -> bool:
    found = await _held(turn, store, follow_up)
    return found is not None and (found.led_by(turn) or follow_up.owner_id == turn.person_id)


async def close_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Close one from typed words, or ask what was done."""
    params = OneFollowUp(int(args["number"]))
    if "why" not in args:
        return await open_closing(turn, store, params)
    form = await closing(turn, store, params)
    if isinstance(form, Reply):
        return form
    # As it was typed: commands are matched in small letters.
    why = (turn.text or "").strip()[-len(args["why"]) :]
    return await close(turn, store, params, {"why": why})


async def open_closing(turn: Turn, store: Store, params: OneFollowUp) -> Reply:
    """Open the form for what was done."""
    form = await closing(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def closing(turn: Turn, store: Store, params: OneFollowUp) -> Form | Reply:
    """What was done, asked of those who may close it while it is open."""
    follow_up = await store.followups.get(params.follow_up_id)
    found = await _held(turn, store, follow_up) if follow_up else None
    if follow_up is None or found is None:
        return reply(say("That follow-up is not among those you may see. Type 'follow-ups' for the list."))
    if not (found.led_by(turn) or follow_up.owner_id == turn.person_id):
        return reply(not_yours(found.contract))
    if not follow_up.state.is_open:
        people = {each.id: each for each in await store.people.everyone()}
        by = words.person(follow_up.closed_by, people)
        when = words.day(follow_up.closed_at.date() if follow_up.closed_at else None)
        return reply(say(f"Follow-up {follow_up.id} was closed by {by} on {when}. Nothing was changed."))
    review = (await _reviews(store)).get(follow_up.id)
    if review is not None:
        return reply(
            say(
                f"Follow-up {follow_up.id} asks for review {review}, and closes when that is recorded.",
                buttons=[SHOW.button(f"Show review {review}", OneReview(review))],
            )
        )
    return Form(
        CLOSE_FORM.name,
        f"Close follow-up {follow_up.id} on {found.contract.reference}",
        (
            Field(
                "why",
                "What was done",
                Kind.LONG_TEXT,
                longest=500,
                help=f"{follow_up.rule}, due by {words.day(follow_up.due)}. The contract manager is told.",
            ),
        ),
        submit="Close it",
        params=CLOSE_FORM.carried(params),
    )


async def close(turn: Turn, store: Store, params: OneFollowUp, values: Mapping[str, str]) -> Reply:
    """Close it, keep what was done, and tell those around it."""
    if len(values["why"].strip()) < _SHORTEST:
        return Reply(errors={"why": "Say in a few words what was done"})
    follow_up = await store.followups.get(params.follow_up_id)
    found = await _held(turn, store, follow_up) if follow_up else None
    assert follow_up is not None, "the form is made only for one that is there"
    assert found is not None, "the form is made only for who may see it"
    assert turn.person is not None, "only somebody known may see a contract"
    follow_up.add_note(f"Done: {values['why']}")
    follow_up.close(FollowUpState.DONE, turn.received_at, turn.person_id)
    store.audit.record(
        turn.received_at,
        "close follow-up",
        f"follow-up:{follow_up.id}",
        person_id=turn.person_id,
        rule=follow_up.rule,
        contract=found.contract.reference,
    )
    name = f"{follow_up.rule} on {found.contract.reference} {found.contract.title}"
    again = (
        f" The area is to be assessed again from {words.day(follow_up.reassess_on)}."
        if follow_up.reassess_on
        else ""
    )
    told = say(
        f"{turn.person.name} has closed the follow-up {name}.", f"What was done: {values['why']}{again}"
    )
    people = {found.contract.manager_id, follow_up.owner_id, follow_up.copied_id} - {turn.person_id, None}
    notices = tuple(
        Notice(f"follow-up:{follow_up.id}:closed:{person_id}", person_id, told, "follow-up")
        for person_id in sorted(each for each in people if each is not None)
    )
    return Reply((say(f"Follow-up {follow_up.id} is closed: {name}.{again}"),), notices=notices, private=True)
