"""The items of a lifecycle checklist as the questions of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.conversation.form import Field, Kind
from knowledge.lifecycle import Item
from storage.contracts import Contract

_KINDS = {"date": Kind.DATE, "text": Kind.LONG_TEXT, "yes_no": Kind.YES_NO}


def fields_of(items: Sequence[Item], contract: Contract) -> tuple[Field, ...]:
    """A question for each item that the register does not answer."""
    return tuple(
        Field(each.id, each.ask, _KINDS[each.kind], longest=500)
        for each in items
        if each.on_record is None or getattr(contract, each.on_record) is None
    )


def answered(fields: Sequence[Field], values: Mapping[str, str]) -> dict[str, str]:
    """The answers as people read them, by the questions' words."""
    return {each.label: each.label_of(values[each.name]) for each in fields}
