"""What people asked in vain is grouped, answered, attached or set aside, and the next asker gets it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.clusters import Asked, clusters
from tests.conftest import Cast
from tests.driver import House

ASKED = ("who feeds the zebra at the depot", "Who feeds the depot's zebra?")


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
