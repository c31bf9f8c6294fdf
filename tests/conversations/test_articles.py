"""An expert's answer becomes an article: drafted, approved by a second person, live, and told to who had asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from handlers.articles.view import difference, without_names
from handlers.services import Services
from knowledge.answer import Answerer
from knowledge.article import parse_article, read_article, source_file
from knowledge.library import ARTICLES, Library, stamps_of
from scheduler.clock import MovedClock
from scheduler.jobs import start
from tests.conftest import Cast, StandingClock
from tests.driver import Chat, House

ZEBRA = "who feeds the zebra at the depot in winter"


@pytest.fixture
async def other(app: App, services: Services, clock: StandingClock) -> App:
    """A second replica on the house's database, with a knowledge base of its own."""
    own = Services(services.library, services.answerer, services.glossary, services.urgent)
    knowledge = KnowledgeBase(ARTICLES, None, None, "left out of tests", own, stamps_of(ARTICLES))
    return await assemble(Settings(), app.database, knowledge, MovedClock(clock))


async def answered(house: House, cast: Cast) -> tuple[Chat, Chat, Chat]:
    """The manager has asked about zebras, and the lead has answered and drafts an article of it."""
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    await manager.says(ZEBRA)
    await manager.clicks("Ask an expert")
    await manager.fills()
    await lead.clicks("Answer request 1")
    await lead.fills(answer="The depot's keeper feeds the zebra twice a day. Write to keeper@example.com.")
    await lead.clicks("Make an article of it")
    return manager, lead, await house.person(cast.deputy)


async def test_an_answer_becomes_an_article_after_a_second_person_approves(house: House, cast: Cast) -> None:
    manager, lead, deputy = await answered(house, cast)
    assert lead.form is not None
    assert lead.form.values["questions"] == ZEBRA
    assert "keeper@example.com" not in lead.form.values["body"]
    await lead.fills(title="Feeding the zebra", sources="nonsense")
    assert "title; publisher; year" in lead.form.errors["sources"]
    (shown,) = await lead.fills(
        title="Feeding the zebra", sources="Depot handbook; The council; local", next_review="2027-11-01"
    )
    assert "Version 1, draft" in shown.text
    assert "twice a day" in shown.text
    (refused,) = await manager.says("approve version 1")
    assert "Only the SRM lead" in refused.text
    await lead.clicks("Submit for approval")
    (refused,) = await lead.says("approve version 1")
    assert "a second person has to approve it" in refused.text
    assert "asks you to approve" in (await deputy.screen())[-1].text
    (done,) = await deputy.clicks("Approve version 1")
    assert "The person who had asked is told." in done.text
    assert await house.app.renew_knowledge()
    assert not await house.app.renew_knowledge()
    (answer,) = await manager.says(ZEBRA)
    assert "twice a day" in answer.text


async def test_everybody_who_had_asked_in_vain_is_told_once_it_is_live(
    house: House, cast: Cast, clock: StandingClock
) -> None:
    other, member = await house.person(cast.other_manager), await house.person(cast.member)
    await other.says("Who feeds the zebra at the depot in winter?")
    await member.says("who paints the giraffe")
    before = len(await member.screen())
    manager, lead, deputy = await answered(house, cast)
    await lead.fills(title="Feeding the zebra", next_review="2027-11-01")
    await lead.clicks("Submit for approval")
    (done,) = await deputy.clicks("Approve version 1")
    assert "The 2 people who had asked are told." in done.text
    # They are told when every replica has it.
    clock.forward(timedelta(seconds=6))
    await house.app.outbox.sweep()
    for chat in (manager, other):
        told = (await chat.screen())[-1]
        assert "There is a new answer." in told.text
        assert told.buttons == ("Show: Feeding the zebra",)
    assert len(await member.screen()) == before
    assert await house.app.renew_knowledge()
    (article, *_) = await other.clicks("Show: Feeding the zebra")
    assert "twice a day" in article.text


