"""Setting up the programme: the SRM lead confirms its start month, and from then on actions have dates."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.acts import Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind, check
from handlers.conversation.message import Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.database import Store
from storage.months import Month
from storage.people import Role

START = FormAction("programme.start", NoParams)
_FURTHEST_MONTHS = 60
_LEADS = frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY})


def register(router: Router) -> None:
    """The start month."""
    router.on_command(
        Command(
            "set up",
            "set up",
            "Set the month in which the programme starts",
            (r"set ?up( the)?( programme| plan)?|start month",),
            roles=_LEADS,
        ),
        open_form,
    )
    router.on_form(START, confirm)


async def open_form(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Ask for the start month, for the SRM lead or the deputy."""
    if not turn.has(*_LEADS):
        return reply(_only_leads())
    programme = await store.programme.current()
    if programme is None:
        return reply(say("The improvement plan is not loaded. Ask an administrator to run 'covenant setup'."))
    now = Month.of(turn.today)
    return Reply(form=_form(programme.start or now, programme.original_start))


async def confirm(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Date every action from the start month, and keep who confirmed it."""
    if not turn.has(*_LEADS):
        return reply(_only_leads())
    programme = await store.programme.current()
    if programme is None:
        return reply(say("The improvement plan is not loaded. Ask an administrator to run 'covenant setup'."))
    now = Month.of(turn.today)
    errors = check(_form(now, programme.original_start), values)
    start = None if errors else Month.parse(values["start"].strip())
    if start is not None and (problem := start_problem(start, now)):
        errors = {"start": problem}
    if errors or start is None:
        return Reply(errors=errors)
    await store.programme.confirm_start(start, turn.received_at, turn.person_id)
    store.audit.record(
        turn.received_at, "confirm start month", "programme", person_id=turn.person_id, start=str(start)
    )
    actions = await store.programme.actions()
    late = sum(each.overdue(turn.today) for each in actions)
    last = max(
        (point.expected for each in actions for point in each.checkpoints if point.expected), default=start
    )
    return reply(
        Message(
            f"The programme starts in {start.label}.",
            (
                Text(
                    spans([bold(f"The programme starts in {start.label}."), " The original months are kept."])
                ),
                Facts(
                    (
                        Fact("First review month", spans(start.label)),
                        Fact("Last review month", spans(last.label)),
                        Fact("Overdue today", spans(str(late))),
                    )
                ),
            ),
        )
    )


def start_problem(start: Month, now: Month) -> str | None:
    """What is wrong with a start month, if anything."""
    far = abs(start.months_since(now)) > _FURTHEST_MONTHS
    return f"Enter a month within 5 years of {now.label}" if far else None


def _form(initial: Month, original: Month) -> Form:
    return Form(
        START.name,
        "Set the start month",
        (
            Field(
                "start",
                "Month in which the first action is due",
                Kind.MONTH,
                initial=str(initial),
                help=f"The plan was written to start in {original.label}. Every action keeps its distance "
                "from the first. Write the month as year and month, such as 2026-05.",
            ),
        ),
        submit="Set the start month",
        params=START.carried(NoParams()),
    )


def _only_leads() -> Message:
    return say("Only the SRM lead or the deputy can set up the programme. Nothing was changed.")
