"""Settling what waits beside the plan's actions: done, how far it is, a new date, not mine; by button and typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from handlers.contracts import ShowContract
from handlers.contracts.handover import open_start as hand_over
from handlers.contracts.new_date import keep as keep_contract_date
from handlers.contracts.new_date import open_form as contract_date
from handlers.conversation.acts import ClickAction, Command, FormAction
from handlers.conversation.dates import NotUnderstood, parse_date
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.items import (
    DATE_OF_THING,
    DONE_THING,
    PASS_THING_ON,
    PROGRESS_OF_THING,
    Item,
    item_buttons,
    way_there,
)
from handlers.reminders.naming import THING, name_of, subject_of
from handlers.reminders.outlook import Outlook, Waiting
from handlers.reminders.settled import (
    CONTRACT_DATES,
    DATE_FORM,
    DONE_FORM,
    LEADS,
    OF_FORMS,
    PASS_FORM,
    PROGRESS_FORM,
    SETTLED_HERE,
    STATES,
    WHEN_DONE,
    contract_date_of,
    contract_of,
    date_form,
    day_words,
    give,
    note,
)
from storage.contracts import leads
from storage.database import Store
from storage.item_lines import Said
from storage.nudges import Context
from storage.rules import Kind as About

Build = Callable[[Turn, Store, Item], Awaitable[Form | Reply]]


class Desk:
    """What is done about one thing; `outlook` knows what waits, and for whom."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook

    def register(self, router: Router) -> None:
        """The buttons, their forms and what is typed."""
        for action, form, build, keep in (
            (DONE_THING, DONE_FORM, self.done, self.keep_done),
            (PROGRESS_OF_THING, PROGRESS_FORM, self.progress, self.keep_progress),
            (DATE_OF_THING, DATE_FORM, self.date, self.keep_date),
            (PASS_THING_ON, PASS_FORM, self.pass_on, self.keep_passed),
        ):
            _button(router, action, form, build, keep)
        for command, handler in (
            (
                Command(
                    "done thing",
                    "done CMA-2015 notice",
                    "Say that something you are reminded of is done",
                    (rf"done {THING}",),
                ),
                self._typed(self.done),
            ),
            (
                Command(
                    "update thing",
                    "update CMA-2015 insurance: the broker sends it on Monday",
                    "Add a line on how far something is; it stands in the next reminder",
                    (rf"update {THING}(?:: ?(?P<why>.+))?",),
                ),
                self.typed_progress,
            ),
            (
                Command(
                    "move thing",
                    "move follow-up 3 to 5 January because …",
                    "Give a new date for something you are reminded of",
                    (
                        rf"(?:move|postpone) {THING} (?:to|until|till) (?P<day>.+?)(?: because (?P<why>.+))?",
                        rf"new date for {THING}",
                    ),
                ),
                self.typed_date,
            ),
            (
                Command(
                    "pass thing on",
                    "follow-up 3 is not mine",
                    "Say whose something is that you are reminded of",
                    (rf"{THING} (?:is not|isn't) mine", rf"not mine:? {THING.replace('subject>', 'other>')}"),
                ),
                self._typed(self.pass_on),
            ),
        ):
            router.on_command(command, handler)

    async def done(self, turn: Turn, store: Store, item: Item) -> Form | Reply:
        """What was done; or where that is recorded."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        if found.kind in WHEN_DONE:
            return private(say(WHEN_DONE[found.kind], buttons=way_there(item.subject)))
        if found.kind not in SETTLED_HERE:
            return await self.date(turn, store, item)
        name = name_of(item.subject)
        what = Field(
            "what",
            "What was decided or done",
            Kind.LONG_TEXT,
            longest=500,
            help=f"{found.what}. It is kept, and you are not reminded again unless the date changes.",
        )
        return Form(DONE_FORM.name, f"Done: {name}", (what,), "Mark as done", params=DONE_FORM.carried(item))

    async def keep_done(self, turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
        """Settle it for the date it has."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        note(turn, store, found, Said.DONE, values["what"])
        return private(say(f"Done: {name_of(item.subject)}. Nobody is reminded of it again for this date."))

    async def progress(self, turn: Turn, store: Store, item: Item) -> Form | Reply:
        """How far it is."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        fields = (
            Field("status", "Status", Kind.ONE_OF, options=STATES, initial="In progress", help=found.what),
            Field(
                "text",
                "What has happened, or what it waits for",
                Kind.LONG_TEXT,
                longest=500,
                help="It stands in the next reminder, also for those to whom this goes up. "
                "Do not name service users or staff.",
            ),
        )
        name = f"Progress: {name_of(item.subject)}"
        return Form(PROGRESS_FORM.name, name, fields, "Save", params=PROGRESS_FORM.carried(item))

    async def keep_progress(self, turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
        """Keep the line."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        assert turn.person_id is not None, "only somebody known is reminded of anything"
        text = (
            values["text"] if values["status"] == "In progress" else f"{values['status']}: {values['text']}"
        )
        store.nudges.add(
            Context(subject=item.subject, person_id=turn.person_id, at=turn.received_at, text=text)
        )
        return private(say(f"Kept for {name_of(item.subject)}: “{text}”. It stands in the next reminder."))

    async def date(self, turn: Turn, store: Store, item: Item) -> Form | Reply:
        """Its new date, in the register where the date is the register's."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        if found.kind in CONTRACT_DATES:
            return await contract_date(turn, store, contract_date_of(found))
        return date_form(found)

    async def keep_date(self, turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
        """Keep the new date beside the one before."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        day = date.fromisoformat(values["day"])
        if day <= turn.today:
            return Reply(errors={"day": "Enter a date after today"})
        assert turn.person_id is not None, "only somebody known is reminded of anything"
        note(turn, store, found, Said.NEW_DATE, values["reason"], day=day)
        name = name_of(item.subject)
        if found.due is None:
            # It has no date that could move: the reminder waits for the day that was given.
            await store.reminders.snooze(turn.person_id, item.subject, day)
            return private(
                say(f"{name} is expected by {day_words(day)}. I remind you then, if it is still open.")
            )
        await store.reminders.wake(turn.person_id, item.subject)
        return private(
            say(f"{name} is due on {day_words(day)} now. At first it was {day_words(found.first)}.")
        )

    async def pass_on(self, turn: Turn, store: Store, item: Item) -> Form | Reply:
        """Whose it is; a contract's dates go with the contract."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        reference = await contract_of(store, item.subject)
        if reference is not None:
            return await hand_over(turn, store, ShowContract(reference))
        fields = (
            Field("person", "Whose it is", Kind.PERSON, help=f"{found.what}. Their name or work email."),
            Field("why", "Why", Kind.LONG_TEXT, required=False, longest=500),
        )
        name = f"Whose is {name_of(item.subject)}?"
        return Form(PASS_FORM.name, name, fields, "Pass it on", params=PASS_FORM.carried(item))

    async def keep_passed(self, turn: Turn, store: Store, item: Item, values: Mapping[str, str]) -> Reply:
        """Give it to whose it is; both are told."""
        found = await self.found(turn, store, item)
        if isinstance(found, Reply):
            return found
        person = await store.people.by_email(values["person"])
        if person is None or not person.active or person.id == turn.person_id:
            return Reply(errors={"person": "Name somebody else, who is in the directory and has not left"})
        assert turn.person is not None, "only somebody known is reminded of anything"
        taken = await give(store, item.subject, person)
        why, name = values.get("why", ""), name_of(item.subject)
        note(
            turn,
            store,
            found,
            Said.PASSED_ON,
            f"To {person.name}. {why}".strip(),
            to_id=None if taken else person.id,
        )
        key = f"passed:{turn.inbound.account.platform}:{turn.inbound.key}"
        told = [f"{turn.person.name} has passed {name} to you: {found.what}."]
        told += [f"They say: {why}"] if why else []
        notices = [
            Notice(f"{key}:to", person.id, say(*told, buttons=item_buttons(item.subject)), "passed on"),
            *(
                Notice(
                    f"{key}:{each}",
                    each,
                    say(f"{turn.person.name} has passed {name} from you to {person.name}."),
                    "passed on",
                )
                for each in sorted(found.told - {turn.person.id, person.id})
            ),
        ]
        done = say(f"{name} is with {person.name} now. They have been told, and the history keeps it.")
        return Reply(messages=(done,), private=True, notices=tuple(notices))

    async def typed_progress(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """`update CMA-2015 insurance: …`; without words the form opens."""
        item = Item(subject_of(args["subject"]))
        if "why" not in args:
            return _opened(await self.progress(turn, store, item))
        values = {"status": "In progress", "text": _typed(turn, args["why"])}
        return await self.keep_progress(turn, store, item, values)

    async def typed_date(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """`move follow-up 3 to 5 January because …`; what is missing the form asks for."""
        item = Item(subject_of(args["subject"]))
        form = await self.date(turn, store, item)
        refused = isinstance(form, Reply) and form.form is None
        if refused or "day" not in args:
            return _opened(form)
        try:
            day = parse_date(args["day"], turn.today)
        except NotUnderstood as problem:
            return reply(say(f"{problem}. Nothing was changed."))
        if day <= turn.today:
            return reply(say("Give a date after today. Nothing was changed."))
        if "why" not in args:
            return _opened(form)
        values = {"day": day.isoformat(), "reason": _typed(turn, args["why"])}
        return await self._keep_typed_date(turn, store, item, values)

    async def _keep_typed_date(
        self, turn: Turn, store: Store, item: Item, values: Mapping[str, str]
    ) -> Reply:
        found = await self.found(turn, store, item)
        if isinstance(found, Waiting) and found.kind in CONTRACT_DATES:
            return await keep_contract_date(turn, store, contract_date_of(found), values)
        return await self.keep_date(turn, store, item, values)

    def _typed(self, build: Build) -> Callable[[Turn, Store, Mapping[str, str]], Awaitable[Reply]]:
        async def handle(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
            named = args.get("subject") or args["other"]
            return _opened(await build(turn, store, Item(subject_of(named))))

        return handle

    async def found(self, turn: Turn, store: Store, item: Item) -> Waiting | Reply:
        """What waits, for whoever is reminded of it and for those who lead the Business Unit."""
        found = await self._outlook.waiting(store, item.subject, turn.today)
        if found is not None and turn.person_id is not None:
            units = {each.id: each for each in await store.people.units()}
            led = leads(turn.profile, found.unit_id, units) if found.unit_id else turn.has(*LEADS)
            mine = turn.person_id in found.told
            if mine and found.kind is About.DRAFT:
                return private(say(OF_FORMS, buttons=item_buttons(item.subject)))
            if found.kind is not About.DRAFT and (mine or led):
                return found
        name = name_of(item.subject)
        return private(
            say(
                f"{name} does not wait for you, or is settled already. Nothing was changed. Type 'what is due'."
            )
        )


def _button(
    router: Router,
    action: ClickAction[Item],
    form: FormAction[Item],
    build: Build,
    keep: Callable[[Turn, Store, Item, Mapping[str, str]], Awaitable[Reply]],
) -> None:
    async def clicked(turn: Turn, store: Store, item: Item) -> Reply:
        return _opened(await build(turn, store, item))

    router.on_click(action, clicked)
    router.on_form(form, keep, build)


def _opened(form: Form | Reply) -> Reply:
    return form if isinstance(form, Reply) else Reply(form=form)


def _typed(turn: Turn, words: str) -> str:
    """The words at the end as they were typed: commands are matched in small letters."""
    return (turn.text or "").strip()[-len(words) :]
