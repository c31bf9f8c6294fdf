"""A self-assessment from the contract's name to what follows from it, question by question on every platform."""

from __future__ import annotations

from datetime import timedelta

from storage.followups import FollowUpState
from tests.conversations.assessing import (
    CHECK,
    LEAD,
    PRIYA,
    answer_all,
    answers,
    asked_in,
    assess,
    contract_of,
    holder,
    kept,
)
from tests.driver import House


async def test_a_low_risk_score_on_gold_is_followed_up(house: House) -> None:
    manager = await house.person(PRIYA)
    shown = await assess(manager, "CMA-2031", **answers(q02="1", q03="2", q12="0"))
    assert "Self-assessment of CMA-2031" in shown.text
    assert "1: started or patchy" in shown.text
    assert "Total 27 of 33 (Sound)" in shown.text
    assert "FU-RISK" in shown.text
    assert "FU-VFM" not in shown.text
    (assessment,), (follow_up,) = await kept(house.app, "CMA-2031")
    assert assessment.scores["supply-risk"] == 1
    assert assessment.version == 1
    assert (follow_up.rule, follow_up.state) == ("FU-RISK", FollowUpState.OPEN)
    assert follow_up.due == house.app.clock.now().date() + timedelta(days=30)
    member = await house.person(await holder(house.app, "CMA-2031"))
    assert "FU-RISK" in (await member.screen())[-1].text


async def test_a_contract_is_found_by_its_name_and_offered_when_unsure(house: House) -> None:
    manager = await house.person(PRIYA)
    (first,) = await manager.says("assess the reablement contract")
    assert "Assess CMA-2034" in first.text
    assert "Question 1 of 14" in first.text
    await manager.clicks("Cancel")
    (choice,) = await manager.says("assess the home care contract")
    assert {"CMA-2015 Home care, north of the county", "CMA-2028 Home care, south of the county"} <= set(
        choice.buttons
    )
    (first,) = await manager.clicks("CMA-2028 Home care, south of the county")
    assert "Assess CMA-2028" in first.text
    await manager.clicks("Cancel")
    (first,) = await manager.says("assess homecare north")
    assert "Assess CMA-2015" in first.text
    await manager.clicks("Cancel")
    (first,) = await manager.says("assess larkspur living")
    assert "Assess CMA-2031" in first.text


async def test_somebody_elses_contract_can_not_be_found(house: House) -> None:
    async with house.app.database.reading() as store:
        priya = await store.people.by_email(PRIYA)
        others = [each for each in await store.contracts.all() if priya and priya.id != each.manager_id]
    manager = await house.person(PRIYA)
    mine = await contract_of(house.app, "CMA-2031")
    other = next(each for each in others if each.unit_id != mine.unit_id)
    (told,) = await manager.says(f"assess {other.reference}")
    assert "I can't find a contract" in told.text
    assert other.title not in told.text
    (refused,) = await manager.says(f"show assessment of {other.reference}")
    assert "I can't find an assessment" in refused.text


async def test_a_contract_taken_away_in_the_middle(house: House) -> None:
    manager = await house.person(PRIYA)
    (first,) = await manager.says("assess CMA-2031")
    await answer_all(manager, first, answers(q02="0"))
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.give_to(contract.deputy_id, house.app.clock.now().date())
        contract.deputy_id = None
    shown = await manager.clicks("Submit")
    assert "I can't find a contract 'CMA-2031'" in shown[0].text
    assert await kept(house.app, "CMA-2031") == ([], [])


async def test_a_contract_deleted_in_the_middle(house: House) -> None:
    manager = await house.person(PRIYA)
    (first,) = await manager.says("assess CMA-2034")
    await answer_all(manager, first, answers(q02="0"))
    async with house.app.database.store() as store:
        gone = await store.contracts.by_reference("CMA-2034")
        await store.session.delete(gone)
    shown = await manager.clicks("Submit")
    assert "I can't find a contract 'CMA-2034'" in shown[0].text
    async with house.app.database.reading() as store:
        assert not await store.assessments.newest()


async def test_a_post_taken_away_in_the_middle(house: House) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.manager_id = None
    member = await house.person(await holder(house.app, "CMA-2031"))
    (first,) = (await member.says("assess CMA-2031"))[-1:]
    await answer_all(member, first, answers(q02="0"))
    async with house.app.database.store() as store:
        for unit in await store.people.units():
            unit.csmg_member_id = None
    shown = await member.clicks("Submit")
    assert "Nothing was changed" in shown[0].text
    assert await kept(house.app, "CMA-2031") == ([], [])


