"""Asking for a briefing for one's Business Unit or team, and what the SRM lead makes of it."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.briefings.request_view import (
    ASK,
    ASK_FORM,
    DECLINE_FORM,
    ON,
    Act,
    OnRequest,
    act_button,
    card,
    line_of,
)
from handlers.briefings.view import CAUSE, PLAN, PlanBriefing
from handlers.community.view import only_leads
from handlers.conversation.acts import Command, NoParams
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import Block, Bullets, Buttons, Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS, unknown_person
from handlers.ladder import who_answers
from handlers.reminders.quiet_hours import told_when_awake
from storage.briefing_requests import BriefingRequest, RequestState
from storage.briefings import BriefingState
from storage.contracts import business_unit_of
from storage.database import Store
from storage.people import Unit

_LISTED = 8
# Somebody wants one to be held, rather than a place at one that is.
_ONE_WANTED = (
    r"^(?!.*\b(?:sign|book|place|seat|spot|attend|join|when|which)\b)"
    r".*\b(?:have|want|need|like|request|arrange|organise|give|run|ask for)\b.*\ba (?:\w+ )?(?:briefing|drop-?in|session)\b"
)


def register(router: Router) -> None:
    """Asking, the lists, and what is done with a request."""
    router.on_command(
        Command(
            "ask for a briefing",
            "ask for a briefing",
            "Ask the SRM lead for a briefing for your Business Unit or team",
            (r"(?:ask for|request) a (?:briefing|drop-?in)(?: for (?:my|our) (?:team|unit|business unit))?",),
            skill="briefings",
            naming=_ONE_WANTED,
        ),
        lambda turn, store, _: _open(turn, store),
    )
    router.on_command(
        Command(
            "briefing requests",
            "briefing requests",
            "See which briefings were asked for: your own, and for the SRM lead all that wait",
            (r"(?:my |show )?briefing requests",),
        ),
        listed,
    )
    router.on_command(
        Command(
            "briefing request",
            "withdraw briefing request 3",
            "Withdraw what you asked for; the SRM lead can plan or decline it",
            (rf"(?P<act>{'|'.join(Act)}) briefing request (?P<id>\d{{1,9}})",),
        ),
        _typed,
    )
    router.on_click(ASK, lambda turn, store, _: _open(turn, store))
    router.on_form(ASK_FORM, ask, build_ask)
    router.on_click(ON, act)
    router.on_form(DECLINE_FORM, decline, build_decline)


async def _open(turn: Turn, store: Store) -> Reply:
    form = await build_ask(turn, store, NoParams())
    return form if isinstance(form, Reply) else Reply(form=form)


async def build_ask(turn: Turn, store: Store, params: NoParams) -> Form | Reply:
    """The form, with the person's own Business Unit chosen."""
    if turn.person is None:
        return reply(unknown_person())
    units = {each.id: each for each in await store.people.units()}
    own = business_unit_of(turn.unit.id, units) if turn.unit else None
    return Form(
        ASK_FORM.name,
        "Ask for a briefing",
        (
            Field("topic", "What it should be about", longest=150),
            Field(
                "unit",
                "For which Business Unit",
                Kind.ONE_OF,
                options=tuple(Option(str(each.id), each.name) for each in _tops(units)),
                initial=str(own.id) if own else "",
            ),
            Field(
                "suits",
                "When would suit, and for about how many",
                required=False,
                longest=200,
                help="Such as: a morning in January, for our team of 12",
            ),
            Field("notes", "What people should take away", Kind.LONG_TEXT, required=False, longest=1500),
        ),
        submit="Ask for it",
        params=ASK_FORM.carried(params),
    )


def _tops(units: Mapping[int, Unit]) -> list[Unit]:
    return [each for each in units.values() if each.parent_id is None]


