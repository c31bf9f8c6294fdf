"""Asking a person: the request is kept, the SRM lead is told, and the answer comes back in the asker's chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.conversation.form import Field, Form, Kind, check
from handlers.conversation.message import (
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import ClickAction, Command, FormAction, Router
from handlers.conversation.turn import Turn
from storage.database import Store
from storage.experts import ExpertRequest, ExpertState
from storage.people import Person, Role

LEADS = (Role.SRM_LEAD, Role.SRM_DEPUTY)


@dataclass(frozen=True, slots=True)
class AskExpert:
    """Hand a question to a person; `question_id` and `article` say where it came from."""

    question_id: int | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Answer somebody's request."""

    request_id: int


ASK = ClickAction("experts.ask", AskExpert)
ASK_FORM = FormAction("experts.ask", AskExpert)
ANSWER = ClickAction("experts.answer", AnswerRequest)
ANSWER_FORM = FormAction("experts.answer", AnswerRequest)


def register(router: Router) -> None:
    """Asking, and answering."""
    router.on_command(
        Command(
            "expert",
            "ask an expert",
            "Send a question to a person",
            (r"(ask|talk to|speak to) (an? )?(expert|person|human)|expert",),
            skill="escalate",
        ),
        open_from_command,
    )
    router.on_command(
        Command(
            "expert questions",
            "expert questions",
            "See the questions that wait for an answer",
            (r"expert questions|open questions|questions waiting",),
            roles=frozenset(LEADS),
        ),
        list_open,
    )
    router.on_click(ASK, open_form)
    router.on_form(ASK_FORM, send)
    router.on_click(ANSWER, open_answer)
    router.on_form(ANSWER_FORM, answer)


