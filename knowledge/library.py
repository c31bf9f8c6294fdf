"""The articles on the shelf: all of them read at once, strictly."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from knowledge.article import Article, ArticleError, read_article

ARTICLES = Path(__file__).parent / "articles"

# When each article's file was changed, and how long it is.
Stamps = Mapping[Path, tuple[int, int]]


class LibraryError(Exception):
    """Some articles cannot be loaded. `problems` has a line for each of them."""

    def __init__(self, problems: Iterable[ArticleError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Library:
    """The curated articles by slug."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._by_slug: Mapping[str, Article] = {each.slug: each for each in articles}

    @classmethod
    def load(cls, folder: Path = ARTICLES) -> Library:
        """Every article below a folder; LibraryError lists every mistake, not only the first."""
        articles: dict[str, Article] = {}
        paths: dict[str, Path] = {}
        problems: list[ArticleError] = []
        for path in sorted(folder.rglob("*.md")):
            try:
                article = read_article(path)
            except ArticleError as error:
                problems.append(error)
                continue
            if article.slug in articles:
                problems.append(
                    ArticleError(path, 2, f"'{article.slug}' is also in {paths[article.slug]}; rename one")
                )
            articles[article.slug], paths[article.slug] = article, path
        if not articles and not problems:
            problems.append(ArticleError(folder, 1, "holds no article; the installation is not whole"))
        problems += _unknown_related(articles, paths)
        if problems:
            raise LibraryError(problems)
        return cls(articles.values())

    def overlaid(self, articles: Iterable[Article], questions: Iterable[tuple[str, str]] = ()) -> Library:
        """These articles with others put over them, and with further ways to ask as (slug, question)."""
        merged = dict(self._by_slug) | {each.slug: each for each in articles}
        further: dict[str, list[str]] = {}
        for slug, question in questions:
            further.setdefault(slug, []).append(question)
        for slug, more in further.items():
            if slug in merged:
                about = merged[slug].about
                asked = tuple(dict.fromkeys((*about.questions, *more)))
                merged[slug] = replace(merged[slug], about=about.model_copy(update={"questions": asked}))
        return Library(merged.values())

    def __len__(self) -> int:
        return len(self._by_slug)

    def __iter__(self) -> Iterator[Article]:
        return iter(self._by_slug.values())

    def get(self, slug: str) -> Article | None:
        """The article with a slug."""
        return self._by_slug.get(slug)

    def related(self, article: Article, limit: int = 3) -> list[Article]:
        """What a reader of an article may want next, best first."""
        found = (self.get(slug) for slug in article.about.related)
        return [each for each in found if each is not None][:limit]


def _line_with(path: Path, slug: str) -> int:
    """The line on which an article names a related one."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("related:")), 0)
    named = (number for number in range(start, len(lines)) if slug in lines[number])
    return next(named, start) + 1


def stamps_of(folder: Path) -> Stamps:
    """What tells that a file below the folder was changed, added or removed."""
    found = {}
    for path in folder.rglob("*.md"):
        # A file may go between being listed and being looked at.
        with contextlib.suppress(FileNotFoundError):
            state = path.stat()
            found[path] = (state.st_mtime_ns, state.st_size)
    return found


def _unknown_related(articles: Mapping[str, Article], paths: Mapping[str, Path]) -> list[ArticleError]:
    return [
        ArticleError(
            paths[slug],
            _line_with(paths[slug], other),
            f"related: no article has the slug '{other}'; correct or remove it",
        )
        for slug, article in articles.items()
        for other in article.about.related
        if other not in articles
    ]
