"""A year of reminders on a moved clock with two replicas that restart: `make year` lives through all of it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from handlers.conversation.form import Field, Form
from handlers.conversation.message import Message
from handlers.conversation.steps_view import written
from scheduler.calendar import WorkCalendar
from scheduler.gateway import Later
from scheduler.nudges import Nudger
from scheduler.outbox import Outbox, SendResult
from scheduler.sources import ArticleFacts
from storage.accounts import Account
from storage.database import Database, Store
from storage.deliveries import Delivery, DeliveryState
from storage.drafts import KEPT, Draft
from storage.experts import ExpertRequest, ExpertState
from storage.followups import FollowUp, FollowUpState
from storage.manners import Cadence, Manner
from storage.months import Month
from storage.nudges import Nudge
from storage.reminders import PersonalReminder, Repeat
from storage.reviews import Activity, Choice, Decision, Review, ReviewState, Topic
from storage.rules import Kind
from tests.conftest import StandingClock, fill, postgresql
from tests.driver import MemoryGateway
from tests.scheduler.plain_count import DAY, PlainCount, Thing, Told, Year, back, works

ZONE = ZoneInfo("Europe/London")
FIRST, LAST = date(2026, 11, 24), date(2027, 11, 23)
# The beginning, Christmas, Easter with the change of clocks, and the change in autumn.
TRAPS = (
    (FIRST, FIRST + 2 * DAY),
    (date(2026, 12, 23), date(2027, 1, 6)),
    (date(2027, 3, 24), date(2027, 3, 31)),
    (date(2027, 10, 28), date(2027, 11, 2)),
)
PRIYA, TOM, HELEN = (f"{each}@example.gov.uk" for each in ("priya.nair", "tom.hargreave", "helen.marlowe"))
SAMUEL, BRONWEN, MIRIAM, LOST = (
    f"{each}@example.gov.uk"
    for each in ("samuel.achebe", "bronwen.davies", "miriam.goldberg", "ryan.coverdale")
)
WISHES = {
    PRIYA: Manner(person_id=0, hour=14),
    SAMUEL: Manner(person_id=0, cadence=Cadence.WEEKLY),
    BRONWEN: Manner(person_id=0, cadence=Cadence.AT_ONCE),
    # Five hours behind, but four in the weeks between the changes of clocks.
    MIRIAM: Manner(person_id=0, zone="America/New_York"),
}
LEAVE = {
    TOM: (date(2027, 3, 22), date(2027, 4, 9)),
    HELEN: (date(2027, 7, 26), date(2027, 8, 13)),
    SAMUEL: (date(2027, 10, 18), date(2027, 10, 29)),
}
# Before, at and after the hours that matter, and in the quiet hours.
USUAL = (time(6, 55), time(7), time(9), time(9, 5), time(13), time(14), time(19, 30))
# Both replicas are down all day, until the afternoon, or until the evening.
DOWN: dict[date, Sequence[time]] = {
    date(2027, 2, 9): (),
    date(2027, 2, 10): (),
    date(2027, 4, 14): (time(14), time(19, 30)),
    date(2027, 6, 18): (time(19, 30),),
    date(2027, 9, 6): (),
}
# The platform takes nothing on these days.
BROKEN = frozenset({date(2027, 1, 4), date(2027, 5, 12)})
ARTICLES = (
    ArticleFacts("kpi-design", "KPI design", date(2027, 5, 3), TOM),
    ArticleFacts("social-value", "Social value", date(2027, 4, 30)),
)
OPENED, CLOSED = date(2027, 1, 11), date(2027, 4, 20)
ASKED_TO_WAIT, BACK = date(2027, 2, 18), date(2027, 3, 6)
# This contract's notice period comes to be known at noon, when notice must be given within three weeks.
FOUND_ON, FOUND_AT, LATE_KNOWN = date(2027, 3, 30), time(12), "CMA-2565"
# Forms that are begun and left: by somebody who is there, by one who goes on leave, by one who is told once a week.
FORMS = ((PRIYA, date(2027, 1, 11)), (TOM, date(2027, 3, 12)), (SAMUEL, date(2027, 5, 3)))
SNOOZED = "contract:CMA-2039:review"
WEEKLY_AT = datetime(2026, 11, 30, 14, tzinfo=ZONE)


class FrailGateway(MemoryGateway):
    """A platform that is away for whole days; it notes by whose clock what came when."""

    def __init__(self, clock: StandingClock) -> None:
        super().__init__()
        self._clock = clock
        self.arrived: list[tuple[str, datetime]] = []

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        now = self._clock.now().astimezone(ZONE)
        if now.date() in BROKEN:
            return Later("it is away")
        self.arrived.append((delivery.key, now))
        return await super().send(delivery, message)


def every_moment(day: date) -> Sequence[time]:
    """The full year: the service looks several times each day."""
    return DOWN.get(day, USUAL)


def some_moments(day: date) -> Sequence[time]:
    """The same year with the service up on Mondays alone, but for the weeks with traps."""
    if day in DOWN:
        return DOWN[day]
    if any(first <= day <= last for first, last in TRAPS):
        return (time(9), time(13), time(14)) if works(day) else (time(9),)
    if day.weekday() != 0:
        return ()
    return (time(7), time(14, 5)) if day.day % 2 else (time(14, 5), time(19, 30))


@dataclass
class World:
    """The database with what happens in the year beside its dates."""

    database: Database
    ids: dict[str, int]

    @classmethod
    async def prepare(cls, database: Database) -> World:
        """Wishes, leave, somebody who can't be reached, a personal reminder, and something muted."""
        async with database.store() as store:
            ids = {}
            for person in await store.people.all():
                ids[person.email] = person.id
                store.people.add(
                    Account(
                        person_id=person.id,
                        platform="memory",
                        workspace="test",
                        user_id=person.email,
                        conversation=person.email,
                        unreachable="left the workspace" if person.email == LOST else None,
                    )
                )
                person.leave_from, person.leave_to = LEAVE.get(person.email, (None, None))
                if person.email in WISHES:
                    wish = WISHES[person.email]
                    await store.manners.put(
                        Manner(person_id=person.id, hour=wish.hour, cadence=wish.cadence, zone=wish.zone)
                    )
            late = await store.contracts.by_reference(LATE_KNOWN)
            assert late is not None
            late.manager_id, late.ends = ids[HELEN], date(2027, 10, 19)
            late.notice_months = late.extension_months = None
            await store.nudges.mute(ids[TOM], Kind.CONTRACT_PEOPLE)
            await store.nudges.mute(ids[PRIYA], Kind.CONTRACT_NOTICE)
            await store.reminders.add(
                PersonalReminder(
                    person_id=ids[PRIYA],
                    text="the rota",
                    at=WEEKLY_AT.astimezone(UTC),
                    first_at=WEEKLY_AT.astimezone(UTC),
                    repeat=Repeat.WEEKLY,
                )
            )
        return cls(database, ids)

    async def dawn(self, day: date) -> None:
        """What people do on a day, before anybody is reminded."""
        async with self.database.store() as store:
            if day == OPENED:
                await self._open(store)
            if day == ASKED_TO_WAIT:
                await store.reminders.snooze(self.ids[PRIYA], SNOOZED, BACK)
            if day == CLOSED:
                await self._close(store, day)
            for email, begun in FORMS:
                if day == begun:
                    await store.drafts.add(self._left(email, begun))

    async def noon(self) -> None:
        """A date comes to be known that leaves little time."""
        async with self.database.store() as store:
            late = await store.contracts.by_reference(LATE_KNOWN)
            assert late is not None
            late.notice_months = 6

    async def _open(self, store: Store) -> None:
        contract = await store.contracts.by_reference("CMA-2039")
        assert contract is not None
        now = datetime.combine(OPENED, time(0), UTC)
        owner = self.ids[TOM]
        opened = await store.followups.add(
            FollowUp(
                rule="FU-RISK",
                contract_id=contract.id,
                area="x",
                opened_at=now,
                due=OPENED + 20 * DAY,
                owner_id=owner,
            )
        )
        await store.reviews.open_for_follow_up(opened, now)
        held = Review(
            topic=Topic.VALUE_FOR_MONEY,
            contract_id=contract.id,
            opened_at=now,
            state=ReviewState.DECISION,
            held_on=OPENED,
        )
        await store.reviews.add(held)
        await store.reviews.add(
            Activity(
                review_id=held.id,
                contract_id=contract.id,
                text="x",
                owner_id=self.ids[PRIYA],
                month=Month(2027, 3),
            )
        )
        await store.reviews.add(
            Decision(
                review_id=held.id,
                contract_id=contract.id,
                topic=Topic.KPI,
                choice=Choice.NEXT_CONTRACT,
                reason="x",
                maker_id=owner,
                decided_on=OPENED + 40 * DAY,
                next_step=Month(2027, 3),
                recorded_by=owner,
                recorded_at=now,
            )
        )
        await store.experts.add(
            ExpertRequest(
                asked_at=now,
                asker_id=self.ids[PRIYA],
                question="x",
                state=ExpertState.CLAIMED,
                holder_id=owner,
                claimed_at=now,
            )
        )

    def _left(self, email: str, day: date) -> Draft:
        form = Form("x", "x", (Field("what", "What"),))
        now = datetime.combine(day, time(6), ZONE).astimezone(UTC)
        return Draft(
            person_id=self.ids[email],
            form=form.name,
            title=form.title,
            version=1,
            definition=written(form),
            params={},
            place="x",
            begun_at=now,
            updated_at=now,
            expires_at=now + KEPT,
            asking="what",
        )

    async def _close(self, store: Store, day: date) -> None:
        now = datetime.combine(day, time(0), UTC)
        for follow_up in await store.followups.all_open():
            follow_up.close(FollowUpState.DONE, now, None)
        for review in await store.reviews.unfinished():
            review.state = ReviewState.DONE
        for activity in await store.reviews.open_activities():
            activity.done_at = now
        for request in await store.experts.in_state(ExpertState.CLAIMED):
            request.state = ExpertState.ANSWERED

    async def things(self, count: PlainCount) -> list[Thing]:
        """Everything that there is to be reminded of in the year."""
        async with self.database.reading() as store:
            contracts = {each.reference: each for each in await store.contracts.all()}
            found = [thing for contract in contracts.values() for thing in count.of_contract(contract, FIRST)]
            found += count.of_plan(await store.programme.actions(), FIRST)
        found += count.digests()
        for number, (email, begun) in enumerate(FORMS, 1):
            found += count.of_form(number, self.ids[email], begun)
        for thing in found:
            if thing.subject == f"contract:{LATE_KNOWN}:notice":
                thing.there_from, thing.found = FOUND_ON, FOUND_AT
        contract = contracts["CMA-2039"]
        tom, last, speaker = [self.ids[TOM]], CLOSED - DAY, self.ids[TOM]
        assert contract.ends is not None
        comes_back = max(OPENED + 40 * DAY, back(contract.ends, 18))
        managers = [contract.manager_id] if contract.manager_id is not None else []
        unit, about = contract.unit_id, (contract.unit_id, None, OPENED, last)
        return [
            *found,
            Thing("review:1", Kind.FOLLOWUP, OPENED + 20 * DAY, tom, *about),
            Thing("review:2", Kind.DECISION_WANTED, OPENED, [speaker], *about, waits=True),
            Thing("activity:1", Kind.ACTIVITY, date(2027, 3, 31), [self.ids[PRIYA]], *about),
            Thing("decision:1", Kind.DECISION, comes_back, managers, unit, contract.deputy_id, OPENED),
            Thing("expert:1", Kind.EXPERT, OPENED, tom, None, None, OPENED, last, waits=True),
            Thing("article:kpi-design", Kind.ARTICLE, date(2027, 5, 3), tom, None),
            Thing("article:social-value", Kind.ARTICLE, date(2027, 4, 30), [self.ids[HELEN]], None),
        ]


