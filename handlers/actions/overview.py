"""The improvement plan's actions: which there are, who owns them and when they are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.actions.lists import listed, own_rows
from handlers.conversation.acts import ClickAction, Command, NoParams
from handlers.conversation.message import Block, Button, Buttons, Message, Note, Table, Text, bold, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.database import Store
from storage.months import Month
from storage.programme import ActionStatus, Owner, PlanAction
from storage.progress import percent_complete

MINE = ClickAction("actions.mine", NoParams)
OVERDUE = ClickAction("actions.overdue", NoParams)
ALL = ClickAction("actions.all", NoParams)


# As the plan prints them, misprint included, as people type them, and in full; longer names before what they begin with.
_OWNERS: Mapping[str, Owner] = {
    "srm lead": Owner.SRM_LEAD,
    "srm": Owner.SRM_LEAD,
    "supplier relationship management lead": Owner.SRM_LEAD,
    "csmg": Owner.CSMG,
    "cmsg": Owner.CSMG,
    "commissioning and supplier management group": Owner.CSMG,
    "bsp commercial": Owner.BSP_COMMERCIAL,
    "bsp": Owner.BSP_COMMERCIAL,
    "business services plus": Owner.BSP_COMMERCIAL,
    "od": Owner.OD,
    "organisational development": Owner.OD,
    "assurance": Owner.ASSURANCE,
    "cma eug": Owner.CMA_EUG,
    "cma expert user group": Owner.CMA_EUG,
    "eug": Owner.CMA_EUG,
    "expert user group": Owner.CMA_EUG,
}
_OWNER = rf"(?P<owner>{'|'.join(_OWNERS)})"


def register(router: Router) -> None:
    """Lists of actions."""
    router.on_command(
        Command(
            "owner",
            "CSMG actions",
            "See the actions of one of the plan's owners: CSMG, OD, EUG, BSP, Assurance, SRM lead",
            (
                rf"(?:show |list )?(?:me )?(?:the )?{_OWNER}(?:'s|’s)? actions",
                rf"(?:show |list )?(?:me )?(?:the )?actions (?:of|for|owned by) (?:the )?{_OWNER}",
            ),
            skill="actions",
            naming=rf"\b{_OWNER}\b",
        ),
        owned,
    )
    router.on_command(
        Command(
            "overdue",
            "overdue",
            "See the actions that are overdue",
            (r"overdue( actions)?|what('?s| is) (overdue|late)|late actions",),
            skill="actions",
            naming=r"^(?!.*\b(?:my|mine|i|i'm)\b).*\b(?:overdue|late|behind|slipped)\b",
        ),
        overdue,
    )
    router.on_command(
        Command(
            "my overdue actions",
            "my overdue actions",
            "See which of your actions are overdue",
            (r"(?:show )?(?:me )?my (?:overdue|late) actions|what am i late with",),
            skill="actions",
            naming=r"^(?=.*\b(?:my|mine|i|i'm)\b).*\b(?:overdue|late|behind|slipped)\b",
        ),
        my_overdue,
    )
    router.on_command(
        Command(
            "wave",
            "wave 2 actions",
            "See the actions of a wave",
            (r"(show (me )?)?(the )?wave (?P<wave>[123])( actions)?",),
            skill="actions",
            naming=r"\bwave (?P<wave>[123])\b",
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
    """The actions that are this person's, their units' parts too, or a way to the whole plan for those who own none."""
    rows = await own_rows(turn, store)
    if not rows:
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
    message = listed("Your actions", rows)
    note = await _unconfirmed(store)
    return reply(Message(message.summary, (*message.blocks, *note)))


async def my_overdue(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Those of this person's actions, and of their units' parts, whose month has passed."""
    rows = await own_rows(turn, store, only_late=True)
    note = await _unconfirmed(store)
    if not rows:
        links = _links(MINE.button("Your actions", NoParams()), OVERDUE.button("Overdue actions", NoParams()))
        return reply(
            Message(
                "None of your actions is overdue.",
                (Text(spans("None of your actions is overdue.")), links, *note),
            )
        )
    message = listed("Your overdue actions", rows)
    return reply(Message(message.summary, (*message.blocks, *note)))


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


async def owned(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The actions of one owner, joint ones too."""
    owner = _OWNERS[args["owner"]]
    found = [each for each in await store.programme.actions() if owner in each.owners]
    title = f"Actions of {owner.label}"
    if args["owner"] == "cmsg":
        title = f"{title} (CMSG is read as CSMG)"
    return reply(await _list(store, title, found, turn.today))


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
    late = sum(each.overdue(today) for each in actions)
    count = f"{len(actions)} action{'' if len(actions) == 1 else 's'}"
    if late != len(actions):
        count += f", {late} overdue"
    blocks: list[Block] = [Text(spans([bold(f"{title}: "), f"{count}. {_percent(actions)}".strip()]))]
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
    return Message(f"{title}: {count}.", (*blocks, *await _unconfirmed(store)))


async def _unconfirmed(store: Store) -> tuple[Note, ...]:
    """What to add to a list while the plan has no dates."""
    programme = await store.programme.current()
    if programme is not None and programme.confirmed_at is not None:
        return ()
    return (
        Note(
            spans(
                "The plan has no confirmed start month, so nothing counts as overdue and no reminders go out. "
                "The SRM lead can set it: type 'set up'."
            )
        ),
    )


def _percent(actions: Sequence[PlanAction]) -> str:
    points = [(each, point) for each in actions for point in each.checkpoints]
    if not points:
        return ""
    done = sum(
        each.action.status is ActionStatus.COMPLETE or point.done_on is not None for each, point in points
    )
    return f"{percent_complete(actions)}% complete: {done} of {len(points)} checkpoints."


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


def _links(*buttons: Button) -> Buttons:
    return Buttons(buttons, "See also")
