"""Every kind of thing that may stand in a person's message has the same five buttons, and each does its thing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from handlers.conversation.turn import Clicked
from handlers.reminders.items import item_buttons
from scheduler.gather import gather
from scheduler.sources import ArticleFacts
from storage.contracts import Contract
from storage.database import Store
from storage.experts import ExpertRequest, ExpertState
from storage.followups import FollowUp
from storage.months import Month
from storage.people import Person
from storage.reviews import Activity, Choice, Decision, Review, ReviewState, Topic
from storage.rules import Kind
from tests.conftest import NOW
from tests.conversations.test_due_in_chat import passes
from tests.driver import House, MemoryChat

memory = pytest.mark.parametrize("side", ["memory"], indirect=True)

PRIYA, TOM = "priya.nair@example.gov.uk", "tom.hargreave@example.gov.uk"
CHLOE, HELEN = "chloe.bennett@example.gov.uk", "helen.marlowe@example.gov.uk"
TODAY = NOW.date()
ARTICLES = (ArticleFacts("kpi-design", "KPI design", TODAY),)
FIVE = ("Done", "Update progress", "New date", "Snooze", "Not mine")
HAND_OVER = "Hand over CMA-2031"
DECIDED = "What was decided"


@dataclass(frozen=True)
class Thing:
    """One kind of thing: whose it is, and what Done, New date and Not mine lead to: a form, or words."""

    subject: str
    owner: str
    done: str
    date: str
    not_mine: str


def _progress(kind: Kind) -> dict[str, str]:
    """What is filled in to say that something is under way."""
    match kind:
        case Kind.ACTION:
            return {"status": "in_progress", "percent": "40", "note": "Under way"}
        case Kind.ACTION_ONGOING:
            return {"note": "Under way"}
        case _:
            return {"text": "Under way"}


def expected(name: str) -> str:
    return f"New date: {name}"


THINGS = {
    Kind.ACTION: Thing(
        "action:W1-05",
        "sunita.deshpande@example.gov.uk",
        "W1-05 done",
        "New date for W1-05",
        "Whose is W1-05?",
    ),
    Kind.ACTION_ONGOING: Thing(
        "action:W2-07",
        HELEN,
        "W2-07 is ongoing, so it is never closed",
        "has no date to move",
        "Whose is W2-07?",
    ),
    Kind.CONTRACT_REVIEW: Thing(
        "contract:CMA-2031:review", PRIYA, "New date for CMA-2031", "New date for CMA-2031", HAND_OVER
    ),
    Kind.CONTRACT_INSURANCE: Thing(
        "contract:CMA-2031:insurance", PRIYA, "New date for CMA-2031", "New date for CMA-2031", HAND_OVER
    ),
    Kind.CONTRACT_CONTINUITY: Thing(
        "contract:CMA-2031:continuity", PRIYA, "New date for CMA-2031", "New date for CMA-2031", HAND_OVER
    ),
    Kind.CONTRACT_NOTICE: Thing(
        "contract:CMA-2031:notice", PRIYA, "Done: CMA-2031 notice", "New date for CMA-2031", HAND_OVER
    ),
    Kind.CONTRACT_EXTENSION: Thing(
        "contract:CMA-2031:extension", PRIYA, "Done: CMA-2031 extension", "New date for CMA-2031", HAND_OVER
    ),
    Kind.CONTRACT_END: Thing(
        "contract:CMA-2031:end", PRIYA, "Done: CMA-2031 end", "New date for CMA-2031", HAND_OVER
    ),
    Kind.CONTRACT_SCORECARD: Thing(
        "contract:CMA-2031:scorecard",
        PRIYA,
        "once its ratings are recorded",
        expected("CMA-2031 scorecard"),
        HAND_OVER,
    ),
    Kind.CONTRACT_SRO: Thing(
        "contract:CMA-2031:sro",
        PRIYA,
        "once a Senior Responsible Officer is named",
        expected("CMA-2031 sro"),
        HAND_OVER,
    ),
    Kind.CONTRACT_PEOPLE: Thing(
        "contract:CMA-2031:people",
        PRIYA,
        "once a contract manager and a deputy are named",
        expected("CMA-2031 people"),
        HAND_OVER,
    ),
    Kind.ASSESSMENT: Thing(
        "assessment:CMA-2031", PRIYA, "once its answers are sent", expected("CMA-2031 assessment"), HAND_OVER
    ),
    Kind.FOLLOWUP: Thing(
        "followup:1",
        TOM,
        "once it is recorded what came of it",
        expected("follow-up 1"),
        "Whose is follow-up 1?",
    ),
    Kind.ACTIVITY: Thing(
        "activity:1", TOM, "Mark the activity as done", expected("activity 1"), "Whose is activity 1?"
    ),
    Kind.DECISION_WANTED: Thing(
        "review:1", TOM, "once the decision is recorded", expected("review 1"), "Whose is review 1?"
    ),
    Kind.DECISION: Thing("decision:1", PRIYA, "Done: decision 1", expected("decision 1"), HAND_OVER),
    Kind.ARTICLE: Thing(
        "article:kpi-design",
        HELEN,
        "once the article is marked as reviewed",
        expected("article kpi-design"),
        "Whose is article kpi-design?",
    ),
    Kind.EXPERT: Thing(
        "expert:1", TOM, "once the answer is sent", expected("request 1"), "Pass on request 1"
    ),
}


async def person(store: Store, email: str) -> Person:
    found = await store.people.by_email(email)
    assert found is not None
    return found


async def contract(store: Store) -> Contract:
    found = await store.contracts.by_reference("CMA-2031")
    assert found is not None
    return found


@pytest.fixture
async def full(house: House) -> House:
    """A house in which one thing of each kind waits, most of them about one contract of Priya's."""
    async with house.app.database.store() as store:
        one, tom = await contract(store), await person(store, TOM)
        one.ends, one.notice_months, one.extension_months = date(2027, 9, 30), 6, 12
        one.review_date = one.insurance_ends = one.continuity_test = TODAY + timedelta(days=7)
        one.high_risk, one.sro_id, one.deputy_id = True, None, None
        await store.followups.add(
            FollowUp(rule="FU-SRO", contract_id=one.id, area="x", opened_at=NOW, due=TODAY, owner_id=tom.id)
        )
        held = Review(
            topic=Topic.VALUE_FOR_MONEY,
            contract_id=one.id,
            opened_at=NOW,
            state=ReviewState.DECISION,
            held_on=TODAY,
        )
        await store.reviews.add(held)
        await store.reviews.add(
            Activity(review_id=held.id, contract_id=one.id, text="x", owner_id=tom.id, month=Month(2026, 12))
        )
        await store.reviews.add(
            Decision(
                review_id=held.id,
                contract_id=one.id,
                topic=Topic.KPI,
                choice=Choice.NEXT_CONTRACT,
                reason="x",
                maker_id=tom.id,
                decided_on=TODAY,
                next_step=Month(2027, 3),
                recorded_by=tom.id,
                recorded_at=NOW,
            )
        )
        await store.experts.add(
            ExpertRequest(
                asked_at=NOW,
                asker_id=one.manager_id or 0,
                question="x",
                state=ExpertState.CLAIMED,
                holder_id=tom.id,
                claimed_at=NOW,
            )
        )
    return house


