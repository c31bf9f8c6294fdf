"""What is due, made into deliveries: planned once an hour that matters, one message a person a day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.conversation.message import Message, bold, say, to_json
from handlers.reminders.items import item_buttons
from handlers.reminders.nudge_view import Named, nudge_message
from handlers.reminders.outlook import Digest, DueLine
from scheduler.calendar import WorkCalendar
from scheduler.clock import Clock
from scheduler.digests import digest
from scheduler.due import Item
from scheduler.gather import Gathered, gather
from scheduler.notices import offer
from scheduler.planning import Plan, Planned, Wishes
from scheduler.sources import ArticleFacts
from scheduler.wording import due_line
from storage.accounts import Account
from storage.addresses import Address
from storage.database import Database, Store
from storage.deliveries import Delivery
from storage.manners import clock_of
from storage.nudges import Context, Nudge
from storage.progress import Proposal
from storage.reminders import PersonalReminder
from storage.rules import Kind

log = logging.getLogger(__name__)

CAUSE = "nudge"
# A message of nothing but forms is of no use to anybody else.
OF_FORMS = "form in progress"
# The earliest reminder of all comes half a year ahead of its date.
_SAID_OF_THIS = timedelta(days=200)
# Whoever has answered a form so lately is in the middle of it.
_AT_IT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Background:
    """What the words of messages need beside the plan."""

    gathered: Gathered
    contexts: dict[str, Context]
    proposals: Sequence[Proposal]
    unreachable: Sequence[str]


class Nudger:
    """Plans what is due now. Any number of processes may do so at once: each hour is taken once."""

    def __init__(
        self,
        database: Database,
        calendar: WorkCalendar,
        clock: Clock,
        articles: Callable[[], Sequence[ArticleFacts]] = tuple,
    ) -> None:
        self._database = database
        self._calendar = calendar
        self._clock = clock
        self._articles = articles

    async def tick(self) -> int:
        """Plan what is due and not planned yet, and say how many messages it made."""
        now = self._clock.now()
        return await self._personal(now) + await self._daily(now)

    async def _daily(self, now: datetime) -> int:
        local = self._calendar.local(now)
        day = local.date()
        if not self._calendar.works(day):
            return 0
        monday = day - timedelta(days=day.weekday())
        async with self._database.reading() as store:
            done = await store.nudges.hours_since(monday)
            manners = await store.manners.all()
            wishes = [Wishes.stated(each).on(day, self._calendar.zone) for each in (None, *manners.values())]
            mattering = _hours(wishes, local.hour)
            hours = {hour for hour in mattering if hour <= local.hour and (day, hour) not in done}
            if not hours:
                return 0
            gathered = await gather(store, day, self._calendar.zone, self._articles())
            plan = Plan(gathered.situation, self._calendar, day, day)
            planned = [
                each
                for each in plan.on(day, hours, lambda earlier, hour: (earlier, hour) not in done)
                if not self._wishes(gathered, each).quiet(local.hour)
            ]
            background = await background_of(store, gathered, planned)
        return await self._keep(day, hours, planned, background, now)

    async def _keep(
        self, day: date, hours: set[int], planned: Sequence[Planned], background: _Background, now: datetime
    ) -> int:
        made = 0
        async with self._database.store() as store:
            if await store.nudges.take_hours(day, hours) != hours:
                # Another process has planned them, or some of them: the next tick sees what is left.
                await store.roll_back()
                return 0
            for each in planned:
                made += await self._send(store, each, background, now)
        return made

    async def _send(self, store: Store, planned: Planned, background: _Background, now: datetime) -> bool:
        gathered = background.gathered
        wishes = self._wishes(gathered, planned)
        account = preferred(gathered.accounts[planned.person_id], wishes.platform)
        key = f"nudge:{planned.person_id}:{planned.day.isoformat()}"
        if planned.again:
            key = f"{key}:{planned.hour:02}"
        message = message_of(planned, background, key)
        begins = self._calendar.moment(planned.day, planned.hour)
        cause = OF_FORMS if all(each.item.kind.personal for each in planned.lines) else CAUSE
        delivery = _delivery(key, planned.person_id, account, message, now, cause=cause)
        delivery.not_before = max(now, begins)
        delivery.expires_at = self._end_of_hours(planned.day, wishes, delivery.not_before)
        if not await store.deliveries.add(delivery):
            return False
        subjects = [line.item.subject for line in planned.lines]
        store.nudges.add(Nudge(person_id=planned.person_id, day=planned.day, key=key, subjects=subjects))
        await _put_aside(store, planned, now)
        await _offer(store, account, message, now)
        return True

    def _wishes(self, gathered: Gathered, planned: Planned) -> Wishes:
        return gathered.situation.wishes_of(planned.person_id).on(planned.day, self._calendar.zone)

    def _end_of_hours(self, day: date, wishes: Wishes, begins: datetime) -> datetime:
        """When the message would come in quiet hours or on the next day: rather not at all, and said again."""
        first = self._calendar.local(begins).hour
        last = next((hour for hour in range(first, 24) if wishes.quiet(hour)), None)
        if last is None:
            return self._calendar.moment(day + timedelta(days=1), 0)
        return self._calendar.moment(day, last)

    async def _personal(self, now: datetime) -> int:
        """Send what people asked to be reminded of, at the time they asked for."""
        async with self._database.reading() as store:
            if not any(each.at <= now for each in await store.reminders.waiting()):
                return 0
        made = 0
        async with self._database.store() as store:
            accounts = await store.accounts.reachable()
            manners = await store.manners.all()
            for each in await store.reminders.waiting():
                if each.at > now:
                    break
                theirs = accounts.get(each.person_id)
                if theirs is None:
                    continue
                manner = manners.get(each.person_id)
                account = preferred(theirs, manner.platform if manner else None)
                message = _reminder_message(each)
                key = f"{each.subject}:{each.at:%Y-%m-%dT%H:%M}"
                made += await store.deliveries.add(
                    _delivery(key, each.person_id, account, message, now, cause="reminder")
                )
                each.told(now, clock_of(manner, self._calendar.zone))
                await _offer(store, account, message, now)
        return made


async def background_of(
    store: Store, gathered: Gathered, planned: Sequence[Planned], *, digests: bool = False
) -> _Background:
    """What the words of these messages need beside the plan."""
    subjects = {line.item.subject for each in planned for line in each.lines}
    digests = digests or any(line.item.kind is Kind.DIGEST for each in planned for line in each.lines)
    people = await store.people.unreachable() if digests else []
    return _Background(
        gathered,
        await store.nudges.contexts(sorted(subjects)) if planned else {},
        await store.progress.proposals() if digests else (),
        [f"{person.name}, on {account.platform}: {account.unreachable}" for person, account in people],
    )


def message_of(planned: Planned, background: _Background, key: str) -> Message:
    """The words of a planned message; by its key the rest of it is found again."""
    subjects = [each.item.subject for each in planned.lines if each.item.kind is Kind.DIGEST]
    digests = [digest_of(background, each, planned.day) for each in subjects]
    return nudge_message(lines_of(planned, background), Named(key, planned.day), digests)


def lines_of(planned: Planned, background: _Background) -> list[DueLine]:
    """What a planned message says of each thing."""
    return [
        due_line(
            background.gathered.situation, each.item, each.told, planned.day, _context(background, each.item)
        )
        for each in planned.lines
        if each.item.kind is not Kind.DIGEST
    ]


def digest_of(background: _Background, subject: str, day: date) -> Digest:
    """The digest that a subject such as `digest:3` or `digest:all` names."""
    which = subject.partition(":")[2]
    unit_id = None if which == "all" else int(which)
    return digest(background.gathered, background.proposals, background.unreachable, unit_id, day)


async def _put_aside(store: Store, planned: Planned, now: datetime) -> None:
    """Put aside the forms that the person is reminded of: what is typed from here on is hardly their answer."""
    forms = [each.item.subject for each in planned.lines if each.item.kind is Kind.DRAFT]
    if forms:
        await store.drafts.save([int(each.split(":")[1]) for each in forms], now - _AT_IT)


def _context(background: _Background, item: Item) -> str:
    found = background.contexts.get(item.subject)
    # What was said of an earlier date does not belong to this one.
    if found is None or (item.due is not None and found.at.date() < item.due - _SAID_OF_THIS):
        return ""
    person = background.gathered.situation.directory.people.get(found.person_id)
    return f"{person.name if person else 'Somebody who has left'} adds: {found.text}"


def _hours(wishes: Iterable[Wishes], now: int) -> set[int]:
    """Every hour at which the messages begin of somebody for whom it is not quiet now, and this one.

    What does not wait is looked for each hour in which it may come.
    """
    return {
        hour
        for each in wishes
        if not each.quiet(now)
        for hour in (each.usual, each.early, max(now, each.early))
    }


def preferred(accounts: Sequence[Account], platform: str | None) -> Account:
    """The account to write to: on the platform that was asked for, else the one used last."""
    return next((each for each in accounts if each.platform == platform), accounts[0])


def _reminder_message(reminder: PersonalReminder) -> Message:
    return say([bold("You asked to be reminded: "), reminder.text], buttons=item_buttons(reminder.subject))


def _delivery(
    key: str, person_id: int, account: Account, message: Message, now: datetime, *, cause: str = CAUSE
) -> Delivery:
    return Delivery(
        key=key,
        person_id=person_id,
        platform=account.platform,
        workspace=account.workspace,
        conversation=account.conversation,
        thread="",
        message=to_json(message),
        cause=cause,
        created_at=now,
        not_before=now,
    )


async def _offer(store: Store, account: Account, message: Message, now: datetime) -> None:
    address = Address(account.platform, account.workspace, account.conversation)
    await offer(store, address, message, now)
