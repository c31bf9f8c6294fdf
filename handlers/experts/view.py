"""The buttons, forms and messages of asking an expert."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Note,
    Text,
    bold,
    say,
    spans,
)
from handlers.experts.policy import WORKSTREAMS
from storage.experts import ExpertRequest, ExpertState, ExpertStep
from storage.people import Person, Role

# Who answers, and who may see how answers come about.
LEADS = (Role.SRM_LEAD, Role.SRM_DEPUTY)
# With what the keys of all messages about requests begin.
KEY = "expert"
# A request whose workstream the asker leaves to Covenant.
UNSURE = "not-sure"


class Act(StrEnum):
    """What can be done with a request by a button."""

    SHOW = "show"
    CLAIM = "claim"
    ANSWER = "answer"
    ASSIGN = "assign"
    REPLY = "reply"
    CLOSE = "close"
    REOPEN = "reopen"
    ADD = "add"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class AskExpert:
    """Hand a question to a person; `question_id` and `article` say where it came from."""

    question_id: int | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class OnRequest:
    """Do something with a request."""

    request_id: int
    act: Act = Act.ANSWER


@dataclass(frozen=True, slots=True)
class AboutMessage:
    """Ask an expert about the text of a message in the platform."""

    text: str


ABOUT_MESSAGE = ClickAction("experts.about_message", AboutMessage)
ASK = ClickAction("experts.ask", AskExpert)
ASK_FORM = FormAction("experts.ask", AskExpert)
REQUEST = ClickAction("experts.request", OnRequest)
REQUEST_FORM = FormAction("experts.request", OnRequest)

_LABELS = {
    Act.SHOW: "Show request {}",
    Act.CLAIM: "Claim request {}",
    Act.ANSWER: "Answer request {}",
    Act.ASSIGN: "Pass on request {}",
    Act.REPLY: "Reply to request {}",
    Act.CLOSE: "Close request {}",
    Act.REOPEN: "Reopen request {}",
    Act.ADD: "Add to request {}",
    Act.WITHDRAW: "Withdraw request {}",
}
STATE_LABELS = {
    ExpertState.OPEN: "waiting for somebody to take it",
    ExpertState.CLAIMED: "being answered",
    ExpertState.ANSWERED: "answered",
    ExpertState.CLOSED: "closed",
    ExpertState.WITHDRAWN: "withdrawn",
}
_FOR_EXPERTS = {
    ExpertState.OPEN: (Act.ANSWER, Act.CLAIM, Act.ASSIGN),
    ExpertState.CLAIMED: (Act.ANSWER, Act.ASSIGN),
    ExpertState.ANSWERED: (Act.REPLY, Act.CLOSE),
}
_FOR_ASKER = {
    ExpertState.OPEN: (Act.ADD, Act.WITHDRAW),
    ExpertState.CLAIMED: (Act.ADD, Act.WITHDRAW),
    ExpertState.ANSWERED: (Act.REPLY, Act.REOPEN, Act.CLOSE),
    ExpertState.CLOSED: (Act.REOPEN,),
    ExpertState.WITHDRAWN: (Act.REOPEN,),
}


def button(act: Act, request: ExpertRequest) -> Button:
    """A button for an act."""
    style = ButtonStyle.PRIMARY if act is Act.ANSWER else ButtonStyle.NORMAL
    return REQUEST.button(_LABELS[act].format(request.id), OnRequest(request.id, act), style=style)


def asked_key(request: ExpertRequest) -> str:
    """The key of the message with which a request goes out."""
    return f"{KEY}:{request.id}:asked"


def step_key(step: ExpertStep) -> str:
    """With what the keys of the messages about a step begin."""
    return f"{KEY}:{step.request_id}:step:{step.id}"


def expert_buttons(request: ExpertRequest) -> tuple[Button, ...]:
    """What an expert can do with a request as it stands."""
    return tuple(button(act, request) for act in _FOR_EXPERTS.get(request.state, ()))


def asker_buttons(request: ExpertRequest) -> tuple[Button, ...]:
    """What the asker can do with a request as it stands."""
    return tuple(button(act, request) for act in _FOR_ASKER[request.state])


def ask_form(params: AskExpert, question: str, workstream: str | None, promise: str) -> Form:
    """The form for a request, with the question that led to it."""
    return Form(
        ASK_FORM.name,
        "Ask an expert",
        (
            Field("question", "Your question", Kind.LONG_TEXT, initial=question),
            Field(
                "workstream",
                "What is it about",
                Kind.ONE_OF,
                required=False,
                options=(Option(UNSURE, "I am not sure"), *workstream_options()),
                initial=workstream or UNSURE,
                help="It decides which experts are asked.",
            ),
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
        intro=promise,
    )


def workstream_options() -> tuple[Option, ...]:
    """The workstreams to choose from."""
    return tuple(Option(name, label) for name, label in WORKSTREAMS.items())


def request_form(params: OnRequest, request: ExpertRequest) -> Form:
    """The form behind a button that needs words or a name."""
    about = f"The question: {shortened(request.question)}"
    title, field, submit = {
        Act.ANSWER: (
            f"Answer request {request.id}",
            Field("answer", "Your answer", Kind.LONG_TEXT, help=about),
            "Send the answer",
        ),
        Act.ASSIGN: (
            f"Pass on request {request.id}",
            Field("person", "Who should answer it", Kind.PERSON, help="Type a name or a work email."),
            "Pass it on",
        ),
        Act.ADD: (
            f"Add to request {request.id}",
            Field("words", "What you want to add", Kind.LONG_TEXT, help=about),
            "Send",
        ),
        Act.REPLY: (
            f"Reply to request {request.id}",
            Field("words", "Your reply", Kind.LONG_TEXT, help=about),
            "Send",
        ),
        Act.REOPEN: (
            f"Reopen request {request.id}",
            Field("words", "What you still need to know", Kind.LONG_TEXT, help=about),
            "Send",
        ),
    }[params.act]
    return Form(REQUEST_FORM.name, title, (field,), submit, params=REQUEST_FORM.carried(params))


def shortened(text: str, longest: int = 140) -> str:
    """The beginning of a text."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def request_facts(request: ExpertRequest, asker: str, article: str | None, *, public: bool = False) -> Facts:
    """A request for those who may answer it. `public`: as it stands in a shared channel."""
    facts = [Fact("From", spans(asker)), Fact("Question", spans(request.question))]
    if request.context:
        facts.append(Fact("What they add", spans(request.context)))
    if request.workstream:
        facts.append(Fact("About", spans(WORKSTREAMS[request.workstream])))
    if article:
        facts.append(Fact("They had read", spans(article)))
    if request.feedback and not public:
        facts.append(Fact("What they missed in it", spans(request.feedback)))
    if request.trail and not public:
        facts.append(Fact("They had asked before", spans("; ".join(request.trail))))
    if request.answer and not public:
        facts.append(Fact("Answer", spans(request.answer)))
    return Facts(tuple(facts))


