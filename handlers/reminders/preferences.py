"""Preferences: how often, when and where somebody is reminded; and being away, with the deputy named."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.dates import NotUnderstood, parse_date
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import Buttons, Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reading import Reading, read_answer
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.conversation.zones import city, read_zone, zone_words
from storage.database import Store
from storage.manners import Cadence, Manner

CHANGE = ClickAction("manners.change", NoParams)
FORM = FormAction("manners.change", NoParams)
_LAST_USED = "last"
_AWAY = (
    r"i(?:'m| am| will be) (?:away|on leave|on holiday|off)"
    r"(?: from (?P<start>.+?))?(?: (?:to|until|till) (?P<end>.+))?"
)


def register(router: Router) -> None:
    """Preferences and leave."""
    router.on_command(
        Command(
            "preferences",
            "preferences",
            "See and change how and when you are reminded",
            (r"(?:show |change |set )?(?:my )?(?:preferences|notification settings|quiet hours)",),
        ),
        show,
    )
    router.on_command(
        Command(
            "time zone",
            "my time zone is Madrid",
            "Be reminded by the clock where you are; 'my time zone is the council's' ends it",
            (r"(?:my time ?zone is|(?:set|change) my time ?zone to) (?P<zone>.+)",),
        ),
        name_zone,
    )
    router.on_command(
        Command(
            "away",
            "I am away from Monday to 12 January",
            "Say when you are on leave, so that your deputy is reminded instead",
            (_AWAY,),
        ),
        away,
    )
    router.on_command(
        Command("back", "I am back", "End your leave", (r"i(?:'m| am) back(?: (?:at work|today))?",)), back
    )
    router.on_command(
        Command(
            "deputy",
            "my deputy is Daniel Osei",
            "Name who stands in for you",
            (r"(?:my deputy is|make my deputy) (?P<person>.+)",),
        ),
        name_deputy,
    )
    router.on_click(CHANGE, _open)
    router.on_form(FORM, submit, build)


async def show(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The person's wishes, with a way to change them."""
    if turn.person is None:
        return reply(_unknown())
    manner = await store.manners.of(turn.person.id)
    facts = [
        Fact("How often", spans(manner.cadence.label)),
        Fact("At", spans(f"{manner.hour:02}:00")),
        Fact("Quiet hours", spans(_quiet(manner))),
        Fact("Where", spans((manner.platform or "where you wrote to me last").capitalize())),
    ]
    if manner.zone:
        facts.append(Fact("Time zone", spans(city(ZoneInfo(manner.zone)))))
    return private(
        Message(
            "How you are reminded.",
            (
                Text(spans([bold("How you are reminded")])),
                Facts(tuple(facts)),
                Buttons((CHANGE.button("Change preferences", NoParams()),), "Next"),
            ),
        )
    )


def line_of(manner: Manner) -> str:
    """The wishes in a line, for the home page."""
    time = f"{manner.hour:02}:00"
    if manner.zone:
        time += f", {zone_words(ZoneInfo(manner.zone))}"
    return f"{manner.cadence.label}, at {time}. Quiet hours: {_quiet(manner).lower()}."


def _quiet(manner: Manner) -> str:
    if manner.quiet_from == manner.quiet_to:
        return "None"
    return f"{manner.quiet_from:02}:00 to {manner.quiet_to:02}:00"


async def _open(turn: Turn, store: Store, params: NoParams) -> Reply:
    form = await build(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, store: Store, params: NoParams) -> Form | Reply:
    """The form of the wishes."""
    if turn.person is None:
        return reply(_unknown())
    manner = await store.manners.of(turn.person.id)
    platforms = await store.accounts.platforms_of(turn.person.id)
    return Form(
        FORM.name,
        "How you are reminded",
        (
            Field(
                "cadence",
                "How often",
                Kind.ONE_OF,
                options=tuple(Option(each.value, each.label) for each in Cadence),
                initial=manner.cadence.value,
                help="What the law or the council requires to be told comes in any case.",
            ),
            _hour("hour", "Hour of the day", manner.hour),
            _hour("quiet_from", "Quiet from", manner.quiet_from),
            _hour("quiet_to", "Quiet until", manner.quiet_to, "The same hour twice means no quiet hours"),
            Field(
                "platform",
                "Where",
                Kind.ONE_OF,
                options=(
                    Option(_LAST_USED, "Where I wrote last"),
                    *(Option(each, each.capitalize()) for each in platforms),
                ),
                initial=manner.platform or _LAST_USED,
            ),
            Field(
                "zone",
                "Time zone",
                required=False,
                initial=manner.zone or "",
                longest=50,
                help="A city, such as Madrid or New York. Empty: the council's time zone.",
            ),
        ),
        submit="Save",
        params=FORM.carried(params),
    )


def _hour(name: str, label: str, initial: int, text: str = "A full hour, from 0 to 23") -> Field:
    return Field(name, label, Kind.NUMBER, initial=str(initial), help=text, least=0, most=23)