async def open_from_command(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form without a question in it."""
    return await open_form(turn, store, AskExpert())


async def open_form(turn: Turn, store: Store, params: AskExpert) -> Reply:
    """Open the form with the question that led here."""
    if turn.person is None:
        return reply(_unknown_person())
    question = await store.questions.get(params.question_id) if params.question_id else None
    asked = question.text if question and question.person_id == turn.person_id else ""
    return Reply(form=_ask_form(params, asked))


async def send(turn: Turn, store: Store, params: AskExpert, values: Mapping[str, str]) -> Reply:
    """Keep the request and tell the SRM lead, or the deputy where the lead is away or the post is vacant."""
    if turn.person is None:
        return reply(_unknown_person())
    errors = check(_ask_form(params, ""), values)
    if errors:
        return Reply(errors=errors)
    request = await store.experts.add(
        ExpertRequest(
            asked_at=turn.received_at,
            asker_id=turn.person.id,
            question=values["question"].strip(),
            context=values.get("context", "").strip(),
            question_id=params.question_id,
            article=params.article,
        )
    )
    expert = await _who_answers(turn, store)
    if expert is None:
        return reply(
            say(
                f"Your question is kept as request {request.id}, but nobody holds the SRM lead or deputy role "
                "in the directory at the moment. Ask your Business Unit's first point of contact meanwhile."
            )
        )
    return reply(
        say(
            f"Your question has gone to {expert.name} as request {request.id}. "
            "The answer will come to you here.",
        ),
        notices=(
            Notice(
                f"expert:{request.id}:asked",
                expert.id,
                _request_message(request, turn),
                "expert request",
            ),
        ),
    )


async def list_open(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The requests that wait, each with a button to answer it."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    waiting = await store.experts.in_state(ExpertState.OPEN)
    if not waiting:
        return reply(say("No question is waiting for an answer."))
    names = await store.people.named(each.asker_id for each in waiting)
    shown = waiting[:10]
    more = len(waiting) - len(shown)
    rest = f" The {len(shown)} oldest are shown; answer one to see the next." if more else ""
    return reply(
        Message(
            f"{len(waiting)} questions wait for an answer.",
            (
                Text(spans([bold(f"Waiting for an answer: {len(waiting)}."), rest])),
                Facts(
                    tuple(
                        Fact(
                            f"Request {each.id}, {names.get(each.asker_id, 'someone who has left')}",
                            spans(each.question),
                        )
                        for each in shown
                    )
                ),
                Buttons(
                    tuple(
                        ANSWER.button(f"Answer request {each.id}", AnswerRequest(each.id)) for each in shown
                    ),
                    "Answer",
                ),
            ),
        )
    )


async def open_answer(turn: Turn, store: Store, params: AnswerRequest) -> Reply:
    """Open the form for an answer, unless the request is answered already."""
    found = await _answerable(turn, store, params)
    return Reply(form=_answer_form(params, found.question)) if isinstance(found, ExpertRequest) else found


async def answer(turn: Turn, store: Store, params: AnswerRequest, values: Mapping[str, str]) -> Reply:
    """Keep the answer and bring it to the asker."""
    found = await _answerable(turn, store, params)
    if not isinstance(found, ExpertRequest):
        return found
    errors = check(_answer_form(params, found.question), values)
    if errors:
        return Reply(errors=errors)
    assert turn.person is not None, "only somebody with a role can answer"
    found.state, found.answer = ExpertState.ANSWERED, values["answer"].strip()
    found.answered_by, found.answered_at = turn.person.id, turn.received_at
    names = await store.people.named([found.asker_id])
    return reply(
        say(f"Sent to {names.get(found.asker_id, 'the asker')}. Request {found.id} is answered."),
        notices=(
            Notice(
                f"expert:{found.id}:answered",
                found.asker_id,
                _answer_message(found, turn.person),
                "expert answer",
            ),
        ),
    )


async def _answerable(turn: Turn, store: Store, params: AnswerRequest) -> ExpertRequest | Reply:
    if not turn.has(*LEADS):
        return reply(_only_leads())
    request = await store.experts.get(params.request_id)
    if request is None:
        return reply(say("That request is no longer on record. Nothing was changed."))
    if request.state is not ExpertState.OPEN:
        names = await store.people.named([request.answered_by])
        who = names.get(request.answered_by or 0, "somebody else")
        return reply(say(f"Request {request.id} was answered by {who}. Nothing was changed."))
    return request


async def _who_answers(turn: Turn, store: Store) -> Person | None:
    ladder = [*await store.people.holding(Role.SRM_LEAD), *await store.people.holding(Role.SRM_DEPUTY)]
    here = [each for each in ladder if not each.away(turn.today)]
    return next(iter(here or ladder), None)


def _ask_form(params: AskExpert, question: str) -> Form:
    return Form(
        ASK_FORM.name,
        "Ask an expert",
        (
            Field("question", "Your question", Kind.LONG_TEXT, initial=question),
            Field(
                "context",
                "Anything that helps to answer it",
                Kind.LONG_TEXT,
                required=False,
                help="For example the contract, its tier and what has happened so far. "
                "Do not include personal details about service users or staff.",
            ),
        ),
        submit="Send to an expert",
        params=ASK_FORM.carried(params),
    )


def _answer_form(params: AnswerRequest, question: str) -> Form:
    return Form(
        ANSWER_FORM.name,
        f"Answer request {params.request_id}",
        (Field("answer", "Your answer", Kind.LONG_TEXT, help=f"The question: {_shortened(question)}"),),
        submit="Send the answer",
        params=ANSWER_FORM.carried(params),
    )


def _shortened(text: str, longest: int = 140) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _request_message(request: ExpertRequest, turn: Turn) -> Message:
    assert turn.person is not None, "only somebody known can ask an expert"
    where = f", {turn.unit.name}" if turn.unit else ""
    facts = [
        Fact("From", spans(f"{turn.person.name}{where}")),
        Fact("Question", spans(request.question)),
    ]
    if request.context:
        facts.append(Fact("What they add", spans(request.context)))
    if request.article:
        facts.append(Fact("They had read", spans(request.article)))
    return Message(
        f"{turn.person.name} asks an expert: {_shortened(request.question)}",
        (
            Text(spans([bold(f"Request {request.id}: "), f"{turn.person.name} asks an expert."])),
            Facts(tuple(facts)),
            Buttons(
                (
                    ANSWER.button(
                        f"Answer request {request.id}",
                        AnswerRequest(request.id),
                        style=ButtonStyle.PRIMARY,
                    ),
                ),
                "Answer",
            ),
        ),
    )


def _answer_message(request: ExpertRequest, expert: Person) -> Message:
    return Message(
        f"{expert.name} has answered your question.",
        (
            Text(spans([bold(f"{expert.name} has answered your question.")])),
            Facts(
                (
                    Fact("You asked", spans(request.question)),
                    Fact("Answer", spans(request.answer)),
                )
            ),
            Buttons((ASK.button("Ask something else", AskExpert()),), "Next"),
        ),
    )


def _only_leads() -> Message:
    return say("Only the SRM lead or the deputy can answer these. Nothing was changed.")


def _unknown_person() -> Message:
    return say(
        "I can't find you in the council's directory, so I can't send your question on in your name. "
        "You can ask me anything about managing contracts. To be added, write to the SRM lead."
    )
