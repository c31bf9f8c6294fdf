"""The small forms behind Done, Update progress, New date and Not mine."""

from __future__ import annotations

from handlers.actions.target import Target
from handlers.conversation.acts import FormAction
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.reminders.items import Item
from storage.months import Month
from storage.programme import ActionStatus

DONE_FORM = FormAction("items.done", Item)
PROGRESS_FORM = FormAction("items.progress", Item)
MONTH_FORM = FormAction("items.month", Item)
NOT_MINE_FORM = FormAction("items.not_mine", Item)


def done_form(target: Target) -> Form:
    """What was done, in a line."""
    return Form(
        DONE_FORM.name,
        f"{target.action_id} done",
        (Field("note", "What was done", Kind.LONG_TEXT, required=False, help=_about(target)),),
        submit="Mark as done",
        params=DONE_FORM.carried(target.item),
    )


def progress_form(target: Target) -> Form:
    """Status, percentage and a line."""
    statuses = (ActionStatus.NOT_STARTED, ActionStatus.IN_PROGRESS, ActionStatus.BLOCKED)
    ongoing = target.status is ActionStatus.ONGOING
    questions = (
        Field(
            "status",
            "Status",
            Kind.ONE_OF,
            options=tuple(Option(each.value, each.label) for each in statuses),
            initial=target.status.value,
            help=_about(target),
        ),
        Field(
            "percent",
            "How far it is, in percent",
            Kind.NUMBER,
            required=False,
            initial=str(target.percent),
            least=0,
            most=100,
        ),
    )
    note = Field(
        "note",
        "What has happened, or what it waits for",
        Kind.LONG_TEXT,
        required=ongoing,
        help=_about(target) if ongoing else "",
    )
    return Form(
        PROGRESS_FORM.name,
        f"Progress of {target.action_id}",
        (note,) if ongoing else (*questions, note),
        submit="Save",
        params=PROGRESS_FORM.carried(target.item),
    )


def month_form(target: Target, wanted: Month | None = None) -> Form:
    """The new month and why."""
    now = f"It is due in {target.expected.label}. " if target.expected else ""
    return Form(
        MONTH_FORM.name,
        f"New date for {target.action_id}",
        (
            Field(
                "month",
                "Expected month",
                Kind.MONTH,
                initial=str(wanted) if wanted else "",
                help=f"{now}Such as January 2027. The month planned at first is kept beside it.",
            ),
            Field("reason", "Reason", Kind.LONG_TEXT),
        ),
        submit="Save",
        params=MONTH_FORM.carried(target.item),
    )


def not_mine_form(target: Target) -> Form:
    """Whose it is."""
    return Form(
        NOT_MINE_FORM.name,
        f"Whose is {target.action_id}?",
        (
            Field(
                "person",
                "Whose it is",
                Kind.PERSON,
                help="Their name or work email. If you do not know, name the SRM lead.",
            ),
            Field("why", "Why", Kind.LONG_TEXT, required=False),
        ),
        submit="Pass it on",
        params=NOT_MINE_FORM.carried(target.item),
    )


def _about(target: Target) -> str:
    where = f" ({target.part.unit.name})" if target.part else ""
    points = target.plan.checkpoints
    which = ""
    if len(points) > 1 and target.checkpoint:
        which = f" Checkpoint {target.checkpoint.position + 1} of {len(points)}."
    return f"{target.plan.action.text}{where}.{which}"
