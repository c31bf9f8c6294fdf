"""Writing and changing articles in chat: drafted by one person, approved by a second, live on every replica."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from pydantic import ValidationError

from handlers.articles.question_groups import group_with, nearest_article
from handlers.articles.view import (
    APPROVE,
    COMPARE,
    DISCARD,
    DRAFT,
    DRAFT_FORM,
    REJECT,
    SHOW_VERSION,
    SUBMIT,
    Draft,
    OnVersion,
    Prefill,
    article_form,
    preview,
    sources_of,
    without_names,
)
from handlers.conversation.acts import Command
from handlers.conversation.form import Form
from handlers.conversation.message import Button, Message, bold, say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.access import may_answer
from handlers.experts.policy import experts_of
from handlers.experts.view import LEADS, only_leads, unknown_person
from handlers.services import Services
from knowledge.article import Article, ArticleError, FrontMatter, parse_article, source_of, write_article
from knowledge.clusters import likeness
from storage.database import Store
from storage.people import Person
from storage.versions import ArticleVersion, VersionState

_REVIEWED_AGAIN = timedelta(days=365)
_ALIKE = 80
_FIELDS = frozenset({"title", "workstream", "questions", "sources", "next_review", "owner_email"})


def register(router: Router, services: Services) -> None:
    """Drafting; approving and the versions are in `article_versions`."""
    drafting = Drafting(services)
    router.on_command(
        Command(
            "change article",
            "change this article",
            "Propose a change to the article you were shown, or to one by its name: change article kpi-design",
            (r"change (this article|article (?P<slug>[a-z0-9-]{1,80}))",),
        ),
        drafting.change,
    )
    router.on_command(
        Command(
            "write article",
            "write an article",
            "Propose a new article",
            (r"write an article|new article",),
        ),
        drafting.write,
    )
    router.on_click(DRAFT, drafting.open)
    router.on_form(DRAFT_FORM, drafting.keep, drafting.form)
    router.on_click(SUBMIT, drafting.submit)
    router.on_click(DISCARD, discard)


def article_of(version: ArticleVersion) -> Article:
    """A version as an article."""
    return parse_article(version.text, Path(version.workstream) / f"{version.slug}.md")


async def approvers_of(store: Store, workstream: str, author_id: int) -> list[Person]:
    """Who may approve: the SRM lead, the deputy and the experts of the workstream, never the author."""
    people = {each.id: each for each in await store.people.holding(*LEADS)}
    people |= {each.id: each for each in await experts_of(store, workstream)}
    return [each for each in people.values() if each.id != author_id]


class Drafting:
    """What needs the articles there are."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def change(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """Change the article shown last, or one by its slug."""
        conversation = await store.conversations.get(turn.inbound.address.key)
        slug = args.get("slug") or (conversation.article if conversation else None)
        if slug is None or self._services.library.get(slug) is None:
            return reply(
                say("I can't tell which article you mean. Ask a question first, then type this again.")
            )
        return await self.open(turn, store, Draft(slug=slug))

    async def write(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """Write a new article."""
        return await self.open(turn, store, Draft(anyway=True))

    async def open(self, turn: Turn, store: Store, params: Draft) -> Reply:
        """Open the form, unless other articles may say the same already: those come first."""
        start = await self._start(turn, store, params)
        if isinstance(start, Reply):
            return start
        if not (params.anyway or params.slug or params.version_id):
            alike = self._duplicates(start)
            if alike:
                return private(self._alike(params, alike))
        return Reply(form=article_form(params, start))

    async def form(self, turn: Turn, store: Store, params: Draft) -> Form | Reply:
        """The form, filled in from what led here."""
        start = await self._start(turn, store, params)
        return start if isinstance(start, Reply) else article_form(params, start)

    async def keep(self, turn: Turn, store: Store, params: Draft, values: Mapping[str, str]) -> Reply:
        """Keep the draft and show it as the chat will."""
        assert turn.person_id is not None, "the form is made only for somebody known"
        version = await store.versions.get(params.version_id) if params.version_id else None
        slug = (version.slug if version else params.slug) or await self._new_slug(store, values["title"])
        base = self._services.library.get(slug)
        try:
            text = write_article(
                *_written(values, slug, article_of(version) if version else base, turn.today)
            )
            article = parse_article(text, Path(values["workstream"]) / f"{slug}.md")
        except ValidationError as error:
            where = str(error.errors()[0]["loc"][0])
            return Reply(errors={where if where in _FIELDS else "body": error.errors()[0]["msg"]})
        except ValueError as error:
            return Reply(errors={"sources": str(error)})
        except ArticleError as error:
            where = error.problem.partition(":")[0].partition(".")[0]
            field = where if where in _FIELDS else "next_review" if "next_review" in error.problem else "body"
            return Reply(errors={field: error.problem})
        if version is None or version.state is not VersionState.DRAFT:
            questions: list[int] = []
            if params.question_id:
                group = await group_with(turn, store, self._services, params.question_id)
                questions = [each.id for each in group]
            request = await store.experts.get(params.request_id) if params.request_id else None
            if request and request.question_id:
                questions.append(request.question_id)
            version = await store.versions.add(
                ArticleVersion(
                    slug=slug,
                    title=article.title,
                    workstream=article.about.workstream,
                    text=text,
                    author_id=turn.person_id,
                    at=turn.received_at,
                    request_id=params.request_id,
                    question_ids=version.question_ids if version else questions,
                )
            )
        version.text, version.title, version.workstream = text, article.title, article.about.workstream
        version.note = values.get("note", "")
        carried = OnVersion(version.id)
        buttons = (
            SUBMIT.button("Submit for approval", carried),
            DRAFT.button("Edit it", Draft(version_id=version.id)),
            COMPARE.button(f"Compare version {version.id}", carried),
            DISCARD.button("Discard it", carried),
        )
        return private(preview(article, version, turn.today, buttons))

    async def submit(self, turn: Turn, store: Store, params: OnVersion) -> Reply:
        """Ask for approval."""
        version = await store.versions.get(params.version_id)
        if version is None or turn.person is None or version.author_id != turn.person_id:
            return reply(say("Only the author can submit a draft. Nothing was changed."))
        if version.state is not VersionState.DRAFT:
            return reply(say(f"Version {version.id} has been submitted already. Nothing was changed."))
        approvers = await approvers_of(store, version.workstream, version.author_id)
        if not approvers:
            return reply(
                say("Nobody can approve it at the moment: the SRM lead's post is vacant. It is kept.")
            )
        version.state = VersionState.PROPOSED
        told = say(
            f"{turn.person.name} asks you to approve '{version.title}'.",
            version.note or "A second person has to approve each article before people get it as an answer.",
            buttons=review_buttons(version),
            label="Review",
        )
        notices = tuple(
            Notice(f"article:{version.id}:proposed:{each.id}", each.id, told, "article") for each in approvers
        )
        names = ", ".join(each.name for each in approvers)
        return Reply(messages=(say(f"Sent for approval to {names}. You will be told."),), notices=notices)

    async def _start(  # noqa: PLR0911  # one for each thing an article can be made from
        self, turn: Turn, store: Store, params: Draft
    ) -> Prefill | Reply:
        """What the form holds at first, or why this person can't write this."""
        if turn.person is None:
            return reply(unknown_person())
        if params.version_id is not None:
            version = await store.versions.get(params.version_id)
            if version is None or version.author_id != turn.person_id:
                return reply(say("Only the author can edit a draft. Nothing was changed."))
            return _of_article(article_of(version), version.note, turn.today)
        if params.slug is not None:
            article = self._services.library.get(params.slug)
            if article is None:
                return reply(say("That article is no longer in the knowledge base."))
            return _of_article(article, "", turn.today)
        if params.question_id is not None:
            group = await group_with(turn, store, self._services, params.question_id)
            if not group:
                return reply(
                    say("These questions have been dealt with, or are not for you. Type 'unanswered'.")
                )
            nearest = self._services.library.get(nearest_article(group[0]) or "")
            workstream = nearest.about.workstream if nearest else None
            wordings = [each.text for each in group]
            return await _cleaned(store, turn, group[0].text, "", workstream, wordings=wordings)
        return await _of_words(turn, store, params)

    def _duplicates(self, start: Prefill) -> list[Article]:
        asked = " ".join(start.questions[:1]) or start.title
        if not asked:
            return []
        found = self._services.answerer.answer(asked)
        near = [self._services.library.get(each) for each in (found.article, *found.choices) if each]
        return [each for each in near if each is not None][:3]

    def _alike(self, params: Draft, alike: list[Article]) -> Message:
        changes = [DRAFT.button(f"Change: {each.title}"[:75], Draft(slug=each.slug)) for each in alike]
        anyway = DRAFT.button("Write a new article", replace(params, anyway=True))
        return say(
            [bold("These articles may say it already.")],
            "Change one of them if it does, or write a new one.",
            buttons=(*changes, anyway),
            label="Duplicates",
        )

    async def _new_slug(self, store: Store, title: str) -> str:
        plain = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:70].strip("-") or "article"
        slug, number = plain, 2
        while self._services.library.get(slug) or await store.versions.of(slug, limit=1):
            slug, number = f"{plain}-{number}", number + 1
        return slug