async def presses(house: House, email: str, subject: str, label: str) -> tuple[MemoryChat, str]:
    """Somebody presses one of the buttons of a thing: the title of the form that opens, or what is answered."""
    chat = await house.person(email)
    assert isinstance(chat, MemoryChat)
    button = next(each for each in item_buttons(subject) if each.label == label)
    chat.form = None
    said = await chat.sends(Clicked(button.action, button.params), secrets.token_hex(8))
    return chat, chat.form.title if chat.form else "\n".join(each.text for each in said)


def test_every_kind_is_looked_at() -> None:
    # A digest is no thing to settle, and a form has buttons of its own: see `tests/scheduler/test_drafts.py`.
    assert set(THINGS) == set(Kind) - {Kind.DIGEST, Kind.DRAFT, Kind.DRAFT_EXPIRED}


@memory
@pytest.mark.parametrize("kind", THINGS, ids=str)
async def test_each_button_of_a_kind_does_its_thing(full: House, kind: Kind) -> None:
    thing = THINGS[kind]
    assert tuple(each.label for each in item_buttons(thing.subject))[:5] == FIVE
    async with full.app.database.reading() as store:
        gathered = await gather(store, TODAY, full.app.settings.zone, ARTICLES)
    kinds = {each.subject: each.kind for each in gathered.situation.items}
    assert kinds[thing.subject] is kind
    for label, leads_to in (("Done", thing.done), ("New date", thing.date), ("Not mine", thing.not_mine)):
        _, shown = await presses(full, thing.owner, thing.subject, label)
        assert leads_to in shown, label
    chat, _ = await presses(full, thing.owner, thing.subject, "Update progress")
    (kept,) = await chat.fills(**_progress(kind))
    assert "Under way" in kept.text or "is kept" in kept.text
    chat, _ = await presses(full, thing.owner, thing.subject, "Snooze")
    (off,) = await chat.fills(how_long="week")
    assert "until Tuesday 1 December 2026" in off.text
    # Somebody whom it does not concern is told nothing of it.
    for label in ("Done", "Update progress", "New date", "Not mine"):
        _, refused = await presses(full, "ryan.coverdale@example.gov.uk", thing.subject, label)
        assert "othing was changed" in refused or "is ongoing" in refused or "can't find" in refused, label