async def test_an_old_button_after_the_form_moved_on_changes_nothing(house: House) -> None:
    manager = await house.person(PRIYA)
    await manager.says("assess CMA-2031")
    await manager.clicks("Yes, Gold")
    told, now = await manager.clicks("Silver")
    assert "That question is behind you" in told.text
    assert "Is this contract treated as high risk?" in now.text
    summary, _ = await answer_all(manager, now, answers())
    assert "Yes, Gold" in summary.text


async def test_sent_twice_it_makes_one_assessment(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers(q02="1"))
    (told,) = (await manager.clicks("Submit"))[-1:]
    assert "was sent already" in told.text
    assessments, follow_ups = await kept(house.app, "CMA-2031")
    assert len(assessments) == len(follow_ups) == 1


async def test_the_same_questions_as_a_dialog(house: House) -> None:
    manager = await house.person(PRIYA)
    await manager.says("assess CMA-2031")
    await manager.says("1")
    await manager.says("open as a form")
    assert manager.form is not None
    assert manager.form.title == "Assess CMA-2031"
    said = answers(q02="1")
    del said["q05"]
    *_, shown = await manager.fills(**said)
    assert "Total 31 of 33 (Strong)" in shown.text
    ((assessment,), (follow_up,)) = await kept(house.app, "CMA-2031")
    assert (assessment.scores["supply-risk"], follow_up.rule) == (1, "FU-RISK")
    (none,) = await manager.says("resume")
    assert "no form in progress" in none.text


async def test_nobody_has_to_type_and_comments_cost_nothing(house: House) -> None:
    manager = await house.person(PRIYA)
    await manager.says("overdue assessments")
    shown = (await manager.clicks("Assess CMA-2015"))[-1]
    clicks = 1
    while CHECK not in shown.text:
        name = asked_in(shown)
        level = {"tier": shown.buttons[0], "high_risk": "No", "end_right": "Yes"}.get(
            name, "In place and used"
        )
        (shown,) = await manager.clicks(level)
        clicks += 1
    (shown,) = (await manager.clicks("Submit"))[-1:]
    assert "Total 22 of 33 (Sound)" in shown.text
    # Three about the register, eleven statements, and one click at each end.
    assert clicks + 1 == 16


async def test_comments_are_kept_by_area(house: House) -> None:
    manager = await house.person(PRIYA)
    (first,) = await manager.says("assess CMA-2031")
    summary, asked = await answer_all(manager, first, answers())
    assert "comments" not in asked
    await manager.says("change 15")
    (comment,) = await manager.says("2")
    assert "Comment on supply risk management" in comment.text
    (summary,) = await manager.says("Plan due in May.")
    assert CHECK in summary.text
    (shown,) = (await manager.clicks("Submit"))[-1:]
    assert "Plan due in May." in shown.text
    (assessment,), _ = await kept(house.app, "CMA-2031")
    assert assessment.comments == {"supply-risk": "Plan due in May."}


async def test_scores_are_seen_by_few(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2015", **answers("yes", "Platinum", q02="1"))
    (mine,) = await manager.says("my assessments")
    assert "24 November 2026" in mine.text
    for email in (PRIYA, LEAD, await holder(house.app, "CMA-2015")):
        (shown,) = (await (await house.person(email)).says("show assessment of CMA-2015"))[-1:]
        assert "Total 34 of 36 (Strong)" in shown.text
    for email in ("daniel.osei@example.gov.uk", "angela.whitlock@example.gov.uk"):
        (refused,) = (await (await house.person(email)).says("show assessment of CMA-2015"))[-1:]
        assert "I can't find an assessment" in refused.text


async def test_cover_comes_first_where_the_manager_has_left(house: House) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        priya = await store.people.by_email(PRIYA)
        assert contract is not None
        assert priya is not None
        deputy = next(each for each in await store.people.all() if each.id == contract.deputy_id)
        priya.active = False
    (told,) = await (await house.person(deputy.email)).says("assess CMA-2031")
    assert "it needs cover before it is assessed" in told.text
    member = await house.person(await holder(house.app, "CMA-2031"))
    assert "Name cover first" in (await member.screen())[-1].text
    (told,) = (await member.says("assess CMA-2031"))[-1:]
    assert "Name cover first" in told.text