async def discard(turn: Turn, store: Store, params: OnVersion) -> Reply:
    """Give a draft up."""
    version = await store.versions.get(params.version_id)
    if version is None or version.author_id != turn.person_id:
        return reply(say("Only the author can discard a draft. Nothing was changed."))
    if version.state not in (VersionState.DRAFT, VersionState.PROPOSED):
        return reply(say(f"Version {version.id} has been decided. Nothing was changed."))
    version.state, version.decided_at = VersionState.WITHDRAWN, turn.received_at
    return private(say(f"Version {version.id} is discarded."))


def review_buttons(version: ArticleVersion) -> tuple[Button, ...]:
    """What an approver can do with a proposed version."""
    carried = OnVersion(version.id)
    return (
        SHOW_VERSION.button(f"Show version {version.id}", carried),
        COMPARE.button(f"Compare version {version.id}", carried),
        APPROVE.button(f"Approve version {version.id}", carried),
        REJECT.button(f"Reject version {version.id}", carried),
    )


def _of_article(article: Article, note: str, today: date) -> Prefill:
    about = article.about
    return Prefill(
        about.title,
        about.workstream,
        source_of(article),
        about.questions,
        "\n".join(f"{each.title}; {each.publisher}; {each.year}" for each in about.sources),
        max(about.next_review, today + timedelta(days=1)),
        about.owner_email or "",
        note,
    )


