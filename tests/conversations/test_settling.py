"""Settling actions in chat: done, progress, new dates, snooze, whose it is; by button and typed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from storage.months import Month
from storage.people import Person
from storage.programme import ActionStatus, PlanAction
from storage.progress import LocalAction
from tests.conftest import Cast
from tests.driver import House

MIRIAM = "miriam.goldberg@example.gov.uk"  # CSMG member of Adult Social Care, first contact of Public Health
TOM = "tom.hargreave@example.gov.uk"  # first contact of Adult Social Care
STEPHEN = "stephen.blackwood@example.gov.uk"  # both for Transport, Economy and Environment
SUNITA = "sunita.deshpande@example.gov.uk"  # Organisational Development
DUNCAN = "duncan.mcallister@example.gov.uk"  # Assurance
GARETH = "gareth.prosser@example.gov.uk"  # BSP Commercial
LEILA = "leila.haddad@example.gov.uk"  # BSP Commercial too, and Gareth's deputy


async def plan(house: House, action_id: str) -> PlanAction:
    async with house.app.database.reading() as store:
        return next(each for each in await store.programme.actions() if each.action.id == action_id)


async def part(house: House, action_id: str, unit: str) -> LocalAction:
    async with house.app.database.reading() as store:
        plans = [each for each in await store.programme.actions() if each.action.id == action_id]
        parts = await store.progress.parts(plans, await store.people.units())
    return next(each for each in parts if each.unit.name == unit)


async def test_done_by_button_and_typed_have_the_same_effect(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await lead.says("show W1-02")
    await lead.clicks("Done")
    (done,) = await lead.fills(note="Published on the intranet")
    assert "W1-02 is complete" in done.text
    (typed,) = await lead.says("done W1-04")
    assert "W1-04 is complete" in typed.text
    for action_id in ("W1-02", "W1-04"):
        assert (await plan(house, action_id)).action.status is ActionStatus.COMPLETE
    (card,) = await lead.says("show w1-02")
    assert "Published on the intranet" in card.text
    assert "Helen Marlowe" in card.text
    async with house.app.database.reading() as store:
        acts = {(each.act, each.subject) for each in await store.audit.latest()}
    assert ("action status", "action:W1-02") in acts


async def test_an_old_button_says_that_it_was_settled_and_changes_nothing(house: House, cast: Cast) -> None:
    lead, deputy = await house.person(cast.lead), await house.person(cast.deputy)
    await lead.says("show W1-02")
    await deputy.says("show W1-02")
    await deputy.clicks("Update progress")
    await lead.says("done W1-02")
    (late,) = await deputy.fills(status="blocked", note="too late")
    assert "already marked complete by Helen Marlowe on 24 November 2026" in late.text
    (again,) = await deputy.clicks("Done")
    assert "Nothing was changed" in again.text
    async with house.app.database.reading() as store:
        assert len(await store.progress.history("W1-02")) == 1


async def test_a_business_unit_reports_its_own_part_only(house: House) -> None:
    tom, stephen = await house.person(TOM), await house.person(STEPHEN)
    (done,) = await tom.says("done W1-06")
    assert "W1-06 for Adult Social Care is complete" in done.text
    (refused,) = await tom.says("done W1-06 for public health")
    assert "Only Public Health's first point of contact" in refused.text
    (progress,) = await stephen.says("W1-06 50% drafts with OD")
    assert "W1-06 for Transport, Economy and Environment: in progress, 50%. “drafts with OD”" in progress.text
    assert (await part(house, "W1-06", "Adult Social Care")).status is ActionStatus.COMPLETE
    assert (await part(house, "W1-06", "Public Health")).status is ActionStatus.NOT_STARTED
    central = await plan(house, "W1-06")
    assert (central.action.status, central.action.percent) == (ActionStatus.IN_PROGRESS, 150 // 5)


async def test_somebody_who_reports_for_two_units_is_asked_which(house: House) -> None:
    miriam = await house.person(MIRIAM)
    (asked,) = await miriam.says("done W1-06")
    assert asked.buttons == ("Done for Adult Social Care", "Done for Public Health")
    await miriam.clicks("Done for Public Health")
    (done,) = await miriam.fills()
    assert "W1-06 for Public Health is complete" in done.text


async def test_a_service_area_is_kept_beside_its_business_unit(house: House) -> None:
    stephen = await house.person(STEPHEN)
    (done,) = await stephen.says("done W1-06 for highways")
    assert "W1-06 for Highways is complete" in done.text
    unit = await part(house, "W1-06", "Transport, Economy and Environment")
    assert unit.status is ActionStatus.NOT_STARTED


async def test_the_action_is_complete_once_every_business_unit_is(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    async with house.app.database.reading() as store:
        names = [each.name for each in await store.people.units() if each.parent_id is None]
    for name in names:
        assert (await plan(house, "W1-11")).action.status is not ActionStatus.COMPLETE
        await lead.says(f"done W1-11 for {name}")
    assert (await plan(house, "W1-11")).action.status is ActionStatus.COMPLETE


async def test_the_first_checkpoint_does_not_close_the_action(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await lead.says("show W1-13")
    (first,) = await lead.says("done W1-13")
    assert "stays open: checkpoint 2 of 2 is next, due in April 2027" in first.text
    found = await plan(house, "W1-13")
    assert found.action.status is ActionStatus.IN_PROGRESS
    assert found.checkpoints[0].done_on == date(2026, 11, 24)
    assert found.checkpoints[1].done_on is None
    await lead.says("done W1-13")
    assert (await plan(house, "W1-13")).action.status is ActionStatus.COMPLETE


async def test_an_old_form_of_the_first_checkpoint_leaves_the_second_alone(house: House, cast: Cast) -> None:
    tom, lead = await house.person(TOM), await house.person(cast.lead)
    await tom.says("show W1-13")
    await tom.clicks("Done")
    await lead.says("done W1-13 for adult social care")
    (late,) = await tom.fills()
    assert (
        "Checkpoint 1 of W1-13 for Adult Social Care was already marked complete by Helen Marlowe"
        in late.text
    )
    assert (await part(house, "W1-13", "Adult Social Care")).status is ActionStatus.NOT_STARTED


async def test_an_ongoing_action_is_never_closed(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (told,) = await lead.says("done W2-07")
    assert "is ongoing, so it is never closed" in told.text
    (moved,) = await lead.says("move W2-07 to january because why not")
    assert "has no date to move" in moved.text
    (kept,) = await lead.says("W2-07 in progress: three drop-ins held")
    assert "Your note on W2-07 is kept" in kept.text
    assert (await plan(house, "W2-07")).action.status is ActionStatus.ONGOING


async def test_joint_owners_are_asked_before_the_coordinator_closes(house: House, cast: Cast) -> None:
    lead, duncan = await house.person(cast.lead), await house.person(DUNCAN)
    (refused,) = await duncan.says("done W1-07")
    assert "SRM Lead coordinates it and closes it" in refused.text
    (asked,) = await lead.says("done W1-07")
    assert "asked them first: Duncan McAllister" in asked.text
    assert "wants to mark W1-07 as complete" in (await duncan.screen())[-1].text
    (early,) = await lead.says("done W1-07")
    assert "Still to agree: Duncan McAllister" in early.text
    await duncan.clicks("Not yet")
    assert "says that it is not done yet" in (await lead.screen())[-1].text
    await duncan.clicks("I agree")
    (done,) = await lead.says("done W1-07")
    assert "W1-07 is complete" in done.text


async def test_without_an_answer_it_can_be_closed_the_next_day(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await lead.says("done W1-07")
    house.app.clock.move(timedelta(days=1))  # type: ignore[attr-defined]
    (done,) = await lead.says("done W1-07")
    assert "W1-07 is complete" in done.text


async def test_a_passed_month_asks_for_a_new_one(house: House) -> None:
    sunita = await house.person(SUNITA)
    (told,) = await sunita.says("W1-05 is blocked: waiting for the training provider")
    assert "W1-05: blocked, 0%. “waiting for the training provider”" in told.text
    assert "Its month, September 2026, has passed. Has it been reviewed?" in told.text
    assert "New date" in told.buttons


async def test_a_new_month_of_the_plan_needs_the_leads_yes(house: House, cast: Cast) -> None:
    sunita, lead = await house.person(SUNITA), await house.person(cast.lead)
    (asked,) = await sunita.says("move W1-05 to January because the provider is late")
    assert "Helen Marlowe has been asked whether W1-05 may move to January 2027" in asked.text
    point = (await plan(house, "W1-05")).checkpoints[0]
    assert point.expected == Month(2026, 9)
    assert "the provider is late" in (await lead.screen())[-1].text
    (approved,) = await lead.clicks("Approve")
    assert "now expected in January 2027. The planned month, September 2026, is kept" in approved.text
    assert "has approved January 2027 for W1-05" in (await sunita.screen())[-1].text
    point = (await plan(house, "W1-05")).checkpoints[0]
    assert (point.original, point.planned, point.expected) == (
        Month(2017, 10),
        Month(2026, 9),
        Month(2027, 1),
    )
    (twice,) = await lead.clicks("Decline")
    assert "approved this already" in twice.text


async def test_a_declined_month_changes_nothing_and_is_told(house: House, cast: Cast) -> None:
    sunita, lead = await house.person(SUNITA), await house.person(cast.lead)
    await sunita.says("show W1-05")
    await sunita.clicks("New date")
    await sunita.fills(month="next month", reason="")
    assert sunita.form is not None
    assert sunita.form.errors == {"reason": "Enter reason"}
    await sunita.fills(month="next month", reason="late")
    (waiting,) = await lead.says("new dates")
    assert "W1-05 to December 2026" in waiting.text
    await lead.clicks("Decline proposal 1")
    assert "has declined December 2026" in (await sunita.screen())[-1].text
    assert (await plan(house, "W1-05")).checkpoints[0].expected == Month(2026, 9)
    (nobody,) = await sunita.says("new dates")
    assert "Only the SRM lead" in nobody.text


async def test_which_months_need_a_yes_is_the_leads_to_set(house: House, cast: Cast) -> None:
    stephen, lead = await house.person(STEPHEN), await house.person(cast.lead)
    (moved,) = await stephen.says("move W1-06 to December because two managers are new")
    assert "now expected in December 2026" in moved.text
    assert (await plan(house, "W1-06")).checkpoints[0].expected == Month(2026, 11)
    assert (await part(house, "W1-06", "Transport, Economy and Environment")).expected == Month(2026, 12)
    await lead.says("new date rules")
    await lead.fills(kinds="unit")
    (asked,) = await stephen.says("move W1-06 to January because two managers are new")
    assert "has been asked" in asked.text


@pytest.mark.parametrize("wanted", ["October 2026", "whenever"])
async def test_a_month_that_cannot_be_is_refused(house: House, wanted: str) -> None:
    sunita = await house.person(SUNITA)
    (told,) = await sunita.says(f"move W1-05 to {wanted} because of that")
    assert "Nothing was changed" in told.text


async def test_snooze_moves_the_reminder_and_not_the_date(house: House) -> None:
    stephen = await house.person(STEPHEN)
    (told,) = await stephen.says("snooze W1-06 to Monday")
    assert "until Monday 30 November 2026. Its date stays as it is" in told.text
    await stephen.says("show W1-06")
    await stephen.clicks("Snooze")
    await stephen.fills(how_long="date", until="today")
    assert stephen.form is not None
    assert "after today" in stephen.form.errors["until"]
    await stephen.fills(how_long="date", until="1 December 2026")
    async with house.app.database.reading() as store:
        found = {each.subject: each.until for each in await store.reminders.snoozes()}
        units = {each.name: each.id for each in await store.people.units()}
    assert found["action:W1-06"] == date(2026, 12, 1)
    assert found[f"action:W1-06:unit:{units['Transport, Economy and Environment']}"] == date(2026, 11, 30)
    await stephen.says("unsnooze W1-06")
    async with house.app.database.reading() as store:
        assert not await store.reminders.snoozes()


async def test_not_mine_tells_both_and_the_history_keeps_it(house: House, cast: Cast) -> None:
    gareth, leila = await house.person(GARETH), await house.person(LEILA)
    await gareth.says("show W1-01")
    await gareth.clicks("Not mine")
    (passed,) = await gareth.fills(person="Leila Haddad", why="She runs the service")
    assert "W1-01 is now with Leila Haddad" in passed.text
    arrived = (await leila.screen())[-1]
    assert "Gareth Prosser has passed W1-01 to you" in arrived.text
    assert "She runs the service" in arrived.text
    lead = await house.person(cast.lead)
    await lead.says("assign W1-01 to Gareth Prosser")
    assert "has passed W1-01 from you to Gareth Prosser" in (await leila.screen())[-1].text
    (card,) = await lead.says("show W1-01")
    assert "passed from BSP Commercial to Leila Haddad. She runs the service" in card.text
    assert "passed from Leila Haddad to Gareth Prosser" in card.text


async def test_whoever_is_named_may_report_and_nobody_else_may(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    for words in (
        "done W1-02",
        "W1-02 50%",
        "move W1-02 to March because",
        "move W1-02 to March because of x",
        "assign W1-02 to me",
        "reopen W1-02",
        "update W1-02",
    ):
        (refused,) = await manager.says(words)
        assert "Nothing was changed" in refused.text, words
    (card,) = await manager.says("show W1-02")
    assert "Done" not in card.buttons
    async with house.app.database.reading() as store:
        person = await store.people.by_email(cast.manager)
    assert isinstance(person, Person)
    await lead.says(f"assign W1-02 to {cast.manager}")
    (done,) = await manager.says("done W1-02")
    assert "W1-02 is complete" in done.text


async def test_only_the_lead_reopens(house: House, cast: Cast) -> None:
    sunita, lead = await house.person(SUNITA), await house.person(cast.lead)
    await sunita.says("done W1-05")
    (refused,) = await sunita.says("reopen W1-05")
    assert "Only the SRM lead" in refused.text
    (opened,) = await lead.says("reopen W1-05")
    assert "open again" in opened.text
    assert (await plan(house, "W1-05")).action.status is ActionStatus.IN_PROGRESS


async def test_the_deputy_reports_for_somebody_on_leave(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (refused,) = await manager.says("done W1-05")
    assert "Nothing was changed" in refused.text
    async with house.app.database.store() as store:
        sunita, deputy = await store.people.by_email(SUNITA), await store.people.by_email(cast.manager)
        assert sunita is not None
        assert deputy is not None
        sunita.deputy_id, sunita.leave_from = deputy.id, date(2026, 11, 20)
    (done,) = await manager.says("done W1-05")
    assert "W1-05 is complete" in done.text
