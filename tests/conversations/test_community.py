"""The Community of Practice: joining, leaving, introducing oneself, and finding who knows."""

from __future__ import annotations

import pytest

from handlers.community.who_knows import share_found
from storage.community import Membership
from tests.conftest import Cast
from tests.driver import House

SPITEFUL = "<!channel> @everyone *TUPE* [x](https://evil.example) <b>hi</b>"


async def introduced(house: House, email: str, **words: str) -> None:
    """Somebody joins and introduces themselves."""
    chat = await house.person(email)
    await chat.says("join the community")
    await chat.clicks("Introduce myself")
    (shown,) = await chat.fills(**{"manages": "Home care"} | words)
    assert "This is what members see of you" in shown.text


async def members(house: House) -> list[int]:
    async with house.app.database.reading() as store:
        return await store.community.members()


async def test_joining_introducing_and_being_found(house: House, cast: Cast) -> None:
    manager, other = await house.person(cast.manager), await house.person(cast.other_manager)
    (about,) = await manager.says("community")
    assert "You have not joined yet" in about.text
    assert "0 members" in about.text
    (welcome,) = await manager.clicks("Join the community")
    assert "Welcome to the Community of Practice" in welcome.text
    assert "1 members" not in (await manager.says("community"))[0].text

    await introduced(house, cast.other_manager, offers="TUPE and pensions", wants=SPITEFUL)
    (found,) = await manager.says("who knows about tupe?")
    assert cast.other_manager in found.text
    assert "TUPE and pensions" in found.text
    (listed,) = await manager.says("introductions")
    assert "<!channel>" in listed.text
    assert "<b>hi</b>" in listed.text

    await other.says("leave the community")
    (gone,) = await manager.says("who knows about TUPE")
    assert "I found nobody" in gone.text
    async with house.app.database.reading() as store:
        person = await store.people.by_email(cast.other_manager)
        assert person is not None
        record = await store.community.of(person.id)
        assert record is not None
        assert (record.state, record.offers, record.wants) == (Membership.LEFT, "", "")


async def test_those_outside_learn_nothing_of_the_members(house: House, cast: Cast) -> None:
    await introduced(house, cast.other_manager, offers="TUPE")
    manager = await house.person(cast.manager)
    for words in ("who knows about TUPE", "introductions", "introduce myself"):
        (refused,) = await manager.says(words)
        assert "for members of the Community" in refused.text
        assert cast.other_manager not in refused.text
    for words in ("community members", "who has not joined"):
        (refused,) = await manager.says(words)
        assert "Only the SRM lead or the deputy" in refused.text


async def test_the_lead_nudges_those_who_have_not_joined_once_a_month(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    other = await house.person(cast.other_manager)
    await manager.says("join the community")
    await other.says("join the community")
    await other.says("leave the community")
    (roll,) = await lead.says("community members")
    (label,) = [each for each in roll.buttons if each.startswith("Nudge")]
    before = len(await other.screen()), len(await manager.screen())
    (done,) = await lead.says(label)
    count = label.removeprefix("Nudge ").removesuffix(" to join")
    assert f"{count} will get a nudge" in done.text
    assert before == (len(await other.screen()), len(await manager.screen()))
    member = await house.person(cast.member)
    assert "invites you to the Community" in (await member.screen())[-1].text
    (again,) = await lead.says(label)
    assert "Nobody is left to nudge" in again.text
    (roll,) = await lead.says("community members")
    assert not roll.buttons
    await member.clicks("Join the community")
    assert len(await members(house)) == 2


async def test_one_who_left_the_council_is_no_member(house: House, cast: Cast) -> None:
    await introduced(house, cast.other_manager, offers="TUPE")
    await (await house.person(cast.manager)).says("join the community")
    async with house.app.database.store() as store:
        person = await store.people.by_email(cast.other_manager)
        assert person is not None
        person.active = False
    (nobody,) = await (await house.person(cast.manager)).says("who knows about TUPE")
    assert "I found nobody" in nobody.text
    assert len(await members(house)) == 1


async def test_an_expert_of_the_workstream_is_found(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await lead.says("expert teams")
    await lead.clicks("Add a team")
    await lead.fills(name="Governance", workstreams="Governance", people=cast.other_manager)
    await manager.says("join the community")
    (found,) = await manager.says("who knows about governance")
    assert "Answers for Governance" in found.text
    assert cast.other_manager in found.text


@pytest.mark.parametrize(
    "question", ["what is the community of practice", "how do I join the community of practice", "CoP"]
)
async def test_guidance_questions_reach_the_knowledge_base(house: House, cast: Cast, question: str) -> None:
    if house.platform != "memory":
        return
    (answer, *_) = await (await house.person(cast.manager)).says(question)
    assert "network for everyone who manages contracts" in answer.text


@pytest.mark.parametrize(
    ("topic", "text", "share"),
    [
        ("TUPE", "TUPE, pensions", 1),
        ("tupe transfers", "Pensions and TUPE transfer", 1),
        ("pensions", "Home care", 0),
        ("the", "the home", 0),
        ("home of rest", "Homes", 0.5),
    ],
)
def test_words_are_found_however_spelt(topic: str, text: str, share: float) -> None:
    assert share_found(topic, text) == share
