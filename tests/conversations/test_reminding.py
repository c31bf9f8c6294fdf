"""Personal reminders, preferences, leave, and naming a first point of contact, in chat."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from handlers.reminders.words import read_reminder
from scheduler.clock import MovedClock
from storage.manners import Cadence
from storage.reminders import PersonalReminder, Repeat
from tests.conftest import Cast
from tests.driver import House

MIRIAM = "miriam.goldberg@example.gov.uk"
TOM = "tom.hargreave@example.gov.uk"
TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("words", "text", "day", "hour", "repeat"),
    [
        ("about the bond on friday at 10", "the bond", date(2026, 11, 27), time(10), Repeat.NONE),
        ("every quarter to check insurance", "check insurance", date(2027, 1, 1), None, Repeat.QUARTERLY),
        ("in two weeks to check the insurance", "check the insurance", date(2026, 12, 8), None, Repeat.NONE),
        ("to ring acme at 2.30pm tomorrow", "ring acme", date(2026, 11, 25), time(14, 30), Repeat.NONE),
        (
            "every monday at 9 to look at the log",
            "look at the log",
            date(2026, 11, 30),
            time(9),
            Repeat.WEEKLY,
        ),
        ("to look at the log every friday", "look at the log", date(2026, 11, 27), None, Repeat.WEEKLY),
        ("every month about the spend", "the spend", date(2026, 12, 1), None, Repeat.MONTHLY),
        ("about the notice on 31 march 2027", "the notice", date(2027, 3, 31), None, Repeat.NONE),
        ("about the bond", "the bond", None, None, Repeat.NONE),
        ("to read section 5", "read section 5", None, None, Repeat.NONE),
    ],
)
def test_a_reminder_is_read_from_a_sentence(
    words: str, text: str, day: date | None, hour: time | None, repeat: Repeat
) -> None:
    found = read_reminder(words, TUESDAY)
    assert (found.text, found.day, found.hour, found.repeat) == (text, day, hour, repeat)


async def own(house: House, email: str) -> list[PersonalReminder]:
    async with house.app.database.reading() as store:
        person = await store.people.by_email(email)
        assert person is not None
        return await store.reminders.of(person.id)


async def test_a_reminder_is_kept_listed_snoozed_and_cancelled(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (kept,) = await manager.says("Remind me about the Bond on Friday at 10")
    assert "“the Bond” on Friday 27 November 2026 at 10:00. It is reminder 1" in kept.text
    (one,) = await own(house, cast.manager)
    assert one.at == datetime(2026, 11, 27, 10, tzinfo=UTC)
    (listed,) = await manager.says("my reminders")
    assert "the Bond" in listed.text
    (snoozed,) = await manager.says("snooze reminder 1 to Monday")
    assert "Monday 30 November 2026 at 10:00" in snoozed.text
    (cancelled,) = await manager.clicks("Cancel reminder 1")
    assert "Cancelled: “the Bond”" in cancelled.text
    assert not await own(house, cast.manager)
    (none,) = await manager.says("my reminders")
    assert "set no reminder" in none.text


@pytest.mark.parametrize("side", ["memory"], indirect=True)
async def test_a_reminder_comes_at_its_time_and_a_repeated_one_again(house: House) -> None:
    app, chat = house.app, await house.person(TOM)
    await chat.says("remind me about the bond on Friday at 10")
    await chat.says("remind me every quarter to check insurance at 10")

    async def heard(at: datetime) -> list[str]:
        assert isinstance(app.clock, MovedClock)
        before = len(await chat.screen())
        app.clock.move(at - app.clock.now())
        await app.nudger.tick()
        while await app.outbox.sweep():
            pass
        said = [each.text for each in (await chat.screen())[before:]]
        return [each for each in said if "You asked to be reminded" in each]

    assert await heard(datetime(2026, 11, 27, 9, 59, tzinfo=UTC)) == []
    (bond,) = await heard(datetime(2026, 11, 27, 10, 0, tzinfo=UTC))
    assert "the bond" in bond
    assert await heard(datetime(2026, 11, 30, 10, 0, tzinfo=UTC)) == []
    # A quarter later, and by the council's clock in summer too.
    first, later = datetime(2027, 1, 1, 10, 0, tzinfo=UTC), datetime(2027, 4, 1, 9, 0, tzinfo=UTC)
    for each in (first, later):
        assert await heard(each - timedelta(minutes=1)) == []
        (insurance,) = await heard(each)
        assert "check insurance" in insurance


async def test_a_reminder_without_a_clear_time_asks_back(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    await manager.says("remind me about the bond")
    assert manager.form is not None
    assert manager.form.values["text"] == "the bond"
    await manager.fills(day="Friday", hour="25:00", repeat="none")
    assert manager.form is not None
    assert "Enter a time" in manager.form.errors["hour"]
    (kept,) = await manager.fills(text="the bond", day="Friday", hour="2pm", repeat="weekly")
    assert "Friday 27 November 2026 at 14:00, then every week" in kept.text
    (one,) = await own(house, cast.manager)
    assert one.repeat is Repeat.WEEKLY


async def test_a_time_that_has_passed_is_asked_again(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    await manager.says("remind me about the bond today at 8")
    assert manager.form is not None
    assert not await own(house, cast.manager)


async def test_nobody_touches_somebody_elses_reminder(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    await manager.says("remind me about the bond on Friday")
    for words in ("cancel reminder 1", "snooze reminder 1 to Monday"):
        (refused,) = await lead.says(words)
        assert "You have no reminder 1" in refused.text
        assert "bond" not in refused.text
    assert len(await own(house, cast.manager)) == 1


async def test_preferences_are_shown_changed_and_checked(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (shown,) = await manager.says("preferences")
    assert "Once a day" in shown.text
    await manager.clicks("Change preferences")
    await manager.fills(cadence="weekly", hour="20", quiet_from="19", quiet_to="7", platform="last")
    assert manager.form is not None
    assert "outside your quiet hours" in manager.form.errors["hour"]
    (saved,) = await manager.fills(
        cadence="weekly", hour="14", quiet_from="18", quiet_to="8", platform="last"
    )
    assert "Once a week, at 14:00. Quiet hours: 18:00 to 08:00" in saved.text
    async with house.app.database.reading() as store:
        (manner,) = (await store.manners.all()).values()
    assert (manner.cadence, manner.hour, manner.platform) == (Cadence.WEEKLY, 14, None)


async def test_leave_names_the_deputy_who_is_told(house: House) -> None:
    miriam, tom = await house.person(MIRIAM), await house.person(TOM)
    (told,) = await miriam.says("I am away from Monday to 12 January")
    assert "away from 30 November 2026 to 12 January 2027. Tom Hargreave gets your reminders" in told.text
    assert "You stand in" in (await tom.screen())[-1].text
    (back,) = await miriam.says("I am back")
    assert "Welcome back" in back.text
    async with house.app.database.reading() as store:
        person = await store.people.by_email(MIRIAM)
    assert person is not None
    assert person.leave_from is None


async def test_somebody_without_a_deputy_is_told_how_to_name_one(house: House, cast: Cast) -> None:
    deputy, manager = await house.person(cast.deputy), await house.person(cast.manager)
    (told,) = await deputy.says("I'm on leave until Friday")
    assert "You have no deputy" in told.text
    (named,) = await deputy.says(f"my deputy is {cast.manager}")
    assert "is your deputy and has been told" in named.text
    assert "has named you as deputy" in (await manager.screen())[-1].text
    (wrong,) = await deputy.says("I am away from Friday to last Monday")
    assert "Nothing was changed" in wrong.text


async def test_the_csmg_member_names_the_first_point_of_contact(house: House, cast: Cast) -> None:
    miriam, tom, lead = [await house.person(each) for each in (MIRIAM, TOM, cast.lead)]
    (done,) = await miriam.says("make Daniel Osei first point of contact for Adult Social Care")
    assert "Daniel Osei is now Adult Social Care's first point of contact" in done.text
    assert "in your place" in (await tom.screen())[-1].text
    assert "Daniel Osei first point of contact" in (await lead.screen())[-1].text
    daniel = await house.person("daniel.osei@example.gov.uk")
    (reported,) = await daniel.says("done W1-06")
    assert "W1-06 for Adult Social Care is complete" in reported.text
    (refused,) = await tom.says("make Tom Hargreave first point of contact for Adult Social Care")
    assert "Only Adult Social Care's CSMG member or the SRM lead" in refused.text
    async with house.app.database.reading() as store:
        acts = [each.act for each in await store.audit.latest()]
    assert "name first point of contact" in acts


async def test_a_unit_without_a_first_point_of_contact_is_named(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (shown,) = await lead.says("first points of contact")
    assert "Without a first point of contact: Children's Services" in shown.text
