"""Deciding on articles: a second person approves or rejects; versions are shown, compared and restored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from handlers.articles.view import (
    APPROVE,
    COMPARE,
    REJECT,
    REJECT_FORM,
    RESTORE,
    SHOW_VERSION,
    STATE_LABELS,
    OnVersion,
    difference,
    preview,
)
from handlers.articles.writing import alike_to, approvers_of, article_of, review_buttons
from handlers.ask import SHOW, ShowArticle
from handlers.conversation.acts import Command
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Buttons, Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from handlers.services import Services
from knowledge.article import source_file
from storage.database import Store
from storage.questions import WITHHOLD_STALE
from storage.versions import ArticleVersion, VersionState

# By then every replica answers from the new version.
_LIVE = timedelta(seconds=5)
_ASKED_SINCE = timedelta(days=180)


def register(router: Router, services: Services) -> None:
    """Approving, and the history of articles."""
    deciding = Deciding(services)
    leads = frozenset(LEADS)
    router.on_command(
        Command(
            "articles to approve",
            "articles to approve",
            "See the articles that wait for a second person",
            (r"articles to approve|drafts|my drafts",),
        ),
        waiting,
    )
    router.on_command(
        Command(
            "article history",
            "article history kpi-design",
            "See the versions of an article, compare and restore them",
            (r"article history (?P<slug>[a-z0-9-]{1,80})",),
        ),
        deciding.history,
    )
    router.on_command(
        Command(
            "version",
            "show version 12",
            "See a version of an article; you can also compare, approve, reject or restore it",
            (r"(?P<act>show|compare|approve|reject|restore) version (?P<version>\d{1,9})",),
        ),
        deciding.typed,
    )
    router.on_command(
        Command(
            "stale articles",
            "withhold stale articles",
            "Hold back articles past their review date; 'show stale articles' ends it",
            (r"(?P<act>withhold|show) stale articles",),
            roles=leads,
        ),
        withhold,
    )
    router.on_click(SHOW_VERSION, deciding.show)
    router.on_click(COMPARE, deciding.compare)
    router.on_click(APPROVE, deciding.approve)
    router.on_click(REJECT, deciding.open_reject)
    router.on_form(REJECT_FORM, deciding.reject, deciding.reject_form)
    router.on_click(RESTORE, deciding.restore)


async def waiting(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The proposed versions that this person may approve, and their own."""
    proposed = await store.versions.in_state(VersionState.PROPOSED)
    found = [each for each in proposed if await _may_read(turn, store, each)]
    if not found:
        return private(say("No article is waiting for approval."))
    lines = [Text(spans([bold(f"Version {each.id}: "), f"{each.title}. {each.note}"])) for each in found]
    buttons = tuple(SHOW_VERSION.button(f"Show version {each.id}", OnVersion(each.id)) for each in found[:10])
    return private(Message(f"{len(found)} articles wait for approval.", (*lines, Buttons(buttons, "Show"))))


