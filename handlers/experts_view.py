"""The buttons, forms and messages of asking an expert."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import (
    Button,
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
from handlers.conversation.router import ClickAction, FormAction
from handlers.conversation.turn import Turn
from storage.experts import ExpertRequest
from storage.people import Person, Role

# Who answers, and who may see how answers come about.
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


@dataclass(frozen=True, slots=True)
class AboutMessage:
    """Ask an expert about the text of a message in the platform."""

    text: str


ABOUT_MESSAGE = ClickAction("experts.about_message", AboutMessage)
ASK = ClickAction("experts.ask", AskExpert)
ASK_FORM = FormAction("experts.ask", AskExpert)
ANSWER = ClickAction("experts.answer", AnswerRequest)
ANSWER_FORM = FormAction("experts.answer", AnswerRequest)


def ask_form(params: AskExpert, question: str) -> Form:
    """The form for a request, with the question that led to it."""
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


def answer_form(params: AnswerRequest, question: str) -> Form:
    """The form for an answer."""
    return Form(
        ANSWER_FORM.name,
        f"Answer request {params.request_id}",
        (Field("answer", "Your answer", Kind.LONG_TEXT, help=f"The question: {_shortened(question)}"),),
        submit="Send the answer",
        params=ANSWER_FORM.carried(params),
    )


def _shortened(text: str, longest: int = 140) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def request_message(request: ExpertRequest, turn: Turn) -> Message:
    """What the expert is shown of a request."""
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


def answer_message(request: ExpertRequest, expert: Person) -> Message:
    """What the asker is shown of the answer."""
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


def only_leads() -> Message:
    """Told to somebody who may not answer."""
    return say("Only the SRM lead or the deputy can answer these. Nothing was changed.")


def unknown_person() -> Message:
    """Told to somebody whom the directory does not know."""
    return say(
        "I can't find you in the council's directory, so I can't send your question on in your name. "
        "You can ask me anything about managing contracts. To be added, write to the SRM lead."
    )


def expert_button(question_id: int | None, article: str | None = None) -> Button:
    """Ask an expert, with the question that is already there."""
    return ASK.button("Ask an expert", AskExpert(question_id, article))
