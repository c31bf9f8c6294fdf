"""Questions: the curated answer, a choice between articles, one of the bot's own skills, or a plain refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from handlers.articles import shown as article_shown
from handlers.articles.owners import owner_words
from handlers.articles.shown import Reader
from handlers.articles.view import DRAFT, Draft
from handlers.conversation.acts import ClickAction, Command
from handlers.conversation.message import Block, Button, Buttons, Message, Text, bold, say, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Said, Searched, Turn
from handlers.experts.view import expert_button
from handlers.feedback import rating_buttons
from handlers.help import WHAT_I_CAN_DO
from handlers.services import Services
from knowledge.answer import Answer, Verdict
from knowledge.article import Article
from knowledge.glossary import Term
from knowledge.neighbours import Neighbour
from knowledge.several import questions_in
from knowledge.skills import load_skills
from storage.conversations import Conversation
from storage.database import Store
from storage.questions import WITHHOLD_STALE, Question

# Longer texts are somebody pasting a document: the question can't be told from the rest.
LONGEST_QUESTION = 2000
# How many earlier questions a follow-up may lean on.
_REMEMBERED = 3
_FOUND = 5
_NAMED_TIER = (
    r"(?:(?:my|our|this|the) contract(?:'s| is)|it(?:'s| is)) (?:an? )?"
    r"(?P<tier>platinum|gold|silver|bronze)(?: tier)?(?: contract| one)?"
)
_TIER = re.compile(r"\b(platinum|gold|silver|bronze)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShowArticle:
    """Show an article. `question_id` is the question that led here; `whole` asks for every section."""

    slug: str
    question_id: int | None = None
    whole: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class DoSkill:
    """Do what a question may have asked for, although it was answered with an article."""

    skill: str
    question_id: int


SHOW = ClickAction("ask.show", ShowArticle)
DO = ClickAction("ask.do", DoSkill)


def register(router: Router, services: Services) -> None:
    """Answering is what happens to any text that nothing else takes."""
    ask = Ask(router, services)
    router.on_command(
        Command(
            "tier",
            "my contract is Gold",
            "Get answers for a contract of that tier",
            (_NAMED_TIER,),
        ),
        ask.name_tier,
    )
    router.on_click(SHOW, ask.show)
    router.on_click(DO, ask.do)
    router.on_searched(ask.search)
    router.otherwise(ask.answer)


class Ask:
    """Answers questions from the knowledge base."""

    def __init__(self, router: Router, services: Services) -> None:
        self._router = router
        self._services = services
        self._summaries = {skill.name: skill.summary for skill in load_skills() if router.does(skill.name)}

    async def answer(self, turn: Turn, store: Store) -> Reply:
        """Answer what was written, question by question, and keep each with what was chosen for it."""
        text = _cleaned(turn.text)
        if not text:
            return reply(_nothing_asked())
        if len(text) > LONGEST_QUESTION:
            return reply(_too_long(len(text)))
        conversation = await store.conversations.open(turn.inbound.address.key, turn.received_at)
        replies = [
            await self._answer_one(turn, store, conversation, question) for question in questions_in(text)
        ]
        if len(replies) == 1:
            return replies[0]
        return replace(replies[-1], messages=tuple(each for one in replies for each in one.messages))

    async def name_tier(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """Remember the tier that was named, and show the last article again for it."""
        conversation = await store.conversations.open(turn.inbound.address.key, turn.received_at)
        conversation.tier = args["tier"].capitalize()
        article = self._services.library.get(conversation.article or "")
        if article is None:
            return reply(say(f"I will answer for a {conversation.tier} contract. What do you want to know?"))
        return reply(await self._article_message(article, None, turn, store, conversation))

    async def search(self, turn: Turn, _store: Store) -> Reply:
        """The articles nearest to a few words, each as one message; nothing is kept of it."""
        assert isinstance(turn.input, Searched), "only a search comes here"
        text = _cleaned(turn.input.text)[:LONGEST_QUESTION]
        if not text:
            return Reply()
        found = self._services.answerer.answer(text)
        slugs = [found.article, *found.choices, *(each.id for each in found.trace.candidates)]
        get, reader = self._services.library.get, Reader(turn.today)
        articles = [article for slug in dict.fromkeys(slugs) if slug and (article := get(slug))]
        return reply(*(article_shown.opening_of(each, reader) for each in articles[:_FOUND]))

    async def show(self, turn: Turn, store: Store, params: ShowArticle) -> Reply:
        """Show the article that a button names."""
        article = self._services.library.get(params.slug)
        if article is None:
            return reply(
                say("That article is no longer in the knowledge base. Type your question to find another.")
            )
        conversation = await store.conversations.open(turn.inbound.address.key, turn.received_at)
        question = await store.questions.get(params.question_id) if params.question_id else None
        if question is not None and params.chosen and question.person_id == turn.person_id:
            question.chosen_later = article.slug
        question_id = question.id if question else None
        if not params.whole or await self._held_back(article, turn, store):
            return reply(await self._article_message(article, question_id, turn, store, conversation))
        message = article_shown.whole_of(article, await self._reader(article, turn, store, conversation))
        further = (
            *self._related_buttons(article, question_id),
            expert_button(question_id, article.slug),
            DRAFT.button("Change this article", Draft(slug=article.slug)),
        )
        return reply(_with_blocks(message, Buttons(further, "Next")))

    async def do(self, turn: Turn, store: Store, params: DoSkill) -> Reply:
        """Take a question for the request that it may have been as well."""
        question = await store.questions.get(params.question_id)
        if question is None or question.person_id != turn.person_id:
            return reply(say("That question is no longer kept. Type what you want done."))
        said = replace(turn, inbound=replace(turn.inbound, input=Said(question.text)))
        return await self._router.run_skill(params.skill, said, store) or reply(_not_in_chat(question.id))

    async def _answer_one(self, turn: Turn, store: Store, conversation: Conversation, text: str) -> Reply:
        found = self._services.answerer.answer(text, tuple(conversation.recent_questions))
        conversation.recent_questions = [*conversation.recent_questions, text][-_REMEMBERED:]
        named = _TIER.search(text)
        if named:
            conversation.tier = named[1].capitalize()
        question = await store.questions.add(_record(turn, text, found))
        if found.verdict is Verdict.SKILL:
            done = await self._router.run_skill(found.skill or "", turn, store)
            return self._with_guidance(done or reply(_not_in_chat(question.id)), found, question.id)
        urgent = self._urgent(text)
        term = self._services.glossary.asked(text)
        meaning = [article_shown.definition_of(term)] if term else []
        if urgent is not None and found.verdict is Verdict.NONE:
            message = await self._article_message(urgent, question.id, turn, store, conversation)
            message = _or_elsewhere(message, found.neighbour) if found.neighbour else message
            return reply(_with_first(meaning, message))
        message = await self._message(turn, store, conversation, question, found)
        first = _do_now(urgent) if urgent is not None and urgent.slug != found.article else []
        return reply(_with_first([*first, *meaning], message))

    async def _message(
        self, turn: Turn, store: Store, conversation: Conversation, question: Question, found: Answer
    ) -> Message:
        library = self._services.library
        if found.verdict is Verdict.ANSWER and (article := library.get(found.article or "")):
            shown = await self._article_message(article, question.id, turn, store, conversation)
            return _with_blocks(shown, Buttons(tuple(self._skill_beside(found, question.id)), "Or"))
        if found.verdict is Verdict.CHOOSE:
            return self._did_you_mean(found, question.id)
        term = self._services.glossary.asked(question.text)
        about = library.get(term.article) if term and term.article else None
        return self._only_a_term(term, about, question.id) if term else _no_answer(found, question.id)

    def _urgent(self, text: str) -> Article | None:
        """The article on what to do in the emergency that words of the text may mean."""
        group = self._services.urgent.find(text)
        return self._services.library.get(group.article) if group else None

    async def _reader(self, article: Article, turn: Turn, store: Store, conversation: Conversation) -> Reader:
        tiers = {conversation.tier} if conversation.tier else set()
        if not tiers and turn.person_id is not None:
            tiers = {tier.value for tier in await store.contracts.tiers_managed_by(turn.person_id)}
        units = await store.people.units_of(turn.unit)
        notes = await store.notes.on(article.slug, [unit.id for unit in units])
        names = {unit.id: unit.name for unit in units}
        theirs = tuple((names[note.unit_id], note.text) for note in notes)
        return Reader(turn.today, frozenset(tiers), theirs, await owner_words(store, article))

    async def _article_message(
        self,
        article: Article,
        question_id: int | None,
        turn: Turn,
        store: Store,
        conversation: Conversation,
    ) -> Message:
        conversation.article = article.slug
        if await self._held_back(article, turn, store):
            return _withheld(article, question_id)
        message = article_shown.opening_of(article, await self._reader(article, turn, store, conversation))
        related = self._related_buttons(article, question_id)
        if article_shown.has_more(article):
            whole = ShowArticle(article.slug, question_id, whole=True)
            related.insert(0, SHOW.button("Read the rest", whole))
        rating = rating_buttons(question_id, article.slug) if question_id is not None else []
        return _with_blocks(
            message,
            Buttons(tuple(related), "Read more"),
            Buttons(
                (*rating, expert_button(question_id, article.slug)), "Was this helpful?" if rating else "Next"
            ),
        )

    async def _held_back(self, article: Article, turn: Turn, store: Store) -> bool:
        """Whether the article is past its review date, and such articles are not shown at the moment."""
        return article.stale(turn.today) and bool(await store.preferences.get(WITHHOLD_STALE))

    def _related_buttons(self, article: Article, question_id: int | None) -> list[Button]:
        return [
            SHOW.button(each.title, ShowArticle(each.slug, question_id))
            for each in self._services.library.related(article)
        ]

    def _did_you_mean(self, found: Answer, question_id: int) -> Message:
        choices = self._choices(found, question_id)
        return say(
            [bold("Did you mean one of these?")],
            "Choose one, or type its number. If none of them is right, ask an expert.",
            buttons=[*choices, *self._skill_beside(found, question_id), expert_button(question_id)],
            label="Did you mean",
        )

    def _skill_beside(self, found: Answer, question_id: int) -> list[Button]:
        """What the question may have asked to be done, beside what it was answered with."""
        summary = self._summaries.get(found.skill_beside or "")
        return [DO.button(summary, DoSkill(found.skill_beside or "", question_id))] if summary else []

    def _with_guidance(self, done: Reply, found: Answer, question_id: int) -> Reply:
        """What a command said, with the guidance that may have been meant."""
        choices = self._choices(found, question_id)
        if not choices or not done.messages:
            return done
        last = _with_blocks(done.messages[-1], Buttons(tuple(choices), "If you want guidance"))
        return replace(done, messages=(*done.messages[:-1], last))

    def _choices(self, found: Answer, question_id: int) -> list[Button]:
        """A button for each article that may be meant."""
        articles = [article for slug in found.choices if (article := self._services.library.get(slug))]
        return [
            SHOW.button(each.title, ShowArticle(each.slug, question_id, chosen=True)) for each in articles
        ]

    def _only_a_term(self, term: Term, about: Article | None, question_id: int) -> Message:
        more = [SHOW.button(about.title, ShowArticle(about.slug, question_id))] if about else []
        buttons = (*more, expert_button(question_id))
        return Message(f"{term.title}: {term.meaning}", (Buttons(buttons, "Read more"),))


def _cleaned(text: str) -> str:
    """What was written, without characters that stand for nothing and that a database may refuse."""
    return "".join(each for each in text if each.isprintable() or each.isspace()).strip()


def _with_blocks(message: Message, *rows: Buttons) -> Message:
    return replace(message, blocks=(*_said(message), *(row for row in rows if row.buttons)))


def _with_first(first: list[Block], message: Message) -> Message:
    if not first:
        return message
    return replace(message, blocks=(*first, *_said(message)))


def _do_now(article: Article) -> list[Block]:
    """What comes before anything else in an emergency, with the article that says more."""
    more = SHOW.button(article.title, ShowArticle(article.slug))
    return [*article_shown.urgent_line(article), Buttons((more,), "More on what to do now")]


def _or_elsewhere(message: Message, neighbour: Neighbour) -> Message:
    """The message, and above its buttons the place for what it may have been about instead."""
    blocks = _said(message)
    place = next((row for row, block in enumerate(blocks) if isinstance(block, Buttons)), len(blocks))
    where = Text(spans([bold("If it is about something else: "), neighbour.where]))
    return replace(message, blocks=(*blocks[:place], where, *blocks[place:]))


def _said(message: Message) -> tuple[Block, ...]:
    """What a message says: its summary, where it has nothing else."""
    return message.blocks or (Text(spans(message.summary)),)


def _record(turn: Turn, text: str, found: Answer) -> Question:
    return Question(
        asked_at=turn.received_at,
        person_id=turn.person_id,
        platform=turn.inbound.account.platform,
        text=text,
        verdict=found.verdict.value,
        confidence=found.confidence,
        article=found.article,
        choices=list(found.choices),
        skill=found.skill,
        trace=plain(found.trace),
    )


def plain(value: Any) -> Any:
    """The value as JSON can hold it: tuples become lists, numbers of any library plain numbers."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return round(float(value), 4)