async def withhold(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Hold stale articles back, or show them again."""
    if not turn.has(*LEADS):
        return reply(say("Only the SRM lead or the deputy can change this. Nothing was changed."))
    held = args["act"] == "withhold"
    await store.preferences.put(WITHHOLD_STALE, "yes" if held else "")
    store.audit.record(turn.received_at, "stale articles", args["act"], person_id=turn.person_id)
    told = "are held back until they are reviewed" if held else "are shown again, with a warning"
    return reply(say(f"Articles past their review date {told}."))


class Deciding:
    """What needs the articles in force."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def typed(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """An act asked for in words."""
        acts = {
            "show": self.show,
            "compare": self.compare,
            "approve": self.approve,
            "reject": self.open_reject,
            "restore": self.restore,
        }
        return await acts[args["act"]](turn, store, OnVersion(int(args["version"])))

    async def show(self, turn: Turn, store: Store, params: OnVersion) -> Reply:
        """A version as the chat shows it."""
        version = await store.versions.get(params.version_id)
        if version is None or not await _may_read(turn, store, version):
            return reply(_not_yours())
        buttons = review_buttons(version)[1:] if await _open_to(turn, store, version) else ()
        return private(preview(article_of(version), version, turn.today, buttons))

    async def compare(self, turn: Turn, store: Store, params: OnVersion) -> Reply:
        """What a version changes in what is in force now."""
        version = await store.versions.get(params.version_id)
        if version is None or not await _may_read(turn, store, version):
            return reply(_not_yours())
        now = self._services.library.get(version.slug)
        title = f"Version {version.id} of '{version.title}' against what is in force now"
        blocks = difference(source_file(now) if now else "", version.text)
        rows = (
            (Buttons(review_buttons(version)[2:], "Decide"),) if await _open_to(turn, store, version) else ()
        )
        return private(Message(title, (Text(spans([bold(title)])), *blocks, *rows)))

    async def history(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """The versions of an article, newest first."""
        versions = [
            each for each in await store.versions.of(args["slug"]) if await _may_read(turn, store, each)
        ]
        if not versions:
            return reply(say(f"'{args['slug']}' has no versions made in chat."))
        names = await store.people.named(
            [each.author_id for each in versions] + [each.approver_id for each in versions]
        )
        lines = []
        for each in versions:
            by = f"by {names.get(each.author_id, 'somebody who has left')}, {each.at:%-d %B %Y}"
            approved = f", approved by {names.get(each.approver_id, 'somebody')}" if each.approver_id else ""
            words = f"{STATE_LABELS[each.state]}, {by}{approved}. {each.note}"
            lines.append(Text(spans([bold(f"Version {each.id}: "), words])))
        # A draft that was given up was never approved, so it is not offered.
        old = [each for each in versions if each.state is VersionState.REPLACED or _taken_out_of_force(each)]
        buttons = [COMPARE.button(f"Compare version {each.id}", OnVersion(each.id)) for each in versions[:5]]
        buttons += [RESTORE.button(f"Restore version {each.id}", OnVersion(each.id)) for each in old[:5]]
        title = f"Versions of '{versions[0].title}'"
        return private(
            Message(title, (Text(spans([bold(title)])), *lines, Buttons(tuple(buttons), "Versions")))
        )

    async def approve(self, turn: Turn, store: Store, params: OnVersion) -> Reply:
        """Put a version in force, as a second person, and tell those who wait for it."""
        version = await _decidable(turn, store, params)
        if isinstance(version, Reply):
            return version
        article = article_of(version)
        await store.versions.publish(version, turn.person_id, turn.received_at)
        store.audit.record(
            turn.received_at,
            "article approved",
            version.slug,
            person_id=turn.person_id,
            version=version.id,
            author=version.author_id,
        )
        asked = await store.questions.unsatisfied(turn.received_at - _ASKED_SINCE)
        told: dict[int, str] = {}
        for question, low_rated in asked:
            linked = question.id in version.question_ids or low_rated == version.slug
            if linked or alike_to(article, question.text):
                question.settled = version.slug
                if question.person_id is not None:
                    told[question.person_id] = question.text
        show = SHOW.button(f"Show: {article.title}"[:75], ShowArticle(article.slug))
        notices = [
            Notice(
                f"article:{version.id}:live:{person}",
                person,
                say(f"You asked: '{text}'. There is a new answer.", buttons=[show], label="The answer"),
                "article",
                not_before=turn.received_at + _LIVE,
            )
            for person, text in told.items()
        ]
        done = say(f"'{version.title}' is approved, and answers questions within 5 seconds.")
        notices.append(Notice(f"article:{version.id}:decided", version.author_id, done, "article"))
        asked_before = (
            "The person who had asked is" if len(told) == 1 else f"The {len(told)} people who had asked are"
        )
        others = f" {asked_before} told." if told else ""
        return Reply(
            messages=(say(f"'{version.title}' is in force within 5 seconds.{others}"),),
            notices=tuple(notices),
        )

    async def open_reject(self, turn: Turn, store: Store, params: OnVersion) -> Reply:
        """Ask for the reason."""
        form = await self.reject_form(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form)

    async def reject_form(self, turn: Turn, store: Store, params: OnVersion) -> Form | Reply:
        """The form for the reason."""
        version = await _decidable(turn, store, params)
        if isinstance(version, Reply):
            return version
        field = Field("reason", "What has to change first", Kind.LONG_TEXT, help="The author is told.")
        return Form(
            REJECT_FORM.name, "Reject this version", (field,), "Reject", params=REJECT_FORM.carried(params)
        )

    async def reject(self, turn: Turn, store: Store, params: OnVersion, values: Mapping[str, str]) -> Reply:
        """Send a version back to its author."""
        version = await store.versions.get(params.version_id)
        assert version is not None, "the form is made only for a version that is there"
        version.state, version.decided_at = VersionState.REJECTED, turn.received_at
        version.approver_id = turn.person_id
        store.audit.record(
            turn.received_at, "article rejected", version.slug, person_id=turn.person_id, version=version.id
        )
        told = say(f"'{version.title}' is not approved yet.", values["reason"])
        notice = Notice(f"article:{version.id}:decided", version.author_id, told, "article")
        return Reply(
            messages=(say(f"Version {version.id} is rejected. Its author is told."),), notices=(notice,)
        )

    async def restore(self, turn: Turn, store: Store, params: OnVersion) -> Reply:
        """Propose an earlier version again; a second person approves it like any other."""
        version = await store.versions.get(params.version_id)
        if version is None or turn.person is None or not await _may_read(turn, store, version):
            return reply(_not_yours())
        again = await store.versions.add(
            ArticleVersion(
                slug=version.slug,
                title=version.title,
                workstream=version.workstream,
                text=version.text,
                author_id=turn.person.id,
                at=turn.received_at,
                state=VersionState.PROPOSED,
                note=f"Version {version.id} again",
            )
        )
        approvers = await approvers_of(store, again.workstream, again.author_id)
        told = say(
            f"{turn.person.name} asks you to restore an earlier version of '{again.title}'.",
            buttons=review_buttons(again),
            label="Review",
        )
        notices = tuple(
            Notice(f"article:{again.id}:proposed:{each.id}", each.id, told, "article") for each in approvers
        )
        return Reply(messages=(say(f"Sent for approval as version {again.id}."),), notices=notices)


def _taken_out_of_force(version: ArticleVersion) -> bool:
    return version.state is VersionState.WITHDRAWN and version.approver_id is not None


async def _may_approve(turn: Turn, store: Store, version: ArticleVersion) -> bool:
    approvers = await approvers_of(store, version.workstream, version.author_id)
    return turn.person_id in {each.id for each in approvers}


async def _may_read(turn: Turn, store: Store, version: ArticleVersion) -> bool:
    public = version.state in (VersionState.PUBLISHED, VersionState.REPLACED)
    return public or version.author_id == turn.person_id or await _may_approve(turn, store, version)


async def _open_to(turn: Turn, store: Store, version: ArticleVersion) -> bool:
    return version.state is VersionState.PROPOSED and await _may_approve(turn, store, version)


async def _decidable(turn: Turn, store: Store, params: OnVersion) -> ArticleVersion | Reply:
    version = await store.versions.get(params.version_id)
    if version is not None and version.author_id == turn.person_id:
        return reply(say("You wrote this, so a second person has to approve it. Nothing was changed."))
    if version is None or not await _may_approve(turn, store, version):
        return reply(_not_yours())
    if version.state is not VersionState.PROPOSED:
        return reply(say(f"Version {version.id} is {STATE_LABELS[version.state]}. Nothing was changed."))
    return version


def _not_yours() -> Message:
    return say(
        "Only the SRM lead, the deputy and the experts of the workstream can do that. Nothing was changed."
    )
