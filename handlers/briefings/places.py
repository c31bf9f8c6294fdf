"""Briefings and drop-ins for those who come to them: what there is, a place, and giving it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from handlers.briefings.request_view import ASK
from handlers.briefings.view import (
    CAUSE,
    PLAN,
    Act,
    PlanBriefing,
    act_button,
    announcement,
    by_unit,
    name_of,
    places,
    standing_words,
    title_line,
    when,
)
from handlers.conversation.acts import ClickAction, Command, NoParams
from handlers.conversation.message import (
    Block,
    Bullets,
    Buttons,
    Fact,
    Message,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS, unknown_person
from handlers.reminders.quiet_hours import told_when_awake
from storage.briefings import Briefing, BriefingState, Seat, Standing
from storage.contracts import business_unit_of
from storage.database import Store
from storage.people import Person

LIST = ClickAction("briefings.list", NoParams)
_LISTED = 8
_NAMED = 40
# How long a lead still finds a briefing in the list, to record who came.
_PAST = timedelta(days=31)


def register(router: Router) -> None:
    """The list."""
    router.on_command(
        Command(
            "briefings",
            "briefings",
            "See the briefings and drop-ins that are offered to you, and sign up",
            (r"(?:show |upcoming |my )?(?:briefings|drop-?ins)(?: and drop-?ins)?",),
            skill="briefings",
        ),
        listed,
    )
    router.on_click(LIST, lambda turn, store, _: listed(turn, store, {}))


async def audience(store: Store, units: Sequence[int]) -> dict[int, int | None]:
    """Whom a briefing is for, each with their Business Unit: members, or all staff of the units that are named."""
    members = [person for person, _ in await store.community.profiles()]
    if not units:
        return await units_of(store, members)
    found = await units_of(store, [*members, *await store.community.staff()])
    return {person_id: unit for person_id, unit in found.items() if unit in units}


async def units_of(store: Store, people: Iterable[Person]) -> dict[int, int | None]:
    """The Business Unit of each person, by their ids."""
    known = {each.id: each for each in await store.people.units()}
    tops = {each: business_unit_of(each, known) for each in known}
    units = {each.id: tops[each.unit_id] if each.unit_id else None for each in people}
    return {person_id: unit.id if unit else None for person_id, unit in units.items()}


async def may_come(turn: Turn, store: Store, briefing: Briefing) -> bool:
    """Whether it is offered to this person; nobody else learns that there is such a briefing."""
    if turn.person is None or briefing.state is BriefingState.DRAFT:
        return False
    if await store.briefings.seat(briefing.id, turn.person.id) is not None:
        return True
    return turn.person.id in await audience(store, briefing.units)


async def listed(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What is ahead and offered to this person, with where they stand; a lead sees drafts and the last month too."""
    if turn.person is None:
        return reply(unknown_person())
    lead = turn.has(*LEADS)
    since = turn.received_at - _PAST if lead else turn.received_at
    found = [
        each
        for each in await store.briefings.starting(since)
        if each.state is not BriefingState.CANCELLED and (lead or await may_come(turn, store, each))
    ]
    plan = (
        (PLAN.button("Plan a briefing", PlanBriefing()),)
        if lead
        else (ASK.button("Ask for a briefing", NoParams()),)
    )
    if not found:
        return private(say("No briefing or drop-in is planned for you at the moment.", buttons=plan))
    standings = await store.briefings.standings_of(turn.person.id)
    lines = tuple(
        spans(
            [
                bold(f"{title_line(each)}. "),
                f"{when(each, turn.council_zone)}. {_short(turn, each, standings)}",
            ]
        )
        for each in found[:_LISTED]
    )
    more = [Text(spans(f"And {len(found) - _LISTED} later ones."))] if len(found) > _LISTED else []
    title = f"Briefings and drop-ins: {len(found)}"
    blocks: list[Block] = [Text(spans([bold(title)])), Bullets(lines), *more]
    buttons = (*(act_button(Act.SHOW, each) for each in found[:_LISTED]), *plan)
    return private(Message(title, (*blocks, Buttons(buttons, "Look at one"))))


