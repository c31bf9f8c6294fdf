"""Questions: the curated answer, a choice between articles, one of the bot's own skills, or a plain refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from handlers import article_view
from handlers.conversation.form import Field, Form, Kind, check
from handlers.conversation.message import Button, Buttons, Message, bold, say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import ClickAction, FormAction, Router
from handlers.conversation.turn import Turn
from handlers.experts_view import ASK, AskExpert
from handlers.help import WHAT_I_CAN_DO
from handlers.services import Services
from knowledge.answer import Answer, Verdict
from knowledge.article import Article
from storage.database import Store
from storage.questions import Question

# Longer texts are somebody pasting a document: the question can't be told from the rest.
LONGEST_QUESTION = 2000
# How many earlier questions a follow-up may lean on.
_REMEMBERED = 3


@dataclass(frozen=True, slots=True)
class ShowArticle:
    """Show an article. `question_id` is the question that led here; `whole` asks for every section."""

    slug: str
    question_id: int | None = None
    whole: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """Say whether an answer helped."""

    question_id: int
    slug: str
    helpful: bool


SHOW = ClickAction("ask.show", ShowArticle)
RATE = ClickAction("ask.rate", Rate)
MISSING = FormAction("ask.missing", Rate)


def register(router: Router, services: Services) -> None:
    """Answering is what happens to any text that nothing else takes."""
    ask = Ask(router, services)
    router.on_click(SHOW, ask.show)
    router.on_click(RATE, ask.rate)
    router.on_form(MISSING, ask.missing)
    router.otherwise(ask.answer)


class Ask:
    """Answers questions from the knowledge base."""

    def __init__(self, router: Router, services: Services) -> None:
        self._router = router
        self._library = services.library
        self._answerer = services.answerer

    async def answer(self, turn: Turn, store: Store) -> Reply:
        """Answer what was written, and keep the question with what was chosen for it."""
        text = _cleaned(turn.text)
        if not text:
            return reply(_nothing_asked())
        if len(text) > LONGEST_QUESTION:
            return reply(_too_long(len(text)))
        conversation = await store.conversations.open(turn.inbound.address.key, turn.received_at)
        found = self._answerer.answer(text, tuple(conversation.recent_questions))
        conversation.recent_questions = [*conversation.recent_questions, text][-_REMEMBERED:]
        question = await store.questions.add(_record(turn, text, found))
        return await self._reply(turn, store, question, found)

    async def _reply(self, turn: Turn, store: Store, question: Question, found: Answer) -> Reply:
        match found.verdict:
            case Verdict.ANSWER:
                article = self._library.get(found.article or "")
                assert article is not None, "the index holds only articles of the library"
                return reply(self._article_message(article, question.id, turn))
            case Verdict.CHOOSE:
                return reply(self._did_you_mean(found, question.id))
            case Verdict.SKILL:
                done = await self._router.run_skill(found.skill or "", turn, store)
                return done if done is not None else reply(_not_in_chat(question.id))
            case Verdict.NONE:
                return reply(_no_answer(found, question.id))

    async def show(self, turn: Turn, store: Store, params: ShowArticle) -> Reply:
        """Show the article that a button names."""
        article = self._library.get(params.slug)
        if article is None:
            return reply(
                say("That article is no longer in the knowledge base. Type your question to find another.")
            )
        question = await store.questions.get(params.question_id) if params.question_id else None
        if question is not None and params.chosen and question.person_id == turn.person_id:
            question.chosen_later = article.slug
        question_id = question.id if question else None
        if params.whole:
            message = article_view.whole_of(article, turn.today)
            buttons = Buttons(
                (*self._related_buttons(article, question_id), _expert_button(question_id, article.slug)),
                "Next",
            )
            return reply(replace(message, blocks=(*message.blocks, buttons)))
        return reply(self._article_message(article, question_id, turn))

    async def rate(self, turn: Turn, store: Store, params: Rate) -> Reply:
        """Keep whether the answer helped; when it did not, ask what was missing."""
        question = await store.questions.get(params.question_id)
        if question is None or question.person_id != turn.person_id:
            return reply(say("Only the person who asked can rate this answer. Nothing was changed."))
        await store.questions.rate(
            question.id, turn.person_id, params.slug, turn.received_at, helpful=params.helpful
        )
        if params.helpful:
            return reply(say("Thank you. That helps us keep the answers right."))
        return Reply(
            messages=(
                say(
                    "Thank you for saying so. Tell us what was missing, or ask an expert.",
                    buttons=[_expert_button(question.id, params.slug)],
                ),
            ),
            form=_missing_form(params),
        )

    async def missing(self, turn: Turn, store: Store, params: Rate, values: Mapping[str, str]) -> Reply:
        """Keep what was missing from an answer."""
        errors = check(_missing_form(params), values)
        if errors:
            return Reply(errors=errors)
        question = await store.questions.get(params.question_id)
        if question is None or question.person_id != turn.person_id:
            return reply(say("Only the person who asked can rate this answer. Nothing was changed."))
        await store.questions.rate(
            question.id,
            turn.person_id,
            params.slug,
            turn.received_at,
            helpful=False,
            comment=values["missing"].strip(),
        )
        return reply(say("Thank you. The owner of the article will see your comment."))

    def _article_message(self, article: Article, question_id: int | None, turn: Turn) -> Message:
        message = article_view.opening_of(article, turn.today)
        more = (
            [SHOW.button("Read the rest", ShowArticle(article.slug, question_id, whole=True))]
            if article_view.has_more(article)
            else []
        )
        rows = [
            Buttons((*more, *self._related_buttons(article, question_id)), "Read more"),
            Buttons(
                (*_rating_buttons(question_id, article.slug), _expert_button(question_id, article.slug)),
                "Was this helpful?",
            ),
        ]
        return replace(message, blocks=(*message.blocks, *(row for row in rows if row.buttons)))

    def _related_buttons(self, article: Article, question_id: int | None) -> list[Button]:
        return [
            SHOW.button(each.title, ShowArticle(each.slug, question_id))
            for each in self._library.related(article)
        ]

    def _did_you_mean(self, found: Answer, question_id: int) -> Message:
        articles = [article for slug in found.choices if (article := self._library.get(slug))]
        return say(
            [bold("Did you mean one of these?")],
            "Choose one, or type its number. If none of them is right, ask an expert.",
            buttons=[
                *(
                    SHOW.button(each.title, ShowArticle(each.slug, question_id, chosen=True))
                    for each in articles
                ),
                _expert_button(question_id, None),
            ],
            label="Did you mean",
        )


def _cleaned(text: str) -> str:
    """What was written, without characters that stand for nothing and that a database may refuse."""
    return "".join(each for each in text if each.isprintable() or each.isspace()).strip()


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
        trace=_plain(asdict(found.trace)),
    )


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: tuples become lists, numbers of any library plain numbers."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | bool):
        return value
    return round(float(value), 4)


def _rating_buttons(question_id: int | None, slug: str) -> list[Button]:
    if question_id is None:
        return []
    return [
        RATE.button("Yes, this helped", Rate(question_id, slug, helpful=True)),
        RATE.button("No, this did not help", Rate(question_id, slug, helpful=False)),
    ]


def _expert_button(question_id: int | None, slug: str | None) -> Button:
    return ASK.button("Ask an expert", AskExpert(question_id, slug))


def _missing_form(params: Rate) -> Form:
    return Form(
        MISSING.name,
        "What was missing?",
        (
            Field(
                "missing",
                "What you needed to know",
                Kind.LONG_TEXT,
                help="Do not include personal details about service users or staff.",
            ),
        ),
        params=MISSING.carried(params),
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
        buttons=[_expert_button(question_id, None), WHAT_I_CAN_DO],
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
        buttons=[_expert_button(question_id, None), WHAT_I_CAN_DO],
        label="Next",
    )
