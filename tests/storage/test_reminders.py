"""Reminders that come back, snoozes and wishes, as they are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from storage.database import Database
from storage.manners import Cadence, Manner
from storage.reminders import PersonalReminder, Repeat
from tests.conftest import NOW

LONDON = ZoneInfo("Europe/London")
moments = st.integers(0, 5 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(st.sampled_from(list(Repeat)), moments, st.timedeltas(timedelta(0), timedelta(days=800)))
def test_the_next_time_is_later_and_at_the_same_hour_of_the_day(
    repeat: Repeat, at: datetime, passed: timedelta
) -> None:
    after = at + passed
    following = repeat.following(at, after, LONDON)
    if repeat is Repeat.NONE:
        assert following is None
        return
    assert following is not None
    assert following > after
    first, found = at.astimezone(LONDON), following.astimezone(LONDON)
    # An hour that the clocks skip in spring is the only one that can't be kept.
    assert found.hour == first.hour or (first.hour == 1 and found.hour == 2)
    assert repeat.following(at, following, LONDON) != following


def test_the_31st_does_not_creep_after_a_short_month() -> None:
    first = datetime(2026, 1, 31, 10, tzinfo=UTC)
    february = Repeat.MONTHLY.following(first, first, LONDON)
    assert february is not None
    assert february.date() == date(2026, 2, 28)
    march = Repeat.MONTHLY.following(first, february, LONDON)
    assert march is not None
    assert march.date() == date(2026, 3, 31)


async def test_a_reminder_that_repeats_waits_for_its_next_time_once_told(database: Database) -> None:
    async with database.store() as store:
        once = await store.reminders.add(PersonalReminder(person_id=1, text="once", at=NOW, first_at=NOW))
        weekly = await store.reminders.add(
            PersonalReminder(person_id=1, text="weekly", at=NOW, first_at=NOW, repeat=Repeat.WEEKLY)
        )
        once.told(NOW, LONDON)
        weekly.told(NOW, LONDON)
    async with database.reading() as store:
        (left,) = await store.reminders.of(1)
    assert left.subject == f"reminder:{weekly.id}"
    assert left.at == NOW + timedelta(days=7)


async def test_a_later_snooze_takes_the_place_of_the_earlier(database: Database) -> None:
    async with database.store() as store:
        await store.reminders.snooze(1, "action:W1-06", date(2026, 11, 30))
    async with database.store() as store:
        await store.reminders.snooze(1, "action:W1-06", date(2026, 12, 7))
        await store.reminders.snooze(2, "action:W1-06", date(2026, 12, 1))
    async with database.store() as store:
        found = {(each.person_id, each.until) for each in await store.reminders.snoozes()}
        assert found == {(1, date(2026, 12, 7)), (2, date(2026, 12, 1))}
        await store.reminders.wake(1, "action:W1-06")
        assert not await store.reminders.snoozed(1)


async def test_wishes_are_the_usual_ones_until_somebody_states_them(database: Database) -> None:
    async with database.store() as store:
        usual = await store.manners.of(1)
        assert (usual.hour, usual.cadence) == (9, Cadence.DAILY)
        assert not await store.manners.all()
        await store.manners.put(Manner(person_id=1, hour=14, cadence=Cadence.WEEKLY))
    async with database.reading() as store:
        assert (await store.manners.all())[1].hour == 14


def test_quiet_hours_may_run_past_midnight_or_be_none() -> None:
    night, noon, never = (
        Manner(person_id=1, quiet_from=start, quiet_to=end) for start, end in ((19, 7), (12, 14), (0, 0))
    )
    assert [hour for hour in range(24) if not night.quiet(hour)] == list(range(7, 19))
    assert [hour for hour in range(24) if noon.quiet(hour)] == [12, 13]
    assert not any(never.quiet(hour) for hour in range(24))
