"""Asking BSP Commercial for market intelligence, and finding the requests again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.contracts.finding import held
from handlers.conversation.acts import Command
from handlers.conversation.form import Form
from handlers.conversation.message import Block, Bullets, Buttons, Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import unknown_person
from handlers.intelligence.view import (
    ASK,
    ASK_FORM,
    CAUSE,
    READERS,
    Act,
    AskIntelligence,
    about,
    act_button,
    ask_form,
    card,
    handlers_of,
    name_of,
    needed,
    state_words,
)
from handlers.reminders.quiet_hours import told_when_awake
from storage.database import Store
from storage.intelligence import IntelligenceRequest
from storage.people import Role

_LISTED = 8


def register(router: Router) -> None:
    """The form and the lists."""
    router.on_command(
        Command(
            "ask for market intelligence",
            "ask for market intelligence",
            "Ask BSP Commercial what you need to know about a market",
            (r"(?:ask|send a request) for market intelligence(?: (?:on|about) (?P<reference>[a-z]+-\d+))?",),
            skill="intelligence",
        ),
        _typed_ask,
    )
    router.on_command(
        Command(
            "my intelligence requests",
            "my intelligence requests",
            "See what you asked BSP Commercial, and how it stands",
            (r"(?:show )?my (?:market[- ])?intelligence requests",),
        ),
        mine,
    )
    router.on_command(
        Command(
            "intelligence requests",
            "intelligence requests",
            "See what BSP Commercial is asked, late ones first",
            (r"(?:show )?(?:all |the )?(?:market[- ])?intelligence requests",),
            roles=frozenset(READERS),
        ),
        everybodys,
    )
    router.on_click(ASK, open_ask)
    router.on_form(ASK_FORM, ask, build_ask)


async def _typed_ask(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    return await open_ask(turn, store, AskIntelligence(args.get("reference", "").upper()))


async def open_ask(turn: Turn, store: Store, params: AskIntelligence) -> Reply:
    """Open the form."""
    form = await build_ask(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build_ask(turn: Turn, store: Store, params: AskIntelligence) -> Form | Reply:
    """The form, for anybody in the directory; about a contract only where they may see it."""
    if turn.person is None:
        return reply(unknown_person())
    if params.reference:
        found = await held(turn, store, params.reference)
        if isinstance(found, Reply):
            return found
    return ask_form(params)


async def ask(turn: Turn, store: Store, _params: AskIntelligence, values: Mapping[str, str]) -> Reply:
    """Keep a request and tell those who take it."""
    assert turn.person is not None, "the form is made only for somebody known"
    needed_by = date.fromisoformat(values["needed_by"])
    if needed_by < turn.today:
        return Reply(errors={"needed_by": "Enter today or a day that is still to come"})
    contract = (
        await store.contracts.by_reference(values.get("contract", "")) if values.get("contract") else None
    )
    market = values.get("market", "")
    if contract is None and not market:
        return Reply(errors={"market": "Name a contract, a market, or both"})
    takers = await handlers_of(store)
    if not takers:
        words = "Nobody takes market-intelligence requests at the moment. Ask your first point of contact."
        return private(say(f"{words} Nothing was sent."))
    request = await store.intelligence.add(
        IntelligenceRequest(
            asker_id=turn.person.id,
            asked_at=turn.received_at,
            needed_by=needed_by,
            question=values["question"],
            changed_at=turn.received_at,
            contract=f"{contract.reference}, {contract.title}" if contract else "",
            market=market,
        )
    )
    record(turn, store, request)
    notice = card(
        f"{turn.person.name} asks for market intelligence: {name_of(request)}",
        request,
        {turn.person.id: turn.person.name},
        turn.today,
        *(act_button(each, request) for each in (Act.ACCEPT, Act.ANSWER, Act.DECLINE)),
    )
    notices = await tell(turn, store, request, [each.id for each in takers], notice)
    names = " and ".join(each.name for each in takers)
    told = (
        f"Sent to {names} as {name_of(request)}. You are told here when it is accepted, answered or declined."
    )
    buttons = [act_button(Act.SHOW, request), act_button(Act.WITHDRAW, request)]
    return Reply((say(told, buttons=buttons),), notices=notices, private=True)


async def tell(
    turn: Turn, store: Store, request: IntelligenceRequest, people: Sequence[int], message: Message
) -> tuple[Notice, ...]:
    """Tell others that a request has come to its state: not who did it, nor who has left."""
    here = {each.id for each in await store.people.all()} - {turn.person_id}
    return told_when_awake(
        f"intelligence:{request.id}:{request.state.value}",
        sorted(here.intersection(people)),
        message,
        CAUSE,
        manners=await store.manners.all(),
        now=turn.received_at,
        zone=turn.council_zone,
    )


def record(turn: Turn, store: Store, request: IntelligenceRequest, **detail: object) -> None:
    """Put the state that a request came to into the audit trail."""
    store.audit.record(
        turn.received_at,
        f"market intelligence {request.state.value}",
        f"intelligence:{request.id}",
        person_id=turn.person_id,
        **detail,
    )


async def mine(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What this person asked."""
    if turn.person is None:
        return reply(unknown_person())
    waiting = await store.intelligence.waiting(turn.person.id)
    settled = await store.intelligence.settled(_LISTED, turn.person.id)
    return await _listed(turn, store, "Your intelligence requests", waiting, settled)


async def everybodys(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What BSP Commercial is asked, for them and for the SRM lead."""
    if turn.person is None:
        return reply(unknown_person())
    if not turn.has(*READERS):
        return private(_not_theirs())
    waiting = await store.intelligence.waiting()
    settled = await store.intelligence.settled(_LISTED)
    return await _listed(turn, store, "Intelligence requests", waiting, settled)


def _not_theirs() -> Message:
    return say(
        f"{Role.BSP_COMMERCIAL.label} and the SRM lead see everybody's requests. "
        "Type 'my intelligence requests' for yours."
    )


async def _listed(
    turn: Turn,
    store: Store,
    title: str,
    waiting: Sequence[IntelligenceRequest],
    settled: Sequence[IntelligenceRequest],
) -> Reply:
    ask_button = ASK.button("Ask for market intelligence", AskIntelligence())
    if not waiting and not settled:
        return private(say(f"{title}: none so far.", buttons=[ask_button]))
    late = sum(each.late_on(turn.today) for each in waiting)
    first = f"{title}: {len(waiting)} open" + (f", {late} late" if late else "")
    shown = [*waiting, *settled][:_LISTED]
    names = await store.people.named(who for each in shown for who in (each.asker_id, each.handler_id))
    lines = tuple(
        spans([bold(f"{each.id}: {about(each)}. "), f"{_standing(turn, each, names)}."]) for each in shown
    )
    left = len(waiting) - len(shown)
    more = [Text(spans(f"And {left} open ones that are needed later."))] if left > 0 else []
    blocks: list[Block] = [Text(spans([bold(first)])), Bullets(lines), *more]
    buttons = (*(act_button(Act.SHOW, each) for each in shown), ask_button)
    return private(Message(first, (*blocks, Buttons(buttons, "Look at one"))))


def _standing(turn: Turn, request: IntelligenceRequest, names: Mapping[int, str]) -> str:
    asker = "" if request.asker_id == turn.person_id else f", for {names.get(request.asker_id, '')}"
    standing = state_words(request, names)
    return f"{standing}{asker}. {needed(request, turn.today)}" if request.open else f"{standing}{asker}"
