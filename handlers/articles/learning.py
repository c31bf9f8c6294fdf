"""What people asked in vain: grouped by likeness, to be answered, attached to an article, or set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from handlers.articles.question_groups import group_with, groups_for, may_learn, nearest_article
from handlers.articles.view import DRAFT, Draft, without_names
from handlers.ask import SHOW, ShowArticle
from handlers.conversation.acts import ClickAction, Command, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Block, Bullets, Buttons, Message, Note, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from handlers.services import Services
from storage.database import Store
from storage.questions import SET_ASIDE, Question
from storage.versions import Phrasing

_SHOWN = 4
_WORDINGS = 3
_LISTED_PHRASINGS = 5
_PICKED_SINCE = timedelta(days=180)
_LIVE = timedelta(seconds=5)
# A wording is a line of an article's front matter.
_LONGEST_WORDING = 300


@dataclass(frozen=True, slots=True)
class OnGroup:
    """Do something with the group that a question is in."""

    question_id: int


@dataclass(frozen=True, slots=True)
class OnWording:
    """Take up or set aside a question as another way to ask for the article that was picked after it."""

    question_id: int
    accept: bool


ATTACH = ClickAction("learning.attach", OnGroup)
ATTACH_FORM = FormAction("learning.attach", OnGroup)
ASIDE = ClickAction("learning.set_aside", OnGroup)
WORDING = ClickAction("learning.wording", OnWording)


def register(router: Router, services: Services) -> None:
    """The lists and what is done with them."""
    learning = Learning(services)
    router.on_command(
        Command(
            "unanswered",
            "unanswered",
            "See what people asked in vain, and answer it",
            (r"unanswered( questions)?",),
        ),
        learning.unanswered,
    )
    router.on_command(
        Command(
            "suggested wordings",
            "suggested wordings",
            "See questions after which people picked an article, to take them up as ways to ask for it",
            (r"suggested wordings",),
        ),
        learning.wordings,
    )
    router.on_click(ATTACH, learning.open_attach)
    router.on_form(ATTACH_FORM, learning.attach, learning.attach_form)
    router.on_click(ASIDE, learning.set_aside)
    router.on_click(WORDING, learning.judge)


class Learning:
    """What needs the articles there are."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def unanswered(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """The largest groups of questions without an answer, or with one that did not help."""
        theirs = await store.expert_teams.workstreams_of(turn.person_id)
        if not (turn.has(*LEADS) or theirs):
            return reply(_only_experts())
        groups = await groups_for(turn, store, self._services)
        if not groups:
            return private(say("No question is waiting for an article."))
        people, contracts = await store.people.everyone(), await store.contracts.all()
        blocks: list[Block] = [Text(spans([bold(f"Asked in vain: {len(groups)} subjects.")]))]
        for number, group in enumerate(groups[:_SHOWN], 1):
            wordings = list(dict.fromkeys(without_names(each.text, people, contracts) for each in group))
            times = f"asked {len(group)} time{'s' * (len(group) != 1)}"
            carried = OnGroup(group[0].id)
            missed = [
                without_names(said.comment, people, contracts)
                for question in group
                for said in await store.questions.feedback(question.id)
                if said.comment
            ]
            blocks += [
                Text(spans([bold(f"{number}. "), times])),
                Bullets(tuple(spans(each) for each in wordings[:_WORDINGS])),
                *(Note(spans(f"What was missing: {each}")) for each in missed[:_WORDINGS]),
                Buttons(
                    (
                        DRAFT.button(f"Write answer {number}", Draft(question_id=group[0].id)),
                        ATTACH.button(f"Attach {number} to an article", carried),
                        ASIDE.button(f"Set {number} aside", carried),
                    ),
                    f"Subject {number}",
                ),
            ]
        if len(groups) > _SHOWN:
            blocks.append(Note(spans(f"The {_SHOWN} asked most are shown; deal with one to see the next.")))
        return private(Message(f"{len(groups)} subjects were asked in vain.", tuple(blocks)))

    async def open_attach(self, turn: Turn, store: Store, params: OnGroup) -> Reply:
        """Ask to which article."""
        form = await self.attach_form(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form)

    async def attach_form(self, turn: Turn, store: Store, params: OnGroup) -> Form | Reply:
        """The form that takes the article."""
        group = await group_with(turn, store, self._services, params.question_id)
        if not group:
            return reply(_gone())
        article = self._services.library.get(nearest_article(group[0]) or "")
        field = Field(
            "article",
            "Which article answers it",
            Kind.ARTICLE,
            initial=article.title if article else "",
            help=f"The question: {group[0].text[:140]}",
        )
        return Form(
            ATTACH_FORM.name, "Attach to an article", (field,), "Attach", params=ATTACH_FORM.carried(params)
        )

    async def attach(self, turn: Turn, store: Store, params: OnGroup, values: Mapping[str, str]) -> Reply:
        """Take the group's wordings up as ways to ask for an article, and tell those who had asked."""
        group = await group_with(turn, store, self._services, params.question_id)
        article = self._services.library.get(values["article"])
        assert article is not None, "the form takes only an article that is there"
        for question in group:
            await _judge(turn, store, question, article.slug, accepted=True)
            question.settled = article.slug
        told = {each.person_id: each.text for each in group if each.person_id not in (None, turn.person_id)}
        show = SHOW.button(f"Show: {article.title}"[:75], ShowArticle(article.slug))
        notices = tuple(
            Notice(
                f"learnt:{params.question_id}:{article.slug}:{person}",
                person,
                say(f"You asked: '{text}'. This article answers it.", buttons=[show], label="The answer"),
                "article",
                not_before=turn.received_at + _LIVE,
            )
            for person, text in told.items()
        )
        done = say(f"'{article.title}' is found by these words within 5 seconds.")
        return Reply(messages=(done,), private=True, notices=notices)

    async def set_aside(self, turn: Turn, store: Store, params: OnGroup) -> Reply:
        """Leave a group unanswered on purpose."""
        group = await group_with(turn, store, self._services, params.question_id)
        if not group:
            return reply(_gone())
        for question in group:
            question.settled = SET_ASIDE
        store.audit.record(
            turn.received_at,
            "questions set aside",
            str(group[0].id),
            person_id=turn.person_id,
            count=len(group),
        )
        return private(say(f"Set aside: {len(group)} questions. Type 'unanswered' to see the rest."))

    async def wordings(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """Questions after which somebody picked one of the articles offered."""
        theirs = await store.expert_teams.workstreams_of(turn.person_id)
        if not (turn.has(*LEADS) or theirs):
            return reply(_only_experts())
        judged = await store.versions.judged()
        people, contracts = await store.people.everyone(), await store.contracts.all()
        blocks: list[Block] = []
        for question in await store.questions.picked(turn.received_at - _PICKED_SINCE):
            article = self._services.library.get(question.chosen_later or "")
            text = without_names(question.text, people, contracts)[:_LONGEST_WORDING]
            if article is None or (article.slug, text) in judged or text in article.about.questions:
                continue
            if len(blocks) >= 2 * _LISTED_PHRASINGS or not await may_learn(
                turn, store, self._services, question
            ):
                continue
            judged.add((article.slug, text))
            buttons = (
                WORDING.button(f"Accept {question.id}", OnWording(question.id, accept=True)),
                WORDING.button(f"Reject {question.id}", OnWording(question.id, accept=False)),
            )
            blocks += [
                Text(spans([bold(f"{question.id}. "), f"'{text}' as a way to ask for '{article.title}'"])),
                Buttons(buttons, f"Wording {question.id}"),
            ]
        if not blocks:
            return private(say("No wording is waiting."))
        return private(Message("Suggested wordings", tuple(blocks)))

    async def judge(self, turn: Turn, store: Store, params: OnWording) -> Reply:
        """Take a wording up or set it aside."""
        question = await store.questions.get(params.question_id)
        if question is None or not await may_learn(turn, store, self._services, question):
            return reply(_only_experts())
        if question.chosen_later is None or self._services.library.get(question.chosen_later) is None:
            return reply(_gone())
        await _judge(turn, store, question, question.chosen_later, accepted=params.accept)
        return private(
            say("Accepted: the next person who asks so gets the article." if params.accept else "Rejected.")
        )


async def _judge(turn: Turn, store: Store, question: Question, slug: str, *, accepted: bool) -> None:
    text = without_names(question.text, await store.people.everyone(), await store.contracts.all())
    text = " ".join(text.split())[:_LONGEST_WORDING]
    await store.versions.judge(
        Phrasing(slug=slug, text=text, accepted=accepted, person_id=turn.person_id, at=turn.received_at)
    )
    act = "wording accepted" if accepted else "wording rejected"
    store.audit.record(turn.received_at, act, slug, person_id=turn.person_id, text=text)


def _only_experts() -> Message:
    return say("Only the SRM lead, the deputy and the experts of the workstream can see these.")


def _gone() -> Message:
    return say("These questions have been dealt with. Type 'unanswered' to see what waits.")
