"""By whose clock: people who work in another time zone than the council's, and what still goes by its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.conversation.dates import NotUnderstood
from handlers.conversation.zones import read_zone
from scheduler.broadcasts import Broadcasts
from scheduler.calendar import WorkCalendar
from scheduler.planning import Wishes
from storage.manners import Manner
from tests.conftest import Cast, StandingClock
from tests.conversations.test_broadcasts import sent, ticks, wrote
from tests.driver import Chat, House

LONDON, MADRID, NEW_YORK = (ZoneInfo(each) for each in ("Europe/London", "Europe/Madrid", "America/New_York"))
TODAY = date(2026, 11, 24)
# In winter, in the weeks in which only one continent has changed its clocks, and in summer.
MONDAYS = tuple(date.fromisoformat(each) for each in ("2027-01-11", "2027-03-15", "2027-06-14", "2027-11-01"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Madrid", "Europe/Madrid"),
        ("europe/madrid", "Europe/Madrid"),
        ("new york", "America/New_York"),
        ("Bogotá", "America/Bogota"),
        ("St. John’s", "America/St_Johns"),
        ("Chicago", "America/Chicago"),
        ("London", None),
        ("UK", None),
        ("the council’s", None),
        (" ", None),
    ],
)
def test_a_zone_is_known_by_its_city_or_its_name(text: str, name: str | None) -> None:
    assert read_zone(text, LONDON, TODAY) == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Atlantis", "Enter a large city in it, such as Madrid"),
        ("localtime", "Enter a large city in it, such as Madrid"),
        ("Sydney", "Sydney is more than 6 hours from the council's clock"),
        # Within six hours in the weeks between the changes of clocks alone.
        ("Denver", "Denver is more than 6 hours from the council's clock"),
    ],
)
def test_what_is_no_zone_or_too_far_is_refused(text: str, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        read_zone(text, LONDON, TODAY)


@pytest.mark.parametrize("name", ["Europe/Madrid", "America/Chicago", "Asia/Dhaka", "America/St_Johns"])
def test_an_hour_of_the_councils_day_is_never_before_theirs(name: str) -> None:
    calendar, there = WorkCalendar(LONDON), ZoneInfo(name)
    days = [TODAY + timedelta(days=number) for number in range(365)]
    for day in filter(calendar.works, days):
        # 18:00 in Chicago is on the next day of the council's.
        for hour in range(7, 18):
            wishes = Wishes.stated(Manner(person_id=1, hour=hour, zone=name)).on(day, LONDON)
            theirs = calendar.moment(day, wishes.usual).astimezone(there)
            assert (theirs.date(), theirs.hour) == (day, hour)
            early = calendar.moment(day, wishes.early).astimezone(there)
            assert (early.date(), early.hour) == (day, 7)


def test_an_hour_on_another_day_of_the_councils_becomes_the_nearest_of_this_one() -> None:
    late = Manner(person_id=1, hour=21, quiet_from=22, zone="America/New_York")
    assert Wishes.stated(late).on(TODAY, LONDON).usual == 23
    early = Manner(person_id=1, hour=4, quiet_to=4, zone="Asia/Dhaka")
    assert Wishes.stated(early).on(TODAY, LONDON).usual == 0


async def test_a_zone_is_set_shown_and_taken_back(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (usual,) = await manager.says("preferences")
    assert "Time zone" not in usual.text
    (saved,) = await manager.says("my time zone is Madrid")
    assert "Once a day, at 09:00, Madrid time. Quiet hours: 19:00 to 07:00" in saved.text
    (far,) = await manager.says("My time zone is Sydney.")
    assert "more than 6 hours from the council's clock" in far.text
    assert "Nothing was changed" in far.text
    (shown,) = await manager.says("preferences")
    assert "Time zone" in shown.text
    assert "Madrid" in shown.text
    await manager.clicks("Change preferences")
    assert manager.form is not None
    assert manager.form.values["zone"] == "Europe/Madrid"
    for wrong, words in (("Atlantis", "such as Madrid or New York"), ("Sydney", "more than 6 hours")):
        await manager.fills(
            cadence="daily", hour="9", quiet_from="19", quiet_to="7", platform="last", zone=wrong
        )
        assert manager.form is not None
        assert words in manager.form.errors["zone"]
    (saved,) = await manager.fills(
        cadence="daily", hour="9", quiet_from="19", quiet_to="7", platform="last", zone="new york"
    )
    assert "at 09:00, New York time." in saved.text
    (ended,) = await manager.says("my time zone is the council's")
    assert "Once a day, at 09:00. Quiet hours" in ended.text
    await manager.clicks("Change preferences")
    assert manager.form is not None
    assert not manager.form.values["zone"]


@pytest.mark.parametrize(
    ("name", "comes"), [("Madrid", time(9)), ("New York", time(9)), ("Kolkata", time(9, 30))]
)
async def test_the_daily_message_comes_at_their_hour_all_the_year(
    memory_house: House, cast: Cast, clock: StandingClock, name: str, comes: time
) -> None:
    lead = await memory_house.person(cast.lead)
    await lead.says(f"my time zone is {name}")
    zone = ZoneInfo(read_zone(name, LONDON, TODAY) or "")
    for monday in MONDAYS:
        told = await heard(memory_house, lead, clock, monday)
        assert [each.astimezone(zone).time() for each in told] == [comes], "one a day"


async def heard(house: House, chat: Chat, clock: StandingClock, day: date) -> list[datetime]:
    """When daily messages came on a day that is looked at every half hour from 03:00 to 15:00."""
    found = []
    moment = datetime.combine(day, time(3), LONDON).astimezone(UTC)
    for _ in range(25):
        clock.moment, before = moment, len(await chat.screen())
        await house.app.nudger.tick()
        while await house.app.outbox.sweep():
            pass
        new = (await chat.screen())[before:]
        found += [moment for each in new if "for another hour, or once a week" in each.text]
        moment += timedelta(minutes=30)
    return found


async def test_today_and_a_reminder_of_their_own_go_by_their_clock(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    manager = await memory_house.person(cast.manager)
    await manager.says("my time zone is New York")
    # Where they are it is still Tuesday, 21:00.
    clock.moment = datetime(2027, 3, 10, 2, tzinfo=UTC)
    (kept,) = await manager.says("remind me tomorrow at 10 to ring Acme")
    assert "Wednesday 10 March 2027 at 10:00" in kept.text
    await manager.says("remind me every week to look at the log at 10")
    (listed,) = await manager.says("my reminders")
    first = datetime(2027, 3, 10, 10, tzinfo=NEW_YORK)
    assert "10:00" in listed.text
    seen = []
    for number in range(23 * 5):
        # Each day around 10:00 in New York, by its clock in winter and in summer.
        days, looks = divmod(number, 5)
        clock.moment = first.astimezone(UTC) + timedelta(days=days, minutes=30 * (looks - 3))
        before = len(await manager.screen())
        await memory_house.app.nudger.tick()
        while await memory_house.app.outbox.sweep():
            pass
        new = (await manager.screen())[before:]
        seen += [clock.moment.astimezone(NEW_YORK) for each in new if "You asked to be reminded" in each.text]
    assert len(seen) >= 4
    assert {each.time() for each in seen} == {time(10)}, "also after their clocks went forward on 14 March"


@pytest.mark.parametrize(("name", "zone"), [("Madrid", MADRID), ("New York", NEW_YORK)])
async def test_a_broadcast_goes_by_the_clock_of_whoever_timed_it(
    memory_house: House, cast: Cast, name: str, zone: ZoneInfo
) -> None:
    lead, deputy = await memory_house.person(cast.lead), await memory_house.person(cast.deputy)
    manager = await memory_house.person(cast.manager)
    await lead.says(f"my time zone is {name}")
    await wrote(lead, "Weekly note", body="What is new")
    await lead.clicks("Change the time")
    (card,) = await lead.fills(day="2027-03-10", time="10:00", repeat="weekly")
    assert f"Wednesday 10 March 2027 at 10:00, {name} time" in card.text
    (asked,) = await lead.clicks("Send it")
    (status,) = await lead.clicks(next(each for each in asked.buttons if each.startswith("Schedule")))
    assert f"10:00:00, {name} time" in status.text
    hour = datetime(2027, 3, 10, 10, tzinfo=zone).astimezone(LONDON).hour
    (seen,) = await deputy.says("broadcast 1")
    assert f"Wednesday 10 March 2027 at {hour:02}:00:00, UK time" in seen.text
    clock = memory_house.app.clock
    # New York's clocks go forward on 14 March, Europe's on 28 March.
    for copies, day in enumerate((10, 17, 24, 31)):
        for minute, there in ((-1, copies), (1, copies + 1)):
            moment = datetime(2027, 3, day, 10, tzinfo=zone).astimezone(UTC) + timedelta(minutes=minute)
            clock.move(moment - clock.now())  # type: ignore[attr-defined]  # tests run on a clock that moves
            await ticks(memory_house)
            arrived = [each for each in await manager.screen() if "What is new" in each.text]
            assert len(arrived) == there


async def test_a_broadcast_waits_for_the_end_of_quiet_hours_where_its_reader_is(
    memory_house: House, cast: Cast
) -> None:
    lead, manager, other = [
        await memory_house.person(each) for each in (cast.lead, cast.manager, cast.other_manager)
    ]
    await manager.says("my time zone is New York")

    async def has_it(chat: Chat) -> bool:
        return any("What is new" in each.text for each in await chat.screen())

    # 09:30 in London is 04:30 in New York.
    await wrote(lead, "Note", body="What is new")
    await sent(lead, memory_house)
    assert await has_it(other)
    assert not await has_it(manager)
    clock = memory_house.app.clock
    for moment, there in (("11:59", False), ("12:01", True)):
        at = datetime.fromisoformat(f"2026-11-24T{moment}").replace(tzinfo=UTC)
        clock.move(at - clock.now())  # type: ignore[attr-defined]  # tests run on a clock that moves
        await Broadcasts(memory_house.app.database, clock, LONDON).tick()
        await memory_house.app.outbox.sweep()
        assert await has_it(manager) is there


async def test_a_briefing_is_at_the_councils_time_for_everybody(memory_house: House, cast: Cast) -> None:
    lead = await memory_house.person(cast.lead)
    await lead.says("my time zone is New York")
    await lead.says("plan a briefing")
    (card,) = await lead.fills(title="Supply risk", day="8 December", time="14:00", place="Room 4")
    assert "Tuesday 8 December 2026, 2pm" in card.text
    async with memory_house.app.database.reading() as store:
        briefing = await store.briefings.get(1)
    assert briefing is not None
    assert briefing.starts_at == datetime(2026, 12, 8, 14, tzinfo=UTC)
