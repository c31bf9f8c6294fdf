"""Marking an article as reviewed: its owner, or the SRM lead where it has none or the owner has left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.conversation.acts import Command, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from handlers.services import Services
from knowledge.article import Article, source_of, write_article
from storage.database import Store
from storage.versions import ArticleVersion

_AGAIN = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Say that an article is still right."""

    slug: str


REVIEWED_FORM = FormAction("articles.reviewed", Reviewed)


def register(router: Router, services: Services) -> None:
    """One command and its form."""
    reviews = Reviews(services)
    router.on_command(
        Command(
            "mark reviewed",
            "mark reviewed kpi-design",
            "For an article's owner: say that it is still right, and when to look again",
            (r"mark reviewed( (?P<slug>[a-z0-9-]{1,80}))?",),
        ),
        reviews.open,
    )
    router.on_form(REVIEWED_FORM, reviews.keep, reviews.form)


class Reviews:
    """What needs the articles in force."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """Open the form for the article shown last, or for one by its slug."""
        conversation = await store.conversations.get(turn.inbound.address.key)
        slug = args.get("slug") or (conversation.article if conversation else None) or ""
        form = await self.form(turn, store, Reviewed(slug))
        return form if isinstance(form, Reply) else Reply(form=form)

    async def form(self, turn: Turn, store: Store, params: Reviewed) -> Form | Reply:
        """The form for the next date."""
        article = self._services.library.get(params.slug)
        if article is None:
            return reply(say("I can't tell which article you mean. Type 'mark reviewed' and its short name."))
        if not await _may_review(turn, store, article):
            return reply(say("Only its owner, the SRM lead or the deputy can do that. Nothing was changed."))
        again = (turn.today + _AGAIN).isoformat()
        return Form(
            REVIEWED_FORM.name,
            "Mark as reviewed",
            (Field("next_review", "Review it again by", Kind.DATE, initial=again, help=article.title),),
            "Mark as reviewed",
            params=REVIEWED_FORM.carried(params),
        )

    async def keep(self, turn: Turn, store: Store, params: Reviewed, values: Mapping[str, str]) -> Reply:
        """Put the same words in force with new dates: nothing else changes, so nobody else has to approve."""
        article = self._services.library.get(params.slug)
        assert article is not None, "the form is made only for an article that is there"
        assert turn.person_id is not None, "the form is made only for somebody known"
        again = date.fromisoformat(values["next_review"])
        if again <= turn.today:
            return Reply(errors={"next_review": "Enter a date after today"})
        about = article.about.model_copy(update={"last_reviewed": turn.today, "next_review": again})
        version = await store.versions.add(
            ArticleVersion(
                slug=article.slug,
                title=article.title,
                workstream=about.workstream,
                text=write_article(about, source_of(article)),
                author_id=turn.person_id,
                at=turn.received_at,
                note="Reviewed",
            )
        )
        await store.versions.publish(version, None, turn.received_at)
        store.audit.record(
            turn.received_at,
            "article reviewed",
            article.slug,
            person_id=turn.person_id,
            next_review=again.isoformat(),
        )
        return private(say(f"'{article.title}' is marked as reviewed. Review it again by {again:%-d %B %Y}."))


async def _may_review(turn: Turn, store: Store, article: Article) -> bool:
    """The owner while they are here, or whoever they passed it on to; the SRM lead and the deputy always."""
    if turn.person is None:
        return False
    passed = [each.to_id for each in await store.item_lines.of(f"article:{article.slug}")]
    if turn.person.id in passed[-1:]:
        return True
    return turn.has(*LEADS) or turn.person.email == article.about.owner_email