async def due(house: House, email: str) -> str:
    (answer,) = await (await house.person(email)).says("what is due")
    return answer.text


@memory
async def test_what_is_settled_comes_back_when_its_date_is_another(full: House) -> None:
    manager = await full.person(PRIYA)
    async with full.app.database.store() as store:
        (await contract(store)).ends = date(2027, 6, 30)
    assert "notice must be given by 30 December 2026" in await due(full, PRIYA)
    await manager.says("done CMA-2031 notice")
    (done,) = await manager.fills(what="It runs on for a year.")
    assert "Nobody is reminded of it again for this date" in done.text
    assert "notice must be given by" not in await due(full, PRIYA)
    (again,) = await manager.says("done CMA-2031 notice")
    assert "is settled already" in again.text
    await manager.says("new end date for CMA-2031")
    (moved,) = await manager.fills(day="15 July 2027", reason="The supplier agreed to a month more.")
    assert "The dates for notice and extension follow from it." in moved.text
    assert "notice must be given by 15 January 2027" in await due(full, PRIYA)
    async with full.app.database.reading() as store:
        acts = {(each.act, each.subject) for each in await store.audit.latest()}
    assert ("reminder done", "contract:CMA-2031:notice") in acts


@memory
async def test_a_new_date_stands_beside_the_first(full: House) -> None:
    owner = await full.person(TOM)
    (early,) = await owner.says("move follow-up 1 to yesterday because it slipped")
    assert "othing was changed" in early.text
    (moved,) = await owner.says("move follow-up 1 to 4 January because the SRO is on Leave")
    assert "follow-up 1 is due on 4 January 2027 now. At first it was 24 November 2026." in moved.text
    text = await due(full, TOM)
    assert "It is due on 4 January 2027. At first it was 24 November 2026. the SRO is on Leave" in text
    (later,) = await owner.says("move follow-up 1 to 11 January because of the rota")
    assert "At first it was 24 November 2026." in later.text, "the first date, not the one between"
    async with full.app.database.reading() as store:
        found = (await store.followups.all_open())[0]
    assert found.due == TODAY, "the record keeps its own date"


@memory
async def test_what_has_no_date_is_promised_by_a_day_and_comes_back_then(full: House) -> None:
    owner = await full.person(TOM)
    await owner.says("new date for request 1")
    (promised,) = await owner.fills(day="2026-12-04", reason="Legal are asked")
    assert "request 1 is expected by 4 December 2026. I remind you then" in promised.text
    heard = []
    for _ in range(10):
        await passes(full, days=1)
        heard.append("Request 1: x" in "".join(each.text for each in await owner.screen()))
    assert heard.index(True) == 9, "10 days on is 4 December"
    assert "It is expected by 4 December 2026: Legal are asked" in "".join(
        each.text for each in await owner.screen()
    )


@memory
async def test_what_is_not_mine_goes_to_whose_it_is_and_both_are_told(full: House) -> None:
    chloe = await full.person(CHLOE)
    for typed, subject in (
        ("follow-up 1 is not mine", "follow-up 1"),
        ("not mine activity 1", "activity 1"),
        ("review 1 is not mine", "review 1"),
    ):
        owner = await full.person(TOM)
        await owner.says(typed)
        (wrong,) = [await owner.fills(person=TOM, why="")]
        assert not wrong
        (passed,) = await owner.fills(person=CHLOE, why="She leads it now.")
        assert f"{subject} is with Chloe Bennett now" in passed.text
        told = (await chloe.screen())[-1]
        assert f"Tom Hargreave has passed {subject} to you" in told.text
        assert "They say: She leads it now." in told.text
        assert "Done" in told.buttons
    text = await due(full, CHLOE)
    for part in ("follow-up FU-SRO", "Activity 1: x", "value for money review"):
        assert part in text
        assert part not in await due(full, TOM)
    await chloe.says("review 1")
    (shown,) = [(await chloe.screen())[-1]]
    assert "Record the decision" in shown.buttons, "who is asked may record it"


