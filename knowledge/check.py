"""What is wrong, or will be, with the knowledge base as a whole: found before a reader finds it."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import pyphen
from markdown_it import MarkdownIt
from rapidfuzz import fuzz

from knowledge.article import Article

FEWEST_WORDS, MOST_WORDS = 150, 350
FEWEST_QUESTIONS = 8
# Years of schooling that a reader needs (Flesch-Kincaid), for one article and on average.
HARDEST_ARTICLE, HARDEST_AVERAGE = 14.0, 12.0
# rapidfuzz's likeness, 0 to 100: higher than this, two openings say the same.
_SAME_OPENING = 85
_SAME_QUESTION = 97
# Below this an article is only a signpost to others.
_SIGNPOST_WORDS = 40

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")
_NOT_PROSE = re.compile(r"^#+ .*$|[*_`]|\]\([^)]*\)|\[", re.MULTILINE)
_LOOSE_MARK = re.compile(r"\*\*|\]\(|<[a-zA-Z/][^>]*>|^\|.*\|$|!\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: in which article, and what to do."""

    slug: str
    problem: str


def check(
    articles: Sequence[Article], today: date, answered_by: Callable[[str], str | None] | None = None
) -> list[Finding]:
    """Everything found. `answered_by` gives the slug that a question is answered with now."""
    found = [
        *_lengths(articles),
        *_reading(articles),
        *_reviews(articles, today),
        *_markdown(articles),
        *_front_matter(articles),
        *_duplicates(articles),
        *_signposts(articles),
    ]
    if answered_by is not None:
        found += _led_astray(articles, answered_by)
    return found


def reading_grade(markdown: str) -> float:
    """Years of schooling a reader needs, by the Flesch-Kincaid formula (Kincaid and others, 1975)."""
    prose = _NOT_PROSE.sub("", markdown)
    sentences = [each for each in _SENTENCE_END.split(prose) if _WORD.search(each)]
    words = _WORD.findall(prose)
    if not words:
        return 0.0
    syllables = sum(_syllables(word.lower()) for word in words)
    return 0.39 * len(words) / max(1, len(sentences)) + 11.8 * syllables / len(words) - 15.59


@cache
def _hyphenation() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB")


@cache
def _syllables(word: str) -> int:
    # Hyphenation leaves out some breaks; vowel groups find those, so the higher count is nearer.
    groups = len(re.findall(r"[aeiouy]+", word.removesuffix("e") or word))
    return max(1, groups, len(_hyphenation().positions(word)) + 1)


def _words(article: Article) -> int:
    return len(re.findall(r"\S+", re.sub(r"^#.*$", "", article.body, flags=re.MULTILINE)))


def _lengths(articles: Iterable[Article]) -> Iterator[Finding]:
    for article in articles:
        words = _words(article)
        if not FEWEST_WORDS <= words <= MOST_WORDS:
            yield Finding(article.slug, f"has {words} words; keep it to {FEWEST_WORDS} to {MOST_WORDS}")


def _reading(articles: Sequence[Article]) -> Iterator[Finding]:
    grades = {article.slug: reading_grade(article.body) for article in articles}
    for slug, grade in grades.items():
        if grade > HARDEST_ARTICLE:
            yield Finding(slug, f"needs {grade:.1f} years of schooling; shorten sentences and words")
    average = sum(grades.values()) / max(1, len(grades))
    if average > HARDEST_AVERAGE:
        yield Finding(
            "all", f"need {average:.1f} years of schooling on average; aim for {HARDEST_AVERAGE:.0f}"
        )


def _reviews(articles: Iterable[Article], today: date) -> Iterator[Finding]:
    for article in articles:
        if article.stale(today):
            due = article.about.next_review
            yield Finding(article.slug, f"was due for review by {due}; review it and set new dates")


def _markdown(articles: Iterable[Article]) -> Iterator[Finding]:
    parser = MarkdownIt("commonmark", {"html": False})
    for article in articles:
        for token in parser.parse(article.body):
            if token.type != "inline":
                continue
            plain = "".join(each.content for each in token.children or [] if each.type == "text")
            loose = _LOOSE_MARK.search(plain)
            if loose or any(each.type == "image" for each in token.children or []):
                shown = loose.group() if loose else "![image]"
                yield Finding(article.slug, f"has Markdown that is not closed or not used here: {shown}")


def _front_matter(articles: Iterable[Article]) -> Iterator[Finding]:
    for article in articles:
        about = article.about
        if len(about.questions) < FEWEST_QUESTIONS:
            yield Finding(
                article.slug,
                f"has {len(about.questions)} other ways to ask it; write at least {FEWEST_QUESTIONS}",
            )
        if not about.keywords:
            yield Finding(article.slug, "has no keywords; add the words people use that the text does not")
        if not about.related:
            yield Finding(article.slug, "names no related article; add at least one")
        if any(section.basis == "law" for section in article.sections) and not about.advice:
            yield Finding(article.slug, "states law but no 'advice'; say whose advice to take")


def _duplicates(articles: Sequence[Article]) -> Iterator[Finding]:
    for one, other in itertools.combinations(articles, 2):
        if fuzz.token_sort_ratio(one.opening, other.opening) > _SAME_OPENING:
            yield Finding(one.slug, f"says nearly the same as {other.slug}; merge them, or tell them apart")
    asked: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for article in articles:
        for question in article.about.questions:
            words = " ".join(sorted(re.findall(r"\w+", question.lower())))
            asked[words[:3]].append((words, article.slug))
    for same_start in asked.values():
        for first, second in itertools.combinations(same_start, 2):
            if first[1] != second[1] and fuzz.ratio(first[0], second[0]) > _SAME_QUESTION:
                problem = f"shares a question with {second[1]}: '{first[0]}'; leave it to one of them"
                yield Finding(first[1], problem)


def _signposts(articles: Sequence[Article]) -> Iterator[Finding]:
    """Articles that say little and lead only to others that say little."""
    bare = {article.slug: article for article in articles if _words(article) < _SIGNPOST_WORDS}
    for slug, article in bare.items():
        if article.about.related and all(other in bare for other in article.about.related):
            others = ", ".join(article.about.related)
            yield Finding(
                slug, f"only points to {others}, which say no more; write the answer in one of them"
            )


def _led_astray(articles: Iterable[Article], answered_by: Callable[[str], str | None]) -> Iterator[Finding]:
    for article in articles:
        for question in article.about.questions:
            other = answered_by(question)
            if other is not None and other != article.slug:
                yield Finding(article.slug, f"its question '{question}' leads to {other}; reword or move it")
