"""How reminders and digests look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from handlers.conversation.acts import ClickAction
from handlers.conversation.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Divider,
    Heading,
    Message,
    Note,
    Table,
    Text,
    bold,
    say,
    spans,
)
from handlers.reminders.items import action_subject, item_buttons
from handlers.reminders.naming import name_of
from handlers.reminders.outlook import Digest, DueLine, Group

_WITH_BUTTONS = 5
_ORDER = {group: number for number, group in enumerate(Group)}
_LISTED = 15
_LATE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class AboutSubject:
    """Something by its subject."""

    subject: str


@dataclass(frozen=True, slots=True)
class OneDigest:
    """What is overdue under one name, a Business Unit's or a workstream's, of a unit's digest (None: of all)."""

    unit_id: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """Where a list of things comes from: a message by the key of its delivery, or 'what is due' without one."""

    key: str
    day: date


@dataclass(frozen=True, slots=True)
class NextOnes:
    """The things of a list that come after one of them, which may be settled by now."""

    of: Named
    group: Group
    since: date
    subject: str


NEXT = ClickAction("nudges.next", NextOnes)
ADD_CONTEXT = ClickAction("nudges.context", AboutSubject)
DRILL = ClickAction("digest.drill", OneDigest)


def count(number: int, thing: str) -> str:
    """`1 thing`, `2 things`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def nudge_message(
    lines: Sequence[DueLine], of: Named, digests: Sequence[Digest] = (), listed: int = _LISTED
) -> Message:
    """One person's message of the day: what is overdue, due soon and waiting, with buttons on the first few.

    Of each group so many are `listed`; a button shows the next few with theirs.
    """
    ordered = sorted(lines, key=_place)
    blocks = _groups(ordered, listed)
    if len(ordered) > _WITH_BUTTONS:
        blocks.append(_way_on(ordered, of))
    blocks += _notes(ordered)
    for digest in digests:
        blocks += [Divider(), *digest_blocks(digest)] if blocks else digest_blocks(digest)
    return Message(_summary(ordered, digests), tuple(blocks))


def next_message(lines: Sequence[DueLine], after: NextOnes) -> Message:
    """The next few of a list, each with its buttons."""
    last = (_ORDER[after.group], after.since, after.subject)
    rest = sorted((each for each in lines if _place(each) > last), key=_place)
    if not rest:
        return say("That was all. Type 'what is due' to see what still waits for you.")
    shown = rest[:_WITH_BUTTONS]
    blocks = _groups(shown, len(shown))
    if len(rest) > len(shown):
        blocks.append(_way_on(rest, after.of))
    more = f", and {len(rest) - len(shown)} more after them" if len(rest) > len(shown) else ""
    return Message(f"The next {count(len(shown), 'thing')}{more}.", tuple(blocks))


def _place(line: DueLine) -> tuple[int, date, str]:
    """Where a line stands: by its group, the oldest first."""
    return _ORDER[line.group], line.since, line.subject


def _way_on(lines: Sequence[DueLine], of: Named) -> Buttons:
    """The button for those after the first few."""
    last, left = lines[_WITH_BUTTONS - 1], len(lines) - _WITH_BUTTONS
    label = "Show the next five" if left > _WITH_BUTTONS else f"Show the last {left}"
    button = NEXT.button(label, NextOnes(of, last.group, last.since, last.subject))
    # Whoever does something about the first ones goes on from there.
    return Buttons((button,), f"{count(left, 'more thing')}, with buttons", lasting=True)


def _groups(ordered: Sequence[DueLine], listed: int) -> list[Block]:
    """The lines under the headings of their groups."""
    blocks: list[Block] = []
    buttons = _buttons(ordered[:_WITH_BUTTONS])
    for group in Group:
        of_group = [(number, line) for number, line in enumerate(ordered) if line.group is group]
        if not of_group:
            continue
        blocks.append(Heading(f"{group.value} ({len(of_group)})"))
        bare = []
        for number, line in of_group[:listed]:
            said = " ".join(each for each in (line.fact, *line.more) if each)
            stop = "" if line.what.endswith(("?", "!", ".")) else "."
            words = spans([bold(f"{line.what}{stop}"), f" {said}"])
            if number < len(buttons):
                blocks += [Text(words), Buttons(buttons[number], _short(line))]
            else:
                bare.append(words)
        if bare:
            blocks.append(Bullets(tuple(bare)))
        if len(of_group) > listed:
            rest = len(of_group) - listed
            blocks.append(Text(spans(f"And {rest} more: type 'more' to go through them.")))
    return blocks


def _notes(lines: Sequence[DueLine]) -> list[Block]:
    """What is said below the things."""
    if not lines:
        return []
    notes: list[Block] = []
    if any(line.statutory for line in lines):
        notes.append(
            Note(
                spans(
                    "Dates that rest on the law or on the contract's own terms can't be switched off: "
                    "notice, extension, end and insurance."
                )
            )
        )
    typed = [each for each in lines[_WITH_BUTTONS:] if not each.kind.personal]
    if typed:
        name = _typed_name(typed[0])
        to = "January" if action_subject(typed[0].subject) else "5 January"
        notes.append(
            Note(
                spans(
                    "Type 'more' for the next ones with their buttons, or type what to do, such as "
                    f"'done {name}', 'snooze {name} to Monday' or 'move {name} to {to} because …'."
                )
            )
        )
    return [*notes, Note(spans("Type 'preferences' for another hour, or once a week."))]


def _summary(lines: Sequence[DueLine], digests: Sequence[Digest]) -> str:
    counts = Counter(line.group for line in lines)
    parts = [f"{counts[group]} {group.value.lower()}" for group in Group if counts[group]]
    if not parts:
        return f"How things stand: {', '.join(each.name for each in digests)}."
    summary = f"Reminders: {', '.join(parts)}."
    return f"{summary} {lines[0].what}" if len(lines) == 1 else summary


def _buttons(lines: Sequence[DueLine]) -> list[tuple[Button, ...]]:
    rows = []
    for line in lines:
        row = item_buttons(line.subject, line.checkpoint)
        # Of anything else a line on its progress goes up with it.
        if line.late and line.subject.startswith("action:"):
            row = (*row, ADD_CONTEXT.button("Add context", AboutSubject(line.subject)))
        rows.append(row)
    # Two buttons with one label that do different things could not be told apart when typed or read out.
    acts: dict[str, list[Button]] = {}
    for button in (button for row in rows for button in row):
        same = acts.setdefault(button.label, [])
        if button not in same:
            same.append(button)
    return [
        tuple(
            replace(button, label=f"{button.label} {_short(line)}") if len(acts[button.label]) > 1 else button
            for button in row
        )
        for row, line in zip(rows, lines, strict=True)
    ]


def _short(line: DueLine) -> str:
    """How a button names one thing among several: `W1-06`, or `CMA-2028 end` of what a contract asks for."""
    name = line.what.partition(":")[0]
    kind, _, rest = line.subject.partition(":")
    match kind:
        case "contract":
            return f"{name} {rest.rpartition(':')[2]}"
        case "assessment":
            return f"{name} assessment"
        case "review" | "followup" | "decision":
            return f"{'follow-up' if kind == 'followup' else kind} {rest}"
        case "article":
            return rest
        case _:
            return name


def _typed_name(line: DueLine) -> str:
    """What stands for a thing in typed words."""
    action = action_subject(line.subject)
    return action.action_id if action else name_of(line.subject)


def digest_blocks(digest: Digest) -> list[Block]:
    """How things stand, the worst first, with a way down to each Business Unit and workstream."""
    title = f"How things stand: {digest.name}"
    late, first = len(digest.late), digest.late[:_LATE_SHOWN]
    blocks: list[Block] = [Heading(title)]
    if digest.workstreams:
        rows = tuple((s.name, str(s.open), str(s.overdue), str(s.blocked)) for s in digest.workstreams)
        blocks.append(Table("By workstream", ("Workstream", "Open", "Overdue", "Blocked"), rows))
    if digest.units:
        rows = tuple((s.name, str(s.open), str(s.overdue), str(s.blocked)) for s in digest.units)
        blocks.append(Table("By Business Unit", ("Business Unit", "Open", "Overdue", "Blocked"), rows))
    if first:
        shown = (
            f"Overdue, oldest first ({len(first)} of {late})"
            if late > len(first)
            else "Overdue, oldest first"
        )
        blocks.append(late_table(shown, digest))
    else:
        blocks.append(Text(spans("Nothing is overdue.")))
    for name, entries in (
        ("Blocked", digest.blocked),
        ("Decisions wanted", digest.wanted),
        ("Vacant posts, skipped upwards", digest.vacant),
        ("Can't be reached in chat", digest.unreachable),
    ):
        if entries:
            blocks += [
                Text(spans(bold(f"{name} ({len(entries)})"))),
                Bullets(tuple(spans(each) for each in entries[:_LISTED])),
            ]
    drills = [
        DRILL.button(f"Overdue in {each.name}", OneDigest(digest.unit_id, each.name))
        for each in (*digest.units, *digest.workstreams)
        if each.overdue
    ]
    if drills:
        blocks.append(Buttons(tuple(drills), "Look closer"))
    return blocks


def late_table(title: str, digest: Digest, most: int = _LATE_SHOWN) -> Table:
    """What is overdue, the oldest first."""
    rows = tuple((each.what, each.where, each.when, count(each.days, "day")) for each in digest.late[:most])
    return Table(title, ("What", "Where", "Due", "Overdue by"), rows)