def _withheld(article: Article, question_id: int | None) -> Message:
    return say(
        [
            bold(
                f"'{article.title}' is held back: it was due for review by {article.about.next_review:%-d %B %Y}."
            )
        ],
        "Ask an expert meanwhile. Its owner can review it with 'change this article'.",
        buttons=[expert_button(question_id, article.slug)],
        label="Next",
    )


def _nothing_asked() -> Message:
    return say(
        "I did not get a question. Type one in your own words, such as "
        "'supplier has missed a KPI, what now?', or type 'help'."
    )


def _too_long(length: int) -> Message:
    return say(
        f"That is {length:,} characters, and I can read up to {LONGEST_QUESTION:,}. "
        "Ask your question in a sentence or two."
    )


def _not_in_chat(question_id: int) -> Message:
    return say(
        "I understand what you want to do, but I can't do that in chat. Ask an expert, or see what I can do.",
        buttons=[expert_button(question_id), WHAT_I_CAN_DO],
        label="Next",
    )


def _no_answer(found: Answer, question_id: int) -> Message:
    where = (
        found.neighbour.where
        if found.neighbour
        else "Try other words, or ask an expert. Your question goes with it, so you need not write it again."
    )
    return say(
        "I do not have an answer to that in the knowledge base.",
        where,
        buttons=[expert_button(question_id), WHAT_I_CAN_DO],
        label="Next",
    )
