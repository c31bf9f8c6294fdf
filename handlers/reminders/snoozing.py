"""Snoozing: a reminder is put off and comes back; no date is moved by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from handlers.actions.rights import rights_of
from handlers.conversation.acts import Command, FormAction
from handlers.conversation.dates import NotUnderstood, parse_date
from handlers.conversation.form import Field, Form, Kind, Option, When
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.items import SNOOZE, Item, action_subject
from handlers.reminders.naming import THING, name_of, subject_of
from storage.database import Store

SNOOZE_FORM = FormAction("items.snooze", Item)
_SUBJECT = rf"(?:(?P<own>w[123]-\d{{2}}|reminder \d{{1,9}})|{THING})"


def register(router: Router) -> None:
    """Snooze, and end a snooze."""
    router.on_command(
        Command(
            "snooze",
            "snooze W1-06 to Monday",
            "Put a reminder off; it comes back",
            (
                rf"snooze {_SUBJECT}(?: (?:to|until|till|for) (?P<when>.+))?",
                r"snooze(?: this| it)?(?: (?:to|until|till|for) .+)?",
            ),
        ),
        typed,
    )
    router.on_command(
        Command(
            "unsnooze",
            "unsnooze W1-06",
            "Have a reminder back at once",
            (rf"(?:un-?snooze|wake) {_SUBJECT}",),
        ),
        wake,
    )
    router.on_click(SNOOZE, open_form)
    router.on_form(SNOOZE_FORM, submit, build)


async def open_form(turn: Turn, store: Store, item: Item) -> Reply:
    """Ask how long."""
    form = await build(turn, store, item)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, _store: Store, item: Item) -> Form | Reply:
    """A day, a week, or until a date."""
    if turn.person is None:
        return reply(_unknown())
    return Form(
        SNOOZE_FORM.name,
        "Snooze the reminder",
        (
            Field(
                "how_long",
                "How long",
                Kind.ONE_OF,
                options=(
                    Option("day", "A day"),
                    Option("week", "A week"),
                    Option("date", "Until a date"),
                ),
                initial="week",
                help="The reminder comes back. The date of the action stays as it is.",
            ),
            Field("until", "Until", Kind.DATE, when=(When("how_long", ("date",)),)),
        ),
        submit="Snooze",
        params=SNOOZE_FORM.carried(item),
    )


async def submit(turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
    """Put it off as the form says."""
    days = {"day": 1, "week": 7}.get(values["how_long"])
    until = turn.today + timedelta(days=days) if days else date.fromisoformat(values["until"])
    if until <= turn.today:
        return Reply(errors={"until": "Enter a date after today"})
    return await put_off(turn, store, [item.subject], until)


async def typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`snooze W1-06 to Monday`; without a date the form asks how long."""
    if turn.person is None:
        return reply(_unknown())
    named = args.get("own") or args.get("subject")
    if named is None:
        return reply(
            say(
                "Say which reminder to put off, such as 'snooze W1-06 to Monday' or 'snooze reminder 7 for a week'. "
                "Type 'my actions' or 'my reminders' to see yours."
            )
        )
    if named.startswith("reminder"):
        subjects = [f"reminder:{named.split()[-1]}"]
    elif "subject" in args:
        subjects = [subject_of(named)]
    else:
        subjects = await _subjects(turn, store, named.upper())
    if "when" not in args:
        return await open_form(turn, store, Item(subjects[0]))
    try:
        until = parse_date(args["when"], turn.today)
    except NotUnderstood as problem:
        return reply(say(f"{problem}. Nothing was changed."))
    if until <= turn.today:
        return reply(say("Give a date after today. Nothing was changed."))
    return await put_off(turn, store, subjects, until)


async def _subjects(turn: Turn, store: Store, action_id: str) -> list[str]:
    """An action and this person's own parts of it: whichever of them they are reminded of."""
    plans = [each for each in await store.programme.actions() if each.action.id == action_id]
    rights = await rights_of(turn, store)
    own = [f"action:{action_id}:unit:{unit.id}" for plan in plans for unit in rights.own_units(plan)]
    return [f"action:{action_id}", *own]


async def put_off(turn: Turn, store: Store, subjects: list[str], until: date) -> Reply:
    """Keep the snooze and say when the reminder comes back."""
    if turn.person is None:
        return reply(_unknown())
    kind, _, number = subjects[0].partition(":")
    if kind == "reminder":
        return await _put_off_reminder(turn, store, int(number), until)
    action = action_subject(subjects[0])
    if action is not None and action.action_id not in await store.programme.existing():
        return reply(say("The plan has no such action. Type 'all actions' to see them."))
    for subject in subjects:
        await store.reminders.snooze(turn.person.id, subject, until)
    name = action.action_id if action else name_of(subjects[0])
    return private(say(f"You will not be reminded of {name} until {_day(until)}. Its date stays as it is."))


async def _put_off_reminder(turn: Turn, store: Store, number: int, until: date) -> Reply:
    reminder = await store.reminders.get(number)
    if reminder is None or reminder.person_id != turn.person_id:
        return private(say(f"You have no reminder {number}. Type 'my reminders' to see yours."))
    hour = reminder.first_at.astimezone(turn.zone).time()
    reminder.at = datetime.combine(until, time(hour.hour, hour.minute), turn.zone)
    reminder.done = False
    return private(say(f"I will remind you of “{reminder.text}” on {_day(until)} at {hour:%H:%M}."))


async def wake(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """End a snooze."""
    if turn.person is None:
        return reply(_unknown())
    own = args.get("own", "")
    if own.startswith("reminder"):
        return private(say("A reminder of your own comes at its time. Type 'my reminders' to see it."))
    subjects = await _subjects(turn, store, own.upper()) if own else [subject_of(args["subject"])]
    for subject in subjects:
        await store.reminders.wake(turn.person.id, subject)
    name = own.upper() or name_of(subjects[0])
    return private(say(f"You will be reminded of {name} again as usual."))


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _unknown() -> Message:
    return say("I can't find you in the council's directory, so you have no reminders here.")
