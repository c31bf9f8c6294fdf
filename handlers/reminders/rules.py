"""The rules of reminding in chat: the SRM lead sees them, tries a change, sees its effect, and keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.form import NO, YES, Field, Form, Kind, Option
from handlers.conversation.message import (
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Message,
    Table,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.reminders.nudge_view import count
from handlers.reminders.outlook import Coming, Outlook
from handlers.reminders.reminding import AHEAD, LEADS, kind_named
from storage import rules
from storage.database import Store
from storage.rules import Channel, Rule

_MOST_DAYS = 400
# Even somebody who is told once a week hears of it before it goes up.
_FIRST_STEP_UP = 7
_LADDER = ("the deputy or first point of contact", "the CSMG member", "the SRM lead")


@dataclass(frozen=True, slots=True)
class OneKind:
    """The rule of one kind."""

    kind: rules.Kind


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule as it would be."""

    kind: rules.Kind
    rule: Rule


SHOW = ClickAction("reminder_rules.show", NoParams)
CHANGE = ClickAction("reminder_rules.change", OneKind)
KEEP = ClickAction("reminder_rules.keep", ChangedRule)
LEAVE = ClickAction("reminder_rules.leave", NoParams)
FORM = FormAction("reminder_rules.change", OneKind)


class RuleDesk:
    """The commands; `outlook` counts the messages that a rule would make."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook

    def register(self, router: Router) -> None:
        """The table of rules, changing one, and keeping the change."""
        router.on_command(
            Command(
                "reminder rules",
                "reminder rules",
                "See and change when people are reminded",
                (r"(show )?(the )?(reminder|nudge) rules",),
                roles=LEADS,
            ),
            show,
        )
        router.on_command(
            Command(
                "change reminder rule",
                "change reminder rule notice dates",
                "Change when people are reminded of one kind of thing",
                (r"change (the )?(reminder|nudge) rules? (for |of |about )?(?P<kind>.+)",),
                roles=LEADS,
            ),
            change_typed,
        )
        router.on_click(SHOW, lambda turn, store, _: show(turn, store, {}))
        router.on_click(CHANGE, change)
        router.on_form(FORM, self.try_out, rule_form)
        router.on_click(KEEP, keep)
        router.on_click(LEAVE, leave)

    async def try_out(self, turn: Turn, store: Store, params: OneKind, values: Mapping[str, str]) -> Reply:
        """Show what a change would do, before it is kept."""
        before = (await store.reminder_rules.all())[params.kind]
        after, errors = _rule_of(before, values)
        if after is None:
            return Reply(errors=errors)
        if after == before:
            return private(say("That is the rule as it is. Nothing was changed."))
        last = turn.today + AHEAD
        now = await self._outlook.coming(store, turn.today, last)
        then = await self._outlook.coming(store, turn.today, last, (params.kind, after))
        return private(_effect(params.kind, before, after, now, then))


async def show(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Every rule in one table."""
    if not turn.has(*LEADS):
        return private(_only_leads())
    table = tuple(
        (kind.label, _ahead(rule), _after(rule), _ladder(rule), _marks(rule))
        for kind, rule in (await store.reminder_rules.all()).items()
    )
    return private(
        Message(
            "When people are reminded.",
            (
                Text(
                    spans(
                        [
                            bold("When people are reminded."),
                            " To change one, type 'change reminder rule' and its name.",
                        ]
                    )
                ),
                Table("Rules", ("About", "Before and on the day", "After", "Goes up", "Also"), table),
                Buttons(
                    tuple(
                        CHANGE.button(f"Change {each.label.lower()}", OneKind(each))
                        for each in (
                            rules.Kind.ACTION,
                            rules.Kind.CONTRACT_REVIEW,
                            rules.Kind.CONTRACT_NOTICE,
                        )
                    ),
                    "Change",
                ),
            ),
        )
    )