async def live_through(world: World, year: Year) -> FrailGateway:
    """Two replicas through the year; one of them begins anew every week, the other every month."""
    clock = StandingClock(datetime.combine(year.first, time(0), ZONE).astimezone(UTC))
    gateway = FrailGateway(clock)

    def replica(name: str) -> tuple[Nudger, Outbox]:
        outbox = Outbox(world.database, [gateway], clock, f"{name} {clock.now():%d %B}")
        return Nudger(world.database, WorkCalendar(ZONE), clock, lambda: ARTICLES), outbox

    pair = [replica("one"), replica("two")]
    for day in year.days():
        if day in (OPENED, ASKED_TO_WAIT, CLOSED, *(begun for _, begun in FORMS)):
            await world.dawn(day)
        for moment in year.moments(day):
            if day == FOUND_ON and moment >= FOUND_AT:
                await world.noon()
            clock.moment = datetime.combine(day, moment, ZONE).astimezone(UTC)
            # At every third look only one of them is there.
            there = pair if (day.day + moment.hour) % 3 else pair[day.day % 2 :][:1]
            await asyncio.gather(*(nudger.tick() for nudger, _ in there))
            while any(await asyncio.gather(*(outbox.sweep() for _, outbox in there))):
                pass
        if day.weekday() == 0:
            pair[0] = replica("one")
        if day.day == 17:
            pair[1] = replica("two")
    return gateway


