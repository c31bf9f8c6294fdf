"""Every act on a market-intelligence request, clicked or typed: who may do it, and who is told."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.acts import Command
from handlers.conversation.form import Form
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import unknown_person
from handlers.intelligence.asking import record, tell
from handlers.intelligence.view import (
    ON,
    OUTCOME_FORM,
    READERS,
    Act,
    OnRequest,
    act_button,
    acts_of,
    card,
    handlers_of,
    name_of,
    no_such,
    outcome_form,
    standing,
)
from storage.database import Store
from storage.intelligence import IntelligenceRequest, IntelligenceState


def register(router: Router) -> None:
    """The acts, and the form of an answer or a reason."""
    router.on_command(
        Command(
            "intelligence request",
            "show intelligence request 3",
            "Look at a request for market intelligence, withdraw it, or for BSP Commercial accept or answer it",
            (rf"(?P<act>{'|'.join(Act)}) (?:market[- ])?intelligence request (?P<id>\d{{1,9}})",),
        ),
        _typed,
    )
    router.on_click(ON, act)
    router.on_form(OUTCOME_FORM, settle, build_outcome)


async def _typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    return await act(turn, store, OnRequest(int(args["id"]), Act(args["act"])))


async def act(turn: Turn, store: Store, params: OnRequest) -> Reply:
    """Do what a button says, if this person may and the request still stands so."""
    request = await _allowed(turn, store, params)
    if isinstance(request, Reply):
        return request
    match params.act:
        case Act.SHOW:
            return private(await _card(turn, store, name_of(request).capitalize(), request))
        case Act.ACCEPT:
            return await _accept(turn, store, request)
        case Act.WITHDRAW:
            return await _withdraw(turn, store, request)
        case Act.ANSWER | Act.DECLINE:
            return Reply(form=outcome_form(params, request))


async def _allowed(turn: Turn, store: Store, params: OnRequest) -> IntelligenceRequest | Reply:
    """The request, or why this person can't do this with it; who may not see it learns nothing of it."""
    if turn.person is None:
        return reply(unknown_person())
    request = await store.intelligence.get(params.request_id)
    handles = await _handles(turn, store)
    if request is None or not (handles or turn.has(*READERS) or request.asker_id == turn.person.id):
        return private(no_such())
    if params.act is Act.SHOW or params.act in acts_of(turn, request, handles=handles):
        return request
    return private(await _refusal(store, request, params.act, handles=handles))


async def _handles(turn: Turn, store: Store) -> bool:
    return turn.person_id in {each.id for each in await handlers_of(store)}


async def _refusal(store: Store, request: IntelligenceRequest, wanted: Act, *, handles: bool) -> Message:
    show = [act_button(Act.SHOW, request)]
    if wanted is Act.WITHDRAW and request.open:
        return say("Only the person who asked can withdraw it. Nothing was changed.", buttons=show)
    if wanted is not Act.WITHDRAW and not handles:
        return say("Only BSP Commercial can do this. Nothing was changed.", buttons=show)
    names = await store.people.named([request.handler_id])
    words = f"{name_of(request).capitalize()} is already {standing(request, names)}. Nothing was changed."
    return say(words, buttons=show)


async def _card(turn: Turn, store: Store, first: str, request: IntelligenceRequest) -> Message:
    names = await store.people.named([request.asker_id, request.handler_id])
    acts = acts_of(turn, request, handles=await _handles(turn, store))
    return card(first, request, names, turn.today, *(act_button(each, request) for each in acts))


async def _accept(turn: Turn, store: Store, request: IntelligenceRequest) -> Reply:
    assert turn.person is not None, "only somebody known gets here"
    _move(turn, request, IntelligenceState.ACCEPTED)
    request.handler_id = turn.person.id
    record(turn, store, request)
    told = f"{turn.person.name} has accepted {name_of(request)}. You are told here when there is an answer."
    to_asker = say(told, buttons=[act_button(Act.SHOW, request), act_button(Act.WITHDRAW, request)])
    notices = await tell(turn, store, request, [request.asker_id], to_asker)
    card_of = await _card(turn, store, f"You have accepted {name_of(request)}", request)
    return Reply((card_of,), notices=notices, private=True)


async def _withdraw(turn: Turn, store: Store, request: IntelligenceRequest) -> Reply:
    """Take it back; who accepted it is told, or everybody whom it went to."""
    assert turn.person is not None, "only somebody known gets here"
    people = [request.handler_id] if request.handler_id else [each.id for each in await handlers_of(store)]
    _move(turn, request, IntelligenceState.WITHDRAWN)
    # Whose work it was is in the audit trail; nobody withdrew it but the asker.
    request.handler_id = None
    record(turn, store, request)
    told = say(f"{turn.person.name} has withdrawn {name_of(request)}. There is nothing more to do.")
    notices = await tell(turn, store, request, people, told)
    words = f"{name_of(request).capitalize()} is withdrawn. BSP Commercial is told."
    return Reply((say(words),), notices=notices, private=True)


async def build_outcome(turn: Turn, store: Store, params: OnRequest) -> Form | Reply:
    """The form of an answer or a reason, as long as the request is open."""
    if params.act not in (Act.ANSWER, Act.DECLINE):
        return private(no_such())
    request = await _allowed(turn, store, params)
    return request if isinstance(request, Reply) else outcome_form(params, request)


async def settle(turn: Turn, store: Store, params: OnRequest, values: Mapping[str, str]) -> Reply:
    """Send the answer or the reason to who asked; a colleague who had accepted it is told too."""
    assert turn.person is not None, "the form is made only for somebody known"
    request = await store.intelligence.get(params.request_id)
    assert request is not None, "the form is made only for one that is there"
    before = request.handler_id
    answered = params.act is Act.ANSWER
    _move(turn, request, IntelligenceState.ANSWERED if answered else IntelligenceState.DECLINED)
    request.handler_id, request.outcome = turn.person.id, values["outcome"]
    record(turn, store, request)
    names = await store.people.named([request.asker_id, request.handler_id])
    verb = "answered" if answered else "declined"
    first = f"{turn.person.name} has {verb} {name_of(request)}"
    people = [each for each in (request.asker_id, before) if each is not None]
    notices = await tell(turn, store, request, people, card(first, request, names, turn.today))
    return Reply(
        (say(f"You have {verb} {name_of(request)}. Who asked is told."),), notices=notices, private=True
    )


def _move(turn: Turn, request: IntelligenceRequest, state: IntelligenceState) -> None:
    request.state, request.changed_at = state, turn.received_at
