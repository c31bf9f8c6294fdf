"""The improvement plan's actions: which there are, who owns them and when they are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.conversation.message import Block, Button, Buttons, Message, Note, Table, Text, bold, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import ClickAction, Command, NoParams, Router
from handlers.conversation.turn import Turn
from storage.database import Store
from storage.months import Month
from storage.people import Role
from storage.programme import Owner, PlanAction

# Which roles stand behind the owners that the plan names.
OWNER_ROLES: Mapping[Owner, tuple[Role, ...]] = {
    Owner.SRM_LEAD: (Role.SRM_LEAD, Role.SRM_DEPUTY),
    Owner.CSMG: (Role.CSMG_MEMBER,),
    Owner.BSP_COMMERCIAL: (Role.BSP_COMMERCIAL,),
    Owner.OD: (Role.OD,),
    Owner.ASSURANCE: (Role.ASSURANCE,),
    Owner.CMA_EUG: (Role.CMA_EUG,),
}

MINE = ClickAction("actions.mine", NoParams)
OVERDUE = ClickAction("actions.overdue", NoParams)
ALL = ClickAction("actions.all", NoParams)


def register(router: Router) -> None:
    """Lists of actions."""
    router.on_command(
        Command(
            "overdue",
            "overdue",
            "See the actions that are overdue",
            (r"overdue( actions)?|what('?s| is) (overdue|late)|late actions",),
        ),
        overdue,
    )
    router.on_command(
        Command(
            "wave",
            "wave 2 actions",
            "See the actions of a wave",
            (r"(show (me )?)?(the )?wave (?P<wave>[123])( actions)?",),
        ),
        wave,
    )
    router.on_command(
        Command(
            "actions",
            "actions",
            "See your actions in the improvement plan",
            (r"(show )?(my )?actions",),
            skill="actions",
        ),
        mine,
    )
    router.on_command(
        Command(
            "all actions", "all actions", "See the whole improvement plan", (r"(show )?all actions|the plan",)
        ),
        everything,
    )
    router.on_click(MINE, lambda turn, store, _: mine(turn, store, {}))
    router.on_click(OVERDUE, lambda turn, store, _: overdue(turn, store, {}))
    router.on_click(ALL, lambda turn, store, _: everything(turn, store, {}))


async def mine(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The actions that this person's roles own, or a way to the whole plan for those who own none."""
    actions = await store.programme.actions()
    own = [each for each in actions if owned_by(each, turn)]
    if not own:
        return reply(
            Message(
                "You own no action of the plan.",
                (
                    Text(spans("You own no action of the improvement plan.")),
                    _links(
                        OVERDUE.button("Overdue actions", NoParams()), ALL.button("All actions", NoParams())
                    ),
                ),
            )
        )
    return reply(await _list(store, "Your actions", own, turn.today))


async def overdue(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Everything whose month has passed, the oldest first."""
    late = [each for each in await store.programme.actions() if each.overdue(turn.today)]
    late.sort(key=lambda each: (_due_month(each) or Month.of(turn.today), each.action.number))
    return reply(await _list(store, "Overdue actions", late, turn.today))


async def wave(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The actions of one wave."""
    number = int(args["wave"])
    found = [each for each in await store.programme.actions() if each.action.wave == number]
    return reply(await _list(store, f"Wave {number}", found, turn.today))


async def everything(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The whole plan, and the duties that only its narrative names."""
    message = await _list(store, "The improvement plan", await store.programme.actions(), turn.today)
    duties = await store.programme.duties()
    table = Table(
        "Duties that the plan's text names without a month",
        ("Duty", "What", "Suggested owner"),
        tuple((each.id, each.text, each.suggested_owner.label) for each in duties),
    )
    return reply(Message(message.summary, (*message.blocks, table)))


async def _list(store: Store, title: str, actions: Sequence[PlanAction], today: date) -> Message:
    programme = await store.programme.current()
    late = sum(each.overdue(today) for each in actions)
    count = f"{len(actions)} action{'' if len(actions) == 1 else 's'}"
    if late != len(actions):
        count += f", {late} overdue"
    blocks: list[Block] = [Text(spans([bold(f"{title}: "), f"{count}."]))]
    if actions:
        rows = tuple(
            (
                each.action.id,
                each.action.text,
                " and ".join(owner.label for owner in each.owners),
                due_label(each),
                state_label(each, today),
            )
            for each in actions
        )
        blocks.append(Table(title, ("Action", "What", "Owner", "Review month", "Status"), rows))
    if programme is None or programme.confirmed_at is None:
        blocks.append(
            Note(
                spans(
                    "The plan has no confirmed start month, so nothing counts as overdue and no reminders go out. "
                    "The SRM lead can set it: type 'set up'."
                )
            )
        )
    return Message(f"{title}: {count}.", tuple(blocks))


def due_label(action: PlanAction) -> str:
    """The month in force as people write it; the plan's own month where none is confirmed yet."""
    if not action.checkpoints:
        return "Ongoing"
    checkpoint = action.next_checkpoint or action.checkpoints[-1]
    return checkpoint.expected.label if checkpoint.expected else f"{checkpoint.original.label} (original)"


def state_label(action: PlanAction, today: date) -> str:
    """The status, and whether it is overdue or due this month."""
    status = action.action.status.label
    if action.overdue(today):
        return f"{status}, overdue"
    month = _due_month(action)
    if action.open and month == Month.of(today):
        return f"{status}, due this month"
    return status


def _due_month(action: PlanAction) -> Month | None:
    checkpoint = action.next_checkpoint
    return checkpoint.expected if checkpoint else None


def owned_by(action: PlanAction, turn: Turn) -> bool:
    """Whether one of the person's roles stands behind one of the action's owners."""
    return any(turn.has(*OWNER_ROLES[owner]) for owner in action.owners)


def _links(*buttons: Button) -> Buttons:
    return Buttons(buttons, "See also")