async def test_a_manager_proposes_a_change_and_cannot_approve_it(house: House, cast: Cast) -> None:
    if house.platform not in ("memory", "web"):
        return
    manager, deputy = await house.person(cast.manager), await house.person(cast.deputy)
    await manager.says("our contractor has gone bust what now")
    await manager.says("change this article")
    assert manager.form is not None
    body = manager.form.values["body"]
    await manager.fills(body=body + "\n\nRing the zebra hotline.", note="The hotline is new")
    (told,) = await manager.clicks("Submit for approval")
    assert "Sent for approval" in told.text
    (refused,) = await manager.says("approve version 1")
    assert "second person" in refused.text
    (compared,) = await deputy.says("compare version 1")
    assert "Ring the zebra hotline." in compared.text
    await deputy.says("reject version 1")
    await deputy.fills(reason="Which number?")
    assert "Which number?" in (await manager.screen())[-1].text
    assert not await house.app.renew_knowledge()


async def test_versions_are_kept_and_restored(house: House, cast: Cast) -> None:
    if house.platform != "memory":
        return
    lead, deputy = await house.person(cast.lead), await house.person(cast.deputy)
    for number, words in ((1, "First zebra."), (2, "Second zebra.")):
        await lead.says("change article supplier-insolvency")
        await lead.fills(body=f"{words}\n\n## Who to ask\n\nThe SRM lead.")
        await lead.clicks("Submit for approval")
        await deputy.says(f"approve version {number}")
        assert await house.app.renew_knowledge()
    (listed,) = await lead.says("article history supplier-insolvency")
    assert "Version 2: in force" in listed.text
    await lead.clicks("Restore version 1")
    await deputy.says("approve version 3")
    assert await house.app.renew_knowledge()
    article = house.app.knowledge.services.library.get("supplier-insolvency")
    assert article is not None
    assert article.opening == "First zebra."


async def test_what_was_published_is_withdrawn_and_can_come_back(house: House, cast: Cast) -> None:
    if house.platform != "memory":
        return
    manager, lead, deputy = [await house.person(each) for each in (cast.manager, cast.lead, cast.deputy)]
    await deputy.says("change article supplier-insolvency")
    await deputy.fills(body="Ring the zebra hotline.\n\n## Who to ask\n\nThe SRM lead.")
    await deputy.clicks("Submit for approval")
    await lead.says("approve version 1")
    assert await house.app.renew_knowledge()
    (refused,) = await manager.says("withdraw article supplier-insolvency")
    assert "Only the SRM lead" in refused.text
    (nothing,) = await lead.says("withdraw article kpi-design")
    assert "Nothing published in chat" in nothing.text
    await lead.says("withdraw article supplier-insolvency")
    (done,) = await lead.fills(reason="The hotline is closed.")
    assert "out of force" in done.text
    assert "The hotline is closed." in (await deputy.screen())[-1].text
    assert await house.app.renew_knowledge()
    shipped = house.app.knowledge.services.library.get("supplier-insolvency")
    assert shipped is not None
    assert "zebra" not in shipped.opening
    (listed,) = await lead.says("article history supplier-insolvency")
    assert "Restore version 1" in listed.buttons


async def test_a_second_replica_answers_from_the_change(house: House, cast: Cast, other: App) -> None:
    if house.platform != "memory":
        return
    lead, deputy = await house.person(cast.lead), await house.person(cast.deputy)
    await lead.says("change article supplier-insolvency")
    await lead.fills(body="Ring the zebra hotline.\n\n## Who to ask\n\nThe SRM lead.")
    await lead.clicks("Submit for approval")
    await deputy.says("approve version 1")
    services = other.knowledge.services
    assert "zebra" not in str(services.library.get("supplier-insolvency"))
    assert await other.renew_knowledge()
    after = services.library.get("supplier-insolvency")
    assert after is not None
    assert after.opening == "Ring the zebra hotline."


async def test_a_stale_article_is_held_back_by_the_leads_setting(
    house: House, cast: Cast, clock: StandingClock
) -> None:
    if house.platform != "memory":
        return
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    (refused,) = await manager.says("withhold stale articles")
    assert "Only the SRM lead" in refused.text
    clock.moment = clock.moment.replace(year=2029)
    (shown,) = await manager.says("our contractor has gone bust what now")
    assert "was due for review by" in shown.text
    await lead.says("withhold stale articles")
    (held,) = await manager.says("our contractor has gone bust what now")
    assert "is held back" in held.text
    assert "Ask an expert" in held.buttons