def for_experts(request: ExpertRequest, first: str, facts: Facts, *, public: bool = False) -> Message:
    """A request as those see it who may answer it; `first` says why they see it now.

    `public`: in a shared channel, where it is answered in the thread below.
    """
    rows = expert_buttons(request)
    blocks: list[Block] = [Text(spans([bold(f"Request {request.id}: "), first])), facts]
    if public:
        blocks.append(
            Note(
                spans(
                    "To answer, reply in this thread: your words go to the person who asked. In Teams, name "
                    "Covenant in your reply. What begins with @ and a colleague's name stays between you."
                )
            )
        )
    if rows:
        blocks.append(Buttons(rows, "Next"))
    return Message(f"{first} {shortened(request.question)}", tuple(blocks))


def for_asker(request: ExpertRequest, *words: str, extra: tuple[Button, ...] = ()) -> Message:
    """A step of a request, told to the person who asked."""
    return say([bold(words[0])], *words[1:], buttons=(*asker_buttons(request), *extra), label="Next")


def answer_message(request: ExpertRequest, expert: Person) -> Message:
    """What the asker is shown of the answer."""
    rows = (*asker_buttons(request), ASK.button("Ask something else", AskExpert()))
    facts = Facts((Fact("You asked", spans(request.question)), Fact("Answer", spans(request.answer))))
    title = f"{expert.name} has answered your question."
    return Message(title, (Text(spans([bold(title)])), facts, Buttons(rows, "Next")))


def added_message(request: ExpertRequest, expert: Person, words: str) -> Message:
    """What the asker is shown of what an expert says after the answer."""
    title = f"{expert.name} adds to the answer to request {request.id}."
    facts = Facts((Fact("You asked", spans(request.question)), Fact(expert.name, spans(words))))
    return Message(title, (Text(spans([bold(title)])), facts, Buttons(asker_buttons(request), "Next")))


def only_leads() -> Message:
    """Told to somebody who may not see a request."""
    return say("Only those whom the question went to, and the SRM lead, can see it. Nothing was changed.")


def unknown_person() -> Message:
    """Told to somebody whom the directory does not know."""
    return say(
        "I can't find you in the council's directory, so I can't send your question on in your name. "
        "You can ask me anything about managing contracts. To be added, write to the SRM lead."
    )


def expert_button(question_id: int | None, article: str | None = None) -> Button:
    """Ask an expert, with the question that is already there."""
    return ASK.button("Ask an expert", AskExpert(question_id, article))
