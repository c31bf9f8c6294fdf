"""What people asked in vain is grouped, answered, attached or set aside, and the next asker gets it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handlers.conversation.turn import Clicked
from handlers.experts.policy import WORKSTREAMS
from knowledge.answer import Verdict
from knowledge.clusters import Asked, clusters
from tests.conftest import Cast
from tests.driver import House, MemoryChat

ASKED = ("who feeds the zebra at the depot", "Who feeds the depot's zebra?")

# Near enough to be offered a choice, and not to be answered: one of them is, whatever the articles say.
UNCERTAIN = (
    "who checks risk",
    "meeting supplier",
    "supplier performance problem",
    "pay late",
    "board report",
)


async def in_vain(house: House, cast: Cast) -> None:
    for email, words in zip((cast.manager, cast.other_manager), ASKED, strict=True):
        (refused,) = await (await house.person(email)).says(words)
        assert "Did you mean" in refused.text or "do not have an answer" in refused.text


async def test_wordings_are_attached_and_the_next_asker_gets_the_article(house: House, cast: Cast) -> None:
    await in_vain(house, cast)
    lead = await house.person(cast.lead)
    (listed,) = await lead.says("unanswered")
    assert "asked 2 times" in listed.text
    await lead.clicks("Attach 1 to an article")
    (done,) = await lead.fills(article="supplier-insolvency")
    assert "is found by these words" in done.text
    assert await house.app.renew_knowledge()
    (answer,) = await (await house.person(cast.member)).says(ASKED[0])
    assert "insolvent" in answer.text.casefold()
    (none_left,) = await lead.says("unanswered")
    assert "No question is waiting" in none_left.text


async def test_a_group_is_written_up_with_its_wordings(house: House, cast: Cast) -> None:
    if house.platform != "memory":
        return
    await in_vain(house, cast)
    lead = await house.person(cast.lead)
    await lead.says("unanswered")
    answer = await lead.clicks("Write answer 1")
    if answer:
        await lead.clicks("Write a new article")
    assert lead.form is not None
    assert lead.form.values["questions"].splitlines() == list(ASKED)


async def picked(house: House, cast: Cast) -> tuple[str, str, str]:
    """The manager asks in words of their own and picks what is offered; the words, the article's title and slug."""
    manager = await house.person(cast.manager)
    answerer = house.app.knowledge.services.answerer
    words = next(each for each in UNCERTAIN if answerer.answer(each).verdict is Verdict.CHOOSE)
    (offered,) = await manager.says(words)
    assert "Did you mean one of these?" in offered.text
    await manager.clicks(offered.buttons[0])
    title = offered.buttons[0]
    slug = next(each.slug for each in house.app.knowledge.services.library if each.title == title)
    return words, title, slug


async def test_a_wording_is_accepted_and_the_next_asker_gets_the_article(house: House, cast: Cast) -> None:
    lead, member = await house.person(cast.lead), await house.person(cast.member)
    words, title, slug = await picked(house, cast)
    (listed,) = await lead.says("suggested wordings")
    assert f"'{words}' as a way to ask for '{title}'" in listed.text
    (done,) = await lead.clicks("Accept 1")
    assert "the next person who asks so gets the article" in done.text
    (none_left,) = await lead.says("suggested wordings")
    assert "No wording is waiting" in none_left.text
    assert await house.app.renew_knowledge()
    article = house.app.knowledge.services.library.get(slug)
    assert article is not None
    (answer, *_) = await member.says(words)
    assert "Did you mean" not in answer.text
    assert title.casefold() in answer.text.casefold()


async def test_a_wording_is_rejected_and_asked_about_no_more(memory_house: House, cast: Cast) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    await picked(memory_house, cast)
    assert isinstance(manager, MemoryChat)
    forged = Clicked("learning.wording", {"question_id": 1, "accept": True})
    (refused,) = await manager.sends(forged, "a forged click")
    assert "Only the SRM lead" in refused.text
    await lead.says("suggested wordings")
    (done,) = await lead.clicks("Reject 1")
    assert "Rejected" in done.text
    (none_left,) = await lead.says("suggested wordings")
    assert "No wording is waiting" in none_left.text
    assert not await memory_house.app.renew_knowledge()


async def test_an_expert_judges_the_wordings_of_their_workstream_alone(
    memory_house: House, cast: Cast
) -> None:
    lead, expert = await memory_house.person(cast.lead), await memory_house.person(cast.other_manager)
    *_, slug = await picked(memory_house, cast)
    article = memory_house.app.knowledge.services.library.get(slug)
    assert article is not None
    own = article.about.workstream
    for name, workstream in (("Others", "knowledge" if own != "knowledge" else "governance"), ("Own", own)):
        await lead.says("expert teams")
        await lead.clicks("Add a team")
        await lead.fills(name=name, workstreams=WORKSTREAMS[workstream], people=cast.other_manager)
        (listed,) = await expert.says("suggested wordings")
        assert ("Accept 1" in listed.buttons) == (name == "Own")


async def test_what_was_missing_goes_to_the_owner_and_stands_in_the_list(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    await manager.says("our contractor has gone bust what now")
    await manager.clicks("No, this did not help")
    (thanked,) = await manager.fills(missing="Who pays the <staff>? Ring me on 01296 395000.")
    assert "without your name" in thanked.text
    told = (await lead.screen())[-1]
    assert "did not help somebody who had asked" in told.text
    assert "Who pays the <staff>?" in told.text
    assert told.buttons == ("Change article supplier-insolvency",)
    (listed,) = await lead.says("unanswered")
    assert "What was missing: Who pays the <staff>? Ring me on (number removed)." in listed.text


async def test_a_group_is_set_aside_and_nobody_else_sees_it(house: House, cast: Cast) -> None:
    if house.platform != "memory":
        return
    await in_vain(house, cast)
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    for words in ("unanswered", "suggested wordings"):
        (refused,) = await manager.says(words)
        assert "Only the SRM lead" in refused.text
    await lead.says("unanswered")
    await lead.clicks("Set 1 aside")
    (none_left,) = await lead.says("unanswered")
    assert "No question is waiting" in none_left.text


@given(st.lists(st.text("abc ", min_size=1), max_size=12))
def test_every_question_is_in_one_group_and_its_twin_beside_it(texts: list[str]) -> None:
    groups = clusters([Asked(number, text) for number, text in enumerate(texts)])
    assert sorted(each.id for group in groups for each in group) == list(range(len(texts)))
    for group in groups:
        for other in groups:
            assert group is other or group[0].text != other[0].text
