"""Market-intelligence requests: asked, accepted, answered, declined, withdrawn, and who sees which."""

from __future__ import annotations

from datetime import timedelta

from storage.people import Role
from tests.conftest import Cast, StandingClock
from tests.driver import House, add_memory_accounts

GARETH = "gareth.prosser@example.gov.uk"  # BSP Commercial
LEILA = "leila.haddad@example.gov.uk"  # BSP Commercial too
# The clock stands at Tuesday 24 November 2026, half past nine.
ASKED = {
    "market": "Home care <!channel>",
    "question": "Who else could *start* in April?",
    "needed_by": "8 December",
}


async def asked(house: House, email: str, **other: str) -> str:
    asker = await house.person(email)
    await asker.says("ask for market intelligence")
    (told,) = await asker.fills(**ASKED | other)
    return told.text


async def newest(house: House, email: str) -> str:
    await house.app.outbox.sweep()
    await house.app.outbox.idle()
    return (await (await house.person(email)).screen())[-1].text


async def meet(house: House, *emails: str) -> None:
    """These have a chat to be told in."""
    for email in emails:
        await (await house.person(email)).opens()


async def test_the_asker_is_told_of_each_step_of_a_request(house: House, cast: Cast) -> None:
    await meet(house, GARETH, LEILA)
    told = await asked(house, cast.manager)
    assert "Sent to Gareth Prosser and Leila Haddad as intelligence request 1" in told
    for email in (GARETH, LEILA):
        notice = await newest(house, email)
        assert "asks for market intelligence: intelligence request 1" in notice
        assert "Home care <!channel>" in notice
        assert "Who else could *start* in April?" in notice
        assert "Needed by 8 December 2026" in notice
    gareth, leila = await house.person(GARETH), await house.person(LEILA)
    await gareth.clicks("Accept intelligence request 1")
    assert "Gareth Prosser has accepted intelligence request 1" in await newest(house, cast.manager)
    (late,) = await leila.says("accept intelligence request 1")
    assert "is already accepted by Gareth Prosser. Nothing was changed" in late.text
    await leila.says("answer intelligence request 1")
    await leila.fills(outcome="Three providers could: <https://example.org|see> the list.")
    answer = await newest(house, cast.manager)
    assert "Leila Haddad has answered intelligence request 1" in answer
    assert "Three providers could" in answer
    assert "Leila Haddad has answered intelligence request 1" in await newest(house, GARETH)
    (listed,) = await (await house.person(cast.manager)).says("my intelligence requests")
    assert "0 open" in listed.text
    assert "Answered by Leila Haddad" in listed.text


async def test_a_declined_request_comes_back_with_the_reason(memory_house: House, cast: Cast) -> None:
    await add_memory_accounts(memory_house.app)
    await asked(memory_house, cast.manager)
    gareth = await memory_house.person(GARETH)
    await memory_house.app.outbox.sweep()
    await memory_house.app.outbox.idle()
    await gareth.clicks("Decline intelligence request 1")
    await gareth.fills(outcome="This is a provider assessment. Your commissioners make it.")
    told = await newest(memory_house, cast.manager)
    assert "Gareth Prosser has declined intelligence request 1" in told
    assert "Your commissioners make it" in told
    (again,) = await gareth.says("answer intelligence request 1")
    assert "is already declined by Gareth Prosser" in again.text


async def test_only_the_asker_withdraws_and_whoever_works_on_it_is_told(
    memory_house: House, cast: Cast
) -> None:
    await add_memory_accounts(memory_house.app)
    await asked(memory_house, cast.manager)
    gareth, asker = await memory_house.person(GARETH), await memory_house.person(cast.manager)
    (refused,) = await gareth.says("withdraw intelligence request 1")
    assert "Only the person who asked can withdraw it" in refused.text
    await gareth.says("accept intelligence request 1")
    await newest(memory_house, LEILA)
    seen = len(await (await memory_house.person(LEILA)).screen())
    (told,) = await asker.says("withdraw intelligence request 1")
    assert "is withdrawn" in told.text
    assert "has withdrawn intelligence request 1" in await newest(memory_house, GARETH)
    assert len(await (await memory_house.person(LEILA)).screen()) == seen
    (over,) = await asker.says("withdraw intelligence request 1")
    assert "is already withdrawn. Nothing was changed" in over.text
    (closed,) = await gareth.says("answer intelligence request 1")
    assert "is already withdrawn" in closed.text
    async with memory_house.app.database.reading() as store:
        rows = [each for each in await store.audit.latest() if each.subject == "intelligence:1"]
    assert [each.act for each in reversed(rows)] == [
        f"market intelligence {each}" for each in ("asked", "accepted", "withdrawn")
    ]