async def ahead(turn: Turn, store: Store, most: int) -> tuple[Fact, ...]:
    """The next ones that are offered to this person, each with where they stand, for a page that shows more."""
    assert turn.person is not None, "only somebody known has a page"
    standings = await store.briefings.standings_of(turn.person.id)
    found: list[Fact] = []
    for each in await store.briefings.starting(turn.received_at):
        if len(found) == most:
            break
        if each.state is BriefingState.ANNOUNCED and await may_come(turn, store, each):
            words = f"{when(each, turn.council_zone)}. {_short(turn, each, standings)}"
            found.append(Fact(title_line(each), spans(words)))
    return tuple(found)


def _short(turn: Turn, briefing: Briefing, standings: Mapping[int, Standing]) -> str:
    if briefing.state is BriefingState.DRAFT:
        return "Not announced yet."
    if briefing.starts_at <= turn.received_at:
        return "Over; attendance recorded." if briefing.recorded_at else "Over; attendance not recorded."
    standing = standings.get(briefing.id, Standing.OFFERED)
    return "You are on the waiting list." if standing is Standing.WAITING else standing_words(standing, 0)


async def show(turn: Turn, store: Store, briefing: Briefing) -> Reply:
    """One briefing with where this person stands; for a lead also who comes, by Business Unit."""
    assert turn.person is not None, "only somebody known gets here"
    seats = await store.briefings.seats(briefing.id)
    taken = [each for each in seats if each.standing is Standing.PLACE]
    waiting = [each for each in seats if each.standing is Standing.WAITING]
    own = next((each for each in seats if each.person_id == turn.person.id), None)
    facts = [Fact("Places", spans(places(briefing, len(taken), len(waiting))))]
    if briefing.state is BriefingState.CANCELLED:
        facts.append(Fact("Status", spans("Cancelled")))
    elif own is not None:
        facts.append(Fact("You", spans(standing_words(own.standing, _ahead(own, waiting)))))
    blocks = list(announcement(briefing, turn.council_zone, *facts))
    if turn.has(*LEADS):
        blocks += await _for_lead(store, briefing, seats, taken)
    acts = _acts(turn, briefing, own)
    buttons = [Buttons(tuple(act_button(each, briefing) for each in acts), "Next")] if acts else []
    return private(Message(title_line(briefing), (*blocks, *buttons)))


def _ahead(seat: Seat, waiting: Sequence[Seat]) -> int:
    return waiting.index(seat) if seat in waiting else 0


async def _for_lead(
    store: Store, briefing: Briefing, seats: Sequence[Seat], taken: Sequence[Seat]
) -> list[Block]:
    if briefing.state is BriefingState.DRAFT:
        return []
    units = {each.id: each for each in await store.people.units()}
    names = sorted((await store.people.named(each.person_id for each in taken)).values())
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    who = ", ".join(names[:_NAMED]) or "nobody yet"
    return [
        Text(spans([bold("Signed up: "), f"{who}{more}."])),
        by_unit(f"Offered and taken up: {briefing.title}", seats, units),
    ]


def _acts(turn: Turn, briefing: Briefing, own: Seat | None) -> list[Act]:
    acts: list[Act] = []
    if briefing.open_at(turn.received_at):
        holds = own is not None and own.standing in (Standing.PLACE, Standing.WAITING)
        acts.append(Act.GIVE_UP if holds else Act.SIGN_UP)
    if turn.has(*LEADS):
        acts += _lead_acts(briefing, turn.received_at)
    return acts


def _lead_acts(briefing: Briefing, now: datetime) -> list[Act]:
    if briefing.state is BriefingState.DRAFT:
        return [Act.ANNOUNCE, Act.CHANGE, Act.CANCEL]
    if briefing.state is BriefingState.CANCELLED:
        return []
    return [Act.CHANGE, Act.CANCEL] if briefing.open_at(now) else [Act.ATTENDANCE]