async def submit(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Keep the wishes."""
    if turn.person is None:
        return reply(_unknown())
    hours = {name: float(values[name]) for name in ("hour", "quiet_from", "quiet_to")}
    uneven = {name: "Enter a full hour, from 0 to 23" for name, hour in hours.items() if hour != int(hour)}
    if uneven:
        return Reply(errors=uneven)
    try:
        zone = read_zone(values["zone"], turn.council_zone, turn.today)
    except NotUnderstood as problem:
        return Reply(errors={"zone": str(problem)})
    before = await store.manners.of(turn.person.id)
    manner = Manner(
        person_id=turn.person.id,
        hour=int(hours["hour"]),
        cadence=Cadence(values["cadence"]),
        quiet_from=int(hours["quiet_from"]),
        quiet_to=int(hours["quiet_to"]),
        platform=None if values["platform"] == _LAST_USED else values["platform"],
        thanks=before.thanks,
        zone=zone,
    )
    if manner.quiet(manner.hour):
        return Reply(errors={"hour": f"Enter an hour outside your quiet hours, {_quiet(manner)}"})
    await store.manners.put(manner)
    return private(say(f"Saved. {line_of(manner)}"))


async def name_zone(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Keep by whose clock the person's day goes."""
    if turn.person is None:
        return reply(_unknown())
    try:
        zone = read_zone(args["zone"], turn.council_zone, turn.today)
    except NotUnderstood as problem:
        return reply(say(f"{problem}. Nothing was changed."))
    manner = await store.manners.of(turn.person.id)
    manner.zone = zone
    await store.manners.put(manner)
    return private(say(f"Saved. {line_of(manner)}"))


async def away(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Set the leave, and say and tell who stands in."""
    if turn.person is None:
        return reply(_unknown())
    try:
        start = parse_date(args["start"], turn.today) if "start" in args else turn.today
        end = parse_date(args["end"], start) if "end" in args else None
    except NotUnderstood as problem:
        return reply(say(f"{problem}. Nothing was changed."))
    if end is not None and (end < start or end < turn.today):
        return reply(say("The last day is before the first, or has passed. Nothing was changed."))
    person = turn.person
    person.leave_from, person.leave_to = start, end
    store.audit.record(
        turn.received_at,
        "leave",
        person.email,
        person_id=person.id,
        start=start.isoformat(),
        end=end.isoformat() if end else "",
    )
    until = f" to {end.day} {end:%B %Y}" if end else " until you say 'I am back'"
    dates = f"{start.day} {start:%B %Y}{until}"
    if person.deputy_id is None:
        return private(
            say(
                f"You are away from {dates}. You have no deputy, so your reminders wait or go up to your unit's "
                "first point of contact. To name one, type 'my deputy is' and the name."
            )
        )
    deputy = (await store.people.named([person.deputy_id])).get(person.deputy_id, "Your deputy")
    told = f"{person.name} is away from {start.day} {start:%B %Y}{f' to {end.day} {end:%B %Y}' if end else ''}. You stand in: their reminders come to you."
    return Reply(
        messages=(
            say(f"You are away from {dates}. {deputy} gets your reminders and can act for you meanwhile."),
        ),
        private=True,
        notices=(
            Notice(
                f"leave:{person.id}:{start}:{end}:{person.deputy_id}", person.deputy_id, say(told), "leave"
            ),
        ),
    )


async def back(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """End the leave."""
    if turn.person is None:
        return reply(_unknown())
    if turn.person.leave_from is None:
        return private(say("You were not on leave. Nothing was changed."))
    turn.person.leave_from = turn.person.leave_to = None
    store.audit.record(turn.received_at, "back from leave", turn.person.email, person_id=turn.person.id)
    return private(say("Welcome back. Your reminders come to you again."))


async def name_deputy(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Name who stands in."""
    if turn.person is None:
        return reply(_unknown())
    try:
        question = Field("person", "Your deputy", Kind.PERSON)
        email = await read_answer(question, args["person"], Reading(turn, store, {}))
    except NotUnderstood as problem:
        return reply(say(f"{problem}. Nothing was changed."))
    deputy = await store.people.by_email(email)
    if deputy is None or not deputy.active or deputy.id == turn.person.id:
        return reply(say("Name somebody else who works at the council. Nothing was changed."))
    turn.person.deputy_id = deputy.id
    store.audit.record(
        turn.received_at, "name deputy", turn.person.email, person_id=turn.person.id, deputy=deputy.email
    )
    return Reply(
        messages=(say(f"{deputy.name} is your deputy and has been told."),),
        private=True,
        notices=(
            Notice(
                f"deputy:{turn.person.id}:{deputy.id}:{turn.today}",
                deputy.id,
                say(f"{turn.person.name} has named you as deputy. You stand in while they are on leave."),
                "deputy named",
            ),
        ),
    )


def _unknown() -> Message:
    return say("I can't find you in the council's directory. To be added, write to the SRM lead.")