async def _of_words(turn: Turn, store: Store, params: Draft) -> Prefill | Reply:
    """A new article: from an expert's answer, a colleague's suggestion, or nothing."""
    if params.request_id is not None:
        request = await store.experts.get(params.request_id)
        if request is None or not await may_answer(turn, store, request):
            return reply(only_leads())
        return await _cleaned(store, turn, request.question, request.answer, request.workstream)
    if params.suggestion_id is not None:
        suggestion = await store.suggestions.get(params.suggestion_id)
        if suggestion is None or not turn.has(*LEADS):
            return reply(only_leads())
        return await _cleaned(store, turn, "", suggestion.text, None)
    return await _cleaned(store, turn, "", "", None)


async def _cleaned(
    store: Store,
    turn: Turn,
    question: str,
    answer: str,
    workstream: str | None,
    *,
    wordings: Sequence[str] = (),
) -> Prefill:
    """A new article from people's words, without the names in them."""
    people, contracts = await store.people.everyone(), await store.contracts.all()
    asked = [without_names(each, people, contracts).strip()[:300] for each in wordings or (question,)]
    first = asked[0]
    return Prefill(
        first[:1].upper() + first[1:100].rstrip("?. "),
        workstream or "programme",
        without_names(answer, people, contracts),
        tuple(dict.fromkeys(filter(None, asked))),
        "Answer by the council's experts; The council; local",
        turn.today + _REVIEWED_AGAIN,
    )


def _written(
    values: Mapping[str, str], slug: str, base: Article | None, today: date
) -> tuple[FrontMatter, str]:
    """The front matter and the body of what was filled in; what the form does not ask stays as it was."""
    kept = (
        base.about.model_dump()
        if base
        else {
            "audience": ("all",),
            "tiers": ("Platinum", "Gold", "Silver", "Bronze"),
            "lifecycle": ("all",),
            "basis": "guidance",
            "owner": "SRM lead",
        }
    )
    questions = [each.strip() for each in values["questions"].splitlines() if each.strip()]
    changed = {
        "slug": slug,
        "title": values["title"],
        "workstream": values["workstream"],
        "last_reviewed": today,
        "next_review": values["next_review"],
        "sources": sources_of(values["sources"]),
        "questions": list(dict.fromkeys(questions)),
        "owner_email": values.get("owner_email") or None,
    }
    return FrontMatter.model_validate(kept | changed), values["body"]


def alike_to(article: Article, text: str) -> bool:
    """Whether a question is one that the article's own wordings ask."""
    return any(likeness(text, each) >= _ALIKE for each in (article.title, *article.about.questions))