async def sign_up(turn: Turn, store: Store, briefing: Briefing) -> Reply:
    """Give this person a place, or put them on the waiting list."""
    assert turn.person is not None, "only somebody known gets here"
    closed = closed_words(turn, briefing)
    if closed is not None:
        return private(closed)
    await store.briefings.offer(briefing, await units_of(store, [turn.person]), turn.received_at)
    seat = await store.briefings.seat(briefing.id, turn.person.id)
    assert seat is not None, "it was just offered"
    taken = await store.briefings.seats(briefing.id, Standing.PLACE)
    waiting = await store.briefings.seats(briefing.id, Standing.WAITING)
    give_up = [act_button(Act.GIVE_UP, briefing)]
    if seat.standing in (Standing.PLACE, Standing.WAITING):
        standing = standing_words(seat.standing, _ahead(seat, waiting))
        return private(say(f"{standing} Nothing was changed.", buttons=give_up))
    seat.at, seat.round, seat.reminded_of = turn.received_at, seat.round + 1, None
    if briefing.capacity is not None and len(taken) >= briefing.capacity:
        seat.standing = Standing.WAITING
        first = f"{name_of(briefing).capitalize()} is full. {standing_words(seat.standing, len(waiting))}"
        return private(say(first, "You are told at once if a place comes free.", buttons=give_up))
    seat.standing = Standing.PLACE
    return private(_has_place(briefing, turn.council_zone, "You have a place"))


def _has_place(briefing: Briefing, zone: tzinfo, first: str) -> Message:
    facts = announcement(briefing, zone)
    note = Text(spans("You are reminded on the working day before. If you can't come, give up your place."))
    told = f"{first} at {name_of(briefing)}, {when(briefing, zone)}."
    buttons = Buttons((act_button(Act.GIVE_UP, briefing),), "If you can't come")
    return Message(told, (Text(spans(told)), *facts, note, buttons))


def closed_words(turn: Turn, briefing: Briefing) -> Message | None:
    """Why nothing about places can be changed any more, or None while it can."""
    if briefing.open_at(turn.received_at):
        return None
    what = name_of(briefing).capitalize()
    if briefing.state is BriefingState.CANCELLED:
        return say(f"{what} was cancelled. Nothing was changed.")
    if briefing.state is BriefingState.DRAFT:
        return say(f"{what} is not announced yet. Nothing was changed.")
    return say(f"{what} has begun already. Nothing was changed.")


async def give_up(turn: Turn, store: Store, briefing: Briefing) -> Reply:
    """Take this person's place back, and give it to who is first in line."""
    assert turn.person is not None, "only somebody known gets here"
    closed = closed_words(turn, briefing)
    if closed is not None:
        return private(closed)
    again = [act_button(Act.SIGN_UP, briefing)]
    seat = await store.briefings.seat(briefing.id, turn.person.id)
    if seat is None or seat.standing not in (Standing.PLACE, Standing.WAITING):
        return private(say(f"You have no place at {name_of(briefing)}. Nothing was changed.", buttons=again))
    told = (
        "You have given up your place" if seat.standing is Standing.PLACE else "You are off the waiting list"
    )
    seat.standing = Standing.GAVE_UP
    notices = await move_up(turn, store, briefing)
    return Reply((say(f"{told} of {name_of(briefing)}.", buttons=again),), notices=notices, private=True)


async def move_up(turn: Turn, store: Store, briefing: Briefing) -> tuple[Notice, ...]:
    """Give what places are free to those who wait, in their order; what they are told."""
    taken = len(await store.briefings.seats(briefing.id, Standing.PLACE))
    waiting = await store.briefings.seats(briefing.id, Standing.WAITING)
    here = {each.id for each in await store.people.all()}
    free = len(waiting) if briefing.capacity is None else max(0, briefing.capacity - taken)
    moved = [each for each in waiting if each.person_id in here][:free]
    manners = await store.manners.all() if moved else {}
    notices: list[Notice] = []
    for seat in moved:
        seat.standing = Standing.PLACE
        notices += told_when_awake(
            f"briefing:{briefing.id}:moved-up:{seat.round}",
            [seat.person_id],
            _has_place(briefing, turn.council_zone, "A place has come free: you now have one"),
            CAUSE,
            manners=manners,
            now=turn.received_at,
            zone=turn.council_zone,
            latest=briefing.starts_at,
        )
    return tuple(notices)