@memory
async def test_a_lead_who_passes_on_for_somebody_tells_them(full: House) -> None:
    lead, tom = await full.person(HELEN), await full.person(TOM)
    await lead.says("activity 1 is not mine")
    await lead.fills(person=CHLOE)
    assert "Helen Marlowe has passed activity 1 from you to Chloe Bennett." in (await tom.screen())[-1].text


@memory
async def test_a_passed_on_article_may_be_marked_as_reviewed(full: House) -> None:
    lead, tom = await full.person(HELEN), await full.person(TOM)
    (refused,) = await tom.says("mark reviewed kpi-design")
    assert "Only its owner" in refused.text
    await lead.says("article kpi-design is not mine")
    await lead.fills(person=TOM)
    await tom.says("mark reviewed kpi-design")
    assert tom.form is not None
    assert tom.form.title == "Mark as reviewed"


@memory
async def test_a_line_on_progress_is_typed_too_and_stands_in_the_next_reminder(full: House) -> None:
    manager = await full.person(PRIYA)
    (kept,) = await manager.says("update CMA-2031 insurance: the Broker sends it on Monday")
    assert "“the Broker sends it on Monday”" in kept.text
    await passes(full)
    for _ in range(3):
        await passes(full, days=1)
    assert "Priya Nair adds: the Broker sends it on Monday" in "".join(
        each.text for each in await manager.screen()
    )


@memory
async def test_a_contracts_date_is_typed_in_one_sentence_and_what_has_no_button_says_how(full: House) -> None:
    manager = await full.person(PRIYA)
    text = await due(full, PRIYA)
    assert "Type 'more' for the next ones with their buttons, or type what to do, such as 'done CMA-" in text
    (moved,) = await manager.says("move CMA-2031 insurance to 5 January because the Broker is late")
    assert "CMA-2031: end of the insurance evidence on 5 January 2027. It was 1 December 2026." in moved.text
    (unclear,) = await manager.says("move CMA-2031 insurance to someday because it slipped")
    assert "Nothing was changed" in unclear.text
    async with full.app.database.reading() as store:
        (row, *_) = await store.audit.latest()
    assert (row.act, row.detail["reason"]) == ("new contract date", "the Broker is late")


@memory
async def test_nobody_moves_or_settles_what_is_not_theirs_by_typing(full: House) -> None:
    other = await full.person("ryan.coverdale@example.gov.uk")
    for typed in (
        "done CMA-2031 notice",
        "update follow-up 1: x",
        "move activity 1 to 5 January because x",
        "request 1 is not mine",
        "done CMA-9999 notice",
    ):
        (refused,) = await other.says(typed)
        assert "does not wait for you, or is settled already. Nothing was changed." in refused.text


@memory
async def test_the_history_shows_each_date_beside_the_one_before(full: House) -> None:
    manager, owner = await full.person(PRIYA), await full.person(TOM)
    (empty,) = await manager.says("history of CMA-2031 insurance")
    assert "Nothing has been said of CMA-2031 insurance yet." in empty.text
    await manager.says("move CMA-2031 insurance to 5 January because the broker is late")
    await manager.says("update CMA-2031 insurance: asked again")
    (shown,) = await manager.says("history of CMA-2031 insurance")
    assert "Priya Nair. New date 5 January 2027, before 1 December 2026: the broker is late" in shown.text
    assert "Priya Nair. asked again" in shown.text
    await owner.says("move follow-up 1 to 4 January because it slipped")
    (other,) = await owner.says("history of follow-up 1")
    assert "New date 4 January 2027, at first 24 November 2026: it slipped" in other.text
    await owner.says("follow-up 1 is not mine")
    await owner.fills(person=CHLOE, why="Hers")
    (refused,) = await (await full.person("ryan.coverdale@example.gov.uk")).says("history of follow-up 1")
    assert "does not wait for you" in refused.text
    (kept,) = await (await full.person(CHLOE)).says("history of follow-up 1")
    assert "Tom Hargreave. Passed on. To Chloe Bennett. Hers" in kept.text