async def ask(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Keep the request and bring it to the SRM lead, or whoever stands in."""
    assert turn.person is not None, "the form is made only for somebody known"
    lead = await who_answers(turn, store)
    if lead is None:
        return private(say("Nobody holds the SRM lead or deputy role at the moment. Nothing was sent."))
    request = await store.briefing_requests.add(
        BriefingRequest(
            asker_id=turn.person.id,
            asked_at=turn.received_at,
            topic=values["topic"],
            unit_id=int(values["unit"]),
            suits=values.get("suits", ""),
            notes=values.get("notes", ""),
        )
    )
    _record(turn, store, request)
    first = f"{turn.person.name} asks for a briefing: {request.topic}."
    message = await card(
        store, request, first, act_button(Act.PLAN, request), act_button(Act.DECLINE, request)
    )
    done = say(
        f"Your request {request.id} has gone to {lead.name}.",
        "You are told here when it is planned, or why not.",
        buttons=[act_button(Act.WITHDRAW, request)],
    )
    return Reply((done,), notices=await _tell(turn, store, request, lead.id, message), private=True)


async def _tell(
    turn: Turn, store: Store, request: BriefingRequest, person_id: int, message: Message
) -> tuple[Notice, ...]:
    return told_when_awake(
        f"briefing request:{request.id}:{request.state.value}",
        [person_id],
        message,
        CAUSE,
        manners=await store.manners.all(),
        now=turn.received_at,
        zone=turn.council_zone,
    )


async def listed(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """One's own; for those who hold briefings, all that somebody waits for."""
    if turn.person is None:
        return reply(unknown_person())
    lead = turn.has(*LEADS)
    ask_button = ASK.button("Ask for a briefing", NoParams())
    found = await (
        store.briefing_requests.open() if lead else store.briefing_requests.of(turn.person.id, _LISTED)
    )
    if not found:
        words = "No request for a briefing is waiting." if lead else "You have not asked for a briefing yet."
        return private(say(words, buttons=[ask_button]))
    names = await store.people.named(each.asker_id for each in found)
    units = {each.id: each.name for each in await store.people.units()}
    lines = tuple(
        spans([bold(f"{each.id}: {each.topic}. "), line_of(each, names, units)]) for each in found[:_LISTED]
    )
    title = f"Briefings asked for: {len(found)}"
    blocks: list[Block] = [Text(spans([bold(title)])), Bullets(lines)]
    if len(found) > _LISTED:
        blocks.append(Text(spans(f"The {_LISTED} oldest are shown.")))
    act_of = Act.PLAN if lead else Act.WITHDRAW
    buttons = (*(act_button(act_of, each) for each in found[:_LISTED] if each.open), ask_button)
    return private(Message(title, (*blocks, Buttons(buttons, "Next"))))


async def _typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    return await act(turn, store, OnRequest(int(args["id"]), Act(args["act"])))


async def act(turn: Turn, store: Store, params: OnRequest) -> Reply:
    """Do what a button says, if this person may and the request is open."""
    if params.act is Act.DECLINE:
        form = await build_decline(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form)
    request = await _allowed(turn, store, params)
    if isinstance(request, Reply):
        return request
    if params.act is Act.PLAN:
        return await _plan(store, request)
    request.state = RequestState.WITHDRAWN
    _record(turn, store, request)
    lead = await who_answers(turn, store)
    told = say(
        f"{turn.person.name if turn.person else 'Somebody'} no longer needs a briefing: {request.topic}."
    )
    notices = await _tell(turn, store, request, lead.id, told) if lead else ()
    return Reply((say(f"Briefing request {request.id} is withdrawn."),), notices=notices, private=True)


async def _plan(store: Store, request: BriefingRequest) -> Reply:
    begun = await store.briefings.get(request.briefing_id) if request.briefing_id else None
    # A draft that was thrown away is planned anew.
    number = begun.id if begun is not None and begun.state is BriefingState.DRAFT else None
    return private(
        say(
            f"Plan it: {request.topic}. Its subject and Business Unit are filled in.",
            buttons=[PLAN.button("Open the plan", PlanBriefing(number, request_id=request.id))],
        )
    )


async def _allowed(turn: Turn, store: Store, params: OnRequest) -> BriefingRequest | Reply:
    """The request, or why not; who may not see it learns nothing of it."""
    request = await store.briefing_requests.get(params.request_id)
    mine = request is not None and request.asker_id == turn.person_id
    if params.act is not Act.WITHDRAW and not turn.has(*LEADS):
        return private(only_leads())
    if request is None or not (mine or turn.has(*LEADS)):
        return private(say("I can't find that request. Type 'briefing requests' to see yours."))
    if params.act is Act.WITHDRAW and not mine:
        return private(say("Only the person who asked can withdraw it. Nothing was changed."))
    if not request.open:
        return private(
            say(f"Briefing request {request.id} is already {request.state.value}. Nothing was changed.")
        )
    return request


async def build_decline(turn: Turn, store: Store, params: OnRequest) -> Form | Reply:
    """Why there will be none."""
    request = await _allowed(turn, store, params)
    if isinstance(request, Reply):
        return request
    return Form(
        DECLINE_FORM.name,
        f"Decline briefing request {request.id}",
        (Field("outcome", "Why, and what to do instead", Kind.LONG_TEXT, longest=1000, help=request.topic),),
        submit="Send to who asked",
        params=DECLINE_FORM.carried(params),
    )


async def decline(turn: Turn, store: Store, params: OnRequest, values: Mapping[str, str]) -> Reply:
    """Close it with the reason, and tell who asked."""
    request = await store.briefing_requests.get(params.request_id)
    assert request is not None, "the form is made only for one that is there"
    request.state, request.outcome = RequestState.DECLINED, values["outcome"]
    _record(turn, store, request)
    told = say(
        [bold(f"The briefing that you asked for, '{request.topic}', is not planned.")], values["outcome"]
    )
    return Reply(
        (say(f"Briefing request {request.id} is declined. Who asked is told."),),
        notices=await _tell(turn, store, request, request.asker_id, told),
        private=True,
    )


async def announced(turn: Turn, store: Store, briefing_id: int, invitation: Message) -> tuple[Notice, ...]:
    """What was asked for is announced: who asked is told, with the invitation."""
    notices: list[Notice] = []
    for request in await store.briefing_requests.planned_as(briefing_id):
        request.state = RequestState.ANNOUNCED
        _record(turn, store, request)
        first = f"The briefing that you asked for, '{request.topic}', is announced."
        message = Message(first, (Text(spans([bold(first)])), *invitation.blocks))
        notices += await _tell(turn, store, request, request.asker_id, message)
    return tuple(notices)


def _record(turn: Turn, store: Store, request: BriefingRequest) -> None:
    store.audit.record(
        turn.received_at,
        f"briefing request {request.state.value}",
        f"briefing request:{request.id}",
        person_id=turn.person_id,
    )
