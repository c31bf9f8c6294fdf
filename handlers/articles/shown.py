"""How an article is shown in chat: the answer first, then what to do, then where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from handlers.conversation.markdown import blocks_of
from handlers.conversation.message import Block, Heading, Message, Note, Span, Text, bold, spans, text_of
from knowledge.article import Article, Basis, Section
from knowledge.glossary import Term

_BASIS = {
    "law": "Law",
    "guidance": "Good practice",
    "plan": "The improvement plan",
    "local": "Local policy",
}
_ADVISERS = {"legal": "Legal", "hr": "HR", "financial": "Finance"}


@dataclass(frozen=True, slots=True)
class Reader:
    """What makes an answer differ from one person to another.

    `tiers` are those of the person's contracts, or the one they named; `notes` are their Business
    Unit's local notes as (unit, Markdown). `owner` is who keeps the article right now, where somebody is named.
    """

    today: date
    tiers: frozenset[str] = frozenset()
    notes: tuple[tuple[str, str], ...] = ()
    owner: str = ""


def opening_of(article: Article, reader: Reader) -> Message:
    """The answer, the first steps, what differs for the reader's tiers, local notes, and the small print."""
    answer = blocks_of(article.opening)
    everybody = [section for section in article.sections if _for_all(section)][:1]
    theirs = [section for section in article.sections if not reader.tiers.isdisjoint(section.tiers)]
    blocks: list[Block] = [Heading(article.title), *urgent_line(article), *answer]
    for section in (*everybody, *theirs):
        blocks += _section_blocks(section)
    blocks += _local_notes(reader)
    blocks += _small_print(article, reader)
    return Message(_summary(article, answer), tuple(blocks))


def whole_of(article: Article, reader: Reader) -> Message:
    """Every section of the article."""
    blocks: list[Block] = [Heading(article.title), *urgent_line(article), *blocks_of(article.opening)]
    for section in article.sections:
        blocks += _section_blocks(section)
    blocks += _local_notes(reader)
    blocks += _small_print(article, reader)
    return Message(f"{article.title}, in full", tuple(blocks))


def urgent_line(article: Article) -> list[Block]:
    """What to do before anything else, where the article is about an emergency."""
    if article.about.do_now is None:
        return []
    return [Text(spans([bold("Do this now: "), article.about.do_now]))]


def definition_of(term: Term) -> Block:
    """What a term means."""
    return Text(spans([bold(f"{term.title}: "), term.meaning]))


def has_more(article: Article) -> bool:
    """Whether `opening_of` may leave something out."""
    return len(article.sections) > 1


def _summary(article: Article, answer: Iterable[Block]) -> str:
    paragraph = next((each for each in answer if isinstance(each, Text)), None)
    return text_of(paragraph.spans) if paragraph else article.title


def _section_blocks(section: Section) -> list[Block]:
    return [Heading(_section_heading(section)), *blocks_of(section.body)]


def _section_heading(section: Section) -> str:
    marks = []
    if section.basis is not None and not _says_basis(section.heading, section.basis):
        marks.append("to be confirmed" if section.local else _BASIS[section.basis].lower())
    if section.tiers and not all(tier in section.heading for tier in section.tiers):
        marks.append(f"{' and '.join(section.tiers)} contracts")
    return f"{section.heading} ({', '.join(marks)})" if marks else section.heading


def _says_basis(heading: str, basis: Basis) -> bool:
    words = heading.casefold()
    return {"law": "law" in words, "local": "confirm" in words, "plan": "plan" in words}.get(
        basis, "practice" in words or "guidance" in words
    )


def _for_all(section: Section) -> bool:
    return not section.tiers and not section.stages and not section.local


def _local_notes(reader: Reader) -> list[Block]:
    blocks: list[Block] = []
    for unit, note in reader.notes:
        blocks += [Heading(f"Local note from {unit}"), *blocks_of(note)]
    return blocks


def _small_print(article: Article, reader: Reader) -> list[Block]:
    about = article.about
    lines: list[str] = []
    if reader.tiers and reader.tiers.isdisjoint(about.tiers):
        lines.append(f"This article is written for {' and '.join(about.tiers)} contracts.")
    if any(section.local for section in article.sections):
        lines.append("Part of this is local policy that the council has yet to confirm.")
    lines += _advice(article)
    if article.stale(reader.today):
        lines.append(
            f"This article was due for review by {_day(about.next_review)}. Check it before you rely on it."
        )
    sources = "; ".join(f"{each.title}, {each.publisher}{_year(each.year)}" for each in about.sources)
    lines.append(f"Based on: {_BASIS[about.basis].lower()}. Source: {sources}.")
    lines.append(f"Owner: {reader.owner or about.owner}. Last reviewed: {_day(about.last_reviewed)}.")
    return [Note((Span(line),)) for line in lines]


def _advice(article: Article) -> list[str]:
    topics = dict.fromkeys(article.about.advice)
    advisers = [_ADVISERS[topic] for topic in topics if topic in _ADVISERS]
    lines = [f"Take advice from {' and '.join(advisers)} before you act on this."] if advisers else []
    if "safeguarding" in topics:
        lines.append("Follow the council's safeguarding procedure, and ask the safeguarding team if unsure.")
    return lines


def _year(year: str) -> str:
    return "" if year in ("local", "undated") else f", {year}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
