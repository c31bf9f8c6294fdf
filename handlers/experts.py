"""Asking a person: the request is kept, the SRM lead is told, and the answer comes back in the asker's chat."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.form import check
from handlers.conversation.message import (
    Buttons,
    Fact,
    Facts,
    Message,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Command, Router
from handlers.conversation.turn import Turn
from handlers.experts_view import (
    ABOUT_MESSAGE,
    ANSWER,
    ANSWER_FORM,
    ASK,
    ASK_FORM,
    LEADS,
    AboutMessage,
    AnswerRequest,
    AskExpert,
    answer_form,
    answer_message,
    ask_form,
    only_leads,
    request_message,
    unknown_person,
)
from handlers.ladder import who_answers
from storage.database import Store
from storage.experts import ExpertRequest, ExpertState


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
    router.on_click(ABOUT_MESSAGE, about_message)
    router.on_form(ASK_FORM, send)
    router.on_click(ANSWER, open_answer)
    router.on_form(ANSWER_FORM, answer)


async def open_from_command(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form without a question in it."""
    return await open_form(turn, store, AskExpert())


async def open_form(turn: Turn, store: Store, params: AskExpert) -> Reply:
    """Open the form with the question that led here."""
    if turn.person is None:
        return reply(unknown_person())
    question = await store.questions.get(params.question_id) if params.question_id else None
    asked = question.text if question and question.person_id == turn.person_id else ""
    return Reply(form=ask_form(params, asked))


async def about_message(turn: Turn, _store: Store, params: AboutMessage) -> Reply:
    """Open the form with the text of somebody's message."""
    return reply(unknown_person()) if turn.person is None else Reply(form=ask_form(AskExpert(), params.text))


async def send(turn: Turn, store: Store, params: AskExpert, values: Mapping[str, str]) -> Reply:
    """Keep the request and tell the SRM lead, or the deputy where the lead is away or the post is vacant."""
    if turn.person is None:
        return reply(unknown_person())
    errors = check(ask_form(params, ""), values)
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
    expert = await who_answers(turn, store)
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
                request_message(request, turn),
                "expert request",
            ),
        ),
    )


async def list_open(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The requests that wait, each with a button to answer it."""
    if not turn.has(*LEADS):
        return reply(only_leads())
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
    return Reply(form=answer_form(params, found.question)) if isinstance(found, ExpertRequest) else found


async def answer(turn: Turn, store: Store, params: AnswerRequest, values: Mapping[str, str]) -> Reply:
    """Keep the answer and bring it to the asker."""
    found = await _answerable(turn, store, params)
    if not isinstance(found, ExpertRequest):
        return found
    errors = check(answer_form(params, found.question), values)
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
                answer_message(found, turn.person),
                "expert answer",
            ),
        ),
    )


async def _answerable(turn: Turn, store: Store, params: AnswerRequest) -> ExpertRequest | Reply:
    if not turn.has(*LEADS):
        return reply(only_leads())
    request = await store.experts.get(params.request_id)
    if request is None:
        return reply(say("That request is no longer on record. Nothing was changed."))
    if request.state is not ExpertState.OPEN:
        names = await store.people.named([request.answered_by])
        who = names.get(request.answered_by or 0, "somebody else")
        return reply(say(f"Request {request.id} was answered by {who}. Nothing was changed."))
    return request
