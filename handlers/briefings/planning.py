"""Briefings and drop-ins for those who hold them: planned, seen first, announced, changed, cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from handlers.briefings import requests
from handlers.briefings.places import audience, closed_words, move_up
from handlers.briefings.view import (
    CANCEL_FORM,
    CAUSE,
    PLAN,
    PLAN_FORM,
    Act,
    OnBriefing,
    PlanBriefing,
    act_button,
    announcement,
    draft_card,
    name_of,
    plan_form,
    when,
)
from handlers.community.view import only_leads
from handlers.conversation.acts import Command
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.form import SEVERAL, Field, Form, Kind
from handlers.conversation.message import Buttons, Message, Text, say, spans
from handlers.conversation.reply import Notice, Reply, private
from handlers.conversation.router import Router
from handlers.conversation.times import parse_time
from handlers.conversation.turn import Turn
from handlers.experts.policy import community_channel
from handlers.experts.view import LEADS
from handlers.reminders.quiet_hours import told_when_awake
from storage.briefings import Briefing, BriefingKind, BriefingState, Standing
from storage.database import Store


def register(router: Router) -> None:
    """Planning, and the forms."""
    router.on_command(
        Command(
            "plan a briefing",
            "plan a briefing",
            "Plan a briefing or drop-in, and announce it",
            (r"(?:plan|announce|add) a (?P<kind>briefing|drop-?in)",),
            roles=frozenset(LEADS),
        ),
        _typed_plan,
    )
    router.on_click(PLAN, _open_plan)
    router.on_form(PLAN_FORM, keep, build_plan)
    router.on_form(CANCEL_FORM, cancel, build_cancel)


async def _typed_plan(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    kind = BriefingKind.BRIEFING if args["kind"] == "briefing" else BriefingKind.DROP_IN
    return await _open_plan(turn, store, PlanBriefing(kind=kind))


async def _open_plan(turn: Turn, store: Store, params: PlanBriefing) -> Reply:
    form = await build_plan(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build_plan(turn: Turn, store: Store, params: PlanBriefing) -> Form | Reply:
    """The form of a new briefing, or of one that has not begun."""
    if not turn.has(*LEADS):
        return private(only_leads())
    briefing = await store.briefings.get(params.briefing_id) if params.briefing_id else None
    if briefing is not None and briefing.state is not BriefingState.DRAFT:
        closed = closed_words(turn, briefing)
        if closed is not None:
            return private(closed)
    units = [each for each in await store.people.units() if each.parent_id is None]
    asked = await store.briefing_requests.get(params.request_id) if params.request_id else None
    return plan_form(params, briefing, asked, units, turn.council_zone)


async def keep(turn: Turn, store: Store, params: PlanBriefing, values: Mapping[str, str]) -> Reply:
    """Keep a draft and show what will be announced; tell of a change where it is announced already."""
    assert turn.person is not None, "the form is made only for the SRM lead"
    try:
        time = parse_time(values["time"])
    except NotUnderstood as problem:
        return Reply(errors={"time": str(problem)})
    starts_at = datetime.combine(date.fromisoformat(values["day"]), time, turn.council_zone)
    if starts_at <= turn.received_at:
        return Reply(errors={"day": "Enter a day and time that are still to come"})
    briefing = await store.briefings.get(params.briefing_id) if params.briefing_id else None
    before = _told_facts(turn, briefing) if briefing else {}
    if briefing is None:
        new = Briefing(
            kind=BriefingKind(values["kind"]),
            title=values["title"],
            starts_at=starts_at,
            minutes=int(float(values["minutes"])),
            place=values["place"],
            lead_id=turn.person.id,
        )
        briefing = await store.briefings.add(new)
    else:
        briefing.kind, briefing.title = BriefingKind(values["kind"]), values["title"]
        briefing.starts_at, briefing.minutes = starts_at, int(float(values["minutes"]))
        briefing.place = values["place"]
    briefing.capacity = int(float(values["capacity"])) if values.get("capacity") else None
    briefing.units = [int(each) for each in values.get("units", "").split(SEVERAL) if each]
    briefing.notes = values.get("notes", "")
    asked = await store.briefing_requests.get(params.request_id) if params.request_id else None
    if asked is not None and asked.open:
        asked.briefing_id = briefing.id
    if briefing.state is BriefingState.DRAFT:
        return private(await _draft(turn, store, briefing))
    return await _changed(turn, store, briefing, before)


def _told_facts(turn: Turn, briefing: Briefing) -> dict[str, str]:
    """What people are told of when it changes."""
    return {
        "Title": briefing.title,
        "When": when(briefing, turn.council_zone),
        "Where": briefing.place,
        "About it": briefing.notes,
    }


async def _draft(turn: Turn, store: Store, briefing: Briefing) -> Message:
    people = await audience(store, briefing.units)
    reachable = await store.community.reachable()
    card = draft_card(
        briefing,
        len(people),
        len(set(people) - reachable),
        await _audience_words(store, briefing),
        turn.council_zone,
    )
    question = f"Announce it to {_people(len(people))}?"
    buttons = (
        act_button(Act.ANNOUNCE, briefing, confirm=question),
        act_button(Act.CHANGE, briefing),
        act_button(Act.CANCEL, briefing),
    )
    return Message(card.summary, (Text(spans(card.summary)), *card.blocks, Buttons(buttons, "Next")))


async def _audience_words(store: Store, briefing: Briefing) -> str:
    if not briefing.units:
        return "All members of the Community of Practice"
    return ", ".join(each.name for each in await store.people.units() if each.id in briefing.units)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


async def announce(turn: Turn, store: Store, briefing: Briefing) -> Reply:
    """Offer a draft to its audience."""
    if briefing.state is not BriefingState.DRAFT:
        return private(say(f"{name_of(briefing).capitalize()} was announced already. Nothing was sent."))
    if briefing.starts_at <= turn.received_at:
        words = f"The time of {name_of(briefing)} has passed. Change it first. Nothing was sent."
        return private(say(words, buttons=[act_button(Act.CHANGE, briefing)]))
    notices = await _offer(turn, store, briefing)
    if not notices:
        words = f"Nobody is in the audience of {name_of(briefing)} yet. Change it first. Nothing was sent."
        return private(say(words, buttons=[act_button(Act.CHANGE, briefing)]))
    briefing.state = BriefingState.ANNOUNCED
    _record(turn, store, "briefing announced", briefing, people=len(notices))
    invitation = _invitation(turn, briefing)
    posted = await _in_channel(store, briefing, "announced", invitation)
    asked = await requests.announced(turn, store, briefing.id, invitation)
    told = f"{name_of(briefing).capitalize()} is announced to {_people(len(notices))}"
    told += " and in the Community's channel." if posted else "."
    later = "Whoever has quiet hours gets it when they end."
    return Reply(
        (say(f"{told} {later}", buttons=[act_button(Act.SHOW, briefing)]),),
        notices=(*notices, *posted, *asked),
        private=True,
    )


async def _in_channel(store: Store, briefing: Briefing, step: str, message: Message) -> tuple[Notice, ...]:
    """What is for the whole Community stands in its channel too."""
    channel = await community_channel(store) if not briefing.units else None
    if channel is None:
        return ()
    return (Notice(f"briefing:{briefing.id}:{step}:channel", None, message, CAUSE, address=channel),)


async def _offer(turn: Turn, store: Store, briefing: Briefing) -> tuple[Notice, ...]:
    """Offer it to those of its audience to whom it is new."""
    new = await store.briefings.offer(briefing, await audience(store, briefing.units), turn.received_at)
    return await _tell(turn, store, briefing, "announced", new, message=_invitation(turn, briefing))


def _invitation(turn: Turn, briefing: Briefing) -> Message:
    lead = turn.person.name if turn.person else "The SRM lead"
    first = f"{lead} invites you to a {briefing.kind.value}: {briefing.title}."
    room = f"There are {briefing.capacity} places." if briefing.capacity else "There is room for everybody."
    buttons = Buttons((act_button(Act.SIGN_UP, briefing),), "To come")
    return Message(
        first, (Text(spans(first)), *announcement(briefing, turn.council_zone), Text(spans(room)), buttons)
    )


async def _tell(
    turn: Turn, store: Store, briefing: Briefing, step: str, people: Sequence[int], *, message: Message
) -> tuple[Notice, ...]:
    return told_when_awake(
        f"briefing:{briefing.id}:{step}",
        people,
        message,
        CAUSE,
        manners=await store.manners.all(),
        now=turn.received_at,
        zone=turn.council_zone,
        latest=briefing.starts_at,
    )


async def open_change(turn: Turn, store: Store, briefing: Briefing) -> Reply:
    """Open the form of a briefing that is there."""
    return await _open_plan(turn, store, PlanBriefing(briefing.id))


async def _changed(turn: Turn, store: Store, briefing: Briefing, before: Mapping[str, str]) -> Reply:
    """Tell those who signed up what has changed, fill new places, and offer it to whom it is new."""
    after = _told_facts(turn, briefing)
    differences = {name: value for name, value in after.items() if value != before[name]}
    briefing.revision += 1
    _record(turn, store, "briefing changed", briefing, changed=list(differences))
    signed = await store.briefings.seats(briefing.id, Standing.PLACE, Standing.WAITING)
    notices: tuple[Notice, ...] = ()
    posted: tuple[Notice, ...] = ()
    if differences:
        first = f"{name_of(briefing).capitalize()} has changed: {briefing.title}."
        lines = [
            f"{name}: {value or 'left out'} (was: {before[name] or 'nothing'})"
            for name, value in differences.items()
        ]
        message = say(first, *lines, buttons=[act_button(Act.GIVE_UP, briefing)], label="If you can't come")
        step = f"changed:{briefing.revision}"
        notices = await _tell(
            turn, store, briefing, step, [each.person_id for each in signed], message=message
        )
        shown = say(first, *lines, buttons=[act_button(Act.SIGN_UP, briefing)], label="To come")
        posted = await _in_channel(store, briefing, step, shown)
    told = f"{_people(len(notices))} who signed up will be told." if notices else "Nobody had to be told."
    moved, offered = await move_up(turn, store, briefing), await _offer(turn, store, briefing)
    told += f" {_people(len(moved))} moved up from the waiting list." if moved else ""
    told += f" It is offered to {_people(len(offered))} more." if offered else ""
    words = f"{name_of(briefing).capitalize()} is changed. {told}"
    return Reply(
        (say(words, buttons=[act_button(Act.SHOW, briefing)]),),
        notices=(*notices, *moved, *offered, *posted),
        private=True,
    )


async def open_cancel(turn: Turn, store: Store, briefing: Briefing) -> Reply:
    """Throw a draft away, or open the form of why an announced one is cancelled."""
    if briefing.state is BriefingState.DRAFT:
        briefing.state = BriefingState.CANCELLED
        return private(say(f"{name_of(briefing).capitalize()} is thrown away. Nobody had been told of it."))
    form = await build_cancel(turn, store, OnBriefing(briefing.id, Act.CANCEL))
    return form if isinstance(form, Reply) else Reply(form=form)


async def build_cancel(turn: Turn, store: Store, params: OnBriefing) -> Form | Reply:
    """Why it does not take place."""
    if not turn.has(*LEADS):
        return private(only_leads())
    briefing = await store.briefings.get(params.briefing_id)
    closed = closed_words(turn, briefing) if briefing else only_leads()
    if closed is not None or briefing is None:
        return private(*([closed] if closed else []))
    return Form(
        CANCEL_FORM.name,
        f"Cancel {name_of(briefing)}",
        (
            Field(
                "reason",
                "What those who signed up are told",
                Kind.LONG_TEXT,
                longest=500,
                help="Such as why, and whether there will be another",
            ),
        ),
        submit="Cancel it and tell them",
        params=CANCEL_FORM.carried(params),
    )


async def cancel(turn: Turn, store: Store, params: OnBriefing, values: Mapping[str, str]) -> Reply:
    """Cancel it and tell those who signed up."""
    briefing = await store.briefings.get(params.briefing_id)
    assert briefing is not None, "the form is made only for one that is there"
    briefing.state = BriefingState.CANCELLED
    _record(turn, store, "briefing cancelled", briefing, reason=values["reason"])
    signed = await store.briefings.seats(briefing.id, Standing.PLACE, Standing.WAITING)
    first = f"{name_of(briefing).capitalize()} on {when(briefing, turn.council_zone)} is cancelled: {briefing.title}."
    people, message = [each.person_id for each in signed], say(first, values["reason"])
    notices = await _tell(turn, store, briefing, "cancelled", people, message=message)
    posted = await _in_channel(store, briefing, "cancelled", message)
    told = f"{_people(len(notices))} who signed up will be told." if notices else "Nobody had signed up."
    return Reply(
        (say(f"{name_of(briefing).capitalize()} is cancelled. {told}"),),
        notices=(*notices, *posted),
        private=True,
    )


def _record(turn: Turn, store: Store, act: str, briefing: Briefing, **detail: object) -> None:
    store.audit.record(turn.received_at, act, f"briefing:{briefing.id}", person_id=turn.person_id, **detail)
