"""The buttons, form and messages of writing and changing an article in chat."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from handlers.articles import shown as article_shown
from handlers.articles.shown import Reader
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Block, Bullets, Button, Buttons, Message, Span, Text, bold, spans
from handlers.conversation.turn import Turn
from handlers.experts.view import workstream_options
from knowledge.article import Article
from storage.contracts import Contract
from storage.experts import ExpertRequest
from storage.people import Person
from storage.versions import ArticleVersion, VersionState

# What fits into one field of a form on every platform.
_LONGEST_BODY = 3000
_SHOWN_LINES = 30


@dataclass(frozen=True, slots=True)
class Draft:
    """Write an article: a change of `slug`, an edit of a version, or a new one from what is named.

    `anyway`: although others may say the same already.
    """

    slug: str | None = None
    version_id: int | None = None
    request_id: int | None = None
    question_id: int | None = None
    suggestion_id: int | None = None
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class OnVersion:
    """Do something with a version."""

    version_id: int


DRAFT = ClickAction("articles.draft", Draft)
DRAFT_FORM = FormAction("articles.draft", Draft)
SUBMIT = ClickAction("articles.submit", OnVersion)
DISCARD = ClickAction("articles.discard", OnVersion)
SHOW_VERSION = ClickAction("articles.show", OnVersion)
APPROVE = ClickAction("articles.approve", OnVersion)
REJECT = ClickAction("articles.reject", OnVersion)
REJECT_FORM = FormAction("articles.reject", OnVersion)
COMPARE = ClickAction("articles.compare", OnVersion)
RESTORE = ClickAction("articles.restore", OnVersion)

STATE_LABELS = {
    VersionState.DRAFT: "draft",
    VersionState.PROPOSED: "waiting for approval",
    VersionState.PUBLISHED: "in force",
    VersionState.REPLACED: "replaced by a later one",
    VersionState.WITHDRAWN: "withdrawn",
    VersionState.REJECTED: "rejected",
}


def write_button(request: ExpertRequest, turn: Turn) -> tuple[Button, ...]:
    """Make an article of an expert's answer; not for the one who asked."""
    if turn.person_id == request.asker_id:
        return ()
    return (DRAFT.button("Make an article of it", Draft(request_id=request.id)),)


@dataclass(frozen=True, slots=True)
class Prefill:
    """What the form of an article holds at first."""

    title: str = ""
    workstream: str = ""
    body: str = ""
    questions: tuple[str, ...] = ()
    sources: str = ""
    next_review: date | None = None
    owner_email: str = ""
    note: str = ""


def article_form(params: Draft, start: Prefill) -> Form:
    """The form of an article."""
    return Form(
        DRAFT_FORM.name,
        "Change the article" if params.slug or params.version_id else "Write an article",
        (
            Field("title", "Title", initial=start.title, longest=200),
            Field(
                "workstream",
                "Workstream",
                Kind.ONE_OF,
                options=workstream_options(),
                initial=start.workstream,
            ),
            Field(
                "body",
                "The answer",
                Kind.LONG_TEXT,
                initial=start.body,
                longest=_LONGEST_BODY,
                help="Markdown. The answer first, then '## What to do' and '## Who to ask'. No names of people.",
            ),
            Field(
                "questions",
                "Other ways to ask it",
                Kind.LONG_TEXT,
                initial="\n".join(start.questions),
                longest=_LONGEST_BODY,
                help="One on each line, in the words people use.",
            ),
            Field(
                "sources",
                "Sources",
                Kind.LONG_TEXT,
                initial=start.sources,
                help="One on each line: title; publisher; year. The year may be 'local' or 'undated'.",
            ),
            Field(
                "next_review",
                "Review it by",
                Kind.DATE,
                initial=start.next_review.isoformat() if start.next_review else "",
            ),
            Field(
                "owner_email",
                "Owner",
                Kind.PERSON,
                required=False,
                initial=start.owner_email,
                help="Who keeps it right. The SRM lead, where nobody is named or the owner leaves.",
            ),
            Field("note", "What you changed and why", required=False, initial=start.note, longest=300),
        ),
        submit="See how it will look",
        params=DRAFT_FORM.carried(params),
    )


def preview(article: Article, version: ArticleVersion, today: date, buttons: Iterable[Button]) -> Message:
    """A version as the chat will show it."""
    shown = article_shown.whole_of(article, Reader(today))
    first = Text(spans([bold(f"Version {version.id}, {STATE_LABELS[version.state]}. "), version.note]))
    blocks: tuple[Block, ...] = (first, *shown.blocks)
    rows = tuple(buttons)
    return Message(
        f"{version.title}: {STATE_LABELS[version.state]}",
        (*blocks, Buttons(rows, "Next")) if rows else blocks,
    )


def difference(before: str, after: str) -> tuple[Block, ...]:
    """What a later text takes out of an earlier one and puts in, line by line."""
    removed: list[tuple[Span, ...]] = []
    added: list[tuple[Span, ...]] = []
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""):
        if line.startswith(("---", "+++", "@@")) or not line[1:].strip():
            continue
        (removed if line[0] == "-" else added).append(spans(line[1:]))
    blocks: list[Block] = []
    for title, lines in (("Taken out", removed), ("Put in", added)):
        more = f" (the first {_SHOWN_LINES} of {len(lines)} lines)" if len(lines) > _SHOWN_LINES else ""
        if lines:
            blocks += [Text(spans([bold(f"{title}{more}:")])), Bullets(tuple(lines[:_SHOWN_LINES]))]
    return tuple(blocks) or (Text(spans("The words are the same.")),)


def without_names(text: str, people: Iterable[Person], contracts: Iterable[Contract] = ()) -> str:
    """A text without people's names, addresses and telephone numbers, contract references and suppliers."""
    text = re.sub(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "(address removed)", text)
    text = re.sub(r"\b(?:\+44|0)\d[\d ]{8,12}\d\b", "(number removed)", text)
    gone: dict[str, str] = {}
    for person in people:
        gone[person.name] = "(name removed)"
    for contract in contracts:
        gone[contract.reference], gone[contract.supplier] = "(contract)", "the supplier"
    for name in sorted((each for each in gone if len(each) > 3), key=len, reverse=True):
        if name.casefold() in text.casefold():
            text = re.sub(rf"\b{re.escape(name)}\b", gone[name], text, flags=re.IGNORECASE)
    return text


def sources_of(text: str) -> list[Mapping[str, str]]:
    """The sources as they are typed, one on each line; ValueError for a line that can't be read."""
    found: list[Mapping[str, str]] = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        parts = [each.strip() for each in line.split(";")]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"Write '{line[:60]}' as: title; publisher; year")
        found.append({"title": parts[0], "publisher": parts[1], "year": parts[2]})
    return found
