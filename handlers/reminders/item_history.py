"""What has been said of one thing since it waits: progress, new dates with the one before, who passed it on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from handlers.conversation.acts import Command
from handlers.conversation.message import Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.desk import Desk
from handlers.reminders.items import Item
from handlers.reminders.naming import THING, name_of, subject_of
from handlers.reminders.outlook import Waiting
from handlers.reminders.settled import CONTRACT_DATES, day_words
from storage.database import Store
from storage.item_lines import ItemLine, Said

_SHOWN = 20


class ItemHistory:
    """Reads it, for those who may settle the thing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, router: Router) -> None:
        """One command."""
        router.on_command(
            Command(
                "history of thing",
                "history of follow-up 3",
                "See what was said of something you are reminded of: progress, dates, who had it",
                (rf"(?:show )?(?:the )?history (?:of|for) {THING}",),
            ),
            self.shown,
        )

    async def shown(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """Every line, the newest first."""
        subject = subject_of(args["subject"])
        found = await self._desk.found(turn, store, Item(subject))
        if isinstance(found, Reply):
            return found
        lines = await _lines(store, found)
        name = name_of(subject)
        if not lines:
            return private(say(f"Nothing has been said of {name} yet."))
        names = await store.people.named(each[1] for each in lines)
        facts = tuple(
            Fact(
                day_words(at.astimezone(turn.zone).date()),
                spans(f"{names.get(by or 0, 'Somebody who has left')}. {text}"),
            )
            for at, by, text in sorted(lines, key=lambda each: each[0], reverse=True)[:_SHOWN]
        )
        title = f"History of {name}"
        return private(Message(title, (Text(spans([bold(title)])), Facts(facts))))


async def _lines(store: Store, found: Waiting) -> list[tuple[datetime, int | None, str]]:
    """When, who and what."""
    said = [(each.at, each.person_id, each.text) for each in await store.nudges.said_of(found.subject)]
    lines: list[tuple[datetime, int | None, str]] = [*said]
    lines += [(each.at, each.person_id, _words(each)) for each in await store.item_lines.of(found.subject)]
    which = CONTRACT_DATES.get(found.kind)
    if which is not None:
        for entry in await store.audit.of("new contract date", found.subject.split(":")[1]):
            if entry.detail["which"] == which.value:
                lines.append((entry.at, entry.person_id, _moved(entry.detail)))
    return lines


def _words(line: ItemLine) -> str:
    match line.said:
        case Said.DONE:
            return f"Done: {line.text}"
        case Said.PASSED_ON:
            return f"Passed on. {line.text}"
        case Said.NEW_DATE:
            assert line.day is not None, "a new date has a day"
            return f"New date {day_words(line.day)}, at first {day_words(line.first)}: {line.text}"


def _moved(detail: Mapping[str, str | None]) -> str:
    before, after = detail["before"], date.fromisoformat(str(detail["after"]))
    was = f", before {day_words(date.fromisoformat(before))}" if before else ""
    return f"New date {day_words(after)}{was}: {detail['reason']}"
