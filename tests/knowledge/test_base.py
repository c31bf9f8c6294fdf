"""The knowledge base as a whole: what ships is in order, and what is wrong is found."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.knowledge_base import KnowledgeBase
from handlers.services import Services
from knowledge.answer import Answerer, Verdict
from knowledge.article import Article, parse_article
from knowledge.check import check, reading_grade
from knowledge.glossary import Glossary
from knowledge.library import ARTICLES, Library, stamps_of
from knowledge.several import questions_in
from knowledge.urgent import UrgentWords

TODAY = date(2026, 11, 24)
WORDS = "You check the plan and tell the lead. " * 25


def article(slug: str, body: str = WORDS, **front: object) -> Article:
    """An article in order, but for what a test changes."""
    values: dict[str, object] = {
        "slug": slug,
        "title": slug.replace("-", " "),
        "workstream": "governance",
        "audience": "[all]",
        "tiers": "[Gold]",
        "lifecycle": "[all]",
        "basis": "guidance",
        "owner": "SRM lead",
        "last_reviewed": "2026-11-01",
        "next_review": "2027-11-01",
        "sources": "[{title: A, publisher: B, year: '2020'}]",
        "questions": "[" + ", ".join(f"{slug} question {n}" for n in range(8)) + "]",
        "keywords": "[word]",
        "related": "[other]",
        **front,
    }
    lines = "\n".join(f"{name}: {value}" for name, value in values.items())
    return parse_article(f"---\n{lines}\n---\n\n{body}\n", Path(f"governance/{slug}.md"))


def test_what_ships_has_no_finding(services: Services) -> None:
    def answered_by(question: str) -> str | None:
        found = services.answerer.answer(question)
        return found.article if found.verdict is Verdict.ANSWER else None

    assert check(list(services.library), TODAY, answered_by) == []


def test_what_ships_covers_every_workstream_and_reads_easily(services: Services) -> None:
    articles = list(services.library)
    assert len(articles) == 100
    assert len({each.about.workstream for each in articles}) == 10
    assert sum(reading_grade(each.body) for each in articles) / len(articles) <= 12


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (article("one", "Too short."), "words; keep it to 150"),
        (article("one", WORDS * 3), "words; keep it to 150"),
        (article("one", next_review="2026-11-20"), "was due for review by 2026-11-20"),
        (article("one", WORDS + " **never closed"), "Markdown that is not closed"),
        (article("one", WORDS + " <b>bold</b>"), "Markdown that is not closed"),
        (article("one", WORDS + " ![picture](https://x.example/a.png)"), "Markdown that is not closed"),
        (article("one", keywords="[]"), "no keywords"),
        (article("one", related="[]"), "names no related article"),
        (article("one", WORDS + "\n\n## Law {law}\n\nYou must."), "no 'advice'"),
        (
            article(
                "one",
                "Notwithstanding extraordinary circumstances necessitating reconsideration of contractual "
                "obligations, organisational representatives acknowledge responsibility. " * 13,
            ),
            "years of schooling",
        ),
    ],
)
def test_a_wrong_article_is_found(wrong: Article, words: str) -> None:
    found = check([wrong], TODAY)
    assert any(words in finding.problem for finding in found), found


def test_an_article_in_order_has_no_finding() -> None:
    assert check([article("one")], TODAY) == []


def test_two_articles_that_say_the_same_are_found() -> None:
    one, two = article("one"), article("two", questions=article_questions("one"))
    problems = [finding.problem for finding in check([one, two], TODAY)]
    assert any("says nearly the same as two" in problem for problem in problems)
    assert any("shares a question with two" in problem for problem in problems)


def article_questions(slug: str) -> str:
    return "[" + ", ".join(f"{slug} question {n}" for n in range(8)) + "]"


def test_a_circle_of_signposts_is_found() -> None:
    one = article("one", "See two.", related="[two]")
    two = article("two", "See one, which is nearer.", related="[one]")
    problems = [finding.problem for finding in check([one, two], TODAY)]
    assert sum("only points to" in problem for problem in problems) == 2


def test_a_question_that_leads_elsewhere_is_found() -> None:
    found = check([article("one")], TODAY, lambda _: "two")
    assert all("leads to two" in finding.problem for finding in found)
    assert len(found) == 8


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("what does SRO mean?", "Senior Responsible Officer"),
        ("TUPE", "TUPE"),
        ("What's a KPI", "Key performance indicator"),
        ("kpis", "Key performance indicator"),
        ("define novation", "Novation"),
        ("CMSG stands for what", "Commissioning and Supplier Management Group"),
        ("how do I set kpis", None),
        ("novation", None),
        ("what is the weather", None),
        ("", None),
    ],
)
def test_a_question_for_a_meaning_is_told_from_others(text: str, term: str | None) -> None:
    found = Glossary.load().asked(text)
    assert (found.term if found else None) == term


def test_every_term_leads_to_an_article_that_exists(services: Services) -> None:
    unknown = [
        term.term for term in Glossary.load().terms if term.article and not services.library.get(term.article)
    ]
    assert unknown == []


def test_every_emergency_leads_to_an_article_that_says_what_to_do_now(services: Services) -> None:
    for group in UrgentWords.load().groups:
        found = services.library.get(group.article)
        assert found is not None, group.name
        assert found.about.do_now, group.name


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Staff are ON STRIKE", "stopped service"),
        ("there was a data breach", "data breach"),
        ("the administrators called", "insolvency"),
        ("who hurts most from price rises", None),
        ("contract administration basics", None),
    ],
)
def test_words_of_an_emergency_are_whole_words(text: str, group: str | None) -> None:
    found = UrgentWords.load().find(text)
    assert (found.name if found else None) == group


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("what is a bond? who keeps the bond?", 2),
        ("what is a bond?\nwho keeps the bond?", 2),
        ("what is a bond? thanks", 1),
        ("really? what is a bond?", 1),
        ("what is a bond", 1),
        ("is it a? is it b? is it c? is it d? is it e?", 1),
    ],
)
def test_questions_in_one_message_are_told_apart(text: str, pieces: int) -> None:
    assert len(questions_in(text)) == pieces


async def test_a_changed_article_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    for slug in ("supply-risk/supplier-insolvency", "governance/escalation-routes"):
        target = tmp_path / f"{slug}.md"
        target.parent.mkdir()
        text = (ARTICLES / f"{slug}.md").read_text(encoding="utf-8")
        target.write_text(
            "\n".join("related: []" if line.startswith("related:") else line for line in text.splitlines()),
            encoding="utf-8",
        )
    library = Library.load(tmp_path)
    services = Services(library, Answerer.build(library, model=None))
    base = KnowledgeBase(tmp_path, None, None, "left out", services, stamps_of(tmp_path))
    assert not await base.renew_if_changed()

    changed = tmp_path / "supply-risk" / "supplier-insolvency.md"
    good = changed.read_text(encoding="utf-8")
    changed.write_text(good.replace("CVA\n", "the zebra enclosure flooded\n", 1), encoding="utf-8")
    assert await base.renew_if_changed()
    assert services.answerer.answer("zebra enclosure flooded").article == "supplier-insolvency"

    changed.write_text("---\nslug: wrong\n", encoding="utf-8")
    assert not await base.renew_if_changed()
    assert services.library.get("supplier-insolvency") is not None

    shutil.rmtree(tmp_path / "supply-risk")
    assert await base.renew_if_changed()
    assert len(services.library) == 1
