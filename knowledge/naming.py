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
        for article in articles:
            about = article.about
            names = (about.title, *about.keywords, *about.acronyms, *about.acronyms.values())
            for word in words(" ".join(names)):
                self._called.setdefault(stem(word), set()).add(about.slug)

    def called(self, said: Sequence[str]) -> set[str]:
        """The slugs of the articles whose names have each of one or two words; none for more words."""
        if not 0 < len(said) <= _MOST_WORDS:
            return set()
        return set.intersection(*(self._called.get(stem(word), set()) for word in said))
