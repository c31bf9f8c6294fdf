"""Who knows about something: members of the Community by what they say, answer for and manage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from handlers.community.view import refusal, unit_names, unit_of
from handlers.conversation.acts import Command
from handlers.conversation.message import Bullets, Buttons, Message, Note, Text, bold, say, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.policy import WORKSTREAMS, experts_of
from handlers.experts.view import ASK, AskExpert
from handlers.services import Services
from knowledge.answer import Verdict
from storage.community import CommunityMember, Membership
from storage.contracts import may_see
from storage.database import Store
from storage.people import Person

_SHOWN = 8
# How alike, of 100, two words must be to be one, and how many of the topic's words must be found.
_SAME_WORD = 82
_ENOUGH = 0.6
_FILLERS = frozenset({"a", "an", "and", "about", "for", "in", "of", "on", "or", "the", "to", "with"})


@dataclass(frozen=True, slots=True)
class Found:
    """A person, why they may know, and how well it fits: the higher the better."""

    person: Person
    why: str
    fit: float


def register(router: Router, services: Services) -> None:
    """The one command."""
    router.on_command(
        Command(
            "who knows",
            "who knows about TUPE",
            "Find colleagues in the Community who know about something",
            (r"who (here )?knows (something |anything )?about (?P<topic>.+)",),
        ),
        Finder(services).find,
    )


def share_found(topic: str, text: str) -> float:
    """How much of a topic's words, from 0 to 1, a text has, however they are spelt."""
    wanted = [each for each in _words(topic) if each not in _FILLERS]
    there = _words(text)
    if not wanted or not there:
        return 0.0
    return sum(max(fuzz.ratio(each, word) for word in there) >= _SAME_WORD for each in wanted) / len(wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


class Finder:
    """Needs the knowledge base to find the workstream of a topic."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def find(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """List those who may know, the best fit first; those who left are not named."""
        refused = await refusal(turn, store)
        if refused is not None:
            return private(refused)
        topic = args["topic"][:200]
        workstream = self._workstream(topic)
        found = [
            *_introduced(await store.community.profiles(), topic, workstream),
            *await self._experts(store, workstream),
            *await _managing(turn, store, topic),
        ]
        own = ASK.button("Ask an expert", AskExpert())
        people = _best([each for each in found if each.person.id != turn.person_id])
        if not people:
            return private(
                say(
                    f"I found nobody in the Community who says they know about “{topic}”. Ask an expert instead: "
                    "your question goes to the right people.",
                    buttons=[own],
                )
            )
        units = await unit_names(store)
        lines = tuple(
            spans(
                [
                    bold(each[0].person.name),
                    f", {unit_of(each[0].person, units)} ({each[0].person.email}). ",
                    *_whys(each),
                ]
            )
            for each in people[:_SHOWN]
        )
        more = len(people) - len(lines)
        title = f"Who may know about “{topic}”"
        note = (Note(spans(f"And {more} more. Say it more closely to see the best.")),) if more > 0 else ()
        return private(
            Message(
                f"{title}: {len(people)}",
                (Text(spans([bold(title)])), Bullets(lines), *note, Buttons((own,), "Or put your question")),
            )
        )

    def _workstream(self, topic: str) -> str | None:
        """The workstream of a topic: named itself, or that of the article that answers it."""
        named = next((name for name, label in WORKSTREAMS.items() if share_found(label, topic) == 1), None)
        if named is not None:
            return named
        answer = self._services.answerer.answer(topic)
        article = (
            self._services.library.get(answer.article or "") if answer.verdict is Verdict.ANSWER else None
        )
        return article.about.workstream if article else None

    async def _experts(self, store: Store, workstream: str | None) -> list[Found]:
        """Those who answer for the workstream, but for those who left the Community."""
        if workstream is None:
            return []
        records = await store.community.records()
        return [
            Found(each, f"Answers for {WORKSTREAMS[workstream]}.", 0.5)
            for each in await experts_of(store, workstream)
            if (record := records.get(each.id)) is None or record.state is not Membership.LEFT
        ]


def _introduced(
    members: Sequence[tuple[Person, CommunityMember]], topic: str, workstream: str | None
) -> list[Found]:
    found = []
    for person, record in members:
        # An offer in one's own words says more than what one happens to manage.
        for text, why, weight in (
            (record.offers, f"Can help with: {record.offers}.", 1.0),
            (record.manages, f"Manages: {record.manages}", 0.8),
        ):
            share = share_found(topic, text)
            if share >= _ENOUGH:
                found.append(Found(person, why, share * weight))
        if workstream in record.topics:
            found.append(Found(person, f"Can help with {WORKSTREAMS[workstream]}.", 0.4))
    return found


async def _managing(turn: Turn, store: Store, topic: str) -> list[Found]:
    """Members who manage a contract on it, of the contracts that the asker may see."""
    units = {each.id: each for each in await store.people.units()}
    members = {person.id: person for person, _ in await store.community.profiles()}
    found = []
    for contract in await store.contracts.all():
        person = members.get(contract.manager_id or 0)
        share = share_found(topic, f"{contract.title} {contract.notes}") if person else 0
        if person is not None and share >= _ENOUGH and may_see(turn.profile, contract, units):
            found.append(Found(person, f"Manages {contract.reference}, {contract.title}.", share * 0.6))
    return found


def _best(found: Sequence[Found]) -> list[list[Found]]:
    """What was found by person, each with the best reason first, and the person with the best fit first."""
    by_person: dict[int, list[Found]] = {}
    for each in sorted(found, key=lambda each: -each.fit):
        by_person.setdefault(each.person.id, []).append(each)
    return sorted(by_person.values(), key=lambda each: (-each[0].fit, each[0].person.name))


def _whys(found: Sequence[Found]) -> list[str]:
    # Two reasons say enough.
    return [" ".join(each.why for each in found[:2])]