async def test_an_answer_to_what_was_withdrawn_meanwhile_is_not_taken(
    memory_house: House, cast: Cast
) -> None:
    await asked(memory_house, cast.manager)
    gareth, asker = await memory_house.person(GARETH), await memory_house.person(cast.manager)
    await gareth.says("answer intelligence request 1")
    await asker.says("withdraw intelligence request 1")
    (told,) = await gareth.fills(outcome="Three providers could.")
    assert "is already withdrawn. Nothing was changed" in told.text


async def test_nobody_else_learns_of_a_request(memory_house: House, cast: Cast) -> None:
    await asked(memory_house, cast.manager)
    other, lead = await memory_house.person(cast.other_manager), await memory_house.person(cast.lead)
    for act in ("show", "accept", "answer", "decline", "withdraw"):
        (here,) = await other.says(f"{act} intelligence request 1")
        (nowhere,) = await other.says(f"{act} intelligence request 99")
        assert here.text == nowhere.text
    (all_of_them,) = await other.says("intelligence requests")
    assert "Home care" not in all_of_them.text
    (own,) = await other.says("my intelligence requests")
    assert "none so far" in own.text
    (seen,) = await lead.says("show intelligence request 1")
    assert "Home care" in seen.text
    (refused,) = await lead.says("accept intelligence request 1")
    assert "Only BSP Commercial can do this" in refused.text
    (stranger,) = await memory_house.stranger().says("ask for market intelligence")
    assert "can't find you in the council's directory" in stranger.text


async def test_the_list_has_the_open_ones_first_and_names_the_late_ones(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await asked(memory_house, cast.manager, market="Roads", needed_by="15 January")
    await asked(memory_house, cast.other_manager, market="Catering")
    await asked(memory_house, cast.other_manager, market="Waste", needed_by="25 November")
    await (await memory_house.person(cast.other_manager)).says("withdraw intelligence request 3")
    clock.forward(timedelta(days=15))
    for email in (GARETH, cast.lead):
        (listed,) = await (await memory_house.person(email)).says("intelligence requests")
        assert "2 open, 1 late" in listed.text
        assert "Needed by 8 December 2026, 1 day late" in listed.text
        assert "Needed by 15 January 2027." in listed.text
        places = [listed.text.index(each) for each in ("Catering", "Roads", "Waste")]
        assert places == sorted(places)


async def test_a_request_is_about_a_contract_that_the_asker_may_see(memory_house: House, cast: Cast) -> None:
    async with memory_house.app.database.reading() as store:
        own, foreign = [
            (await store.contracts.managed_by(person.id))[0].reference
            for person in [await store.people.by_email(each) for each in (cast.manager, cast.other_manager)]
            if person is not None
        ]
    asker = await memory_house.person(cast.manager)
    (refused,) = await asker.says(f"ask for market intelligence about {foreign}")
    assert f"can't find a contract {foreign}" in refused.text
    await asker.says(f"ask for market intelligence about {own}")
    assert asker.form is not None
    await asker.fills(question="Who else could do it?", needed_by="8 December")
    (listed,) = await asker.says("my intelligence requests")
    assert own in listed.text


async def test_what_can_not_be_asked_says_what_to_do(memory_house: House, cast: Cast) -> None:
    asker = await memory_house.person(cast.manager)
    await asker.says("ask for market intelligence")
    await asker.fills(**ASKED | {"market": ""})
    assert asker.form is not None
    assert "Name a contract, a market, or both" in asker.form.errors["market"]
    await asker.fills(**ASKED | {"needed_by": "2026-11-23"})
    assert "still to come" in asker.form.errors["needed_by"]


async def test_the_srm_lead_takes_requests_while_bsp_commercial_is_vacant(
    memory_house: House, cast: Cast
) -> None:
    async with memory_house.app.database.store() as store:
        vacant = {each.id: [Role.OD] for each in await store.people.holding(Role.BSP_COMMERCIAL)}
        await store.people.replace_roles(vacant)
    assert "Helen Marlowe" in await asked(memory_house, cast.manager)
    lead = await memory_house.person(cast.lead)
    (taken,) = await lead.says("accept intelligence request 1")
    assert "You have accepted intelligence request 1" in taken.text


async def test_a_request_waits_for_the_end_of_quiet_hours(
    memory_house: House, cast: Cast, clock: StandingClock
) -> None:
    await add_memory_accounts(memory_house.app)
    gareth = await memory_house.person(GARETH)
    clock.forward(timedelta(hours=12))
    await asked(memory_house, cast.manager)
    await memory_house.app.outbox.sweep()
    await memory_house.app.outbox.idle()
    assert await gareth.screen() == []
    clock.forward(timedelta(hours=11))
    assert "asks for market intelligence" in await newest(memory_house, GARETH)
