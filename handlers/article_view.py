"""How an article is shown in chat: the answer first, then what to do, then where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from handlers.conversation.markdown import blocks_of
from handlers.conversation.message import (
    Block,
    Heading,
    Message,
    Note,
    Span,
    Text,
    bold,
    spans,
    text_of,
)
from knowledge.article import Advice, Article, Basis, Section

_BASIS = {
    "law": "Law",
    "guidance": "Good practice",
    "plan": "The improvement plan",
    "local": "Local policy",
}
_ADVICE = {
    "legal": "Take advice from Legal before you act on this.",
    "hr": "Take advice from HR before you act on this.",
    "financial": "Take advice from Finance before you act on this.",
    "safeguarding": "Follow the council's safeguarding procedure, and ask the safeguarding team if unsure.",
}


def opening_of(article: Article, today: date) -> Message:
    """The answer, the first steps, and the small print. The rest of the sections is left for later."""
    answer = blocks_of(article.opening)
    first = [section for section in article.sections if _for_all(section)][:1]
    blocks: list[Block] = [Heading(article.title), *_urgent(article), *answer]
    for section in first:
        blocks += _section_blocks(section)
    blocks += _small_print(article, today)
    return Message(_summary(article, answer), tuple(blocks))


def whole_of(article: Article, today: date) -> Message:
    """Every section of the article."""
    blocks: list[Block] = [Heading(article.title), *_urgent(article), *blocks_of(article.opening)]
    for section in article.sections:
        blocks += _section_blocks(section)
    blocks += _small_print(article, today)
    return Message(f"{article.title}, in full", tuple(blocks))


def has_more(article: Article) -> bool:
    """Whether `opening_of` leaves something out."""
    return len(article.sections) > 1


def _summary(article: Article, answer: Iterable[Block]) -> str:
    paragraph = next((each for each in answer if isinstance(each, Text)), None)
    return text_of(paragraph.spans) if paragraph else article.title


def _urgent(article: Article) -> list[Block]:
    if article.about.do_now is None:
        return []
    return [Text(spans([bold("Do this now: "), article.about.do_now]))]


def _section_blocks(section: Section) -> list[Block]:
    return [Heading(_section_heading(section)), *blocks_of(section.body)]


def _section_heading(section: Section) -> str:
    marks = []
    if section.basis is not None and not _says_basis(section.heading, section.basis):
        marks.append("to be confirmed" if section.local else _BASIS[section.basis].lower())
    if section.tiers:
        marks.append(f"{' and '.join(section.tiers)} contracts")
    return f"{section.heading} ({', '.join(marks)})" if marks else section.heading


def _says_basis(heading: str, basis: Basis) -> bool:
    words = heading.casefold()
    return {"law": "law" in words, "local": "confirm" in words, "plan": "plan" in words}.get(
        basis, "practice" in words or "guidance" in words
    )


def _for_all(section: Section) -> bool:
    return not section.tiers and not section.stages and not section.local


def _small_print(article: Article, today: date) -> list[Block]:
    about = article.about
    lines: list[str] = []
    if any(section.local for section in article.sections):
        lines.append("Part of this is local policy that the council has yet to confirm.")
    lines += [_ADVICE[topic] for topic in _unique(about.advice)]
    if article.stale(today):
        lines.append(
            f"This article was due for review by {_day(about.next_review)}. Check it before you rely on it."
        )
    sources = "; ".join(f"{each.title}, {each.publisher}{_year(each.year)}" for each in about.sources)
    lines.append(f"Based on: {_BASIS[about.basis].lower()}. Source: {sources}.")
    lines.append(f"Owner: {about.owner}. Last reviewed: {_day(about.last_reviewed)}.")
    return [Note((Span(line),)) for line in lines]


def _unique(topics: Iterable[Advice]) -> list[Advice]:
    return list(dict.fromkeys(topics))


def _year(year: str) -> str:
    return "" if year in ("local", "undated") else f", {year}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
