"""What is done with a request: claimed, passed on, answered, added to, closed, reopened, withdrawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from handlers.conversation.acts import Command
from handlers.conversation.form import Form
from handlers.conversation.message import Block, Button, Buttons, Facts, Message, Note, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.access import allowed, may_answer
from handlers.experts.telling import note, to_asker, to_those_who_answer, to_thread
from handlers.experts.view import (
    LEADS,
    REQUEST,
    REQUEST_FORM,
    STATE_LABELS,
    Act,
    OnRequest,
    added_message,
    answer_message,
    asker_buttons,
    button,
    expert_buttons,
    for_asker,
    for_experts,
    request_facts,
    request_form,
    shortened,
    step_key,
)
from handlers.services import Services
from storage.database import Store
from storage.experts import WAITING, ExpertRequest, ExpertState, ExpertStep, Step

_LISTED = 10
_IN_WORDS = frozenset({Act.ANSWER, Act.ASSIGN, Act.ADD, Act.REPLY, Act.REOPEN})
_STEP_WORDS = {
    Step.ADDED: "added",
    Step.CLAIMED: "took it",
    Step.ASSIGNED: "passed it on",
    Step.ANSWERED: "answered",
    Step.REPLIED: "replied",
    Step.CLOSED: "closed it",
    Step.REOPENED: "reopened it",
    Step.WITHDRAWN: "withdrew it",
    Step.BUMPED: "Nobody had taken it, so it was sent round again",
    Step.TO_LEAD: "Nobody had taken it, so it went to the SRM lead",
}

Then = Callable[[ExpertRequest, Turn], tuple[Button, ...]]


def register(router: Router, services: Services, then: Then) -> Requests:
    """Every act on a request. `then` gives further buttons for an answered one."""
    requests = Requests(services, then)
    router.on_command(
        Command(
            "expert questions",
            "expert questions",
            "See the questions to experts that wait for an answer",
            (r"expert (questions|requests)|open questions|questions waiting",),
        ),
        requests.list_open,
    )
    router.on_command(
        Command(
            "request",
            "show request 12",
            "See a question to the experts. You can also claim, answer, pass on, add to, reply to, close, "
            "reopen or withdraw one by its number",
            (
                r"(?P<act>show|claim|answer|pass on|add to|reply to|close|reopen|withdraw) request (?P<request>\d{1,9})",
                r"request (?P<shown>\d{1,9})",
            ),
        ),
        requests.typed,
    )
    router.on_click(REQUEST, requests.act)
    router.on_form(REQUEST_FORM, requests.filled, requests.form)
    return requests


class Requests:
    """Acts on requests. Who may do what is looked up anew for each."""

    def __init__(self, services: Services, then: Then) -> None:
        self._services = services
        self._then = then

    async def typed(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """An act asked for in words."""
        typed = args.get("act", "show")
        act = {"pass on": "assign", "add to": "add", "reply to": "reply"}.get(typed, typed)
        number = args.get("request") or args["shown"]
        return await self.act(turn, store, OnRequest(int(number), Act(act)))

    async def list_open(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """The requests that wait and that this person may answer, each with a button."""
        theirs = await store.expert_teams.workstreams_of(turn.person_id)
        if turn.person is None or not (turn.has(*LEADS) or theirs):
            return reply(say("Only the experts, the SRM lead and the deputy can see these."))
        waiting = [
            each for each in await store.experts.in_state(*WAITING) if await may_answer(turn, store, each)
        ]
        if not waiting:
            return private(say("No question is waiting for an answer."))
        names = await store.people.named(
            [each.asker_id for each in waiting] + [each.holder_id for each in waiting]
        )
        blocks: list[Block] = [Text(spans([bold(f"Waiting for an answer: {len(waiting)}.")]))]
        for each in waiting[:_LISTED]:
            holder = f", with {names.get(each.holder_id, 'somebody who has left')}" if each.holder_id else ""
            asker = names.get(each.asker_id, "someone who has left")
            blocks.append(Text(spans([bold(f"Request {each.id}, {asker}{holder}: "), each.question])))
        if len(waiting) > _LISTED:
            blocks.append(
                Note(spans(f"The {_LISTED} oldest are shown; type 'show request' and a number for another."))
            )
        blocks.append(Buttons(tuple(button(Act.ANSWER, each) for each in waiting[:_LISTED]), "Answer"))
        return private(Message(f"{len(waiting)} questions wait for an answer.", tuple(blocks)))

    async def act(self, turn: Turn, store: Store, params: OnRequest) -> Reply:
        """Do what a button or a command asks for, or open its form."""
        if params.act in _IN_WORDS:
            form = await self.form(turn, store, params)
            return form if isinstance(form, Reply) else Reply(form=form)
        found = await allowed(turn, store, params)
        if isinstance(found, Reply):
            return found
        acts: dict[Act, Callable[[Turn, Store, ExpertRequest], Awaitable[Reply]]] = {
            Act.SHOW: self._show,
            Act.CLAIM: self._claim,
            Act.CLOSE: self._close,
            Act.WITHDRAW: self._withdraw,
        }
        return await acts[params.act](turn, store, found)

    async def form(self, turn: Turn, store: Store, params: OnRequest) -> Form | Reply:
        """The form for an act that needs words or a name, or why it can't be done now."""
        found = await allowed(turn, store, params)
        return request_form(params, found) if isinstance(found, ExpertRequest) else found

    async def filled(self, turn: Turn, store: Store, params: OnRequest, values: Mapping[str, str]) -> Reply:
        """Do what the form asks for."""
        request = await store.experts.get(params.request_id)
        assert request is not None, "the form is made only for a request that is there"
        if params.act is Act.ASSIGN:
            return await self._assign(turn, store, request, values["person"])
        if params.act is Act.ANSWER:
            return await self._answer(turn, store, request, values["answer"])
        if params.act is Act.REPLY:
            return await self._reply(turn, store, request, values["words"])
        if params.act is Act.ADD:
            return await self._add(turn, store, request, values["words"])
        return await self._reopen(turn, store, request, values["words"])

    async def _show(self, turn: Turn, store: Store, request: ExpertRequest) -> Reply:
        steps = await store.experts.steps(request.id)
        names = await store.people.named([request.asker_id, *(each.person_id for each in steps)])
        own = request.asker_id == turn.person_id
        blocks: list[Block] = [
            Text(spans([bold(f"Request {request.id}: "), f"{STATE_LABELS[request.state]}."])),
            await self._facts(store, request),
        ]
        for each in steps:
            who = f"{names.get(each.person_id, 'Somebody')} " if each.person_id else ""
            words = f"{each.at:%-d %B}: {who}{_STEP_WORDS[each.step]}"
            blocks.append(Note(spans(f"{words}: {each.text}" if each.text else f"{words}.")))
        rows = asker_buttons(request) if own else (*expert_buttons(request), *self._after(turn, request))
        if rows:
            blocks.append(Buttons(rows, "Next"))
        return private(Message(f"Request {request.id}: {shortened(request.question)}", tuple(blocks)))

    async def _claim(self, turn: Turn, store: Store, request: ExpertRequest) -> Reply:
        if request.holder_id == turn.person_id:
            return reply(say(f"Request {request.id} is yours already.", buttons=expert_buttons(request)))
        assert turn.person is not None, "only somebody known may answer"
        _hold(request, turn.person.id, turn)
        step = await note(turn, store, request, Step.CLAIMED)
        told = for_asker(request, f"{turn.person.name} has taken your request {request.id}.")
        done = for_experts(request, "it is yours now.", await self._facts(store, request))
        others = await to_thread(
            turn, store, request, step, f"{turn.person.name} has taken request {request.id}.", seen=False
        )
        return Reply(messages=(done,), private=True, notices=(*to_asker(request, told, step), *others))

    async def _assign(self, turn: Turn, store: Store, request: ExpertRequest, email: str) -> Reply:
        person = await store.people.by_email(email)
        if person is None or not person.active:
            return Reply(errors={"person": "This person has left. Name somebody else."})
        if person.id == request.asker_id:
            return Reply(errors={"person": "This is the person who asked. Name somebody else."})
        assert turn.person is not None, "only somebody known may answer"
        _hold(request, person.id, turn)
        request.sent_to = list(dict.fromkeys([*request.sent_to, person.id]))
        step = await note(turn, store, request, Step.ASSIGNED, person.name)
        told = for_asker(request, f"Your request {request.id} is with {person.name} now.")
        done = f"Request {request.id} is with {person.name} now."
        notices = [*to_asker(request, told, step), *await to_thread(turn, store, request, step, done)]
        if person.id != turn.person_id:
            facts = await self._facts(store, request)
            message = for_experts(request, f"{turn.person.name} asks you to answer it.", facts)
            notices.append(Notice(f"{step_key(step)}:holder", person.id, message, "expert request"))
        return Reply(messages=(say(done),), notices=tuple(notices))

    async def _answer(self, turn: Turn, store: Store, request: ExpertRequest, answer: str) -> Reply:
        assert turn.person is not None, "only somebody known may answer"
        if request.claimed_at is None:
            request.claimed_at = turn.received_at
        request.holder_id = turn.person.id
        request.state, request.answer = ExpertState.ANSWERED, answer
        request.answered_by = turn.person.id
        request.answered_at = request.answered_at or turn.received_at
        step = await note(turn, store, request, Step.ANSWERED, answer)
        names = await store.people.named([request.asker_id])
        done = say(
            f"Sent to {names.get(request.asker_id, 'the asker')}. Request {request.id} is answered.",
            buttons=(*self._after(turn, request), *expert_buttons(request)),
            label="Next",
        )
        first = f"{turn.person.name} has answered request {request.id}."
        others = await to_thread(turn, store, request, step, first, answer)
        return reply(done, notices=(*to_asker(request, answer_message(request, turn.person), step), *others))

    async def _reply(self, turn: Turn, store: Store, request: ExpertRequest, words: str) -> Reply:
        """More words about an answer, from either side."""
        assert turn.person is not None, "only somebody known may reply"
        if request.asker_id == turn.person.id:
            step = await note(turn, store, request, Step.REPLIED, words)
            names = await store.people.named([request.holder_id])
            done = for_asker(
                request,
                f"Sent to {names.get(request.holder_id or 0, 'those who answered')}.",
                "If you still need an answer, reopen your request.",
            )
            notices = await self._to_experts(turn, store, request, step, "replies")
            return Reply(messages=(done,), notices=notices)
        request.answer = f"{request.answer}\n\n{words}".strip()
        step = await note(turn, store, request, Step.REPLIED, words)
        names = await store.people.named([request.asker_id])
        told = to_asker(request, added_message(request, turn.person, words), step)
        first = f"{turn.person.name} adds to the answer to request {request.id}."
        others = await to_thread(turn, store, request, step, first, words)
        return reply(say(f"Sent to {names.get(request.asker_id, 'the asker')}."), notices=(*told, *others))

    async def _add(self, turn: Turn, store: Store, request: ExpertRequest, words: str) -> Reply:
        request.context = f"{request.context}\n\n{words}".strip()
        step = await note(turn, store, request, Step.ADDED, words)
        return Reply(
            messages=(for_asker(request, f"Added to request {request.id}."),),
            notices=await self._to_experts(turn, store, request, step, "has added to it"),
        )

    async def _reopen(self, turn: Turn, store: Store, request: ExpertRequest, words: str) -> Reply:
        request.state = ExpertState.CLAIMED if request.holder_id else ExpertState.OPEN
        request.waiting_since, request.bumps, request.closed_at = turn.received_at, 0, None
        request.context = f"{request.context}\n\n{words}".strip()
        step = await note(turn, store, request, Step.REOPENED, words)
        return Reply(
            messages=(for_asker(request, f"Request {request.id} is open again."),),
            notices=await self._to_experts(turn, store, request, step, "has reopened it"),
        )

    async def _close(self, turn: Turn, store: Store, request: ExpertRequest) -> Reply:
        request.state, request.closed_at = ExpertState.CLOSED, turn.received_at
        step = await note(turn, store, request, Step.CLOSED)
        words = f"Request {request.id} is closed."
        others = await to_thread(turn, store, request, step, words)
        if turn.person_id == request.asker_id:
            return reply(say(words, buttons=[button(Act.REOPEN, request)]), notices=others)
        told = for_asker(
            request, f"Your request {request.id} is closed.", "Reopen it if anything is missing."
        )
        return reply(say(words), notices=(*to_asker(request, told, step), *others))

    async def _withdraw(self, turn: Turn, store: Store, request: ExpertRequest) -> Reply:
        request.state, request.closed_at = ExpertState.WITHDRAWN, turn.received_at
        step = await note(turn, store, request, Step.WITHDRAWN)
        words = f"Request {request.id} was withdrawn by the person who asked. You need do nothing more."
        notices = to_those_who_answer(turn, request, say(words), step)
        others = await to_thread(turn, store, request, step, words)
        done = say(f"Request {request.id} is withdrawn.", buttons=asker_buttons(request))
        return reply(done, notices=(*notices, *others))

    async def _to_experts(
        self, turn: Turn, store: Store, request: ExpertRequest, step: ExpertStep, what: str
    ) -> tuple[Notice, ...]:
        """A word of the asker's, to those who answer and into the thread."""
        names = await store.people.named([request.asker_id])
        who = names.get(request.asker_id, "The asker")
        message = for_experts(request, f"{who} {what}: {step.text}", await self._facts(store, request))
        others = await to_thread(turn, store, request, step, f"{who} {what}.", step.text)
        return (*to_those_who_answer(turn, request, message, step), *others)

    async def _facts(self, store: Store, request: ExpertRequest) -> Facts:
        names = await store.people.named([request.asker_id])
        article = self._services.library.get(request.article or "")
        title = article.title if article else request.article
        return request_facts(request, names.get(request.asker_id, "someone who has left"), title)

    def _after(self, turn: Turn, request: ExpertRequest) -> tuple[Button, ...]:
        return self._then(request, turn) if request.answer else ()


def _hold(request: ExpertRequest, person_id: int, turn: Turn) -> None:
    request.state, request.holder_id = ExpertState.CLAIMED, person_id
    request.claimed_at = request.claimed_at or turn.received_at
