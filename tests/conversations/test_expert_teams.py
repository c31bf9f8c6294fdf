"""Questions go to the teams of their workstream, are claimed, passed on, bumped and measured."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from handlers.conversation.turn import Clicked, Said
from handlers.experts.policy import Policy
from handlers.experts.working_time import working_hours
from scheduler.clock import MovedClock
from scheduler.experts import Move, due, send_round_again
from storage.addresses import Address
from storage.database import Database
from storage.experts import ExpertRequest, ExpertState
from tests.conftest import NOW, Cast, StandingClock
from tests.driver import House, MemoryChat, MemoryGateway, add_memory_accounts

LONDON = ZoneInfo("Europe/London")
BUST = "our contractor has gone bust what now"


async def team(house: House, cast: Cast, *members: str) -> None:
    """The lead makes a team for supply risk."""
    lead = await house.person(cast.lead)
    await lead.says("expert teams")
    await lead.clicks("Add a team")
    (kept,) = await lead.fills(name="Risk", workstreams="Supply risk", people="\n".join(members))
    assert "Risk answers for Supply risk" in kept.text


async def asked(house: House, cast: Cast) -> None:
    """The manager asks an expert after an answer on supply risk."""
    manager = await house.person(cast.manager)
    await manager.says("who holds the bond on this contract")
    await manager.says(BUST)
    await manager.clicks("No, this did not help")
    await manager.fills(missing="Who pays the staff?")
    await manager.clicks("Ask an expert")
    await manager.fills(context="It is the day centre.")


async def test_it_goes_to_the_team_with_its_context_and_not_to_the_lead(house: House, cast: Cast) -> None:
    await team(house, cast, cast.other_manager, cast.member)
    await asked(house, cast)
    for email in (cast.other_manager, cast.member):
        arrived = (await (await house.person(email)).screen())[-1]
        for words in (BUST, "Supply risk", "Who pays the staff?", "who holds the bond", "day centre"):
            assert words in arrived.text
        assert "Claim request 1" in arrived.buttons
    for told in await (await house.person(cast.lead)).screen():
        assert "asks an expert" not in told.text
    sent = (await (await house.person(cast.manager)).screen())[-1]
    assert "as request 1" in sent.text
    assert "usually get an answer within 2 working days" in sent.text


async def test_the_asker_sees_each_step(house: House, cast: Cast) -> None:
    await team(house, cast, cast.other_manager, cast.member)
    await asked(house, cast)
    manager, expert = await house.person(cast.manager), await house.person(cast.other_manager)
    member = await house.person(cast.member)
    await expert.clicks("Claim request 1")
    assert "has taken your request 1" in (await manager.screen())[-1].text
    (told,) = await member.clicks("Claim request 1")
    assert "has taken request 1. Nothing was changed" in told.text
    await manager.clicks("Add to request 1")
    await manager.fills(words="They stopped trading on Monday.")
    assert "They stopped trading on Monday." in (await expert.screen())[-1].text
    await expert.says("pass on request 1")
    await expert.fills(person=cast.member)
    assert "is with" in (await manager.screen())[-1].text
    assert "asks you to answer it" in (await member.screen())[-1].text
    await member.clicks("Answer request 1")
    await member.fills(answer="The administrator does.")
    assert "The administrator does." in (await manager.screen())[-1].text
    await manager.clicks("Reopen request 1")
    await manager.fills(words="And if there is none?")
    assert "And if there is none?" in (await member.screen())[-1].text
    await member.clicks("Answer request 1")
    await member.fills(answer="Then the council steps in.")
    await manager.clicks("Close request 1")
    (listed, _) = await manager.says("my requests")
    assert "Request 1, closed" in listed.text
    (shown,) = await manager.says("show request 1")
    for words in ("took it", "passed it on", "reopened it: And if there is none?", "closed it"):
        assert words in shown.text


async def test_the_asker_withdraws_and_the_holder_is_told(house: House, cast: Cast) -> None:
    await team(house, cast, cast.other_manager)
    await asked(house, cast)
    manager, expert = await house.person(cast.manager), await house.person(cast.other_manager)
    await expert.clicks("Claim request 1")
    await manager.clicks("Withdraw request 1")
    assert "was withdrawn" in (await expert.screen())[-1].text
    (late,) = await expert.says("answer request 1")
    assert "is withdrawn. Nothing was changed" in late.text


async def test_only_those_it_went_to_read_it(house: House, cast: Cast) -> None:
    await team(house, cast, cast.member)
    await asked(house, cast)
    stranger = await house.person(cast.other_manager)
    for words in ("show request 1", "answer request 1", "claim request 1", "withdraw request 1", "request 9"):
        (refused,) = await stranger.says(words)
        assert "Only those whom the question went to" in refused.text
        assert BUST not in refused.text
    (shown,) = await (await house.person(cast.lead)).says("show request 1")
    assert BUST in shown.text
    for words in ("expert teams", "expert settings", "expert report", "use this channel for the community"):
        (refused,) = await stranger.says(words)
        assert "Only the SRM lead" in refused.text


async def test_without_a_team_it_is_posted_in_the_communitys_channel(
    house: House, cast: Cast, gateway: MemoryGateway
) -> None:
    if house.platform != "memory":
        return
    lead, expert = await house.person(cast.lead), await house.person(cast.other_manager)
    assert isinstance(lead, MemoryChat)
    assert isinstance(expert, MemoryChat)
    channel = Address("memory", "test", "cop", "77")
    (direct,) = await lead.says("use this channel for the community")
    assert "Say this in the channel" in direct.text
    await lead.sends(
        Said("use this channel for the community", mentioned=True), "ch", direct=False, address=channel
    )
    await asked(house, cast)
    (_, posted) = gateway.sent["cop"]
    assert BUST in posted.summary
    assert "who holds the bond" not in str(posted)
    claim = Clicked("experts.request", {"request_id": 1, "act": "claim"})
    await expert.sends(claim, "elsewhere")
    assert "Only those whom" in (await expert.screen())[-1].text
    await expert.sends(claim, "there", direct=False, address=channel)
    async with house.app.database.reading() as store:
        (request,) = await store.experts.in_state(ExpertState.CLAIMED)
    assert request.channel == "memory|test|cop|"


async def test_an_unclaimed_one_is_sent_round_again_and_then_goes_to_the_lead(
    house: House, cast: Cast, clock: StandingClock
) -> None:
    await team(house, cast, cast.member)
    await asked(house, cast)
    member, lead = await house.person(cast.member), await house.person(cast.lead)
    database = house.app.database

    async def working_day_later(days: int) -> int:
        clock.moment = NOW + timedelta(days=days)
        moved = await send_round_again(database, clock.moment, LONDON)
        await house.app.outbox.sweep()
        return moved

    assert await working_day_later(0) == 0
    for days in (1, 2):
        assert await working_day_later(days) == 1
        assert await working_day_later(days) == 0
        assert "nobody has taken it yet" in (await member.screen())[-1].text
    assert await working_day_later(3) == 1
    assert "it comes to you" in (await lead.screen())[-1].text
    assert "it has gone to" in (await (await house.person(cast.manager)).screen())[-1].text
    assert await working_day_later(9) == 0


async def test_the_report_measures_the_target(house: House, cast: Cast, clock: StandingClock) -> None:
    await team(house, cast, cast.member)
    await asked(house, cast)
    member, lead = await house.person(cast.member), await house.person(cast.lead)
    clock.forward(timedelta(days=1))
    await member.clicks("Answer request 1")
    await member.fills(answer="The administrator does.")
    (report,) = await lead.says("expert report")
    assert "Supply risk" in report.text
    assert "1 of 1" in report.text
    await lead.says("expert settings")
    (saved,) = await lead.fills(target_days="1", bump_hours="4", bumps="0")
    assert "within 1 working day." in saved.text
    clock.forward(timedelta(minutes=1))
    (report,) = await lead.says("expert report")
    assert "1.0" in report.text


async def test_a_team_of_nobody_known_is_not_kept(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await lead.says("expert teams")
    await lead.clicks("Add a team")
    await lead.fills(name="Risk", workstreams="Supply risk", people="Nobody Whatever")
    assert lead.form is not None
    assert "Nobody Whatever" in lead.form.errors["people"]


async def test_two_claims_at_once_have_one_winner(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, cast_of: tuple[str, ...]
) -> None:
    gateway = MemoryGateway()
    app = await assemble(Settings(), database, knowledge, MovedClock(clock), gateways=(gateway,))
    await add_memory_accounts(app)
    async with database.store() as store:
        people = [await store.people.by_email(each) for each in cast_of]
        asker, first, second = (each for each in people if each is not None)
        await store.experts.add(
            ExpertRequest(
                asked_at=NOW, asker_id=asker.id, question="Who pays?", sent_to=[first.id, second.id]
            )
        )
    claim = Clicked("experts.request", {"request_id": 1, "act": "claim"})
    chats = [MemoryChat(app, gateway, each) for each in (first, second)]
    said = await asyncio.gather(*(each.sends(claim, f"claim-{each.user}") for each in chats))
    texts = sorted(each[-1].text for each in said)
    assert sum("it is yours now" in each for each in texts) == 1
    assert sum("has taken request 1" in each for each in texts) == 1
    await app.outbox.idle()
    told = [str(each) for each in gateway.sent[asker.email]]
    assert sum("has taken your request 1" in each for each in told) == 1


@pytest.fixture
def cast_of() -> tuple[str, ...]:
    return ("priya.nair@example.gov.uk", "helen.marlowe@example.gov.uk", "kwame.asante@example.gov.uk")


def moments() -> st.SearchStrategy[datetime]:
    return st.timedeltas(timedelta(), timedelta(days=700)).map(lambda each: NOW + each)


@given(moments(), moments(), moments())
def test_working_hours_add_up(one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    whole = working_hours(first, last, LONDON)
    parts = working_hours(first, middle, LONDON) + working_hours(middle, last, LONDON)
    assert abs(whole - parts) < 1e-6
    assert 0 <= whole <= (last - first).total_seconds() / 3600 + 1e-6


@given(moments(), st.integers(0, 3), st.sampled_from(list(ExpertState)))
def test_nothing_is_due_for_what_does_not_wait(now: datetime, bumps: int, state: ExpertState) -> None:
    request = ExpertRequest(asked_at=datetime(2026, 1, 1, tzinfo=UTC), asker_id=1, question="?")
    request.state, request.bumps = state, bumps
    move = due(request, Policy(bumps=2), now, LONDON)
    if state is not ExpertState.OPEN or now.astimezone(LONDON).weekday() > 4:
        assert move is Move.NOTHING
    if move is Move.TO_LEAD:
        assert bumps >= 2
