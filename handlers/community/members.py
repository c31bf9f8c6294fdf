"""For the SRM lead: who has joined the Community and who has not, and a nudge to those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.community.view import JOIN, only_leads, unit_names, unit_of
from handlers.conversation.acts import ClickAction, Command, NoParams
from handlers.conversation.message import Block, Buttons, Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from storage.community import CommunityMember, Membership
from storage.database import Store
from storage.months import Month
from storage.people import Person

_NAMED = 30

NUDGE = ClickAction("community.nudge", NoParams)


@dataclass(frozen=True, slots=True)
class Roll:
    """The contract management staff and where each of them stands."""

    staff: Sequence[Person]
    records: Mapping[int, CommunityMember]
    reachable: frozenset[int]

    def state(self, person: Person) -> Membership:
        """Where somebody stands."""
        record = self.records.get(person.id)
        return record.state if record else Membership.NOT_YET

    @property
    def not_yet(self) -> list[Person]:
        """Those who have neither joined nor left."""
        return [each for each in self.staff if self.state(each) is Membership.NOT_YET]

    def to_nudge(self, month: Month) -> list[Person]:
        """Those of them who can be reached and were not nudged this month."""
        return [
            each
            for each in self.not_yet
            if each.id in self.reachable
            and ((record := self.records.get(each.id)) is None or record.nudged != month)
        ]


async def roll_of(store: Store) -> Roll:
    """Everybody who is expected to join."""
    community = store.community
    return Roll(await community.staff(), await community.records(), await community.reachable())


def register(router: Router) -> None:
    """The list and the nudge."""
    router.on_command(
        Command(
            "community members",
            "community members",
            "See who has joined the Community and who has not, and nudge those",
            (r"community members|who has not joined( the community)?",),
            roles=frozenset(LEADS),
        ),
        show,
    )
    router.on_click(NUDGE, nudge)


async def show(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Joined, not yet and left by Business Unit, and the names of those who have not joined."""
    if not turn.has(*LEADS):
        return reply(only_leads())
    roll, units = await roll_of(store), await unit_names(store)
    groups: dict[str, list[Person]] = {}
    for person in roll.staff:
        groups.setdefault(unit_of(person, units), []).append(person)
    rows = [_row(name, groups[name], roll) for name in sorted(groups)]
    rows.append(_row("All", roll.staff, roll))
    staff = {each.id for each in roll.staff}
    others = [each for each in await store.community.members() if each not in staff]
    title = f"Contract management staff: {len(roll.staff)}, of whom {len(roll.staff) - len(roll.not_yet)} have answered"
    blocks: list[Block] = [
        Text(spans([bold("Members of the Community by Business Unit")])),
        Table(
            "Members by Business Unit", ("Business Unit", "Staff", "Joined", "Not yet", "Left"), tuple(rows)
        ),
        Note(spans(f"Members from elsewhere: {len(others)}.")),
    ]
    return private(Message(title, (*blocks, *_missing(roll, Month.of(turn.today)))))


def _row(name: str, people: Sequence[Person], roll: Roll) -> tuple[str, ...]:
    states = [roll.state(each) for each in people]
    counts = [states.count(each) for each in (Membership.JOINED, Membership.NOT_YET, Membership.LEFT)]
    return (name, str(len(people)), *map(str, counts))


def _missing(roll: Roll, month: Month) -> list[Block]:
    """Who has not joined, and the button that nudges them."""
    if not roll.not_yet:
        return [Text(spans("Everybody has joined, or has left by choice."))]
    names = ", ".join(each.name for each in roll.not_yet[:_NAMED])
    more = len(roll.not_yet) - _NAMED
    listed = Text(spans([bold("Not joined: "), names + (f" and {more} more." if more > 0 else ".")]))
    due, cut_off = roll.to_nudge(month), [each for each in roll.not_yet if each.id not in roll.reachable]
    notes = [f"{len(cut_off)} can't be reached in chat."] if cut_off else []
    done = len(roll.not_yet) - len(due) - len(cut_off)
    notes += [f"{done} had a nudge in {month.label}."] if done else []
    blocks: list[Block] = [listed, Note(spans(" ".join(notes)))] if notes else [listed]
    if due:
        question = f"Send {_people(due)} one message with the button to join?"
        button = NUDGE.button(f"Nudge {_people(due)} to join", NoParams(), confirm=question)
        blocks.append(Buttons((button,), "Next"))
    return blocks


async def nudge(turn: Turn, store: Store, _params: NoParams) -> Reply:
    """Send a nudge to those who have not joined: one to a person in a month."""
    if not turn.has(*LEADS) or turn.person is None:
        return reply(only_leads())
    month = Month.of(turn.today)
    due = (await roll_of(store)).to_nudge(month)
    if not due:
        return private(say(f"Nobody is left to nudge in {month.label}. Nothing was sent."))
    for person in due:
        (await store.community.open(person.id)).nudged = month
    message = say(
        f"{turn.person.name} invites you to the Community of Practice.",
        "All contract management staff are expected to join: to ask each other, and to share what works. "
        "You can leave at any time.",
        buttons=[JOIN.button("Join the community", NoParams())],
        label="Next",
    )
    notices = tuple(
        Notice(f"community:nudge:{each.id}:{month}", each.id, message, "community nudge") for each in due
    )
    store.audit.record(
        turn.received_at, "community nudge", str(month), person_id=turn.person_id, people=len(due)
    )
    return Reply(
        messages=(
            say(f"{_people(due)} will get a nudge to join. Nobody gets a second one in {month.label}."),
        ),
        notices=notices,
        private=True,
    )


def _people(found: Sequence[Person]) -> str:
    return "1 person" if len(found) == 1 else f"{len(found)} people"
