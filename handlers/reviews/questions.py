"""What is recorded of a review, by its topic."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.form import Field, Kind, Option, When
from storage.months import Month
from storage.reviews import Topic

_NONE = "0"
_AGREED = ("None", "One activity", "Two activities", "Three activities")
MOST_ACTIVITIES = len(_AGREED) - 1


def _text(name: str, label: str, hint: str = "") -> Field:
    return Field(name, label, Kind.LONG_TEXT, help=hint, longest=1000)


def _yes_no(name: str, label: str, hint: str = "") -> Field:
    return Field(name, label, Kind.YES_NO, help=hint)


_OUTCOME = _text(
    "outcome", "Outcome", "In a sentence or two, so that somebody who was not there understands it."
)

FINDINGS: Mapping[Topic, tuple[Field, ...]] = {
    Topic.RISK: (
        _yes_no("manager_present", "Was the contract manager there?"),
        _text("found", "What was found"),
        _OUTCOME,
    ),
    Topic.GOVERNANCE: (
        _yes_no("manager_present", "Was the contract manager there?"),
        _text("found", "Issues found"),
        _OUTCOME,
    ),
    Topic.KPI: (
        _yes_no("improvement_kpis", "Are service improvement KPIs in place?"),
        _yes_no("satisfaction_kpis", "Are stakeholder satisfaction KPIs in place?"),
        _text("monitoring", "Current monitoring"),
        _text("level", "Performance level"),
        _yes_no(
            "scorecard_tracked",
            "Is a balanced scorecard tracked?",
            "Balanced means cost, performance, risk and user, each by itself.",
        ),
        _OUTCOME,
    ),
    Topic.VALUE_FOR_MONEY: (
        _yes_no("clauses", "Are value for money clauses in place?"),
        Field(
            "applied",
            "How far are they applied?",
            Kind.ONE_OF,
            options=(
                Option("fully", "Fully"),
                Option("partly", "Partly"),
                Option("unused", "In place but unused"),
            ),
            when=(When("clauses", ("yes",)),),
        ),
        _text("tests", "Outcomes of tests", "Write 'none' where nothing has been tested."),
        _OUTCOME,
    ),
    Topic.MARKET: (
        _text("potential", "Potential for supplier development"),
        _text("in_place", "Activities in place"),
        _text("further", "Further actions needed"),
        _text("intelligence", "Use of market intelligence, and what more is needed"),
        _OUTCOME,
    ),
}


def activity_fields(most: int = MOST_ACTIVITIES) -> tuple[Field, ...]:
    """How many activities were agreed, and each with its owner and month."""
    counts = tuple(Option(str(each), str(each), _AGREED[each]) for each in range(most + 1))
    fields = [
        Field(
            "activities",
            "How many activities were agreed?",
            Kind.SCALE,
            options=counts,
            initial=_NONE,
            help="Each needs an owner and a month. More can be added afterwards.",
        )
    ]
    for number in range(1, most + 1):
        asked = (When("activities", tuple(str(each) for each in range(number, most + 1))),)
        fields += [
            Field(f"activity_{number}", f"Activity {number}", Kind.LONG_TEXT, longest=500, when=asked),
            Field(f"owner_{number}", f"Owner of activity {number}", Kind.PERSON, when=asked),
            Field(
                f"month_{number}",
                f"Month by the end of which activity {number} is done",
                Kind.MONTH,
                when=asked,
            ),
        ]
    return tuple(fields)


def agreed(values: Mapping[str, str]) -> list[tuple[str, str, Month]]:
    """The activities of a filled-in form: what, the owner's email, the month."""
    return [
        (values[f"activity_{number}"], values[f"owner_{number}"], Month.parse(values[f"month_{number}"]))
        for number in range(1, int(values.get("activities") or _NONE) + 1)
    ]


def needs_decision(topic: Topic, findings: Mapping[str, str], *, low_score: bool) -> bool:
    """Whether a decision must follow: after a low score always, else where something is missing or unused."""
    if not topic.decides:
        return False
    if topic is Topic.KPI:
        sound = all(
            findings.get(each) == "yes"
            for each in ("improvement_kpis", "satisfaction_kpis", "scorecard_tracked")
        )
    else:
        sound = findings.get("clauses") == "yes" and findings.get("applied") != "unused"
    return low_score or not sound
