"""Who keeps an article right: the person who is named in it, or the SRM lead once they have left."""

from __future__ import annotations

from datetime import date

from handlers.ladder import lead_on
from knowledge.article import Article
from storage.database import Store
from storage.people import Person


async def named_owner(store: Store, article: Article) -> Person | None:
    """The person who is named, while they are in the directory."""
    email = article.about.owner_email
    person = await store.people.by_email(email) if email else None
    return person if person is not None and person.active else None


async def owner_on(store: Store, article: Article, day: date) -> Person | None:
    """Who answers for it that day; None where the posts of the SRM lead and the deputy are vacant too."""
    return await named_owner(store, article) or await lead_on(store, day)


async def owner_words(store: Store, article: Article) -> str:
    """The owner as an answer names them; empty where the article names nobody in person."""
    if article.about.owner_email is None:
        return ""
    person = await named_owner(store, article)
    return person.name if person else "SRM lead, since its owner has left"
