"""A form with a question of every kind: question by question and as a dialog, and when it can't be taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.app import App
from handlers.conversation.acts import Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind, Option, When
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.database import Store
from tests.conftest import Cast, StandingClock
from tests.driver import House, MemoryChat, MemoryGateway, add_memory_accounts

EVERY = FormAction("test.every", NoParams)
LEVELS = (Option("0", "Absent", "Nothing is there"), Option("1", "Partly", "Some is there"))
TOPICS = (Option("risk", "Risk"), Option("cost", "Cost"), Option("user", "Users"))
QUESTIONS = (
    Field("late", "Was it late", Kind.YES_NO),
    Field("why", "Why it was late", Kind.LONG_TEXT, when=(When("late", ("yes",)),)),
    Field("plan", "Plan", Kind.SCALE, options=LEVELS, not_sure=True),
    Field("tier", "Tier", Kind.ONE_OF, options=(Option("g", "Gold"), Option("s", "Silver"))),
    Field("topics", "Topics", Kind.SEVERAL_OF, options=TOPICS),
    Field("people", "People", Kind.NUMBER, least=1, most=50),
    Field("cost", "Cost", Kind.MONEY),
    Field("day", "Day", Kind.DATE),
    Field("month", "Month", Kind.MONTH),
    Field("who", "Who", Kind.PERSON),
    Field("contract", "Contract", Kind.CONTRACT, required=False),
    Field("article", "Article", Kind.ARTICLE, required=False),
    Field("title", "Title"),
)


class Demo:
    """A handler with the form, which can be closed to everybody."""

    def __init__(self, router: Router) -> None:
        self.closed = False
        self.kept: list[dict[str, str]] = []
        router.on_command(Command("every", "every", "Every kind", (r"every",)), self._begin)
        router.on_command(
            Command("all", "all", "Every kind, as a dialog", (r"every as a dialog",)), self._open
        )
        router.on_form(EVERY, self._keep, self._build)

    async def _build(self, _turn: Turn, _store: Store, params: NoParams) -> Form | Reply:
        if self.closed:
            return reply(say("You may not record this any more."))
        return Form(EVERY.name, "Every kind", QUESTIONS, params=EVERY.carried(params), steps=True)

    async def _begin(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        form = await self._build(turn, store, NoParams())
        return form if isinstance(form, Reply) else Reply(form=form)

    async def _open(self, _turn: Turn, _store: Store, _args: Mapping[str, str]) -> Reply:
        return Reply(form=Form(EVERY.name, "Every kind", QUESTIONS))

    async def _keep(self, _turn: Turn, _store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
        self.kept.append({name: value for name, value in values.items() if value})
        return reply(say("It is kept."))


def expected(cast: Cast) -> dict[str, str]:
    return {
        "late": "no",
        "plan": "1",
        "tier": "s",
        "topics": "risk,user",
        "people": "12",
        "cost": "2500",
        "day": "2026-12-04",
        "month": "2027-03",
        "who": cast.manager,
        "contract": "CMA-2565",
        "article": "contract-risk-register",
        "title": "A title",
    }


async def test_every_kind_question_by_question(house: House, cast: Cast) -> None:
    demo = Demo(house.app.router)
    manager = await house.person(cast.manager)
    await manager.says("every")
    await manager.says("no")
    (asked,) = await manager.says("1")
    assert "Tier" in asked.text, "level 1 is typed as it is shown, not as the second of the list"
    for text in ("2", "1, 3", "12", "£2.5k", "next Friday", "March 2027", "me", "Listening Post"):
        (asked,) = await manager.says(text)
    await manager.says("keeping a contract risk register")
    (summary,) = await manager.says("A title")
    assert "Risk, Users" in summary.text
    assert "£2,500" in summary.text
    assert "CMA-2565 Return home interviews" in summary.text
    assert "Keeping a contract risk register" in summary.text
    assert cast.manager not in summary.text, "people are named as people name them"
    (told,) = await manager.says("yes")
    assert "To send it, type 'send'" in told.text
    assert demo.kept == []
    await manager.says("send")
    assert demo.kept == [expected(cast)]


async def test_every_kind_as_a_dialog(house: House, cast: Cast) -> None:
    demo = Demo(house.app.router)
    manager = await house.person(cast.manager)
    await manager.says("every as a dialog")
    assert manager.form is not None
    assert set(manager.form.values) == {each.name for each in QUESTIONS}
    filled = expected(cast) | {"why": "A reason that does not count"}
    shown = await manager.fills(**(filled | {"who": "nobody of that name"}))
    assert manager.form is not None, shown
    assert "who" in manager.form.errors
    assert manager.form.values["topics"] == "risk,user"
    assert manager.form.values["plan"] == "1"
    await manager.fills(**filled)
    assert demo.kept == [expected(cast)]


async def test_a_dialog_can_be_answered_question_by_question_instead(house: House, cast: Cast) -> None:
    Demo(house.app.router)
    manager = await house.person(cast.manager)
    await manager.says("every as a dialog")
    (asked,) = await manager.says("answer here")
    assert "Question 1 of" in asked.text
    (asked,) = await manager.says("no")
    assert "Question 2 of" in asked.text


async def test_what_a_dialog_begins_with_can_be_kept(app: App, gateway: MemoryGateway, cast: Cast) -> None:
    await add_memory_accounts(app)
    async with app.database.reading() as store:
        chat = MemoryChat(app, gateway, await store.people.by_email(cast.manager))
    await chat.says("preferences")
    await chat.clicks("Change preferences")
    (asked,) = await chat.says("answer here")
    assert "Question 1 of 6: How often" in asked.text
    (asked,) = await chat.says("once a week")
    assert "As it is: 9" in asked.text
    (asked,) = await chat.clicks("Keep as it is")
    assert "Quiet from" in asked.text
    await chat.says("18")
    await chat.says("keep")
    await chat.says("where I wrote last")
    await chat.says("Madrid")
    (saved,) = await chat.clicks("Save")
    assert "Once a week, at 09:00, Madrid time. Quiet hours: 18:00 to 07:00." in saved.text


async def test_a_form_that_is_refused_at_the_end_is_kept_and_can_be_sent_later(
    house: House, cast: Cast, clock: StandingClock
) -> None:
    demo = Demo(house.app.router)
    manager = await house.person(cast.manager)
    for text in ("every", "no", "1", "2", "1", "12", "10", "today", "March 2027", "me", "skip", "skip", "T"):
        await manager.says(text)
    demo.closed = True
    shown = await manager.says("send")
    assert "may not record this" in shown[0].text
    assert "nothing was recorded" in shown[1].text
    assert demo.kept == []
    clock.forward(timedelta(days=1))
    demo.closed = False
    await manager.says("resume")
    await manager.clicks("Resume")
    await manager.says("send")
    assert len(demo.kept) == 1
