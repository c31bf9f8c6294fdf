"""One assessment: begun in Slack, interrupted, gone on with in Teams after a restart, changed, and sent once."""

from __future__ import annotations

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from scheduler.clock import MovedClock
from storage.database import Database
from tests.conftest import StandingClock
from tests.conversations.assessing import PRIYA, answer_all, answers, asked_in, holder, kept
from tests.driver import Chat, ChatOf, MemoryGateway
from tests.platforms.chats import SlackSide, TeamsSide
from tests.servers.slack import SlackServer
from tests.servers.teams import teams_server

REFERENCE = "CMA-2031"


async def test_interrupted_resumed_on_the_other_platform_after_a_restart_and_sent_once(
    sqlite_database: Database, knowledge: KnowledgeBase, clock: StandingClock, gateway: MemoryGateway
) -> None:
    async def started(*sides: SlackSide | TeamsSide) -> App:
        gateways = (gateway, *(each for side in sides for each in side.gateways))
        return await assemble(Settings(), sqlite_database, knowledge, MovedClock(clock), gateways=gateways)

    async with SlackServer() as slack, teams_server() as teams:
        side = SlackSide(slack)
        app = await started(side)
        async with side.open(app) as in_slack:
            asked_in_slack = await begun_and_interrupted(await of(app, in_slack, PRIYA))
            await app.outbox.idle()
        sides = SlackSide(slack), TeamsSide(teams)
        app = await started(*sides)
        async with sides[0].open(app) as in_slack, sides[1].open(app) as in_teams:
            there = await of(app, in_teams, PRIYA)
            asked_in_teams = await gone_on_with(there)
            (told,) = (await (await of(app, in_slack, PRIYA)).clicks("Back"))[-1:]
            assert "was sent already. It was not sent a second time." in told.text
            (told,) = (await there.clicks("Submit"))[-1:]
            assert "was sent already" in told.text
            member = await of(app, in_slack, await holder(app, REFERENCE))
            assert sum("FU-RISK" in each.text for each in await member.screen()) == 1
            await app.outbox.idle()
    asked = asked_in_slack + asked_in_teams
    assert len(asked) == len(set(asked)) == 14
    (assessment,), (follow_up,) = await kept(app, REFERENCE)
    assert assessment.answers["q02"] == "1"
    assert assessment.answers["q03"] == "2"
    assert assessment.context["high_risk"] == "no"
    assert (assessment.total, assessment.possible, follow_up.rule) == (30, 33, "FU-RISK")


async def of(app: App, chats: ChatOf, email: str) -> Chat:
    async with app.database.reading() as store:
        person = await store.people.by_email(email)
    assert person is not None
    return chats(person)


async def begun_and_interrupted(here: Chat) -> list[str]:
    """Five questions answered by button, by number and by words, with another question in the middle."""
    (shown,) = await here.says(f"assess {REFERENCE}")
    asked = []
    for said in ("Yes, Gold", "No", "Yes"):
        asked.append(asked_in(shown))
        (shown,) = await here.clicks(said)
    asked.append(asked_in(shown))
    (shown,) = await here.says("3")
    answer, *_, again = await here.says("our contractor has gone bust what now")
    assert "insolven" in answer.text
    assert again.text == shown.text
    asked.append(asked_in(again))
    await here.says("there is a list, but it is old, or nobody owns the actions")
    return asked


async def gone_on_with(there: Chat) -> list[str]:
    """The rest answered, one of the answers changed in the summary, and sent."""
    (listed,) = await there.says("my forms")
    assert f"Assess {REFERENCE}: 5 of 14 questions answered" in listed.text
    (shown,) = await there.clicks("Resume")
    summary, asked = await answer_all(there, shown, answers(q03="0"))
    assert "Nothing is sent yet" in summary.text
    (question,) = await there.clicks("Change 6")
    assert "Your answer now: Not in place" in question.text
    await there.clicks("In place and used")
    (result,) = (await there.clicks("Submit"))[-1:]
    assert "Total 30 of 33" in result.text
    assert "FU-RISK" in result.text
    return asked
