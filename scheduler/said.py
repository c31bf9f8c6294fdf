"""What people have said of things that wait: settled, expected on another day, or somebody else's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from scheduler.due import Item
from scheduler.subjects import day_label
from storage.item_lines import ItemLine, Said


def as_said(items: Iterable[Item], lines: Mapping[tuple[str, Said], ItemLine]) -> Iterator[Item]:
    """The things that still wait, as people have said of them since.

    What was said of a date holds until the record itself has another.
    """
    if not lines:
        yield from items
        return
    for item in items:
        done, moved = lines.get((item.subject, Said.DONE)), lines.get((item.subject, Said.NEW_DATE))
        passed = lines.get((item.subject, Said.PASSED_ON))
        if done is not None and done.first == item.anchor:
            continue
        if passed is not None and passed.to_id is not None and passed.first == item.anchor:
            item = replace(item, owners=(passed.to_id,))  # noqa: PLW2901  # the same thing, somebody else's
        if moved is not None and moved.first == item.anchor:
            item = _moved(item, moved)  # noqa: PLW2901  # the same thing on another day
        yield item


def _moved(item: Item, line: ItemLine) -> Item:
    assert line.day is not None, "a new date has a day"
    new = day_label(line.day)
    if item.due is None:
        # It has no date to count from: whoever is above hears of it as before, with what was promised.
        return replace(item, note=f"{item.note} It is expected by {new}: {line.text}".strip())
    note = f"{item.note} At first it was {item.when}. {line.text}".strip()
    return replace(item, anchor=line.day, due=line.day, when=new, note=note, first=item.anchor)
