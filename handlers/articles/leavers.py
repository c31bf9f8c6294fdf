"""People who have left: the articles that they kept right come to the SRM lead, who hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from handlers.conversation.acts import AGAIN, SayAgain
from handlers.conversation.message import Bullets, Buttons, Message, Text, bold, spans
from handlers.conversation.reply import Notice
from handlers.ladder import lead_on
from knowledge.article import Article
from storage.database import Store
from storage.people import Person

_BUTTONS = 5


async def told_of_articles(
    store: Store, articles: Iterable[Article], leavers: Iterable[Person], now: datetime
) -> list[Notice]:
    """A message to the SRM lead, or whoever stands in, about the articles of each leaver."""
    lead = await lead_on(store, now.date())
    owned: dict[str, list[Article]] = {}
    for article in articles:
        if article.about.owner_email:
            owned.setdefault(article.about.owner_email.casefold(), []).append(article)
    notices = []
    for leaver in leavers:
        left = owned.get(leaver.email.casefold(), [])
        if lead is not None and left:
            key = f"left:{leaver.id}:{now:%Y%m%d}:articles:{lead.id}"
            notices.append(Notice(key, lead.id, _message(leaver, left), "leaver"))
    return notices


def _message(leaver: Person, articles: list[Article]) -> Message:
    count = "1 article" if len(articles) == 1 else f"{len(articles)} articles"
    first = f"{leaver.name} has left the council and was the owner of {count}."
    lines = tuple(spans(f"{each.title}: review by {each.about.next_review:%-d %B %Y}") for each in articles)
    buttons = tuple(
        AGAIN.button(f"Change article {each.slug}", SayAgain(f"change article {each.slug}"))
        for each in articles[:_BUTTONS]
    )
    return Message(
        first,
        (
            Text(spans([bold(first), " You are their owner until another is named."])),
            Bullets(lines),
            Buttons(buttons, "Name another owner"),
        ),
    )
