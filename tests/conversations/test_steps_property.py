"""Whatever a person does in the middle of a form, it asks what a plain model would ask and sends what it would send."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.settings import Settings
from handlers.conversation.acts import Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind, Option, When
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from scheduler.clock import MovedClock
from storage.accounts import Account
from storage.database import Database, Store
from storage.drafts import Draft, DraftState
from storage.people import Person
from tests.conftest import StandingClock
from tests.driver import MemoryChat, MemoryGateway, Shown

SURVEY, OTHER = FormAction("test.survey", NoParams), FormAction("test.other", NoParams)
QUESTIONS = (
    Field("late", "Was it late", Kind.YES_NO, not_sure=True),
    Field("why", "Why it was late", Kind.LONG_TEXT, when=(When("late", ("yes", "not_sure")),)),
    Field("plan", "How good the plan is", Kind.SCALE, options=(Option("0", "None"), Option("1", "Partly"))),
    Field(
        "topics",
        "Topics to discuss",
        Kind.SEVERAL_OF,
        required=False,
        options=(Option("risk", "Risk"), Option("cost", "Cost")),
    ),
    Field("owner", "Who owns the risk", required=False, when=(When("topics", ("risk",)),)),
    Field("day", "Day of the visit", Kind.DATE),
    Field(
        "more", "More to say", Kind.SEVERAL_OF, required=False, options=(Option("x", "Extra"),), aside=True
    ),
    Field("extra", "The extra words", when=(When("more", ("x",)),)),
)
# What may be typed for each question, with what it comes to.
TYPED = {
    "late": (("yes", "yes"), ("2", "no"), ("not sure", "not_sure"), ("y", "yes")),
    "why": (("The lorry broke down", "The lorry broke down"), ("Snow", "Snow")),
    "plan": (("1", "1"), ("none", "0"), ("Partly", "1")),
    "topics": (("1", "risk"), ("cost", "cost"), ("1, 2", "risk,cost")),
    "owner": (("Finance", "Finance"), ("Legal", "Legal")),
    "day": (("1/12/2026", "2026-12-01"), ("tomorrow", "2026-11-25")),
    "more": (("1", "x"),),
    "extra": (("Words", "Words"),),
}
OPTIONAL = {"topics", "owner", "more"}
LABELS = {each.name: each.label for each in QUESTIONS}


Move = Callable[["Desk", "Model", int], Awaitable["Shown | None"]]


@dataclass
class Model:
    """The form as one would keep it on paper: everything ever answered, and the question asked; "" at the end."""

    answers: dict[str, str] = field(default_factory=dict)
    asking: str = "late"

    def path(self, *, aside: bool) -> list[str]:
        said = self.answers
        found = ["late"]
        found += ["why"] if said.get("late") in ("yes", "not_sure") else []
        found += ["plan", "topics"]
        found += ["owner"] if "risk" in said.get("topics", "") else []
        found += ["day"]
        found += ["more"] if aside or self.asking == "more" else []
        found += ["extra"] if said.get("more") == "x" else []
        return found

    def answer(self, value: str) -> None:
        self.answers[self.asking] = value
        self.asking = next((each for each in self.path(aside=False) if each not in self.answers), "")

    def back(self) -> None:
        names = self.path(aside=False)
        self.asking = names[max(0, names.index(self.asking) - 1)] if self.asking else names[-1]

    def sent(self) -> dict[str, str]:
        return {each: self.answers.get(each, "") for each in self.path(aside=True)}


def add_forms(router: Router, kept: list[dict[str, str]]) -> None:
    """Two forms of the same questions, which keep what they are sent."""
    add_form(router, SURVEY, "survey", kept)
    add_form(router, OTHER, "other survey", kept)


def add_form(router: Router, action: FormAction[NoParams], word: str, kept: list[dict[str, str]]) -> None:
    async def build(_turn: Turn, _store: Store, params: NoParams) -> Form | Reply:
        return Form(action.name, word.capitalize(), QUESTIONS, params=action.carried(params), steps=True)

    async def begin(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        form = await build(turn, store, NoParams())
        return form if isinstance(form, Reply) else Reply(form=form)

    async def keep(_turn: Turn, _store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
        kept.append(dict(values))
        return reply(say("It is kept."))

    router.on_command(Command(word, word, word, (word,)), begin)
    router.on_form(action, keep, build)


class Desk:
    """One person with two places to write from, and a service that can be restarted."""

    def __init__(self, database: Database, knowledge: KnowledgeBase, gateway: MemoryGateway) -> None:
        self._database, self._knowledge, self._gateway = database, knowledge, gateway
        self._clock = StandingClock()
        self.kept: list[dict[str, str]] = []
        self._person: Person | None = None
        self._user = "here"

    async def open(self) -> None:
        """Start the service, as often as one likes."""
        clock = MovedClock(self._clock)
        app = await assemble(Settings(), self._database, self._knowledge, clock, gateways=(self._gateway,))
        add_forms(app.router, self.kept)
        if self._person is None:
            await self._move_in(app)
        self._chat = MemoryChat(app, self._gateway, self._person)
        self._chat.user = self._user

    async def _move_in(self, app: App) -> None:
        async with app.database.store() as store:
            self._person = (await store.people.all())[0]
            for user in ("here", "there"):
                store.people.add(
                    Account(
                        person_id=self._person.id,
                        platform="memory",
                        workspace="test",
                        user_id=user,
                        conversation=user,
                    )
                )

    async def afresh(self) -> Shown:
        """Begin the form with nothing in progress."""
        async with self._database.store() as store:
            await store.session.execute(update(Draft).values(state=DraftState.CANCELLED))
        self.kept.clear()
        return await self.says("survey")

    async def says(self, text: str) -> Shown:
        return (await self._chat.says(text))[-1]

    async def clicks(self, label: str) -> Shown:
        return (await self._chat.clicks(label))[-1]

    async def elsewhere(self) -> Shown:
        """Go on from the other place, by the list of forms in progress."""
        self._user = "there" if self._user == "here" else "here"
        self._chat.user = self._user
        return await self.resumed("Survey")

    async def resumed(self, title: str) -> Shown:
        (listed,) = await self._chat.says("my forms")
        lines = [line for line in listed.text.splitlines() if "answered" in line]
        number = next(place for place, line in enumerate(lines, 1) if f"{title}:" in line)
        return await self.clicks("Resume" if len(lines) == 1 else f"Resume {number}")


async def answers(desk: Desk, model: Model, choice: int) -> Shown | None:
    if not model.asking:
        return None
    typed, value = TYPED[model.asking][choice % len(TYPED[model.asking])]
    model.answer(value)
    return await desk.says(typed)


async def skips(desk: Desk, model: Model, _choice: int) -> Shown | None:
    if not model.asking:
        return None
    if model.asking in OPTIONAL:
        model.answer("")
    return await desk.says("skip")


async def changes(desk: Desk, model: Model, choice: int) -> Shown | None:
    if model.asking:
        return None
    path = model.path(aside=True)
    model.asking = path[choice % len(path)]
    return await desk.says(f"change {choice % len(path) + 1}")


async def goes_back(desk: Desk, model: Model, _choice: int) -> Shown:
    model.back()
    return await desk.says("back")


async def asks(desk: Desk, _model: Model, choice: int) -> Shown:
    return await desk.says(("our contractor has gone bust, what now?", "who am I")[choice % 2])


async def types_nonsense(desk: Desk, model: Model, _choice: int) -> Shown | None:
    return await desk.says("zzzz") if model.asking in ("late", "plan", "day") else None


async def goes_elsewhere(desk: Desk, _model: Model, _choice: int) -> Shown:
    return await desk.elsewhere()


async def restarts(desk: Desk, _model: Model, _choice: int) -> Shown:
    await desk.open()
    return await desk.says("who am I")


async def saves(desk: Desk, _model: Model, _choice: int) -> Shown:
    await desk.says("save for later")
    return await desk.resumed("Survey")


async def begins_another(desk: Desk, _model: Model, _choice: int) -> Shown:
    await desk.says("other survey")
    await desk.says("cancel")
    return await desk.resumed("Survey")


def fits(shown: Shown, model: Model) -> bool:
    """Whether what is on the screen asks what the model asks, with the number of how many."""
    if not model.asking:
        return "Nothing is sent yet" in shown.text
    path = model.path(aside=False)
    title = f"Question {path.index(model.asking) + 1} of {len(path)}: {LABELS[model.asking]}"
    return title in shown.text


MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *[answers] * 5,
                *[goes_back, skips, changes] * 2,
                *[asks, types_nonsense, goes_elsewhere, restarts, saves, begins_another],
            ]
        ),
        st.integers(0, 5),
    ),
    max_size=12,
)


@pytest.fixture
def desk(
    sqlite_template: Path, tmp_path: Path, knowledge: KnowledgeBase, gateway: MemoryGateway
) -> Iterator[tuple[asyncio.Runner, Desk]]:
    shutil.copy(sqlite_template, tmp_path / "covenant.db")
    with asyncio.Runner() as runner:
        database = Database(f"sqlite:///{tmp_path}/covenant.db")
        desk = Desk(database, knowledge, gateway)
        runner.run(desk.open())
        yield runner, desk
        runner.run(database.close())


def test_no_answer_is_lost_whatever_is_done(desk: tuple[asyncio.Runner, Desk]) -> None:
    runner, at = desk

    async def go_through(moves: list[tuple[Move, int]]) -> None:
        model = Model()
        assert fits(await at.afresh(), model)
        for move, choice in moves:
            shown = await move(at, model, choice)
            assert shown is None or fits(shown, model), f"after {move.__name__}: {shown} instead of {model}"
        while model.asking:
            shown = await answers(at, model, 0)
            assert shown is not None
            assert fits(shown, model)
        await at.clicks("Send")
        assert at.kept == [model.sent()]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(moves=MOVES)
    def example(moves: list[tuple[Move, int]]) -> None:
        runner.run(go_through(moves))

    example()
