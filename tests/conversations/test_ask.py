"""A question, from the person's screen to the records and back."""

from __future__ import annotations

import pytest

from bot.app import App
from handlers.conversation.turn import Clicked, Said
from knowledge.answer import Verdict
from tests.conftest import Cast
from tests.driver import Chat, House, MemoryChat, MemoryGateway, Shown, add_memory_accounts

BUST = "our contractor has gone bust what now"


async def test_a_question_gets_the_article_with_its_source(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says(BUST)
    assert "If a supplier becomes insolvent".casefold() in answer.text.casefold()
    assert "Do this now:" in answer.text
    assert "What to do".casefold() in answer.text.casefold()
    assert "Source: Central Government Guidance on Corporate Financial Distress" in answer.text
    assert "Owner: SRM lead. Last reviewed: 23 November 2026." in answer.text
    assert "Take advice from Legal and Finance" in answer.text
    assert "Monitoring a supplier's financial health" in answer.buttons
    assert "Ask an expert" in answer.buttons


async def test_the_question_and_the_delivery_are_on_record(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    await manager.says(BUST)
    async with house.app.database.reading() as store:
        person = await store.people.by_email(cast.manager)
        (question,) = await store.questions.latest()
        assert person is not None
        assert question.text == BUST
        assert question.person_id == person.id
        assert question.article == "supplier-insolvency"
        assert question.verdict == Verdict.ANSWER
        assert 0.5 < question.confidence <= 1
        assert question.trace["candidates"]
        counts = await store.deliveries.counts()
    assert counts["sent"] >= 1
    assert set(counts) == {"sent"}


async def test_a_follow_up_button_shows_its_article_and_the_rest_can_be_read(
    house: House, cast: Cast
) -> None:
    manager = await house.person(cast.manager)
    await manager.says(BUST)
    (related,) = await manager.clicks("Monitoring a supplier's financial health")
    assert "Monitoring a supplier's financial health".casefold() in related.text.casefold()
    (whole,) = await manager.clicks("Read the rest")
    assert "Who to ask".casefold() in whole.text.casefold()


async def test_a_button_can_be_typed_by_label_and_by_number(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says(BUST)
    (whole,) = await manager.says("read the rest")
    assert "Who to ask".casefold() in whole.text.casefold()
    await manager.says(BUST)
    number = answer.buttons.index("Monitoring a supplier's financial health") + 1
    (related,) = await manager.says(str(number))
    assert "Monitoring a supplier's financial health".casefold() in related.text.casefold()


async def test_feedback_is_kept_and_can_be_changed(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    await manager.says(BUST)
    (thanks,) = await manager.clicks("Yes, this helped")
    assert "Thank you" in thanks.text
    await manager.clicks("No, this did not help")
    assert manager.form is not None
    assert manager.form.title == "What was missing?"
    await manager.fills(missing="Who pays the staff?")
    async with house.app.database.reading() as store:
        (question,) = await store.questions.latest()
        (feedback,) = await store.questions.feedback(question.id)
    assert not feedback.helpful
    assert feedback.comment == "Who pays the staff?"
    assert feedback.article == "supplier-insolvency"


async def test_nobody_rates_another_persons_answer(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    other = await house.person(cast.other_manager)
    await manager.says(BUST)
    await other.says(BUST)
    async with house.app.database.reading() as store:
        newest, first = await store.questions.latest()
    assert first.person_id != newest.person_id
    if house.platform == "memory":
        assert isinstance(other, MemoryChat)
        rate = Clicked(
            "feedback.rate", {"question_id": first.id, "slug": "supplier-insolvency", "helpful": True}
        )
        (refused,) = await other.sends(rate, "forged-rating")
        assert "Only the person who asked" in refused.text
    async with house.app.database.reading() as store:
        assert not await store.questions.feedback(first.id)


async def test_a_question_about_nothing_is_refused_and_offered_an_expert(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says("zebra migration patterns in winter")
    assert "I do not have an answer to that" in answer.text
    assert answer.buttons == ("Ask an expert", "What can you do?")


async def test_a_neighbouring_subject_is_named_with_its_right_place(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says("my laptop screen is broken and will not turn on")
    assert "I do not have an answer to that" in answer.text
    assert "IT" in answer.text


async def test_an_unclear_question_is_asked_back_and_the_choice_kept(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    answer = await _asked_back(manager)
    assert 3 <= len(answer.buttons) <= 4
    assert answer.buttons[-1] == "Ask an expert"
    (chosen,) = await manager.says("2")
    assert answer.buttons[1].casefold() in chosen.text.casefold()
    async with house.app.database.reading() as store:
        question = (await store.questions.latest())[0]
    assert question.verdict == Verdict.CHOOSE
    assert question.chosen_later == question.choices[1]


async def _asked_back(manager: Chat) -> Shown:
    for text in ("scorecard", "review", "reporting", "risk", "contract change", "board"):
        (answer,) = await manager.says(text)
        if "Did you mean" in answer.text:
            return answer
    raise AssertionError("none of these single words was unclear")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "did not get a question"),
        ("   \n ", "did not get a question"),
        ("\x00", "did not get a question"),
        ("x" * 40_000, "40,000 characters"),
    ],
)
async def test_what_is_no_question_is_told_so(house: House, cast: Cast, typed: str, expected: str) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says(typed)
    assert expected in answer.text


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script> our contractor has gone bust",
        "<!channel> *bold* _x_ `code` our contractor has gone bust",
        "[x](javascript:alert(1)) our contractor has gone bust &lt;b&gt;",
        "our contractor has gone bust \x00 what now",
        "our contractor has gone bust 😀😀 what now",
        "\u202eour contractor has gone bust\u202c what now",
        "مقاولنا أفلس",
        "{{ 7*7 }} {% raw %} our contractor has gone bust",
    ],
)
async def test_markup_and_odd_characters_stay_text(house: House, cast: Cast, typed: str) -> None:
    manager = await house.person(cast.manager)
    (answer,) = await manager.says(typed)
    assert answer.text
    assert "reference" not in answer.text
    async with house.app.database.reading() as store:
        (question,) = await store.questions.latest()
    assert "\x00" not in question.text


async def test_a_repeated_event_changes_nothing(app: App, gateway: MemoryGateway, cast: Cast) -> None:
    await add_memory_accounts(app)
    async with app.database.reading() as store:
        person = await store.people.by_email(cast.manager)
    manager = MemoryChat(app, gateway, person)
    assert len(await manager.sends(Said(BUST), "same-event")) == 1
    assert await manager.sends(Said(BUST), "same-event") == []
    async with app.database.reading() as store:
        assert await store.questions.count() == 1
