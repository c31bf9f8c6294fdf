"""Personal reminders: "remind me about the bond on Friday at 10", and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from handlers.actions.target import as_typed
from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import Block, Buttons, Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.items import SNOOZE, Item, action_subject
from handlers.reminders.words import ReminderWords, read_reminder
from storage.database import Store
from storage.reminders import PersonalReminder, Repeat

_LONGEST = 500
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of a reminder before its form is filled in."""

    text: str = ""
    day: str = ""
    hour: str = ""
    repeat: str = Repeat.NONE.value
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OneReminder:
    """One reminder by its number."""

    reminder_id: int


NEW = ClickAction("reminders.new", Wanted)
NEW_FORM = FormAction("reminders.new", Wanted)
CANCEL = ClickAction("reminders.cancel", OneReminder)
LIST = ClickAction("reminders.list", NoParams)


def register(router: Router) -> None:
    """Setting, listing and cancelling reminders."""
    router.on_command(
        Command(
            "remind",
            "remind me about the bond on Friday at 10",
            "Set a reminder for yourself, once or 'every quarter'",
            (r"remind me(?: (?P<rest>.+))?", r"(?:set|add|new)(?: me)?(?: a| up a)? reminder"),
            skill="remind",
        ),
        remind,
    )
    router.on_command(
        Command(
            "my reminders",
            "my reminders",
            "See your reminders and what you have snoozed",
            (r"(?:show |list )?(?:my )?reminders|what reminders do i have",),
        ),
        mine,
    )
    router.on_command(
        Command(
            "cancel reminder",
            "cancel reminder 7",
            "Take one of your reminders away",
            (r"(?:cancel|delete|stop|remove) reminder (?P<number>\d{1,9})",),
        ),
        typed_cancel,
    )
    router.on_click(NEW, open_form)
    router.on_form(NEW_FORM, submit, build)
    router.on_click(CANCEL, cancel)
    router.on_click(LIST, lambda turn, store, _: mine(turn, store, {}))


