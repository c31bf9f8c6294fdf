"""The words for what is due: the fact about its date, why it comes to this person, and where it goes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from handlers.reminders.outlook import DueLine, Group
from scheduler.due import Item, next_step_up
from scheduler.ladder import Because, Told
from scheduler.planning import Situation
from scheduler.subjects import day_label
from storage.rules import Channel, Kind, Rule

# For each kind: while the date lies ahead, and once it has passed.
_FACTS: Mapping[Kind, tuple[str, str]] = {
    Kind.ACTION: (
        "Its review month is {when}.",
        "Its review month, {when}, has passed. Reviewed, or is there a new expected month?",
    ),
    Kind.ACTION_ONGOING: ("It is ongoing. Is it still running as planned?", ""),
    Kind.CONTRACT_REVIEW: ("Its review is due on {when}.", "Its review was due on {when}."),
    Kind.CONTRACT_NOTICE: (
        "If it is not to run on, notice must be given by {when}.",
        "The last day to give notice was {when}.",
    ),
    Kind.CONTRACT_EXTENSION: (
        "Decide by {when} whether to extend it, in time for the notice date.",
        "Whether to extend it was to be decided by {when}.",
    ),
    Kind.CONTRACT_END: ("It ends on {when}.", "It ended on {when}. Close its record, or correct the date."),
    Kind.CONTRACT_INSURANCE: (
        "The supplier's insurance evidence runs out on {when}.",
        "The supplier's insurance evidence ran out on {when}. Ask for the new certificate.",
    ),
    Kind.CONTRACT_CONTINUITY: (
        "Its continuity plan is to be tested by {when}.",
        "Its continuity plan was to be tested by {when}.",
    ),
    Kind.CONTRACT_SCORECARD: ("Its scorecard is out of date.", ""),
    Kind.CONTRACT_SRO: ("It is high risk and names no Senior Responsible Officer.", ""),
    Kind.CONTRACT_PEOPLE: ("", ""),
    Kind.ASSESSMENT: ("Its self-assessment is due on {when}.", "Its self-assessment was due on {when}."),
    Kind.FOLLOWUP: ("It is due on {when}.", "It was due on {when}."),
    Kind.ACTIVITY: ("It is due by the end of {when}.", "It was due by the end of {when}."),
    Kind.DECISION_WANTED: (
        "It was held on {when}. Record what the Business Unit decides: contract change or next contract.",
        "",
    ),
    Kind.DECISION: (
        "This was left for the next contract. It comes back on {when}.",
        "This was left for the next contract. It came back on {when}: write it into what you ask for.",
    ),
    Kind.ARTICLE: (
        "The article is to be reviewed by {when}.",
        "The article was to be reviewed by {when}. Is it still right?",
    ),
    Kind.EXPERT: ("It has waited for an answer since {when}.", ""),
    Kind.DRAFT: ("You have begun this form. It is kept until {when}.", ""),
    Kind.DRAFT_EXPIRED: ("It was kept for {when} and has expired. Nothing was sent.", ""),
    Kind.DIGEST: ("The digest of how things stand.", ""),
}
_SOON_DAYS = 60


def due_line(situation: Situation, item: Item, told: Told, day: date, context: str = "") -> DueLine:
    """An item as the person who is told of it reads it on a day."""
    rule = situation.rules[item.kind]
    late = item.due is not None and item.due < day
    ahead, past = _FACTS[item.kind]
    fact = (past if late else ahead).format(when=item.when)
    more = [each for each in (item.note, _why(situation, told)) if each]
    goes_up = _goes_up(situation, item, day) if late or item.due is None else ""
    if told.because in (None, Because.ON_LEAVE) and goes_up:
        more.append(goes_up)
    if told.because in (Because.GOES_UP, Because.FIRST_CONTACT):
        more += _with_whom(situation, item)
    if context:
        more.append(context)
    return DueLine(
        item.subject,
        item.kind,
        _group(item, told, late=late),
        item.what,
        fact or "",
        item.due or item.anchor,
        tuple(more),
        rule.statutory,
        item.checkpoint,
        late and told.because is None,
    )


def worth_listing(item: Item, rule: Rule, today: date) -> bool:
    """Whether something belongs on the list of what is due, without a reminder of it being due today."""
    # Neither news nor a digest waits for anybody.
    if item.kind in (Kind.DIGEST, Kind.DRAFT_EXPIRED) or rule.channel is Channel.OFF:
        return False
    if item.due is None:
        return True
    ahead = (item.due - today).days
    return ahead <= _SOON_DAYS and not (rule.until and -ahead > rule.until)


def _group(item: Item, told: Told, *, late: bool) -> Group:
    if item.due is None or item.kind.personal or told.because is Because.GOES_UP:
        return Group.WAITING
    return Group.OVERDUE if late else Group.SOON


def _why(situation: Situation, told: Told) -> str:
    people = situation.directory.people
    behalf = people[told.behalf].name if told.behalf in people and told.behalf is not None else ""
    match told.because:
        case None:
            return ""
        case Because.ON_LEAVE:
            return f"You get this for {behalf}, who is on leave."
        case Because.OUT_OF_REACH:
            return f"You get this because {behalf} can't be reached in chat. Please pass it on."
        case Because.VACANT:
            return "You get this because nobody is named for it. Please name somebody."
        case Because.FIRST_CONTACT:
            return "You get this as first point of contact."
        case Because.GOES_UP:
            place = f" in place of {behalf}" if behalf else ""
            past = ", past a vacant post," if told.skipped else ""
            return f"It has come up to you{place}{past} and is still open."


def _with_whom(situation: Situation, item: Item) -> list[str]:
    """Whose it is, for somebody else who hears of it."""
    people = situation.directory.people
    names = [people[each].name for each in item.owners if each in people]
    return [f"It is with {' and '.join(names)}."] if names else []


def _goes_up(situation: Situation, item: Item, day: date) -> str:
    found = next_step_up(situation.rules[item.kind], item.anchor, day)
    if found is None:
        return ""
    when, step = found
    directory = situation.directory
    holder = directory.rung_holder(item.owners, item.deputy_id, item.unit_id, step.value)
    if holder is None or holder in item.owners:
        return ""
    return f"If it is still open on {day_label(when)}, {directory.people[holder].name} is told too."
