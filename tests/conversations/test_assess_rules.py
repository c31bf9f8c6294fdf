"""What follows from a self-assessment, and what the SRM lead changes about it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.app import App
from handlers.assess.consequences import after_tier_change
from knowledge.assessment import load_question_sets
from storage.assessments import Assessment
from storage.contracts import Tier
from tests.conftest import StandingClock
from tests.conversations.assessing import LEAD, PRIYA, answer_all, answers, assess, contract_of, holder, kept
from tests.conversations.assessing import told as told_of
from tests.driver import House
from tests.knowledge.test_scoring import EXAMPLES

# The platforms make no difference here: tests/conversations/test_assess.py is about them.
pytestmark = pytest.mark.parametrize("side", ["memory"], indirect=True)


async def tiered(app: App, reference: str, tier: Tier | None) -> None:
    """Give a contract a tier, or none."""
    async with app.database.store() as store:
        contract = await store.contracts.by_reference(reference)
        assert contract is not None
        contract.tier = tier


async def test_the_change_since_last_time_and_a_second_low_score(house: House, clock: StandingClock) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers(q02="0", q09="2"))
    clock.forward(timedelta(days=40))
    shown = await assess(manager, "CMA-2031", **answers(q02="1", q09="not_sure"))
    assert "Up 1, from 0" in shown.text
    assert "Supply risk management 1, last time 0;" in shown.text
    assert "Unknown" in shown.text
    assert "Open already" in shown.text
    _, follow_ups = await kept(house.app, "CMA-2031")
    assert sorted(each.rule for each in follow_ups) == ["FU-KPI", "FU-RISK"]
    risk = next(each for each in follow_ups if each.rule == "FU-RISK")
    assert "Low again in the self-assessment of 3 January 2027" in risk.note
    card = (await manager.says("show CMA-2031"))[-1]
    assert (
        "FU-RISK, due by 24 December 2026, review 1. Low again in the self-assessment of 3 January"
        in card.text
    )


async def test_two_meetings_with_the_same_person_are_offered_as_one(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers(q02="1", q04="1"))
    member = await house.person(await holder(house.app, "CMA-2031"))
    told = (await member.screen())[-1].text
    assert "One meeting with the contract manager can serve" in told
    (queue,) = await member.clicks("See the reviews")
    assert "Reviews waiting: 2" in queue.text
    _, follow_ups = await kept(house.app, "CMA-2031")
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
    _, (follow_up,) = await kept(house.app, "CMA-2031")
    assert "decide for the next contract" in follow_up.note


@pytest.mark.parametrize(("tier", "high_risk", "levels", "expected"), EXAMPLES)
async def test_worked_examples_in_the_conversation(
    house: House, tier: Tier, high_risk: str, levels: dict[str, int], expected: list[str]
) -> None:
    await tiered(house.app, "CMA-2031", tier)
    manager = await house.person(PRIYA)
    said = {name: str(level) for name, level in levels.items()}
    shown = await assess(manager, "CMA-2031", **answers(high_risk, tier.value, **said))
    _, follow_ups = await kept(house.app, "CMA-2031")
    assert sorted(each.rule for each in follow_ups) == expected
    assert all(f"{rule}: " in shown.text for rule in expected)


async def test_an_unknown_tier_runs_only_the_rule_for_a_senior_person(house: House) -> None:
    await tiered(house.app, "CMA-2031", None)
    manager = await house.person(PRIYA)
    shown = await assess(manager, "CMA-2031", **answers("yes", "Gold", q02="0", q05="0"))
    assert "FU-SRO" in shown.text
    _, (follow_up,) = await kept(house.app, "CMA-2031")
    assert follow_up.rule == "FU-SRO"
    lead, member = await house.person(LEAD), await house.person(await holder(house.app, "CMA-2031"))
    assert any("FU-SRO" in each.text for each in await lead.screen())
    await member.clicks("Name an SRO")
    (named,) = await member.fills(person="Angela Whitlock")
    assert "Angela Whitlock is now SRO of CMA-2031" in named.text
    _, (settled,) = await kept(house.app, "CMA-2031")
    assert not settled.state.is_open
    told = await told_of(house, await holder(house.app, "CMA-2031", "first_contact_id"))
    assert "The register has no tier for it" in told


async def test_the_csmg_member_answers_for_a_vacancy(house: House) -> None:
    email = await holder(house.app, "CMA-2031")
    member = await house.person(email)
    (told,) = await member.says("assess CMA-2031")
    assert "You can't assess CMA-2031" in told.text
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.manager_id = None
    shown = await assess(member, "CMA-2031", **answers(q02="0"))
    assert "FU-RISK" in shown.text


@pytest.mark.parametrize(
    ("words", "kept_as"), [("yes", "Yes, Gold"), ("1", "Yes, Gold"), ("platinum", "Platinum")]
)
async def test_the_registers_tier_is_agreed_to_in_a_word(house: House, words: str, kept_as: str) -> None:
    manager = await house.person(PRIYA)
    await manager.says("assess CMA-2031")
    (asked,) = await manager.says(words)
    assert "Is this contract treated as high risk?" in asked.text
    (again,) = await manager.says("back")
    assert f"Your answer now: {kept_as}" in again.text


async def test_what_follows_is_not_shown_to_the_senior_person(house: House) -> None:
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        angela = await store.people.by_email("angela.whitlock@example.gov.uk")
        assert contract is not None
        assert angela is not None
        contract.sro_id = angela.id
    await assess(await house.person(PRIYA), "CMA-2031", **answers(q02="1"))
    senior, manager = await house.person(angela.email), await house.person(PRIYA)
    for words in ("follow-ups", "review 1", "show CMA-2031"):
        (shown,) = (await senior.says(words))[-1:]
        assert "FU-RISK" not in shown.text
        (shown,) = (await manager.says(words))[-1:]
        assert "FU-RISK" in shown.text
    (hidden,) = await senior.says("close follow-up 1")
    assert "not among those you may see" in hidden.text


@pytest.mark.parametrize("many", [4, 5])
async def test_the_units_median_needs_five_contracts(house: House, many: int) -> None:
    mine = await contract_of(house.app, "CMA-2031")
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
    _, (follow_up,) = await kept(house.app, "CMA-2031")
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


@pytest.mark.parametrize(
    "asked",
    ["how do I assess risk on a contract", "assess risk on a contract", "assess supplier performance"],
)
async def test_guidance_about_assessing_stays_guidance(house: House, asked: str) -> None:
    manager = await house.person(PRIYA)
    (shown,) = (await manager.says(asked))[-1:]
    assert "Which contract do you want to assess" not in shown.text
    assert "can't find a contract" not in shown.text


async def test_a_changed_tier_opens_only_what_is_new(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers(q01="0", q02="1", q12="1"))
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.tier = Tier.PLATINUM
        now, questions = house.app.clock.now(), load_question_sets()
        notices = await after_tier_change(store, questions, [contract], now)
        again = await after_tier_change(store, questions, [contract], now)
    _, follow_ups = await kept(house.app, "CMA-2031")
    assert sorted(each.rule for each in follow_ups) == ["FU-MARKET", "FU-RISK", "FU-VFM"]
    assert all(not each.note for each in follow_ups)
    assert len(notices) == 1
    assert not again


async def test_the_tier_changes_in_the_middle(house: House) -> None:
    await tiered(house.app, "CMA-2034", Tier.SILVER)
    manager = await house.person(PRIYA)
    (first,) = await manager.says("assess CMA-2034")
    await answer_all(manager, first, answers("not_sure", "Silver", q02="0", q12="0"))
    await tiered(house.app, "CMA-2034", Tier.GOLD)
    shown = (await manager.clicks("Submit"))[-1]
    # Nobody was asked for a senior person, so nothing follows from that; the rest goes by the new tier.
    assert "of 33" in shown.text
    _, follow_ups = await kept(house.app, "CMA-2034")
    assert [each.rule for each in follow_ups] == ["FU-RISK"]
    told = await told_of(house, await holder(house.app, "CMA-2034", "first_contact_id"))
    assert "The register says Gold, the answer was Silver" in told


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (date(2027, 1, 31), "It ends on 31 January 2027, in less than three months"),
        (date(2026, 11, 20), "It ended on 20 November 2026"),
        (date(2031, 3, 31), ""),
    ],
)
async def test_the_end_changes_in_the_register_in_the_middle(house: House, ends: date, words: str) -> None:
    manager = await house.person(PRIYA)
    (first,) = await manager.says("assess CMA-2031")
    await answer_all(manager, first, answers(q09="0"))
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        contract.ends = ends
    shown = (await manager.clicks("Submit"))[-1]
    # That the register is right was said of an earlier date, so what it says now counts, and nobody is bothered.
    assert ("best for the next contract" in shown.text) is bool(words)
    assert words in shown.text
    (assessment,), (follow_up,) = await kept(house.app, "CMA-2031")
    assert assessment.context["end_date"] == ends.isoformat()
    assert ("decide for the next contract" in follow_up.note) is bool(words)
    told = await told_of(house, await holder(house.app, "CMA-2031", "csmg_member_id"))
    assert "FU-KPI" in told
    assert "check the register" not in told


async def test_a_low_area_without_a_follow_up_is_asked_about(house: House) -> None:
    manager = await house.person(PRIYA)
    shown = await assess(manager, "CMA-2031", **answers(q02="0", q12="1"))
    assert "FU-VFM" not in shown.text
    await manager.clicks("Ask the first point of contact")
    (sent,) = await manager.fills(question="Who can help with benchmarking?")
    contact = await house.person(await holder(house.app, "CMA-2031", "first_contact_id"))
    assert "Your question has gone to" in sent.text
    request = (await contact.screen())[-1]
    assert "Who can help with benchmarking?" in request.text
    assert "Value for money" in request.text
    await contact.clicks(next(each for each in request.buttons if each.startswith("Answer")))
    await contact.fills(answer="I can: call me.")
    assert "I can: call me." in (await manager.screen())[-1].text


async def test_nobody_is_offered_to_be_asked_where_every_low_area_is_followed_up(house: House) -> None:
    shown = await assess(await house.person(PRIYA), "CMA-2031", **answers(q02="0"))
    assert "Ask an expert" in shown.buttons
    assert "Ask the first point of contact" not in shown.buttons


async def test_scores_are_not_carried_over_to_a_new_manager(house: House, clock: StandingClock) -> None:
    await assess(await house.person(PRIYA), "CMA-2031", **answers(q02="0"))
    clock.forward(timedelta(days=5))
    async with house.app.database.store() as store:
        contract = await store.contracts.by_reference("CMA-2031")
        assert contract is not None
        deputy = next(each for each in await store.people.all() if each.id == contract.deputy_id)
        contract.give_to(deputy.id, clock.now().date())
    manager = await house.person(deputy.email)
    (none,) = await manager.says("show assessment of CMA-2031")
    assert "I can't find an assessment" in none.text
    shown = await assess(manager, "CMA-2031", **answers(q02="1"))
    assert "Change since" not in shown.text


async def test_the_card_says_when_the_next_is_due(house: House) -> None:
    manager = await house.person(PRIYA)
    await assess(manager, "CMA-2031", **answers())
    (card,) = (await manager.says("show CMA-2031"))[-1:]
    assert "24 May 2027" in card.text
