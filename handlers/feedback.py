"""Whether an answer helped, and what was missing when it did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.articles.owners import owner_on
from handlers.conversation.acts import AGAIN, ClickAction, FormAction, SayAgain
from handlers.conversation.form import Field, Form, Kind, check
from handlers.conversation.message import Button, bold, say
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import expert_button
from handlers.reminders.quiet_hours import told_when_awake
from handlers.services import Services
from knowledge.article import Article
from storage.database import Store
from storage.people import Person


@dataclass(frozen=True, slots=True)
class Rate:
    """Say whether an answer helped."""

    question_id: int
    slug: str
    helpful: bool


RATE = ClickAction("feedback.rate", Rate)
MISSING = FormAction("feedback.missing", Rate)


def register(router: Router, services: Services) -> None:
    """The two buttons, and the form behind "no"."""
    router.on_click(RATE, rate)
    router.on_form(MISSING, Feedback(services).missing)


def rating_buttons(question_id: int, slug: str) -> list[Button]:
    """Yes and no, for one answer."""
    return [
        RATE.button("Yes, this helped", Rate(question_id, slug, helpful=True)),
        RATE.button("No, this did not help", Rate(question_id, slug, helpful=False)),
    ]


async def rate(turn: Turn, store: Store, params: Rate) -> Reply:
    """Keep whether the answer helped; when it did not, ask what was missing."""
    if not await _keep(turn, store, params, ""):
        return _not_yours()
    if params.helpful:
        return reply(say("Thank you. That helps us keep the answers right."))
    told = say(
        "Thank you for saying so. Tell us what was missing, or ask an expert.",
        buttons=[expert_button(params.question_id, params.slug)],
    )
    return Reply(messages=(told,), form=_missing_form(params))


class Feedback:
    """What needs the articles, to know whose each is."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def missing(self, turn: Turn, store: Store, params: Rate, values: Mapping[str, str]) -> Reply:
        """Keep what was missing from an answer, and bring it to the article's owner."""
        errors = check(_missing_form(params), values)
        if errors:
            return Reply(errors=errors)
        comment = values["missing"].strip()
        if not await _keep(turn, store, params, comment):
            return _not_yours()
        article = self._services.library.get(params.slug)
        owner = await owner_on(store, article, turn.today) if article else None
        if article is None or owner is None:
            return reply(say("Thank you. The SRM lead sees your comment in the list of what did not help."))
        done = say("Thank you. The owner of the article gets your comment, without your name.")
        return reply(done, notices=await _to_owner(turn, store, article, owner, comment))


async def _to_owner(
    turn: Turn, store: Store, article: Article, owner: Person, comment: str
) -> tuple[Notice, ...]:
    change = f"change article {article.slug}"
    told = say(
        [bold(f"'{article.title}' did not help somebody who had asked.")],
        ["What they needed to know: ", comment],
        buttons=[AGAIN.button(change.capitalize(), SayAgain(change))],
        label="To put it right",
    )
    # One who rates their own article knows what they said.
    people = [owner.id] if owner.id != turn.person_id else []
    return told_when_awake(
        f"feedback:{turn.inbound.account.platform}:{turn.inbound.key}"[:200],
        people,
        told,
        "feedback",
        manners=await store.manners.all(),
        now=turn.received_at,
        zone=turn.council_zone,
    )


async def _keep(turn: Turn, store: Store, params: Rate, comment: str) -> bool:
    question = await store.questions.get(params.question_id)
    if question is None or turn.person_id is None or question.person_id != turn.person_id:
        return False
    await store.questions.rate(
        question.id,
        turn.person_id,
        params.slug,
        turn.received_at,
        helpful=params.helpful and not comment,
        comment=comment,
    )
    return True


def _not_yours() -> Reply:
    return reply(say("Only the person who asked can rate this answer. Nothing was changed."))


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
