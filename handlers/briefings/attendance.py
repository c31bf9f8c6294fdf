"""Who came to a briefing, recorded by those who hold it, and the figures by Business Unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from handlers.briefings.places import units_of
from handlers.briefings.request_view import asked_by_unit
from handlers.briefings.view import ATTENDANCE_FORM, NO_UNIT, Act, OnBriefing, by_unit, counts, name_of
from handlers.community.view import only_leads
from handlers.conversation.acts import Command
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.form import SEVERAL, Field, Form, Kind, Option
from handlers.conversation.message import Message, Note, Text, bold, say, spans
from handlers.conversation.reading import Reading, read_answer
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from handlers.spreadsheet import csv_of
from storage.briefings import Briefing, BriefingState, Seat, Standing
from storage.database import Store
from storage.people import Person

_YEAR = timedelta(days=365)
_COLUMNS = (
    "number",
    "kind",
    "title",
    "starts",
    "business_unit",
    "offered",
    "signed_up",
    "waiting",
    "attended",
    "attendance_recorded",
)


def register(router: Router) -> None:
    """The form of who came, and the figures."""
    router.on_form(ATTENDANCE_FORM, keep, build)
    router.on_command(
        Command(
            "briefing figures",
            "briefing figures",
            "See to whom briefings were offered and who took them up, by Business Unit",
            (r"(?:briefing|drop-?in) figures|figures (?:of|for) (?:the )?briefings",),
            roles=frozenset(LEADS),
        ),
        figures,
    )


async def open_attendance(turn: Turn, store: Store, briefing: Briefing) -> Reply:
    """Open the form of who came."""
    form = await build(turn, store, OnBriefing(briefing.id, Act.ATTENDANCE))
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, store: Store, params: OnBriefing) -> Form | Reply:
    """Who came, of those with a place; and who came without one."""
    briefing = await store.briefings.get(params.briefing_id) if turn.has(*LEADS) else None
    if briefing is None:
        return private(only_leads())
    if briefing.state is not BriefingState.ANNOUNCED or turn.received_at < briefing.starts_at:
        words = f"Attendance is recorded once {name_of(briefing)} has begun. Nothing was changed."
        return private(say(words))
    seats = await store.briefings.seats(briefing.id)
    people = {each.id: each for each in await store.people.everyone()}
    placed = sorted(
        (each for each in seats if each.standing is Standing.PLACE),
        key=lambda each: people[each.person_id].name,
    )
    came = [each for each in placed if each.attended is not False]
    others = [each for each in seats if each.standing is not Standing.PLACE and each.attended]
    fields = [
        Field(
            "others",
            "Who else came",
            Kind.LONG_TEXT,
            required=False,
            initial="\n".join(people[each.person_id].email for each in others),
            help="Names or work emails, one on each line",
        )
    ]
    if placed:
        question = Field(
            "came",
            "Who came, of those who signed up",
            Kind.SEVERAL_OF,
            required=False,
            options=_options([people[each.person_id] for each in placed]),
            initial=SEVERAL.join(str(each.person_id) for each in came),
            help="Everybody is chosen at first. Take out those who did not come.",
        )
        fields.insert(0, question)
    return Form(
        ATTENDANCE_FORM.name,
        f"Who came to {name_of(briefing)}",
        tuple(fields),
        submit="Keep",
        params=ATTENDANCE_FORM.carried(params),
    )


def _options(people: Sequence[Person]) -> tuple[Option, ...]:
    """Each person to choose; two of one name are told apart by their email."""
    names = [each.name for each in people]
    return tuple(
        Option(str(each.id), each.name if names.count(each.name) == 1 else f"{each.name} ({each.email})")
        for each in people
    )


async def keep(turn: Turn, store: Store, params: OnBriefing, values: Mapping[str, str]) -> Reply:
    """Keep who came; it can be recorded again, and the last word counts."""
    briefing = await store.briefings.get(params.briefing_id)
    assert briefing is not None, "the form is made only for one that is there"
    try:
        others = await _people(turn, store, values.get("others", ""))
    except NotUnderstood as problem:
        return Reply(errors={"others": str(problem)})
    came = {int(each) for each in values.get("came", "").split(SEVERAL) if each}
    came |= {each.id for each in others}
    await store.briefings.offer(briefing, await units_of(store, others), turn.received_at)
    for seat in await store.briefings.seats(briefing.id):
        absent = False if seat.standing is Standing.PLACE else None
        seat.attended = True if seat.person_id in came else absent
    briefing.recorded_at = turn.received_at
    store.audit.record(
        turn.received_at,
        "briefing attendance",
        f"briefing:{briefing.id}",
        person_id=turn.person_id,
        came=len(came),
    )
    units_by_id = {each.id: each for each in await store.people.units()}
    told = f"Kept: {len(came)} came to {name_of(briefing)}."
    table = by_unit(
        f"Offered and taken up: {briefing.title}", await store.briefings.seats(briefing.id), units_by_id
    )
    return private(Message(told, (Text(spans(told)), table)))


async def _people(turn: Turn, store: Store, text: str) -> list[Person]:
    """The people on the lines of a text. Raises NotUnderstood."""
    reading, question = Reading(turn, store, {}), Field("others", "Who else came", Kind.PERSON)
    found = []
    for line in filter(None, (each.strip() for each in text.replace(";", "\n").splitlines())):
        person = await store.people.by_email(await read_answer(question, line, reading))
        assert person is not None, "an answer that was read names somebody"
        found.append(person)
    return found


async def figures(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The last twelve months and what is ahead, by Business Unit."""
    if not turn.has(*LEADS):
        return reply(only_leads())
    held = await _held(store, turn.received_at - _YEAR)
    requests = await store.briefing_requests.since(turn.received_at - _YEAR)
    if not held and not requests:
        return private(say("No briefing or drop-in was announced or asked for in the last 12 months."))
    seats = await store.briefings.seats_of(each.id for each in held)
    units = {each.id: each for each in await store.people.units()}
    over = [each for each in held if each.ends_at < turn.received_at]
    unrecorded = [f"{each.kind.value} {each.id}" for each in over if each.recorded_at is None]
    title = f"Briefings and drop-ins of the last 12 months and ahead: {len(held)}"
    note = f"Attendance is not recorded yet for {', '.join(unrecorded)}. " if unrecorded else ""
    return private(
        Message(
            title,
            (
                Text(spans([bold(title)])),
                by_unit("Offered and taken up by Business Unit", seats, units),
                *([asked_by_unit(requests, units)] if requests else []),
                Note(spans(f"{note}Each person counts once for each briefing. Cancelled ones are left out.")),
            ),
        )
    )


async def _held(store: Store, since: datetime) -> list[Briefing]:
    found = await store.briefings.starting(since)
    return [each for each in found if each.state is BriefingState.ANNOUNCED]


async def briefings_csv(store: Store, zone: tzinfo) -> str:
    """Every briefing that was announced and not cancelled, with a row for each Business Unit."""
    units = {each.id: each.name for each in await store.people.units()}
    rows: list[Sequence[str]] = [_COLUMNS]
    for briefing in await _held(store, datetime.min.replace(tzinfo=UTC)):
        groups: dict[str, list[Seat]] = {}
        for seat in await store.briefings.seats(briefing.id):
            groups.setdefault(units[seat.unit_id] if seat.unit_id else NO_UNIT, []).append(seat)
        about = (
            str(briefing.id),
            briefing.kind.value,
            briefing.title,
            f"{briefing.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
        )
        recorded = "yes" if briefing.recorded_at else "no"
        rows += [[*about, name, *map(str, counts(groups[name])), recorded] for name in sorted(groups)]
    return csv_of(rows)
