"""Moving a contract to another stage of its lifecycle, with what that stage needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.contracts import words
from handlers.contracts.checklist import answered, fields_of
from handlers.contracts.finding import Held, ShowContract, held, run
from handlers.contracts.people import LEADERS, REFERENCE, REGISTER_TOO
from handlers.conversation.acts import ClickAction, Command, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Button, Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from knowledge.lifecycle import lifecycle
from storage.contracts import Stage, business_unit_of
from storage.database import Store
from storage.lifecycle import StageChange

_STAGE = rf"(?P<stage>{'|'.join(each.value for each in Stage)})"


@dataclass(frozen=True, slots=True)
class MoveContract:
    """Move a contract to a stage. `was` is its stage when the form was opened."""

    reference: str
    stage: Stage
    was: Stage | None = None


CHOOSE = ClickAction("contracts.stage", ShowContract)
MOVE = ClickAction("contracts.stage.move", MoveContract)
MOVE_FORM = FormAction("contracts.stage.form", MoveContract)


def register(router: Router) -> None:
    """Moving a contract, its history, and a Business Unit's handover points."""
    router.on_command(
        Command(
            "move contract",
            "move CMA-2034 to exit",
            "Move a contract to another stage of its lifecycle",
            (rf"move {REFERENCE} to (?:the )?{_STAGE}(?: stage)?",),
        ),
        move_typed,
    )
    router.on_command(
        Command(
            "change stage",
            "change the stage of CMA-2034",
            "Choose the stage that a contract goes to",
            (rf"(?:change|move)(?: the)? stage(?: of| for)? {REFERENCE}",),
        ),
        lambda turn, store, args: choose(turn, store, ShowContract(args["reference"])),
    )
    router.on_command(
        Command(
            "contract history",
            "history of CMA-2034",
            "See a contract's changes of stage",
            (rf"(?:show )?(?:the )?history (?:of |for )?{REFERENCE}",),
        ),
        history,
    )
    router.on_command(
        Command(
            "handover point",
            "handover point for exit: tell Procurement",
            "Say what your Business Unit does between teams when a contract comes to a stage",
            (rf"handover point (?:for|at) {_STAGE}: ?(?P<text>.{{3,300}})",),
            roles=LEADERS,
        ),
        set_point,
    )
    router.on_click(CHOOSE, choose)
    router.on_click(MOVE, open_form)
    router.on_form(MOVE_FORM, moved, build)


def offers(turn: Turn, found: Held) -> Sequence[Button]:
    """A button on a contract's card."""
    if not (found.run_by(turn) or found.led_by(turn)):
        return ()
    return (CHOOSE.button("Change stage", ShowContract(found.contract.reference)),)


async def choose(turn: Turn, store: Store, params: ShowContract) -> Reply:
    """Ask which stage."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    contract = found.contract
    buttons = [
        MOVE.button(each.value.capitalize(), MoveContract(contract.reference, each, contract.stage))
        for each in Stage
        if each is not contract.stage
    ]
    now = f"is in the {contract.stage.value} stage" if contract.stage else "has no stage on record"
    return private(say(f"{contract.reference} {now}. Where does it go?", buttons=buttons, label="Stage"))


async def move_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Open the form from typed words."""
    found = await run(turn, store, args["reference"])
    if isinstance(found, Reply):
        return found
    contract = found.contract
    return await open_form(
        turn, store, MoveContract(contract.reference, Stage(args["stage"]), contract.stage)
    )


async def open_form(turn: Turn, store: Store, params: MoveContract) -> Reply:
    """Ask for what the stage needs."""
    found = await build(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def build(turn: Turn, store: Store, params: MoveContract) -> Form | Reply:
    """The stage's checklist, without what the register has already."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    if found.contract.stage is not params.was or params.stage is params.was:
        stage = found.contract.stage.value if found.contract.stage else "no"
        return reply(say(f"{found.contract.reference} is in the {stage} stage already. Nothing was changed."))
    return Form(
        MOVE_FORM.name,
        f"{found.contract.reference} to {params.stage.value}",
        _questions(params, found),
        submit="Move",
        params=MOVE_FORM.carried(params),
    )


def _questions(params: MoveContract, found: Held) -> tuple[Field, ...]:
    asked = fields_of(lifecycle().stages[params.stage.value], found.contract)
    # A form asks at least one thing.
    return asked or (Field("note", "Note", Kind.LONG_TEXT, longest=500),)


async def moved(turn: Turn, store: Store, params: MoveContract, values: Mapping[str, str]) -> Reply:
    """Move the contract and keep the answers."""
    found = await run(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    assert turn.person is not None, "only somebody known runs a contract"
    contract = found.contract
    answers = answered(_questions(params, found), values)
    contract.stage = params.stage
    store.lifecycles.add(
        StageChange(
            contract_id=contract.id,
            at=turn.received_at,
            by_id=turn.person.id,
            to_stage=params.stage,
            from_stage=params.was,
            answers=answers,
        )
    )
    store.audit.record(
        turn.received_at,
        "change stage",
        contract.reference,
        person_id=turn.person_id,
        before=params.was.value if params.was else "",
        after=params.stage.value,
    )
    lines = [f"{contract.reference} {contract.title} is in the {params.stage.value} stage now."]
    unit = business_unit_of(contract.unit_id, found.units)
    point = await store.lifecycles.point(unit.id, params.stage) if unit else None
    if unit and point:
        lines.append(f"Handover point in {unit.name}: {point.text}")
    return private(say(*lines, REGISTER_TOO))


async def history(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Every change of a contract's stage."""
    found = await held(turn, store, args["reference"])
    if isinstance(found, Reply):
        return found
    changes = await store.lifecycles.of_contract(found.contract.id)
    if not changes:
        return private(say(f"No change of stage of {found.contract.reference} is recorded here."))
    names = await store.people.named(each.by_id for each in changes)
    facts = tuple(
        Fact(
            f"{words.day(each.at.date())}: to {each.to_stage.value}",
            spans(
                f"{names.get(each.by_id, 'Somebody who has left')}. "
                + "; ".join(map(": ".join, each.answers.items()))
            ),
        )
        for each in changes
    )
    title = f"Stages of {found.contract.reference}"
    return private(Message(title, (Text(spans([bold(title)])), Facts(facts))))


async def set_point(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Set what the asker's Business Unit does when a contract comes to a stage."""
    own = [
        each
        for each in await store.people.units()
        if turn.person_id is not None and turn.person_id in (each.csmg_member_id, each.first_contact_id)
    ]
    if not own:
        return reply(say("Only a Business Unit's CSMG member or first point of contact can set this."))
    text = args["text"][:1].upper() + args["text"][1:]
    for each in own:
        await store.lifecycles.set_point(each.id, Stage(args["stage"]), text)
        store.audit.record(
            turn.received_at, "set handover point", each.name, person_id=turn.person_id, stage=args["stage"]
        )
    names = " and ".join(each.name for each in own)
    return reply(say(f"Set for {names}, when a contract comes to {args['stage']}: {text}"))
