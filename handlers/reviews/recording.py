"""Booking a review, recording what came of it, and chasing what was agreed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from handlers.assess.words import all_of
from handlers.contracts import words
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Button, say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.turn import Turn
from handlers.reviews.questions import FINDINGS, activity_fields, agreed, needs_decision
from handlers.reviews.view import (
    AGREE,
    AGREE_FORM,
    BOOK_FORM,
    RECORD_FORM,
    OneActivity,
    OneReview,
    Opened,
    buttons_for,
    changing,
)
from storage.contracts import leads
from storage.database import Store
from storage.followups import FollowUpState
from storage.reviews import Activity, Review, ReviewState

_BEFORE = (ReviewState.OPEN, ReviewState.BOOKED)
_AFTER = (ReviewState.DECISION, ReviewState.DONE)


async def open_booking(turn: Turn, store: Store, params: OneReview) -> Reply:
    """Ask for the day."""
    found = await booking(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def booking(turn: Turn, store: Store, params: OneReview) -> Form | Reply:
    """The form for a day; one meeting is offered for all that low scores on the contract ask for."""
    found = await changing(turn, store, params.review_id, *_BEFORE)
    if isinstance(found, Reply):
        return found
    due = f" It is due by {words.day(found.review.due)}." if found.review.due else ""
    fields = [
        Field(
            "day",
            "Day of the review",
            Kind.DATE,
            initial=found.review.booked_for.isoformat() if found.review.booked_for else "",
            help=f"Agree it with the contract manager first.{due}",
        )
    ]
    fields += [
        Field(
            _together(other),
            f"Hold the {other.topic.label} review at the same meeting?",
            Kind.YES_NO,
            initial="yes",
            help="Each review keeps its own record.",
        )
        for other in await _others(store, found.review)
    ]
    return Form(BOOK_FORM.name, found.title, tuple(fields), submit="Book", params=BOOK_FORM.carried(params))


async def book(turn: Turn, store: Store, params: OneReview, values: Mapping[str, str]) -> Reply:
    """Keep the day and tell the contract manager."""
    found = await changing(turn, store, params.review_id, *_BEFORE)
    if isinstance(found, Reply):
        return found
    day = date.fromisoformat(values["day"])
    if day < turn.today:
        return Reply(errors={"day": "Enter today or a later day. To write up a past review, choose Record."})
    others = await _others(store, found.review)
    booked = [found.review, *(each for each in others if values.get(_together(each)) == "yes")]
    for each in booked:
        each.state, each.booked_for = ReviewState.BOOKED, day
        await follow(store, each, FollowUpState.BOOKED, turn)
    what = all_of([each.topic.label for each in booked])
    contract = found.contract
    told = say(
        f"A {what} review of {contract.reference} {contract.title} is booked for {words.day(day)}.",
        "It is to agree help and next steps, not to judge anyone.",
    )
    notices = tuple(
        Notice(f"review:{found.review.id}:booked:{day}:{person_id}", person_id, told, "review booked")
        for person_id in (contract.manager_id,)
        if person_id is not None and person_id != turn.person_id
    )
    ending = " The contract manager is told." if notices else ""
    return reply(
        say(f"Booked: the {what} review of {contract.reference} on {words.day(day)}.{ending}"),
        notices=notices,
    )


async def _others(store: Store, review: Review) -> list[Review]:
    """The contract's other reviews that low scores ask for, while they wait: the same people hold them."""
    if review.follow_up_id is None:
        return []
    return [
        each
        for each in await store.reviews.of_contract(review.contract_id)
        if each.id != review.id and each.follow_up_id is not None and each.state in _BEFORE
    ]


def _together(review: Review) -> str:
    return f"with_{review.topic.value}"