async def change_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Open the form for the kind that was named."""
    if not turn.has(*LEADS):
        return private(_only_leads())
    kind = kind_named(args["kind"])
    if kind is None:
        names = ", ".join(each.label.lower() for each in rules.Kind)
        return private(say(f"Which rule do you mean? There are: {names}."))
    return await change(turn, store, OneKind(kind))


async def change(turn: Turn, store: Store, params: OneKind) -> Reply:
    """Open the form with the rule as it is."""
    built = await rule_form(turn, store, params)
    return built if isinstance(built, Reply) else Reply(form=built)


async def rule_form(turn: Turn, store: Store, params: OneKind) -> Form | Reply:
    """The rule as fields, for the SRM lead or the deputy."""
    if not turn.has(*LEADS):
        return private(_only_leads())
    rule = (await store.reminder_rules.all())[params.kind]
    nobody_above = params.kind.personal
    fields = (
        _days_field("before", "Days before", rule.before, "For example: 30, 7"),
        Field(
            "on_the_day",
            "A reminder on the day itself",
            Kind.YES_NO,
            initial=YES if rule.on_the_day else NO,
        ),
        _days_field("after", "Single days after", rule.after, "For example: 7"),
        _interval_field("every", "Then to the owner every so many days", rule.every),
        _interval_field("contact", "To the first point of contact every so many days", rule.contact),
        _days_field("escalate", "Days after the date until it goes up", rule.escalate, _LADDER_HELP),
        _interval_field("until", "Reminders end so many days after the date", rule.until),
        Field(
            "channel",
            "Where it comes",
            Kind.ONE_OF,
            options=tuple(Option(each.value, each.label) for each in Channel),
            initial=rule.channel.value,
        ),
        Field(
            "urgent",
            "Urgent: it waits neither for somebody's hour nor for their weekly day",
            Kind.YES_NO,
            initial=YES if rule.urgent else NO,
        ),
    )
    return Form(
        FORM.name,
        f"Change the rule: {params.kind.label.lower()}",
        tuple(each for each in fields if not nobody_above or each.name not in ("contact", "escalate")),
        submit="See the effect",
        params=FORM.carried(params),
    )


async def keep(turn: Turn, store: Store, params: ChangedRule) -> Reply:
    """Put a change in force, with a line in the audit trail."""
    if not turn.has(*LEADS):
        return private(_only_leads())
    before = (await store.reminder_rules.all())[params.kind]
    await store.reminder_rules.put(params.kind, params.rule)
    store.audit.record(
        turn.received_at,
        "change reminder rule",
        params.kind.value,
        person_id=turn.person_id,
        changes={name: [old, new] for name, (old, new) in rules.changes(before, params.rule).items()},
    )
    return private(
        say(f"The rule for {params.kind.label.lower()} is changed. It holds from the next reminder.")
    )


async def leave(turn: Turn, _store: Store, _params: NoParams) -> Reply:
    """Let a change be."""
    return private(say("The rule stays as it was." if turn.has(*LEADS) else "Nothing was changed."))


_LADDER_HELP = (
    f"Up to three: until {_LADDER[0]}, then {_LADDER[1]}, then {_LADDER[2]} is told. For example: 14, 28, 56"
)


def _days_field(name: str, label: str, days: Sequence[int], example: str) -> Field:
    return Field(name, label, required=False, initial=", ".join(map(str, days)), longest=60, help=example)


def _interval_field(name: str, label: str, days: int) -> Field:
    return Field(
        name,
        label,
        Kind.NUMBER,
        required=False,
        initial=str(days),
        least=0,
        most=_MOST_DAYS,
        help="0 for never",
    )


def _rule_of(before: Rule, values: Mapping[str, str]) -> tuple[Rule | None, dict[str, str]]:
    errors: dict[str, str] = {}
    lists = {name: _days_of(values.get(name, ""), name, errors) for name in ("before", "after", "escalate")}
    if not errors and len(lists["escalate"]) > len(_LADDER):
        errors["escalate"] = "Give at most three numbers, one for each step up"
    if not errors and any(each < _FIRST_STEP_UP for each in lists["escalate"]):
        errors["escalate"] = f"Leave at least {_FIRST_STEP_UP} days, so that the owner hears of it first"
    if errors:
        return None, errors

    def interval(name: str) -> int:
        return int(float(values.get(name) or 0))

    return (
        replace(
            before,
            before=tuple(reversed(lists["before"])),
            after=lists["after"],
            escalate=lists["escalate"],
            on_the_day=values.get("on_the_day") == YES,
            urgent=values.get("urgent") == YES,
            channel=Channel(values["channel"]),
            every=interval("every"),
            contact=interval("contact"),
            until=interval("until"),
        ),
        {},
    )


def _days_of(text: str, name: str, errors: dict[str, str]) -> tuple[int, ...]:
    words = text.replace(",", " ").replace(" and ", " ").split()
    if not all(each.isascii() and each.isdecimal() and 0 < int(each) <= _MOST_DAYS for each in words):
        errors[name] = f"Enter whole days from 1 to {_MOST_DAYS}, with commas between, such as 30, 7"
        return ()
    return tuple(sorted({int(each) for each in words}))


def _effect(
    kind: rules.Kind, before: Rule, after: Rule, now: Sequence[Coming], then: Sequence[Coming]
) -> Message:
    old, new = asdict(before), asdict(after)
    facts = [
        Fact(_NAMES[name], spans(f"{_shown(old[name])} becomes {_shown(new[name])}"))
        for name in rules.changes(before, after)
    ]
    return Message(
        f"The effect of changing the rule for {kind.label.lower()}.",
        (
            Text(spans([bold(f"{kind.label}: what would change."), " Nothing is changed yet."])),
            Facts(
                (
                    *facts,
                    Fact("Next 30 days as it is", spans(_totals(now, kind))),
                    Fact("Next 30 days with the change", spans(_totals(then, kind))),
                )
            ),
            Buttons(
                (
                    KEEP.button("Save the change", ChangedRule(kind, after), style=ButtonStyle.PRIMARY),
                    LEAVE.button("Leave it as it is", NoParams()),
                )
            ),
        ),
    )


_NAMES = {
    "before": "Days before",
    "on_the_day": "On the day",
    "after": "Single days after",
    "every": "Then every so many days",
    "contact": "First point of contact every so many days",
    "escalate": "Goes up after days",
    "until": "Ends after days",
    "channel": "Where it comes",
    "statutory": "Statutory",
    "urgent": "Urgent",
}


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value)) or "none"
        case Channel():
            return value.label.lower()
        case _:
            return str(value) if value else "never"


def _totals(coming: Sequence[Coming], kind: rules.Kind) -> str:
    people = len({each.person_id for each in coming})
    about = sum(line.kind is kind for each in coming for line in each.lines)
    who = f"{people} {'person' if people == 1 else 'people'}"
    return f"{count(len(coming), 'message')} to {who}, with {count(about, 'line')} about {kind.label.lower()}"


def _ahead(rule: Rule) -> str:
    days = [f"{', '.join(map(str, rule.before))} days before"] if rule.before else []
    return " and ".join([*days, *(["on the day"] if rule.on_the_day else [])]) or "None"


def _after(rule: Rule) -> str:
    parts = [f"{', '.join(map(str, rule.after))} days after"] if rule.after else []
    parts += [f"every {rule.every} days"] if rule.every else []
    parts += [f"first contact every {rule.contact} days"] if rule.contact else []
    parts += [f"until {rule.until} days after"] if rule.until else []
    return ", ".join(parts) or "None"


def _ladder(rule: Rule) -> str:
    return f"After {', '.join(map(str, rule.escalate))} days" if rule.escalate else "No"


def _marks(rule: Rule) -> str:
    marks = ["statutory"] if rule.statutory else []
    marks += ["urgent"] if rule.urgent else []
    marks += [] if rule.channel is Channel.MESSAGE else [rule.channel.label.lower()]
    return ", ".join(marks) or "-"


def _only_leads() -> Message:
    return say("Only the SRM lead or the deputy can see and change the reminder rules.")
