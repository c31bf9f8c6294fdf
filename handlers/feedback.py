"""Whether an answer helped, and what was missing when it did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.conversation.form import Field, Form, Kind, check
from handlers.conversation.message import Button, say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import ClickAction, FormAction, Router
from handlers.conversation.turn import Turn
from handlers.experts.view import expert_button
from storage.database import Store


@dataclass(frozen=True, slots=True)
class Rate:
    """Say whether an answer helped."""

    question_id: int
    slug: str
    helpful: bool


RATE = ClickAction("feedback.rate", Rate)
MISSING = FormAction("feedback.missing", Rate)


def register(router: Router) -> None:
    """The two buttons, and the form behind "no"."""
    router.on_click(RATE, rate)
    router.on_form(MISSING, missing)


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


async def missing(turn: Turn, store: Store, params: Rate, values: Mapping[str, str]) -> Reply:
    """Keep what was missing from an answer."""
    errors = check(_missing_form(params), values)
    if errors:
        return Reply(errors=errors)
    if not await _keep(turn, store, params, values["missing"].strip()):
        return _not_yours()
    return reply(say("Thank you. The owner of the article will see your comment."))


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
