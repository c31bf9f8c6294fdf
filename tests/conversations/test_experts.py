"""A question goes to a person, and the answer comes back."""

from __future__ import annotations

from datetime import timedelta

from storage.experts import ExpertState
from tests.conftest import Cast
from tests.driver import House


async def test_a_question_reaches_the_lead_and_the_answer_comes_back(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    lead = await house.person(cast.lead)
    await manager.says("zebra migration patterns in winter")
    await manager.clicks("Ask an expert")
    assert manager.form is not None
    assert manager.form.values["question"] == "zebra migration patterns in winter"
    (sent,) = await manager.fills(context="It is for the zoo contract")
    assert "as request 1" in sent.text

    arrived = (await lead.screen())[-1]
    assert "zebra migration patterns in winter" in arrived.text
    assert "It is for the zoo contract" in arrived.text
    await lead.clicks("Answer request 1")
    (done,) = await lead.fills(answer="Ask the zoo's <b>keeper</b>.")
    assert "Request 1 is answered" in done.text

    answered = (await manager.screen())[-1]
    assert "has answered your question" in answered.text
    assert "Ask the zoo's <b>keeper</b>." in answered.text


async def test_an_empty_form_stays_open_with_its_error(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    await manager.says("ask an expert")
    assert manager.form is not None
    assert manager.form.values["question"] == ""
    await manager.fills(question=" ", context="kept")
    assert manager.form is not None
    assert manager.form.errors == {"question": "Enter your question"}
    assert manager.form.values["context"] == "kept"
    async with house.app.database.reading() as store:
        assert not await store.experts.in_state(ExpertState.OPEN)


async def test_a_second_answer_is_refused(house: House, cast: Cast) -> None:
    manager, lead = await house.person(cast.manager), await house.person(cast.lead)
    deputy = await house.person(cast.deputy)
    await manager.says("ask an expert")
    await manager.fills(question="Who keeps the bond?")
    (waiting,) = await deputy.says("expert questions")
    assert "Who keeps the bond?" in waiting.text
    await deputy.clicks("Answer request 1")
    await lead.clicks("Answer request 1")
    await lead.fills(answer="Finance does.")
    (refused,) = await deputy.fills(answer="Legal does.")
    assert "was answered by" in refused.text
    (none_left,) = await deputy.says("expert questions")
    assert "No question is waiting" in none_left.text


async def test_a_contract_manager_cannot_answer_for_the_lead(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (refused,) = await manager.says("expert questions")
    assert "Only the experts, the SRM lead and the deputy" in refused.text


async def test_the_deputy_gets_it_while_the_lead_is_away(house: House, cast: Cast) -> None:
    async with house.app.database.store() as store:
        lead = await store.people.by_email(cast.lead)
        assert lead is not None
        lead.leave_from = house.app.clock.now().date() - timedelta(days=1)
    manager, deputy = await house.person(cast.manager), await house.person(cast.deputy)
    await manager.says("ask an expert")
    await manager.fills(question="Who keeps the bond?")
    assert "Who keeps the bond?" in (await deputy.screen())[-1].text


async def test_a_vacant_post_is_said_and_the_request_kept(house: House, cast: Cast) -> None:
    async with house.app.database.store() as store:
        for email in (cast.lead, cast.deputy):
            person = await store.people.by_email(email)
            assert person is not None
            person.active = False
    manager = await house.person(cast.manager)
    await manager.says("ask an expert")
    (told,) = await manager.fills(question="Who keeps the bond?")
    assert "nobody holds the SRM lead or deputy role" in told.text
    async with house.app.database.reading() as store:
        assert len(await store.experts.in_state(ExpertState.OPEN)) == 1


async def test_a_stranger_may_ask_but_not_send_on(house: House) -> None:
    if house.platform != "memory":
        return
    stranger = house.stranger()
    (answer,) = await stranger.says("our contractor has gone bust what now")
    assert "insolven" in answer.text
    (told,) = await stranger.clicks("Ask an expert")
    assert "can't find you in the council's directory" in told.text
