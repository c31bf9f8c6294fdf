"""What people call the person, the contract or the article that an answer is written down for."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.form import Form, Kind
from storage.database import Store


async def names_in(
    form: Form, answers: Mapping[str, str], store: Store, articles: Mapping[str, str]
) -> Mapping[str, str]:
    """What is behind each answer that is written down as an email, a reference or a slug, and is on record."""
    found: dict[str, str] = {}
    for question in form.fields:
        for value in filter(None, (answers.get(question.name), question.initial)):
            name = await _name(question.kind, value, store, articles)
            if name is not None:
                found[value] = name
    return found


async def _name(kind: Kind, value: str, store: Store, articles: Mapping[str, str]) -> str | None:
    match kind:
        case Kind.PERSON:
            person = await store.people.by_email(value)
            return person.name if person else None
        case Kind.CONTRACT:
            contract = await store.contracts.by_reference(value)
            return f"{contract.reference} {contract.title}" if contract else None
        case Kind.ARTICLE:
            return articles.get(value)
        case _:
            return None