async def open_recording(turn: Turn, store: Store, params: OneReview) -> Reply:
    """Ask what came of the review."""
    found = await recording(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def recording(turn: Turn, store: Store, params: OneReview) -> Form | Reply:
    """The form for what was found and agreed."""
    found = await changing(turn, store, params.review_id, *_BEFORE)
    if isinstance(found, Reply):
        return found
    held_on = min(found.review.booked_for or turn.today, turn.today)
    fields = (
        Field("held_on", "Day it was held", Kind.DATE, initial=held_on.isoformat(), past=True),
        *FINDINGS[found.review.topic],
        *activity_fields(),
    )
    return Form(RECORD_FORM.name, found.title, fields, submit="Record", params=RECORD_FORM.carried(params))


async def record(turn: Turn, store: Store, params: OneReview, values: Mapping[str, str]) -> Reply:
    """Keep what was found and agreed; a decision follows where the topic asks for one."""
    found = await changing(turn, store, params.review_id, *_BEFORE)
    if isinstance(found, Reply):
        return found
    review = found.review
    held_on = date.fromisoformat(values["held_on"])
    if held_on > turn.today:
        return Reply(errors={"held_on": "Enter today or an earlier day"})
    review.findings = {
        each.name: values[each.name] for each in FINDINGS[review.topic] if values.get(each.name)
    }
    review.held_on, review.recorded_by, review.recorded_at = held_on, turn.person_id, turn.received_at
    wanted = needs_decision(review.topic, review.findings, low_score=review.follow_up_id is not None)
    review.state = ReviewState.DECISION if wanted else ReviewState.DONE
    if not wanted:
        await follow(store, review, FollowUpState.DONE, turn)
    notices = await _keep_activities(turn, store, found, values)
    store.audit.record(
        turn.received_at,
        "record review",
        f"review {review.id}",
        person_id=turn.person_id,
        topic=review.topic.value,
    )
    lines = [f"Recorded: {found.title}, held on {words.day(held_on)}."]
    if wanted:
        lines.append(
            "It ends in a decision: contract change or next contract. The Business Unit decides under its scheme of "
            "delegation; CSMG advises. Record it as soon as it is made."
        )
    return _told(lines, _after(review), notices)


def _told(lines: list[str], buttons: list[Button], notices: tuple[Notice, ...]) -> Reply:
    return Reply(messages=(say(*lines, buttons=buttons, label="Next"),), private=True, notices=notices)


def _after(review: Review) -> list[Button]:
    return [*buttons_for(review), AGREE.button("Add an agreed activity", OneReview(review.id))]


async def open_agreeing(turn: Turn, store: Store, params: OneReview) -> Reply:
    """Ask for one more activity."""
    found = await agreeing(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def agreeing(turn: Turn, store: Store, params: OneReview) -> Form | Reply:
    """The form for one more activity of a recorded review."""
    found = await changing(turn, store, params.review_id, *_AFTER)
    if isinstance(found, Reply):
        return found
    fields = (
        Field("activity_1", "What is to be done", Kind.LONG_TEXT, longest=500),
        Field("owner_1", "Owner", Kind.PERSON),
        Field("month_1", "Month by the end of which it is done", Kind.MONTH),
    )
    return Form(AGREE_FORM.name, "Agreed activity", fields, submit="Add", params=AGREE_FORM.carried(params))


async def agree(turn: Turn, store: Store, params: OneReview, values: Mapping[str, str]) -> Reply:
    """Keep one more activity."""
    found = await changing(turn, store, params.review_id, *_AFTER)
    if isinstance(found, Reply):
        return found
    notices = await _keep_activities(turn, store, found, {**values, "activities": "1"})
    return _told([f"Added to the {found.title[:1].lower()}{found.title[1:]}."], _after(found.review), notices)


async def _keep_activities(
    turn: Turn, store: Store, found: Opened, values: Mapping[str, str]
) -> tuple[Notice, ...]:
    notices = []
    for text, email, month in agreed(values):
        owner = await store.people.by_email(email)
        assert owner is not None, "the form takes only people of the directory"
        activity = Activity(
            review_id=found.review.id,
            contract_id=found.contract.id,
            text=text,
            owner_id=owner.id,
            month=month,
        )
        await store.reviews.add(activity)
        if owner.id != turn.person_id:
            told = say(
                f"At the {found.title[:1].lower()}{found.title[1:]} it was agreed that you do this "
                f"by the end of {month.label}: {text}",
                "Type 'activities' to see what is open and to mark it done.",
            )
            notices.append(Notice(f"activity:{activity.id}", owner.id, told, "agreed activity"))
    return tuple(notices)


async def done(turn: Turn, store: Store, params: OneActivity) -> Reply:
    """Mark an agreed activity done: its owner may, and who leads the Business Unit."""
    activity = await store.reviews.activity(params.activity_id)
    contract = await store.contracts.get(activity.contract_id) if activity else None
    units = {each.id: each for each in await store.people.units()}
    allowed = (
        activity is not None
        and contract is not None
        and (activity.owner_id == turn.person_id or leads(turn.profile, contract.unit_id, units))
    )
    if activity is None or not allowed:
        return reply(
            say(
                "You can mark your own agreed activities done, and your Business Unit's. Nothing was changed."
            )
        )
    if activity.done_at is not None:
        return reply(
            say(f"Activity {activity.id} was marked done on {words.day(activity.done_at.date())} already.")
        )
    activity.done_at, activity.done_by = turn.received_at, turn.person_id
    return private(say(f"Activity {activity.id} is done: {activity.text}"))


async def done_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The same, typed."""
    return await done(turn, store, OneActivity(int(args["number"])))


async def follow(store: Store, review: Review, state: FollowUpState, turn: Turn) -> None:
    """Bring the follow-up that asked for a review to the review's state."""
    follow_up = await store.followups.get(review.follow_up_id) if review.follow_up_id else None
    if follow_up is None or not follow_up.state.is_open:
        return
    if state is FollowUpState.DONE:
        follow_up.close(state, turn.received_at, turn.person_id)
    else:
        follow_up.state = state
