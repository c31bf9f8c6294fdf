"""A self-assessment from the contract's name to what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.assess.consequences import after_tier_change
from knowledge.assessment import load_question_set
from storage.assessments import Assessment
from storage.contracts import Contract, Tier
from storage.followups import FollowUp, FollowUpState
from tests.conftest import StandingClock
from tests.driver import Chat, House, Shown

# The whole form at once, as a dialog; asked question by question it runs everywhere.
pytestmark = pytest.mark.parametrize("side", ["memory", "web"], indirect=True)

PRIYA = "priya.nair@example.gov.uk"
LEAD = "helen.marlowe@example.gov.uk"
IDS = [f"q{number:02d}" for number in range(1, 13)]


def answers(high_risk: str = "no", tier: str = "Gold", **levels: str) -> dict[str, str]:
    """Level 3 for every statement that is asked and not named here."""
    said = {"tier": tier, "high_risk": high_risk, "end_right": "yes"} | dict.fromkeys(IDS, "3") | levels
    if high_risk == "no":
        said.pop("q05")
    return said


async def contract_of(house: House, reference: str) -> Contract:
    async with house.app.database.reading() as store:
        found = await store.contracts.by_reference(reference)
    assert found is not None
    return found


async def kept(house: House, reference: str) -> tuple[list[Assessment], list[FollowUp]]:
    contract = await contract_of(house, reference)
    async with house.app.database.reading() as store:
        return (
            await store.assessments.of_contract(contract.id),
            await store.followups.of_contract(contract.id),
        )


async def member_of(house: House, reference: str) -> str:
    contract = await contract_of(house, reference)
    async with house.app.database.reading() as store:
        unit = next(each for each in await store.people.units() if each.id == contract.unit_id)
        person = next(each for each in await store.people.all() if each.id == unit.csmg_member_id)
    return person.email


async def assess(chat: Chat, reference: str, **values: str) -> Shown:
    """Answer a whole assessment in its dialog; the result."""
    await open_form(chat, reference)
    *_, shown = await chat.fills(**values)
    return shown


async def open_form(chat: Chat, reference: str) -> None:
    await chat.says(f"assess {reference}")
    if chat.form is None:
        raise AssertionError("no form was opened")


async def test_a_low_risk_score_on_gold_is_followed_up(house: House) -> None:
    manager = await house.person(PRIYA)
    shown = await assess(manager, "CMA-2031", **answers(q02="1", q03="2", q12="0"))
    assert "Self-assessment of CMA-2031" in shown.text
    assert "1: started or patchy" in shown.text
    assert "Total 27 of 33 (Sound)" in shown.text
    assert "FU-RISK" in shown.text
    assert "FU-VFM" not in shown.text
    (assessment,), (follow_up,) = await kept(house, "CMA-2031")
    assert assessment.scores["supply-risk"] == 1
    assert assessment.version == 1
    assert (follow_up.rule, follow_up.state) == ("FU-RISK", FollowUpState.OPEN)
    assert follow_up.due == house.app.clock.now().date() + timedelta(days=30)
    member = await house.person(await member_of(house, "CMA-2031"))
    assert "FU-RISK" in (await member.screen())[-1].text


async def test_a_contract_is_found_by_its_name_and_offered_when_unsure(house: House) -> None:
    manager = await house.person(PRIYA)
    await manager.says("assess the reablement contract")
    assert manager.form is not None
    assert manager.form.title == "Assess CMA-2034"
    (choice,) = await manager.says("assess the home care contract")
    assert {"CMA-2015 Home care, north of the county", "CMA-2028 Home care, south of the county"} <= set(
        choice.buttons
    )
    await manager.clicks("CMA-2028 Home care, south of the county")
    assert manager.form is not None
    assert manager.form.title == "Assess CMA-2028"


async def test_somebody_elses_contract_can_not_be_found(house: House) -> None:
    async with house.app.database.reading() as store:
        priya = await store.people.by_email(PRIYA)
        others = [each for each in await store.contracts.all() if priya and priya.id != each.manager_id]
    manager = await house.person(PRIYA)
    mine = await contract_of(house, "CMA-2031")
    other = next(each for each in others if each.unit_id != mine.unit_id)
    (told,) = await manager.says(f"assess {other.reference}")
    assert "I can't find a contract" in told.text
    assert other.title not in told.text
    (refused,) = await manager.says(f"show assessment of {other.reference}")
    assert "I can't find an assessment" in refused.text


async def test_a_contract_taken_away_or_deleted_in_the_middle(house: House) -> None:
    manager = await house.person(PRIYA)
    await open_form(manager, "CMA-2031")
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.give_to(contract.deputy_id, house.app.clock.now().date())
        contract.deputy_id = None
    (told,) = await manager.fills(**answers(q02="0"))
    assert "I can't find a contract 'CMA-2031'" in told.text
    assert await kept(house, "CMA-2031") == ([], [])
    await open_form(manager, "CMA-2034")
    async with house.app.database.store() as store:
        gone = await store.contracts.by_reference("CMA-2034")
        await store.session.delete(gone)
    (told,) = await manager.fills(**answers(q02="0"))
    assert "I can't find a contract 'CMA-2034'" in told.text


async def test_one_form_sent_twice_makes_one_assessment(house: House) -> None:
    if house.platform != "memory":
        return  # A page shows one dialog; two of one person need two screens.
    first, second = await house.person(PRIYA), await house.person(PRIYA)
    await open_form(first, "CMA-2031")
    await open_form(second, "CMA-2031")
    await first.fills(**answers(q02="1"))
    (told,) = (await second.fills(**answers(q02="0")))[-1:]
    assert "You have sent this assessment of CMA-2031 already" in told.text
    assessments, follow_ups = await kept(house, "CMA-2031")
    assert len(assessments) == len(follow_ups) == 1


async def test_the_change_since_last_time_and_a_second_low_score(house: House, clock: StandingClock) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers(q02="0", q09="2"))
    clock.forward(timedelta(days=40))
    shown = await assess(manager, "CMA-2031", **answers(q02="1", q09="not_sure"))
    assert "Up 1, from 0" in shown.text
    assert "Unknown" in shown.text
    assert "Open already" in shown.text
    _, follow_ups = await kept(house, "CMA-2031")
    assert sorted(each.rule for each in follow_ups) == ["FU-KPI", "FU-RISK"]
    risk = next(each for each in follow_ups if each.rule == "FU-RISK")
    assert "Low again in the self-assessment of 3 January 2027" in risk.note


async def test_two_meetings_with_the_same_person_are_offered_as_one(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers(q02="1", q04="1"))
    member = await house.person(await member_of(house, "CMA-2031"))
    told = (await member.screen())[-1].text
    assert "One meeting with the contract manager can serve" in told
    _, follow_ups = await kept(house, "CMA-2031")
    assert sorted(each.rule for each in follow_ups) == ["FU-GOV", "FU-RISK"]


async def test_a_difference_from_the_register_is_reported_and_its_tier_used(house: House) -> None:
    manager = await house.person(PRIYA)
    said = answers(tier="Platinum", q01="0") | {"end_right": "no", "end_date": "31/12/2026"}
    shown = await assess(manager, "CMA-2031", **said)
    assert "FU-MARKET" not in shown.text
    async with house.app.database.reading() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        unit = next(each for each in await store.people.units() if each.id == contract.unit_id)
        contact = next(each for each in await store.people.all() if each.id == unit.first_contact_id)
    told = (await (await house.person(contact.email)).screen())[-1].text
    assert "The register says Gold, the answer was Platinum" in told
    assert "the answer was 31 December 2026" in told


async def test_a_contract_about_to_end_is_decided_for_the_next(house: House) -> None:
    manager = await house.person(PRIYA)
    said = answers(q09="0") | {"end_right": "no", "end_date": "31/12/2026"}
    shown = await assess(manager, "CMA-2031", **said)
    assert "best for the next contract" in shown.text
    _, (follow_up,) = await kept(house, "CMA-2031")
    assert "decide for the next contract" in follow_up.note


async def test_an_unknown_tier_runs_only_the_rule_for_a_senior_person(house: House) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.tier = None
    manager = await house.person(PRIYA)
    shown = await assess(manager, "CMA-2031", **answers("yes", "Gold", q02="0", q05="0"))
    assert "FU-SRO" in shown.text
    _, (follow_up,) = await kept(house, "CMA-2031")
    assert follow_up.rule == "FU-SRO"
    lead = await house.person(LEAD)
    assert any("FU-SRO" in each.text for each in await lead.screen())


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
    member = await house.person(await member_of(house, "CMA-2031"))
    assert "Name cover first" in (await member.screen())[-1].text
    (told,) = (await member.says("assess CMA-2031"))[-1:]
    assert "Name cover first" in told.text


async def test_the_csmg_member_answers_for_a_vacancy(house: House) -> None:
    email = await member_of(house, "CMA-2031")
    member = await house.person(email)
    (told,) = await member.says("assess CMA-2031")
    assert "You can't assess CMA-2031" in told.text
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.manager_id = None
    shown = await assess(member, "CMA-2031", **answers(q02="0"))
    assert "FU-RISK" in shown.text


async def test_scores_are_seen_by_few(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2015", **answers("yes", "Platinum", q02="1"))
    (mine,) = await manager.says("my assessments")
    assert "24 November 2026" in mine.text
    for email in (PRIYA, LEAD, await member_of(house, "CMA-2015")):
        (shown,) = (await (await house.person(email)).says("show assessment of CMA-2015"))[-1:]
        assert "Total 34 of 36 (Strong)" in shown.text
    for email in ("daniel.osei@example.gov.uk", "angela.whitlock@example.gov.uk"):
        (refused,) = (await (await house.person(email)).says("show assessment of CMA-2015"))[-1:]
        assert "I can't find an assessment" in refused.text


@pytest.mark.parametrize("many", [4, 5])
async def test_the_units_median_needs_five_contracts(house: House, many: int) -> None:
    mine = await contract_of(house, "CMA-2031")
    async with house.app.database.store() as store:
        peers = [
            each
            for each in await store.contracts.all()
            if each.unit_id == mine.unit_id and each.id != mine.id
        ]
        for number, each in enumerate(peers[: many - 1]):
            await store.assessments.add(
                Assessment(
                    key=f"peer:{number}",
                    contract_id=each.id,
                    answered_by=mine.manager_id or 0,
                    submitted_at=house.app.clock.now(),
                    question_set="quick-1",
                    version=1,
                    tier=each.tier,
                    context={},
                    answers={},
                    comments={},
                    scores={"supply-risk": 1},
                    total=1,
                    possible=33,
                )
            )
    manager = await house.person(PRIYA)
    shown = await assess(manager, "CMA-2031", **answers(q02="3"))
    assert ("Median of your Business Unit" in shown.text) is (many == 5)


async def test_comments_are_kept_by_area(house: House) -> None:
    manager = await house.person(PRIYA)
    said = answers() | {"comments": "supply-risk", "comment:supply-risk": "Plan due in May."}
    shown = await assess(manager, "CMA-2031", **said)
    assert "Plan due in May." in shown.text
    (assessment,), _ = await kept(house, "CMA-2031")
    assert assessment.comments == {"supply-risk": "Plan due in May."}


async def test_the_lead_changes_a_rule_after_seeing_its_effect(house: House) -> None:
    manager, lead = await house.person(PRIYA), await house.person(LEAD)
    await assess(manager, "CMA-2031", **answers(q12="2"))
    (listed,) = await lead.says("follow-up rules")
    assert "Silver at 1 or less, 60 days" in listed.text
    await lead.clicks("Change FU-VFM")
    terms = {"on": "yes", "platinum_at": "1", "gold_at": "2", "silver_at": "1", "bronze_at": "never"}
    terms |= {"platinum_days": "30", "gold_days": "45", "silver_days": "60"}
    (effect,) = (await lead.fills(**terms))[-1:]
    assert "that is 1 contract; it is 0 as things are" in effect.text
    (done,) = (await lead.clicks("Apply"))[-1:]
    assert "Gold at 2 or less, 45 days" in done.text
    shown = await assess(manager, "CMA-2031", **answers(q12="2"))
    assert "FU-VFM" in shown.text
    _, (follow_up,) = await kept(house, "CMA-2031")
    assert follow_up.due == house.app.clock.now().date() + timedelta(days=45)
    async with house.app.database.reading() as store:
        (entry, *_) = await store.audit.latest()
    assert (entry.act, entry.subject) == ("change follow-up rule", "FU-VFM")
    (refused,) = (await manager.says("follow-up rules"))[-1:]
    assert "Only the SRM lead" in refused.text


async def test_the_lead_sets_schedule_and_definitions(house: House) -> None:
    lead = await house.person(LEAD)
    await lead.says("change the assessment schedule")
    (done,) = (await lead.fills(bronze="24", platinum="3"))[-1:]
    assert "Platinum every 3 months" in done.text
    (words,) = (await lead.says("definitions"))[-1:]
    assert "(default)" in words.text
    await lead.clicks("Change: High risk contract")
    await lead.fills(meaning="Whatever the board says.")
    (words,) = (await lead.says("definitions"))[-1:]
    assert "Whatever the board says." in words.text
    async with house.app.database.reading() as store:
        assert (await store.assessments.schedule()).months == {
            Tier.PLATINUM: 3,
            Tier.GOLD: 6,
            Tier.SILVER: 12,
            Tier.BRONZE: 24,
        }
        assert [each.act for each in await store.audit.latest(2)] == [
            "change definition",
            "change assessment schedule",
        ]


async def test_guidance_about_assessing_stays_guidance(house: House) -> None:
    manager = await house.person(PRIYA)
    (shown,) = (await manager.says("how do I assess risk on a contract"))[-1:]
    assert "Which contract do you want to assess" not in shown.text


async def test_a_changed_tier_opens_only_what_is_new(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers(q01="0", q02="1", q12="1"))
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.tier = Tier.PLATINUM
        now, questions = house.app.clock.now(), load_question_set()
        notices = await after_tier_change(store, questions, [contract], now)
        again = await after_tier_change(store, questions, [contract], now)
    _, follow_ups = await kept(house, "CMA-2031")
    assert sorted(each.rule for each in follow_ups) == ["FU-MARKET", "FU-RISK", "FU-VFM"]
    assert all(not each.note for each in follow_ups)
    assert len(notices) == 1
    assert not again


async def test_the_card_says_when_the_next_is_due(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers())
    (card,) = (await manager.says("show CMA-2031"))[-1:]
    assert "24 May 2027" in card.text
