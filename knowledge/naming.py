"""What articles are called, for messages that are little more than a name ("exit", "redacted copy")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from knowledge.article import Article
from knowledge.search.text import stem, words

_MOST_WORDS = 2


class Names:
    """The words of articles' titles, keywords and short forms."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._called: dict[str, set[str]] = {}
        self._related: dict[str, tuple[str, ...]] = {}
        for article in articles:
            about = article.about
            self._related[about.slug] = about.related
            names = (about.title, *about.keywords, *about.acronyms, *about.acronyms.values())
            for word in words(" ".join(names)):
                self._called.setdefault(stem(word), set()).add(about.slug)

    def called(self, said: Sequence[str], ranked: Sequence[str]) -> tuple[str, ...]:
        """The articles, those first whose names have each of one or two words; `ranked` has all, the likelier first.

        What is related to the first of them comes next. None for more words, or where no article is called so.
        """
        if not 0 < len(said) <= _MOST_WORDS:
            return ()
        found = set.intersection(*(self._called.get(stem(word), set()) for word in said))
        called = [slug for slug in ranked if slug in found]
        if not called:
            return ()
        related = (slug for slug in self._related[called[0]] if slug in self._related)
        return tuple(dict.fromkeys((*called, *related, *ranked)))
