"""Asking an expert: the question goes with its context to those who answer for its workstream."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.acts import Command
from handlers.conversation.form import Form
from handlers.conversation.message import Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.policy import Destination, destination, policy_of
from handlers.experts.view import (
    ABOUT_MESSAGE,
    ASK,
    ASK_FORM,
    STATE_LABELS,
    UNSURE,
    AboutMessage,
    Act,
    AskExpert,
    ask_form,
    asked_key,
    asker_buttons,
    button,
    for_asker,
    for_experts,
    request_facts,
    shortened,
    unknown_person,
)
from handlers.services import Services
from storage.database import Store
from storage.experts import WAITING, ExpertRequest
from storage.questions import Question

_LISTED = 8


def register(router: Router, services: Services) -> None:
    """Asking, and seeing what became of it."""
    asking = Asking(services)
    router.on_command(
        Command(
            "expert",
            "ask an expert",
            "Send a question to a person",
            (r"(ask|talk to|speak to) (an? )?(expert|person|human)|expert",),
            skill="escalate",
        ),
        asking.open_from_command,
    )
    router.on_command(
        Command(
            "my requests",
            "my requests",
            "See what you have asked the experts, and how it stands",
            (r"my (expert )?requests|my questions to experts",),
        ),
        list_own,
    )
    router.on_click(ASK, asking.open_form)
    router.on_click(ABOUT_MESSAGE, asking.about_message)
    router.on_form(ASK_FORM, asking.send, asking.form)


class Asking:
    """What needs the knowledge base to find the workstream of a question."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open_from_command(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """Open the form without a question in it."""
        return await self.open_form(turn, store, AskExpert())

    async def open_form(self, turn: Turn, store: Store, params: AskExpert) -> Reply:
        """Open the form with the question that led here."""
        form = await self.form(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form)

    async def about_message(self, turn: Turn, store: Store, params: AboutMessage) -> Reply:
        """Open the form with the text of somebody's message."""
        if turn.person is None:
            return reply(unknown_person())
        guessed = self._guessed(params.text)
        return Reply(form=ask_form(AskExpert(), params.text, guessed, (await policy_of(store)).promise))

    async def form(self, turn: Turn, store: Store, params: AskExpert) -> Form | Reply:
        """The form for a question of this person's own."""
        if turn.person is None:
            return reply(unknown_person())
        question = await _own(turn, store, params)
        text = question.text if question else ""
        return ask_form(params, text, self._workstream(question, params), (await policy_of(store)).promise)

    async def send(self, turn: Turn, store: Store, params: AskExpert, values: Mapping[str, str]) -> Reply:
        """Keep the request and tell those who may answer it."""
        assert turn.person is not None, "the form is made only for somebody known"
        question = await _own(turn, store, params)
        chosen = values.get("workstream") or UNSURE
        guessed = self._workstream(question, params) or self._guessed(values["question"])
        workstream = guessed if chosen == UNSURE else chosen
        conversation = await store.conversations.get(turn.inbound.address.key)
        earlier = conversation.recent_questions if conversation and question else []
        goes_to = await destination(store, workstream, turn.person.id, turn.today)
        request = await store.experts.add(
            ExpertRequest(
                asked_at=turn.received_at,
                asker_id=turn.person.id,
                question=values["question"],
                context=values.get("context", ""),
                question_id=question.id if question else None,
                article=params.article,
                workstream=workstream,
                trail=[each for each in earlier if question and each != question.text],
                feedback=await _missed(turn, store, question),
                sent_to=[each.id for each in goes_to.people],
                channel=goes_to.channel.key if goes_to.channel else "",
                waiting_since=turn.received_at,
                with_lead=goes_to.with_lead,
            )
        )
        return await self._sent(turn, store, request, goes_to)

    async def _sent(self, turn: Turn, store: Store, request: ExpertRequest, goes_to: Destination) -> Reply:
        assert turn.person is not None, "only somebody known can ask an expert"
        if not goes_to.people and goes_to.channel is None:
            return reply(
                say(
                    f"Your question is kept as request {request.id}, but nobody holds the SRM lead or deputy role "
                    "in the directory at the moment. Ask your Business Unit's first point of contact meanwhile."
                )
            )
        asker = turn.person.name + (f", {turn.unit.name}" if turn.unit else "")
        public = goes_to.channel is not None
        facts = request_facts(request, asker, self.title(request.article), public=public)
        message = for_experts(request, f"{turn.person.name} asks an expert.", facts, public=public)
        key = asked_key(request)
        notices = tuple(
            Notice(f"{key}:{each.id}", each.id, message, "expert request") for each in goes_to.people
        )
        if goes_to.channel is not None:
            notices = (Notice(key, None, message, "expert request", address=goes_to.channel),)
        sent = for_asker(
            request,
            f"Your question has gone to {goes_to.named} as request {request.id}.",
            f"The answer will come to you here. {(await policy_of(store)).promise}",
        )
        return Reply(messages=(sent,), notices=notices)

    def title(self, slug: str | None) -> str | None:
        """What an article is called."""
        article = self._services.library.get(slug or "")
        return article.title if article else slug

    def _workstream(self, question: Question | None, params: AskExpert) -> str | None:
        if question is None:
            return self._of_article(params.article)
        first = next((each["id"] for each in question.trace.get("candidates", ())), None)
        slugs = [params.article, question.chosen_later, question.article, *question.choices, first]
        return next((found for slug in slugs if (found := self._of_article(slug))), None)

    def _of_article(self, slug: object) -> str | None:
        article = self._services.library.get(str(slug))
        return article.about.workstream if article else None

    def _guessed(self, text: str) -> str | None:
        """The workstream of the article that comes nearest to a text."""
        found = self._services.answerer.answer(text)
        slugs = [found.article, *found.choices]
        return next((name for slug in slugs if (name := self._of_article(slug))), None)


async def list_own(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The requests of the person who asks for them, newest first."""
    if turn.person is None:
        return reply(unknown_person())
    own = await store.experts.of(turn.person.id, _LISTED)
    if not own:
        return private(say("You have asked the experts nothing yet. Type 'ask an expert' to begin."))
    lines = [
        Text(spans([bold(f"Request {each.id}, {STATE_LABELS[each.state]}: "), shortened(each.question)]))
        for each in own
    ]
    listed = Message(f"Your requests: {len(own)}.", (Text(spans([bold("Your requests")])), *lines))
    waiting = [each for each in own if each.state in WAITING]
    rows = asker_buttons(waiting[0]) if len(waiting) == 1 else tuple(button(Act.SHOW, each) for each in own)
    return private(listed, say("What do you want to do?", buttons=rows, label="Requests"))


async def _own(turn: Turn, store: Store, params: AskExpert) -> Question | None:
    question = await store.questions.get(params.question_id) if params.question_id else None
    return question if question and question.person_id == turn.person_id else None


async def _missed(turn: Turn, store: Store, question: Question | None) -> str:
    """What the asker has said was missing from the answer."""
    said = await store.questions.feedback(question.id) if question else []
    return next((each.comment for each in said if each.person_id == turn.person_id and not each.helpful), "")
