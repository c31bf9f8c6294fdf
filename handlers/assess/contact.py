"""A question about a low area, passed to the first point of contact of the contract's Business Unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.assess.access import Directory, may_see_scores
from handlers.assess.picking import not_found
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import asked_key, for_asker, for_experts, request_facts
from knowledge.assessment import QuestionSet
from storage.contracts import Contract, may_see
from storage.database import Store
from storage.experts import ExpertRequest
from storage.people import Person


@dataclass(frozen=True, slots=True)
class AboutArea:
    """Ask about one area of a contract's newest assessment."""

    reference: str
    area: str


ASK_CONTACT = ClickAction("assess.contact", AboutArea)
_FORM = FormAction("assess.contact", AboutArea)


def register(router: Router, questions: QuestionSet) -> None:
    """The button below a result, and its form."""
    desk = _Desk(questions)
    router.on_click(ASK_CONTACT, desk.open)
    router.on_form(_FORM, desk.send, desk.build)


class _Desk:
    def __init__(self, questions: QuestionSet) -> None:
        self._areas = {each.id: each.name for each in questions.areas}

    async def open(self, turn: Turn, store: Store, params: AboutArea) -> Reply:
        form = await self.build(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form, private=True)

    async def build(self, turn: Turn, store: Store, params: AboutArea) -> Form | Reply:
        found = await _whom(turn, store, params)
        if isinstance(found, Reply):
            return found
        contract, contact = found
        area = self._areas.get(params.area)
        about = f", on {area[:1].lower()}{area[1:]}" if area else ""
        question = Field(
            "question",
            f"Your question to {contact.name}",
            Kind.LONG_TEXT,
            help=f"About {contract.reference} {contract.title}{about}. Your scores are not sent with it.",
        )
        return Form(_FORM.name, "Ask your first point of contact", (question,), params=_FORM.carried(params))

    async def send(self, turn: Turn, store: Store, params: AboutArea, values: Mapping[str, str]) -> Reply:
        """Keep it as a request to an expert is kept: it is chased, answered in chat and can be reopened."""
        found = await _whom(turn, store, params)
        if isinstance(found, Reply) or turn.person is None:
            return reply(not_found(params.reference))
        contract, contact = found
        request = await store.experts.add(
            ExpertRequest(
                asked_at=turn.received_at,
                asker_id=turn.person.id,
                question=values["question"],
                context=f"About {contract.reference} {contract.title}, after a self-assessment.",
                workstream=params.area if params.area in self._areas else None,
                sent_to=[contact.id],
                waiting_since=turn.received_at,
            )
        )
        told = for_experts(
            request,
            f"{turn.person.name} asks you as the first point of contact.",
            request_facts(request, turn.person.name, None),
        )
        notice = Notice(f"{asked_key(request)}:{contact.id}", contact.id, told, "expert request")
        words = f"Your question has gone to {contact.name} as request {request.id}."
        sent = for_asker(request, words, "The answer will come to you here.")
        return Reply(messages=(sent,), private=True, notices=(notice,))


async def _whom(turn: Turn, store: Store, params: AboutArea) -> tuple[Contract, Person] | Reply:
    """The contract and its first point of contact; or why nobody can be asked."""
    directory = await Directory.read(store)
    contract = await store.contracts.by_reference(params.reference)
    if contract is None or not may_see(turn.profile, contract, directory.units):
        return reply(not_found(params.reference))
    kept = await store.assessments.of_contract(contract.id)
    if not any(may_see_scores(turn, directory, contract, each) for each in kept):
        return reply(not_found(params.reference))
    contact = directory.around(contract).contact
    if contact is None:
        words = "Its Business Unit has no first point of contact at the moment. Type 'ask an expert' instead."
        return private(say(words))
    if contact.id == turn.person_id:
        return private(
            say("You are its first point of contact yourself. Type 'ask an expert' to ask others.")
        )
    return contract, contact