async def test_the_owner_marks_an_article_as_reviewed(house: House, cast: Cast, clock: StandingClock) -> None:
    if house.platform != "memory":
        return
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    clock.moment = clock.moment.replace(year=2029)
    await manager.says("our contractor has gone bust what now")
    (refused,) = await manager.says("mark reviewed")
    assert "Only its owner" in refused.text
    await lead.says("change article supplier-insolvency")
    await lead.fills(owner_email=cast.manager, next_review="2029-12-01")
    await lead.clicks("Submit for approval")
    await (await house.person(cast.deputy)).says("approve version 1")
    assert await house.app.renew_knowledge()
    clock.moment = clock.moment.replace(year=2030)
    await manager.says("mark reviewed supplier-insolvency")
    await manager.fills(next_review="1 May 2030")
    assert manager.form is not None
    (done,) = await manager.fills(next_review="1 May 2031")
    assert "Review it again by 1 May 2031" in done.text
    assert await house.app.renew_knowledge()
    (shown,) = await manager.says("our contractor has gone bust what now")
    assert "was due for review" not in shown.text


async def test_the_srm_lead_is_the_owner_once_the_owner_has_left(
    house: House, cast: Cast, clock: StandingClock
) -> None:
    if house.platform != "memory":
        return
    manager, lead, deputy = [await house.person(each) for each in (cast.manager, cast.lead, cast.deputy)]
    other = await house.person(cast.other_manager)
    await lead.says("change article supplier-insolvency")
    await lead.fills(owner_email=cast.manager)
    await lead.clicks("Submit for approval")
    await deputy.says("approve version 1")
    assert await house.app.renew_knowledge()
    async with house.app.database.reading() as store:
        owner = await store.people.by_email(cast.manager)
    assert owner is not None
    (shown,) = await other.says("our contractor has gone bust what now")
    assert f"Owner: {owner.name}." in shown.text
    async with house.app.database.store() as store:
        leaver = await store.people.by_email(cast.manager)
        assert leaver is not None
        leaver.active = False
    (shown,) = await other.says("our contractor has gone bust what now")
    assert "Owner: SRM lead, since its owner has left." in shown.text
    clock.moment = clock.moment.replace(year=2029)
    (due,) = await lead.says("what is due")
    article = house.app.knowledge.services.library.get("supplier-insolvency")
    assert article is not None
    assert article.title in due.text
    await lead.says("mark reviewed supplier-insolvency")
    (done,) = await lead.fills(next_review="1 May 2030")
    assert "Review it again by 1 May 2030" in done.text
    assert not [each for each in await manager.screen() if "review" in each.text.casefold()]


async def test_a_running_replica_answers_from_the_change_within_five_seconds(
    house: House, cast: Cast, other: App
) -> None:
    if house.platform != "memory":
        return
    lead, deputy = await house.person(cast.lead), await house.person(cast.deputy)
    services = other.knowledge.services
    changed = asyncio.Event()

    class Watched(Services):
        def renew(self, library: Library, answerer: Answerer) -> None:
            super().renew(library, answerer)
            changed.set()

    other.knowledge.services = Watched(services.library, services.answerer)
    ticks = start([each for each in other.ticks() if each.name == "renew the knowledge base"], other.outbox)
    try:
        await lead.says("change article supplier-insolvency")
        await lead.fills(body="Ring the zebra hotline.\n\n## Who to ask\n\nThe SRM lead.")
        await lead.clicks("Submit for approval")
        assert not changed.is_set()
        await deputy.says("approve version 1")
        async with asyncio.timeout(5):
            await changed.wait()
        after = other.knowledge.services.library.get("supplier-insolvency")
        assert after is not None
        assert after.opening == "Ring the zebra hotline."
    finally:
        await ticks.stop()


def test_every_shipped_article_is_written_back_as_it_reads() -> None:
    for path in sorted(ARTICLES.rglob("*.md")):
        article = read_article(path)
        assert parse_article(source_file(article), path) == article


def test_names_addresses_and_numbers_are_removed() -> None:
    text = without_names("Ring 01296 395000 or jo@example.com.", [])
    assert text == "Ring (number removed) or (address removed)."


def test_a_difference_reads_as_lines_taken_out_and_put_in() -> None:
    shown = str(difference("one\ntwo\n", "one\nthree\n"))
    assert "Taken out" in shown
    assert "two" in shown
    assert "three" in shown
    assert "'one'" not in shown
