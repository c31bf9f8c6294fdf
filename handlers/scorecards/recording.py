"""One contract's scorecards: the history, and the form that adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.contracts.finding import Held, ShowContract, held, run
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import Block, Button, Buttons, Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.turn import Turn
from storage.contracts import unit_chain
from storage.database import Store
from storage.scorecards import Aspect, Period, Rating, Scorecard

_SHOWN = 8
_PERIODS_BACK = 3
_ASKS = {
    Aspect.COST: "Cost: spend against budget and price",
    Aspect.PERFORMANCE: "Performance: the service against its measures",
    Aspect.RISK: "Risk: how well the contract's risks are held",
    Aspect.USER: "User: what users and stakeholders say",
}
_MEANINGS = {
    Rating.GREEN: "As it should be",
    Rating.AMBER: "Some concern, with a plan",
    Rating.RED: "Serious concern",
    Rating.NO_DATA: "Nobody has asked them",
}


@dataclass(frozen=True, slots=True)
class RateContract:
    """Rate a contract. `earlier` is how many scorecards it had when the form was opened."""

    reference: str
    earlier: int = 0


SHOW = ClickAction("scorecards.show", ShowContract)
RECORD = ClickAction("scorecards.record", ShowContract)
RECORD_FORM = FormAction("scorecards.record.form", RateContract)


def offers(_turn: Turn, found: Held) -> Sequence[Button]:
    """A button on a contract's card."""
    return (SHOW.button("Scorecard", ShowContract(found.contract.reference)),)


async def show_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The history by a typed reference."""
    return await show(turn, store, ShowContract(args["reference"]))


async def show(turn: Turn, store: Store, params: ShowContract) -> Reply:
    """The four ratings of each period, the newest first."""
    found = await held(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    history = await store.scorecards.of_contract(found.contract.id)
    title = f"Scorecard of {found.contract.reference} {found.contract.title}"
    blocks: list[Block] = [Text(spans([bold(title)]))]
    blocks += _history(history) if history else [Text(spans("No scorecard is recorded yet."))]
    if found.run_by(turn) or found.led_by(turn):
        record = RECORD.button("Record a scorecard", ShowContract(found.contract.reference))
        blocks.append(Buttons((record,), "Next"))
    return private(Message(title, tuple(blocks)))


def _history(history: Sequence[Scorecard]) -> list[Block]:
    # A correction stands in the place of what it corrects; the earlier version stays on record.
    newest: dict[Period, Scorecard] = {}
    for each in history:
        newest.setdefault(each.period, each)
    shown = list(newest.values())[:_SHOWN]
    rows = tuple((each.period.label, *(each.rating(aspect).label for aspect in Aspect)) for each in shown)
    latest = shown[0]
    comments = [
        (aspect.value.capitalize(), latest.comments.get(aspect.value, "")) for aspect in Aspect
    ] + list(latest.extra.items())
    return [
        Table("Ratings", ("Period", "Cost", "Performance", "Risk", "User"), rows),
        *(Text(spans([bold(f"{name}: "), words])) for name, words in comments if words),
        Note(spans("Four ratings, each by itself. They are never averaged.")),
    ]


async def open_form(turn: Turn, store: Store, params: ShowContract) -> Reply:
    """Ask for the ratings."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    earlier = await store.scorecards.count(found.contract.id)
    form = await build(turn, store, RateContract(found.contract.reference, earlier))
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, store: Store, params: RateContract) -> Form | Reply:
    """The form for the four ratings and the Business Unit's own fields."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    if await store.scorecards.count(found.contract.id) != params.earlier:
        return reply(
            say(
                f"A scorecard of {found.contract.reference} was recorded meanwhile. Nothing was changed. "
                f"Type 'scorecard {found.contract.reference}' to see it."
            )
        )
    period = Period.of(turn.today, await store.scorecards.every())
    periods = [period]
    for _ in range(_PERIODS_BACK - 1):
        periods.append(periods[-1].before())
    options = tuple(Option(str(each), each.label) for each in periods)
    fields = [Field("period", "Period", Kind.ONE_OF, options=options, initial=str(period))]
    for aspect in Aspect:
        ratings = tuple(
            Option(each.value, each.label, _MEANINGS[each])
            for each in Rating
            if each is not Rating.NO_DATA or aspect is Aspect.USER
        )
        fields += [
            Field(aspect.value, _ASKS[aspect], Kind.ONE_OF, options=ratings),
            Field(f"{aspect.value}_comment", f"Comment on {aspect.value}", Kind.LONG_TEXT, longest=500),
        ]
    chain = [each.id for each in unit_chain(found.contract.unit_id, found.units)]
    fields += [
        Field(f"extra_{each.id}", each.label, Kind.SHORT_TEXT, longest=300)
        for each in await store.scorecards.fields(chain)
    ]
    return Form(
        RECORD_FORM.name,
        f"Scorecard {found.contract.reference}",
        tuple(fields),
        submit="Record",
        params=RECORD_FORM.carried(params),
    )


async def record(turn: Turn, store: Store, params: RateContract, values: Mapping[str, str]) -> Reply:
    """Keep the ratings as the contract's newest scorecard."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    assert turn.person is not None, "only somebody known runs a contract"
    chain = [each.id for each in unit_chain(found.contract.unit_id, found.units)]
    period = Period.parse(values["period"])
    store.scorecards.add(
        Scorecard(
            contract_id=found.contract.id,
            version=params.earlier + 1,
            last_month=period.last,
            every=period.every.value,
            ratings={each.value: values[each.value] for each in Aspect},
            comments={each.value: values[f"{each.value}_comment"] for each in Aspect},
            recorded_by=turn.person.id,
            recorded_at=turn.received_at,
            extra={
                each.label: values[f"extra_{each.id}"]
                for each in await store.scorecards.fields(chain)
                if f"extra_{each.id}" in values
            },
        )
    )
    store.audit.record(
        turn.received_at,
        "record scorecard",
        found.contract.reference,
        person_id=turn.person_id,
        period=str(period),
    )
    rated = ", ".join(f"{each.value} {Rating(values[each.value]).label.lower()}" for each in Aspect)
    return private(say(f"Recorded for {found.contract.reference}, {period.label}: {rated}."))
