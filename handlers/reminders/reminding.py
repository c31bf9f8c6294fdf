"""Looking at reminders: what is due, who will be reminded, the digest, and switching a kind off for oneself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pydantic import TypeAdapter

from handlers.conversation.acts import Command, FormAction
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import (
    Fact,
    Facts,
    Message,
    Note,
    Table,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reading import Reading, read_answer
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.nudge_view import (
    ADD_CONTEXT,
    DRILL,
    NEXT,
    AboutSubject,
    Named,
    NextOnes,
    OneDigest,
    count,
    digest_blocks,
    late_table,
    next_message,
    nudge_message,
)
from handlers.reminders.outlook import Coming, Outlook
from storage import rules
from storage.database import Store
from storage.nudges import Context
from storage.people import Role

CONTEXT_FORM = FormAction("nudges.context", AboutSubject)
LEADS = frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY})
AHEAD = timedelta(days=30)
_LISTED = 50
_MORE = r"(show (me )?)?(the )?(more|next five|next ones|next 5)"
_NEXT = TypeAdapter(NextOnes)
_UNKNOWN = "I can't find you in the council's directory, so nothing is kept for you here."


class Reminding:
    """The commands; `outlook` looks ahead without sending anything."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook

    def register(self, router: Router) -> None:
        """What is due, who will be reminded, digests, context, and kinds on and off."""
        router.on_command(
            Command(
                "what is due",
                "what is due",
                "See everything that waits for you",
                (r"what('?s| is) due( for me)?|what do i have to do|due",),
            ),
            self.due,
        )
        router.on_command(
            Command("more", "more", "See the next things of a reminder, with their buttons", (_MORE,)),
            self.more,
        )
        router.on_click(NEXT, self.next)
        router.on_command(
            Command(
                "who will be reminded",
                "who will be reminded",
                "See who gets which reminders in the next 30 days",
                (r"who (will be|is) reminded|(preview|upcoming) (reminders|nudges)",),
                roles=LEADS,
            ),
            self.coming,
        )
        router.on_command(
            Command(
                "reminders of somebody",
                "what will Tom Hargreave be reminded of",
                "See every reminder of one person in the next 30 days",
                (r"what (?:will|is) (?P<person>.+?) (?:be |to be )?reminded of",),
                roles=LEADS,
            ),
            self.coming_to,
        )
        router.on_command(
            Command(
                "digest",
                "digest",
                "See how your Business Unit, or the whole programme, stands",
                (r"(show )?(me )?(the |my )?digest",),
                skill="report",
                roles=LEADS | {Role.CSMG_MEMBER},
            ),
            self.digest,
        )
        router.on_command(
            Command(
                "stop reminders",
                "stop reminders about scorecards",
                "Switch a kind of reminder off for yourself",
                (r"(?P<switch>stop|start) (the )?(reminders|reminding me) (about|of) (?P<kind>.+)",),
            ),
            switch,
        )
        router.on_click(DRILL, self.drill)
        router.on_click(ADD_CONTEXT, open_context)
        router.on_form(CONTEXT_FORM, add_context, context_form)

    async def due(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """Everything that this person has to act on."""
        if turn.person_id is None:
            return private(say(_UNKNOWN))
        lines = await self._outlook.due_for(store, turn.person_id, turn.today)
        if not lines:
            return private(say("Nothing waits for you, and nothing is due in the next two months."))
        return private(nudge_message(lines, Named("", turn.today), listed=len(lines)))

    async def next(self, turn: Turn, store: Store, after: NextOnes) -> Reply:
        """The next few of a message, or of 'what is due', as far as they are this person's and still open."""
        if turn.person_id is None:
            return private(say(_UNKNOWN))
        day = after.of.day
        if not after.of.key:
            lines = await self._outlook.due_for(store, turn.person_id, day)
        else:
            nudge = await store.nudges.by_key(after.of.key)
            subjects = nudge.subjects if nudge is not None else ()
            lines = await self._outlook.told(store, turn.person_id, subjects, day)
        return private(next_message(lines, after))

    async def more(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """What the newest 'show the next' button here does; without one, all that waits, from the first."""
        conversation = await store.conversations.get(turn.inbound.address.key)
        for each in conversation.offered if conversation else ():
            if each["action"] == NEXT.name:
                return await self.next(turn, store, _NEXT.validate_python(each["params"]))
        return await self.due(turn, store, args)

    async def coming(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """Who gets what and when in the next 30 days."""
        if not turn.has(*LEADS):
            return private(say("Only the SRM lead or the deputy can see who will be reminded."))
        found = await self._outlook.coming(store, turn.today, turn.today + AHEAD)
        return private(_coming_message(found))

    async def coming_to(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """What one person gets and when in the next 30 days."""
        if not turn.has(*LEADS):
            return private(say("Only the SRM lead or the deputy can see who will be reminded."))
        try:
            question = Field("person", "Who", Kind.PERSON)
            email = await read_answer(question, args["person"], Reading(turn, store, {}))
        except NotUnderstood as problem:
            return private(say(f"{problem}. Type a name or a work email."))
        person = await store.people.by_email(email)
        found = await self._outlook.coming(store, turn.today, turn.today + AHEAD)
        theirs = [each for each in found if person is not None and each.person_id == person.id]
        return private(_coming_to_message(person.name if person else email, theirs))

    async def digest(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """How things stand, for the Business Units of a CSMG member or for everything."""
        if turn.person_id is None or not turn.has(*LEADS, Role.CSMG_MEMBER):
            return private(
                say("The digest is for CSMG members and the SRM lead. Type 'what is due' for yours.")
            )
        digests = await self._outlook.digests(store, turn.person_id, turn.today)
        return private(
            *(Message(f"How things stand: {each.name}.", tuple(digest_blocks(each))) for each in digests)
        )

    async def drill(self, turn: Turn, store: Store, params: OneDigest) -> Reply:
        """All that is overdue in one Business Unit or workstream, for those who may see the digest."""
        digests = (
            await self._outlook.digests(store, turn.person_id, turn.today)
            if turn.person_id is not None
            else ()
        )
        found = next((each for each in digests if each.unit_id == params.unit_id), None)
        if found is None:
            return private(say("This digest is not one that you may see."))
        late = found.within(params.name)
        if not late.late:
            return private(say(f"Nothing is overdue in {params.name}."))
        title = f"Overdue in {params.name}"
        return private(Message(f"{title}: {len(late.late)}.", (late_table(title, late, len(late.late)),)))


async def switch(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Switch a kind of reminder off or on for oneself. Those that are statutory stay."""
    if turn.person_id is None:
        return private(say(_UNKNOWN))
    kind = kind_named(args["kind"])
    if kind is None:
        names = ", ".join(each.label.lower() for each in rules.Kind)
        return private(say(f"I don't know such reminders. There are: {names}."))
    if args["switch"] == "start":
        await store.nudges.unmute(turn.person_id, kind)
        return private(say(f"You get reminders about {kind.label.lower()} again."))
    rule = (await store.reminder_rules.all())[kind]
    if rule.statutory:
        return private(
            say(
                f"{kind.label} can't be switched off: they rest on the law or on the contract's own terms. "
                "You can choose another hour in 'preferences'."
            )
        )
    await store.nudges.mute(turn.person_id, kind)
    name = kind.label.lower()
    off = f"You get no more reminders about {name}. Type 'start reminders about {name}' to undo it."
    goes_up = ["What stays late still goes up to others, and you are not told before."]
    return private(say(off, *(goes_up if rule.escalate else ())))


def kind_named(text: str) -> rules.Kind | None:
    """The kind that somebody means by its name or a part of it, if there is just one."""
    words = text.casefold().strip()
    stem = words.removesuffix("s")
    exact = [each for each in rules.Kind if each.label.casefold() == words or each.value == stem]
    found = exact or [each for each in rules.Kind if stem and stem in each.label.casefold()]
    return found[0] if len(found) == 1 else None


async def open_context(turn: Turn, store: Store, params: AboutSubject) -> Reply:
    """Open the form for a line that goes up with a late thing."""
    built = await context_form(turn, store, params)
    return built if isinstance(built, Reply) else Reply(form=built)


async def context_form(turn: Turn, _store: Store, params: AboutSubject) -> Form | Reply:
    """Ask for the line."""
    if turn.person_id is None:
        return private(say(_UNKNOWN))
    return Form(
        CONTEXT_FORM.name,
        "Add context",
        (
            Field(
                "text",
                "What should people know?",
                Kind.LONG_TEXT,
                longest=500,
                help="It is shown to those to whom this goes up. Do not name service users or staff.",
            ),
        ),
        params=CONTEXT_FORM.carried(params),
    )


async def add_context(turn: Turn, store: Store, params: AboutSubject, values: Mapping[str, str]) -> Reply:
    """Keep the line."""
    assert turn.person_id is not None, "the form is made only for people in the directory"
    store.nudges.add(
        Context(subject=params.subject, person_id=turn.person_id, at=turn.received_at, text=values["text"])
    )
    return private(say("Kept. It is shown with this if it goes up."))


def _coming_message(found: Sequence[Coming]) -> Message:
    people = len({each.person_id for each in found})
    total = f"{count(len(found), 'message')} to {people} {'person' if people == 1 else 'people'}"
    words = Text(spans([bold(f"{total} in the next 30 days."), " Nothing was sent by looking."]))
    if not found:
        return Message(f"{total}.", (words,))
    theirs: dict[int, list[Coming]] = {}
    for each in found:
        theirs.setdefault(each.person_id, []).append(each)
    rows = tuple(
        (
            each[0].name,
            str(len(each)),
            f"{each[0].day.day} {each[0].day:%B %Y}, {each[0].hour:02}:00",
            _names(each[0]),
        )
        for each in sorted(theirs.values(), key=lambda each: each[0].name)[:_LISTED]
    )
    title = f"The first {_LISTED} people" if people > _LISTED else "By person"
    columns = ("Who", "Messages", "The first one", "About")
    note = Note(
        spans(
            f"For every message of one person, type 'what will {rows[0][0]} be reminded of'. "
            "An administrator lists all of them with 'covenant nudges'."
        )
    )
    return Message(f"{total}.", (words, Table(title, columns, rows), note))


def _coming_to_message(name: str, theirs: Sequence[Coming]) -> Message:
    total = f"{count(len(theirs), 'message')} to {name}"
    words = Text(spans([bold(f"{total} in the next 30 days."), " Nothing was sent by looking."]))
    facts = tuple(
        Fact(
            f"{each.day.day} {each.day:%B %Y}, {each.hour:02}:00",
            spans("; ".join(f"{line.group.value}: {line.what}" for line in each.lines)),
        )
        for each in theirs
    )
    return Message(f"{total}.", (words, Facts(facts)) if facts else (words,))


def _names(coming: Coming) -> str:
    names = [each.what.partition(":")[0] for each in coming.lines]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(names[:4]) + more