async def remind(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Keep a reminder; where its time is not clear, ask for what is missing."""
    if turn.person is None:
        return reply(_unknown())
    if "rest" not in args:
        return await open_form(turn, store, Wanted())
    found = read_reminder(args["rest"], turn.today)
    text = as_typed(turn, found.text)
    if found.day is None:
        problem = "Say on which day." if found.text else "Say what, and on which day."
        return await open_form(turn, store, _wanted(found, text, problem))
    return await _keep(turn, store, text, found)


async def _keep(turn: Turn, store: Store, text: str, found: ReminderWords) -> Reply:
    assert turn.person is not None, "only somebody in the directory sets a reminder"
    assert found.day is not None, "the day is known"
    manner = await store.manners.of(turn.person.id)
    at = datetime.combine(found.day, found.hour or time(manner.hour), turn.zone)
    if not text or at <= turn.received_at:
        problem = "That time has passed." if text else "Say what to remind you of."
        return await open_form(turn, store, _wanted(found, text, problem))
    reminder = await store.reminders.add(
        PersonalReminder(
            person_id=turn.person.id, text=text[:_LONGEST], at=at, first_at=at, repeat=found.repeat
        )
    )
    again = f", then {found.repeat.label}" if found.repeat is not Repeat.NONE else ""
    return private(
        say(
            f"I will remind you of “{reminder.text}” on {_when(at)}{again}. It is reminder {reminder.id}.",
            buttons=[
                CANCEL.button("Cancel this reminder", OneReminder(reminder.id)),
                LIST.button("My reminders", NoParams()),
            ],
        )
    )


def _wanted(found: ReminderWords, text: str, problem: str) -> Wanted:
    return Wanted(
        text[:_LONGEST],
        found.day.isoformat() if found.day else "",
        f"{found.hour:%H:%M}" if found.hour else "",
        found.repeat.value,
        problem,
    )


async def open_form(turn: Turn, store: Store, params: Wanted) -> Reply:
    """Open the form for a reminder."""
    form = await build(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, store: Store, params: Wanted) -> Form | Reply:
    """What, on which day, at what time and how often."""
    if turn.person is None:
        return reply(_unknown())
    manner = await store.manners.of(turn.person.id)
    return Form(
        NEW_FORM.name,
        "Set a reminder",
        (
            Field(
                "text", "What to remind you of", initial=params.text, longest=_LONGEST, help=params.problem
            ),
            Field(
                "day", "Day", Kind.DATE, initial=params.day, help="Such as Friday, in two weeks or 31/3/2027"
            ),
            Field("hour", "Time", initial=params.hour or f"{manner.hour:02}:00", help="Such as 10:00 or 2pm"),
            Field(
                "repeat",
                "How often",
                Kind.ONE_OF,
                options=tuple(Option(each.value, each.label.capitalize()) for each in Repeat),
                initial=params.repeat,
            ),
        ),
        submit="Set the reminder",
        params=NEW_FORM.carried(params),
    )


async def submit(turn: Turn, store: Store, _params: Wanted, values: Mapping[str, str]) -> Reply:
    """Keep the reminder of the form."""
    hour = read_reminder(f"at {values['hour'].removeprefix('at ')}", turn.today).hour
    if hour is None:
        return Reply(errors={"hour": "Enter a time, such as 10:00 or 2pm"})
    day = date.fromisoformat(values["day"])
    if datetime.combine(day, hour, turn.zone) <= turn.received_at:
        return Reply(errors={"day": "Enter a day and time that are still to come"})
    return await _keep(
        turn, store, values["text"], ReminderWords(values["text"], day, hour, Repeat(values["repeat"]))
    )


async def mine(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Somebody's reminders, and what they have snoozed."""
    if turn.person is None:
        return reply(_unknown())
    reminders = await store.reminders.of(turn.person.id)
    snoozed = [each for each in await store.reminders.snoozed(turn.person.id) if each.until > turn.today]
    new = NEW.button("New reminder", Wanted())
    if not reminders and not snoozed:
        return private(say("You have set no reminder and snoozed nothing.", buttons=[new]))
    blocks: list[Block] = [Text(spans([bold(f"Your reminders: {len(reminders)}.")]))]
    if reminders:
        blocks.append(
            Facts(
                tuple(
                    Fact(
                        f"Reminder {each.id}",
                        spans(f"{each.text}: {_when(each.at.astimezone(turn.zone))}, {each.repeat.label}"),
                    )
                    for each in reminders[:_SHOWN]
                )
            )
        )
    if snoozed:
        blocks.append(
            Facts(
                tuple(
                    Fact(
                        f"Snoozed: {_name(each.subject)}", spans(f"until {each.until.day} {each.until:%B %Y}")
                    )
                    for each in snoozed[:_SHOWN]
                )
            )
        )
    cancels = [CANCEL.button(f"Cancel reminder {each.id}", OneReminder(each.id)) for each in reminders[:4]]
    snoozes = [SNOOZE.button(f"Snooze reminder {each.id}", Item(each.subject)) for each in reminders[:4]]
    blocks.append(Buttons((new, *cancels, *snoozes), "What you can do"))
    return private(Message(f"Your reminders: {len(reminders)}.", tuple(blocks)))


def _name(subject: str) -> str:
    action = action_subject(subject)
    return action.action_id if action else subject.replace(":", " ")


async def typed_cancel(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`cancel reminder 7`."""
    return await cancel(turn, store, OneReminder(int(args["number"])))


async def cancel(turn: Turn, store: Store, params: OneReminder) -> Reply:
    """Take a reminder away, for the person whose it is."""
    reminder = await store.reminders.get(params.reminder_id)
    if reminder is None or reminder.person_id != turn.person_id:
        return private(say(f"You have no reminder {params.reminder_id}. Type 'my reminders' to see yours."))
    if reminder.done:
        return private(say(f"Reminder {reminder.id} is over already. Nothing was changed."))
    reminder.done = True
    return private(say(f"Cancelled: “{reminder.text}”."))


async def settle(turn: Turn, store: Store, reminder_id: int) -> Reply:
    """Done, on a reminder that has come: once told it is over, unless it repeats."""
    reminder = await store.reminders.get(reminder_id)
    if reminder is None or reminder.person_id != turn.person_id:
        return private(say(f"You have no reminder {reminder_id}. Type 'my reminders' to see yours."))
    if reminder.repeat is Repeat.NONE:
        reminder.done = True
        return private(say(f"Done: “{reminder.text}”."))
    if reminder.at <= turn.received_at:
        reminder.told(turn.received_at, turn.zone)
    return private(
        say(f"Done for now: “{reminder.text}” comes back on {_when(reminder.at.astimezone(turn.zone))}.")
    )


def _when(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B %Y} at {at:%H:%M}"


def _unknown() -> Message:
    return say(
        "I can't find you in the council's directory, so I can't remind you. To be added, write to the SRM lead."
    )