async def compare(world: World, year: Year, gateway: FrailGateway) -> str:
    """Hold what was sent against the plain count; the figures in words."""
    async with world.database.reading() as store:
        count = PlainCount(
            year, await store.people.profiles(), await store.people.units(), await store.manners.all()
        )
        deliveries = {each.key: each for each in await store.session.scalars(select(Delivery))}
        nudges = list(await store.session.scalars(select(Nudge)))
    expected = count.messages(await world.things(count))
    sent = Counter(key for key, _ in gateway.arrived)
    moments = dict(gateway.arrived)
    told = {
        (each.person_id, each.day, _again(each)): Told(frozenset(each.subjects), moments[each.key].time())
        for each in nudges
        if each.key in sent
    }
    wrong = {
        each: (expected.get(each), told.get(each))
        for each in sorted({*expected, *told}, key=lambda each: (each[1], each[0]))
        if expected.get(each) != told.get(each)
    }
    assert not wrong, f"{len(wrong)} missed, or told beside it; the first: {list(wrong.items())[:3]}"
    assert set(sent.values()) == {1}, "something came twice"
    again = [each.subjects for each in nudges if _again(each)]
    assert again == [[f"contract:{LATE_KNOWN}:notice"]], "one thing could not wait for the next day"
    days = Counter(
        (each.person_id, moments[each.key].date()) for each in nudges if each.key in sent and not _again(each)
    )
    assert set(days.values()) == {1}, "somebody got two in a day"
    for each in nudges:
        if each.key in sent:
            arrived = moments[each.key]
            assert works(arrived.date())
            assert arrived.date() == each.day
            assert 7 <= arrived.astimezone(count.clock(each.person_id)).hour < 19
        else:
            assert each.day in BROKEN
            assert deliveries[each.key].state is DeliveryState.EXPIRED
    personal = [when for key, when in gateway.arrived if key.startswith("reminder:")]
    mondays = [day for day in year.days() if day >= WEEKLY_AT.date() and day.weekday() == 0]
    assert len(personal) == len(mondays), "a reminder of her own came too often or not at all"
    mentions = sum(len(each.subjects) for each in told.values())
    return (
        f"{len(told)} messages with {mentions} mentions of {len(await world.things(count))} things: "
        "0 missed, 0 double, 0 outside hours, nobody more than one a day "
        f"beside what could not wait ({len(again)})"
    )


def _again(nudge: Nudge) -> bool:
    """Whether it is a second message of the day: the hour stands at the end of its key."""
    return nudge.key.count(":") == 3


def year_of(world: World, moments: Callable[[date], Sequence[time]] = every_moment) -> Year:
    """The year, as often looked at as is wished."""
    return Year(
        FIRST,
        LAST,
        moments,
        world.ids[LOST],
        BROKEN,
        {(world.ids[PRIYA], SNOOZED): (ASKED_TO_WAIT, BACK)},
        frozenset({(world.ids[TOM], Kind.CONTRACT_PEOPLE), (world.ids[PRIYA], Kind.CONTRACT_NOTICE)}),
    )


async def main(url: str) -> None:
    """The full year with the whole sample directory, on an empty database."""
    logging.disable(logging.WARNING)
    database = Database(url)
    await fill(database)
    world = await World.prepare(database)
    year = year_of(world)
    print(await compare(world, year, await live_through(world, year)))  # noqa: T201  # it is a command
    await database.close()


if __name__ == "__main__":
    with postgresql() as address:
        asyncio.run(main(address))
