"""Reading articles strictly: what is right loads whole, and what is wrong is named with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.article import Article, ArticleError, parse_article, read_article
from knowledge.library import ARTICLES, Library, LibraryError

PATH = Path("articles/governance/late-deliveries.md")
TEXT = """\
---
slug: late-deliveries
title: Late deliveries
workstream: governance
audience: [contract-manager]
tiers: [Gold, Silver]
lifecycle: [operate]
basis: guidance
owner: SRM lead
last_reviewed: 2026-11-23
next_review: 2027-11-23
sources:
  - title: A guide
    publisher: National Audit Office
    year: "2016"
questions:
  - one
  - two
  - three
  - four
  - five
  - six
  - seven
  - eight
---
Do **this** first.

And then that.

## What to do

1. One
2. Two

## What the law says {law; tiers: Gold, Platinum; stages: exit}

The Act.

## Here {local}

Our rule.
"""


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)


def problem(text: str, path: Path = PATH) -> tuple[int, str]:
    with pytest.raises(ArticleError) as caught:
        parse_article(text, path)
    assert str(caught.value) == f"{path}:{caught.value.line}: {caught.value.problem}"
    assert caught.value.path == path
    return caught.value.line, caught.value.problem


def written(folder: Path, content: bytes) -> Path:
    path = folder / "governance" / "late-deliveries.md"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


# What is right


def test_an_article_is_read_whole() -> None:
    article = parse_article(TEXT, PATH)
    assert (article.slug, article.title) == ("late-deliveries", "Late deliveries")
    assert article.opening == "Do **this** first.\n\nAnd then that."
    assert [each.heading for each in article.sections] == ["What to do", "What the law says", "Here"]
    assert article.sections[0].body == "1. One\n2. Two"
    assert article.about.sources[0].year == "2016"
    assert article.about.advice == ()
    for part in ("Do **this** first.", "## What to do", "1. One", "## Here", "Our rule."):
        assert part in article.body
    assert "next_review" not in article.body


def test_marks_on_a_heading_say_for_what_a_section_holds() -> None:
    plain, law, local = parse_article(TEXT, PATH).sections
    assert (plain.basis, plain.tiers, plain.stages, plain.local) == (None, (), (), False)
    assert (law.basis, law.tiers, law.stages, law.local) == ("law", ("Gold", "Platinum"), ("exit",), False)
    assert (local.basis, local.local) == ("local", True)


@pytest.mark.parametrize(
    ("today", "stale"), [(date(2027, 11, 22), False), (date(2027, 11, 23), False), (date(2027, 11, 24), True)]
)
def test_an_article_is_stale_the_day_after_its_review_was_due(today: date, stale: bool) -> None:
    assert parse_article(TEXT, PATH).stale(today) is stale


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(),
        TEXT.rstrip("\n").encode(),
        TEXT.replace("---\n", "---  \n").encode(),
    ],
    ids=["unix", "windows", "byte order mark", "windows with mark", "no last line end", "spaces"],
)
def test_what_editors_of_any_system_write_is_the_same_article(tmp_path: Path, content: bytes) -> None:
    assert read_article(written(tmp_path, content)) == parse_article(TEXT, PATH)


def test_lines_are_counted_alike_with_windows_line_ends(tmp_path: Path) -> None:
    text = changed("tiers: [Gold, Silver]", "tiers: [Gold, Copper]").replace("\n", "\r\n")
    with pytest.raises(ArticleError) as caught:
        read_article(written(tmp_path, text.encode()))
    assert caught.value.line == 6


def test_the_articles_that_ship_load() -> None:
    library = Library.load()
    assert len(library) == 100
    for article in library:
        assert isinstance(article, Article)
        assert (ARTICLES / article.about.workstream / f"{article.slug}.md").is_file()
        assert len(article.about.questions) >= 8
        assert all(library.get(other) for other in article.about.related)


# What is wrong


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("tiers: [Gold, Silver]", "tiers: [Gold, Copper]", 6, "tiers.1: "),
        ("tiers: [Gold, Silver]", "tiers: []", 6, "tiers: "),
        ("basis: guidance", "basis: hearsay", 8, "basis: "),
        ("basis: guidance", "basis: guidance\ncolour: red", 9, "colour: "),
        ("  - two\n", "  - ''\n", 18, "questions.1: "),
        ('    year: "2016"', '    year: "16"', 15, "sources.0.year: "),
        ("    publisher: National Audit Office\n", "", 13, "sources.0.publisher: "),
        ("owner: SRM lead\n", "", 2, "owner: "),
        ("slug: late-deliveries", "slug: Late Deliveries", 2, "slug: "),
        ("last_reviewed: 2026-11-23", "last_reviewed: last week", 10, "last_reviewed: "),
        ("next_review: 2027-11-23", "next_review: 2026-11-23", 11, "must be after last_reviewed"),
        ("basis: guidance", "title: Again", 8, "'title' stands twice"),
        ("basis: guidance", "basis: [unclosed", 9, "is not valid YAML"),
        ("basis: guidance", "basis: a: b", 8, "is not valid YAML"),
        ("basis: guidance", "\tbasis: guidance", 8, "is not valid YAML"),
        ("last_reviewed: 2026-11-23", "last_reviewed: 2026-02-30", 10, ""),
        ("basis: guidance", "basis: gui\x07dance", 8, ""),
        ("slug: late-deliveries", "slug: late-delivery", 2, "make them agree"),
        ("workstream: governance", "workstream: knowledge", 4, "move the file"),
        ("## What to do", "### What to do", 30, "only second-level headings"),
        ("## What to do", "# What to do", 30, "only second-level headings"),
        ("## Here {local}", "## Here {lokal}", 39, "'{lokal}' is not a section mark"),
        ("## Here {local}", "## Here {tiers: Copper}", 39, "is not a section mark"),
        ("## Here {local}", "## Here {stages}", 39, "is not a section mark"),
        ("Do **this** first.\n\nAnd then that.\n", "", 26, "must open with the answer"),
        ("Our rule.\n", "", 39, "the section 'Here' is empty"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, says: str) -> None:
    found = problem(changed(old, new))
    assert (found[0], says in found[1]) == (line, True), found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must begin with a line '---'"),
        ("Just words.\n", "must begin with a line '---'"),
        ("\n" + TEXT, "must begin with a line '---'"),
        ("---\nslug: x\n", "no closing '---' line"),
    ],
)
def test_a_file_without_front_matter_is_told_so(text: str, says: str) -> None:
    line, told = problem(text)
    assert line == 1
    assert says in told


@pytest.mark.parametrize("inside", ["", "just words", "- a\n- list", "null"])
def test_front_matter_that_has_no_names_is_told_so(inside: str) -> None:
    line, told = problem(f"---\n{inside}\n---\nText.\n")
    assert line == 2
    assert "'name: value' lines" in told


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="cannot be read: No such file"):
        read_article(tmp_path / "none.md")
    with pytest.raises(ArticleError, match="cannot be read: Is a directory"):
        read_article(tmp_path)
    with pytest.raises(ArticleError, match=r"is not UTF-8 text .*; save it as UTF-8"):
        read_article(written(tmp_path, TEXT.encode("utf-16")))


def test_a_library_lists_the_mistakes_of_every_file(tmp_path: Path) -> None:
    written(tmp_path, changed("basis: guidance", "basis: hearsay").encode())
    for name, extra in (("one", "related: [nowhere]\n"), ("two", "")):
        text = changed("slug: late-deliveries", f"slug: {name}").replace(
            "questions:\n", f"{extra}questions:\n"
        )
        (tmp_path / "governance" / f"{name}.md").write_text(text, encoding="utf-8")
    (tmp_path / "governance" / "three.md").write_text("words", encoding="utf-8")
    (tmp_path / "governance" / "notes.txt").write_text("no article", encoding="utf-8")
    with pytest.raises(LibraryError) as caught:
        Library.load(tmp_path)
    found = {(each.path.name, each.line) for each in caught.value.problems}
    assert found == {("late-deliveries.md", 8), ("three.md", 1), ("one.md", 16)}
    assert "no article has the slug 'nowhere'" in str(caught.value)


def test_an_empty_or_missing_folder_is_no_library(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(LibraryError, match="holds no article"):
            Library.load(folder)
