"""Campaigns: every contract of some tiers is reviewed once, as the improvement plan asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.assess.words import all_of
from handlers.contracts.finding import held, units_by_id, visible
from handlers.conversation.acts import ClickAction
from handlers.conversation.message import Block, Message, Progress, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.turn import Turn
from handlers.reviews.view import LEADERS, LEADS
from storage.contracts import Contract, Tier, business_unit_of
from storage.database import Store
from storage.people import Unit
from storage.programme import PlanAction
from storage.reviews import CAMPAIGN_ACTIONS, Reviewed, ReviewState, Topic

_SHOWN = 30
# The way a campaign is named when typed.
TOPICS = {
    "kpi": Topic.KPI,
    "performance": Topic.KPI,
    "value for money": Topic.VALUE_FOR_MONEY,
    "vfm": Topic.VALUE_FOR_MONEY,
    "supplier development": Topic.MARKET,
}


@dataclass(frozen=True, slots=True)
class OneCampaign:
    """The campaign on one topic."""

    topic: Topic


OPEN = ClickAction("campaigns.open", OneCampaign)
SHOW = ClickAction("campaigns.show", OneCampaign)


async def start_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Say how many contracts a campaign would take, and ask before any review is opened."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    topic = TOPICS[args["topic"]]
    action = await _action(store, topic)
    if action is None:
        return reply(say("The improvement plan is not loaded, so there is no campaign to start."))
    new = await _to_open(turn, store, topic, action)
    tiers = all_of(action.action.tiers)
    if not new:
        return private(
            say(f"Every {tiers} contract has its {topic.label} review already. Nothing was changed.")
        )
    return private(
        say(
            f"This opens a {topic.label} review for {len(new)} {tiers} contracts, for action {action.action.id}.",
            "The Business Units see them when they type 'reviews'. No message goes out now.",
            buttons=[OPEN.button(f"Open {len(new)} reviews", OneCampaign(topic))],
            label="Confirm, or type 'cancel'",
        )
    )


async def start(turn: Turn, store: Store, params: OneCampaign) -> Reply:
    """Open the reviews that are not there yet."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    action = await _action(store, params.topic)
    if action is None:
        return reply(say("The improvement plan is not loaded, so there is no campaign to start."))
    due = action.checkpoints[-1].expected or action.checkpoints[-1].original
    last_day = max(due.last_day, turn.today)
    contracts = await _to_open(turn, store, params.topic, action)
    new = await store.reviews.open_campaign(params.topic, contracts, last_day, turn.received_at)
    store.audit.record(
        turn.received_at, "open campaign", action.action.id, person_id=turn.person_id, reviews=new
    )
    shown = await show(turn, store, params)
    return private(say(f"{new} {params.topic.label} reviews are open."), *shown.messages)


async def add(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Add one contract that the plan's tiers leave out, such as a Gold one to value for money."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    topic = TOPICS[args["topic"]]
    found = await held(turn, store, args["reference"])
    action = await _action(store, topic)
    if isinstance(found, Reply) or action is None:
        return found if isinstance(found, Reply) else reply(say("The improvement plan is not loaded."))
    checkpoint = action.checkpoints[-1]
    due = max((checkpoint.expected or checkpoint.original).last_day, turn.today)
    new = await store.reviews.open_campaign(topic, [found.contract], due, turn.received_at)
    if not new:
        return private(say(f"{found.contract.reference} has its {topic.label} review already."))
    store.audit.record(
        turn.received_at,
        "add to campaign",
        found.contract.reference,
        person_id=turn.person_id,
        action=action.action.id,
    )
    return private(say(f"Added: {found.contract.reference} is in the {topic.label} reviews now."))


async def all_campaigns(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Every campaign's progress, as far as this person's Business Units go."""
    if not turn.has(*LEADERS):
        return reply(say("Campaigns are for the SRM lead, CSMG members and first points of contact."))
    shown = [await show(turn, store, OneCampaign(topic)) for topic in CAMPAIGN_ACTIONS]
    return private(*(message for each in shown for message in each.messages))


async def show(turn: Turn, store: Store, params: OneCampaign) -> Reply:
    """One campaign's progress by Business Unit, and the contracts not yet reviewed."""
    if not turn.has(*LEADERS):
        return reply(say("Campaigns are for the SRM lead, CSMG members and first points of contact."))
    action_id = CAMPAIGN_ACTIONS[params.topic]
    title = f"{params.topic.label[:1].upper()}{params.topic.label[1:]} reviews ({action_id})"
    contracts = {each.id: each for each in await visible(turn, store)}
    units = await units_by_id(store)
    seen = {each.unit_id for each in contracts.values()}
    progress = [each for each in await store.reviews.campaign_progress(action_id) if each.unit_id in seen]
    if not progress:
        return private(say(f"{title}: not started."))
    waiting = [
        contracts[each.contract_id]
        for each in await store.reviews.campaign(action_id)
        if each.contract_id in contracts
        and each.recorded_at is None
        and each.state is not ReviewState.CANCELLED
    ]
    blocks: list[Block] = [Text(spans([bold(title)])), *_bars(progress, units)]
    if waiting:
        blocks.append(_waiting(waiting, units))
        if len(waiting) > _SHOWN:
            blocks.append(Text(spans(f"{_SHOWN} of the {len(waiting)} not yet reviewed are shown.")))
    else:
        blocks.append(Text(spans("Every contract is reviewed.")))
    return private(Message(title, tuple(blocks)))


def _bars(progress: Sequence[Reviewed], units: Mapping[int, Unit]) -> list[Progress]:
    """One bar for each Business Unit, its Service Areas counted with it."""
    counts: dict[str, tuple[int, int]] = {}
    for each in progress:
        unit = business_unit_of(each.unit_id, units)
        name = unit.name if unit else "No Business Unit"
        done, total = counts.get(name, (0, 0))
        counts[name] = (done + each.done, total + each.total)
    return [Progress(name, done, total) for name, (done, total) in sorted(counts.items())]


def _waiting(waiting: Sequence[Contract], units: Mapping[int, Unit]) -> Table:
    rows = tuple(
        (each.reference, each.title, each.tier or "Not set", units[each.unit_id].name)
        for each in waiting[:_SHOWN]
    )
    return Table("Not yet reviewed", ("Contract", "Title", "Tier", "Unit"), rows)


async def _action(store: Store, topic: Topic) -> PlanAction | None:
    action_id = CAMPAIGN_ACTIONS[topic]
    return next((each for each in await store.programme.actions() if each.action.id == action_id), None)


async def _to_open(turn: Turn, store: Store, topic: Topic, action: PlanAction) -> list[Contract]:
    """The live contracts of the action's tiers that its campaign does not have yet."""
    tiers = {Tier(each) for each in action.action.tiers}
    there = {each.contract_id for each in await store.reviews.campaign(CAMPAIGN_ACTIONS[topic])}
    return [
        each
        for each in await store.contracts.all()
        if each.tier in tiers and each.is_live(turn.today) and each.id not in there
    ]


def _only_leads() -> Message:
    return say("Only the SRM lead or the deputy can open campaigns. Nothing was changed.")
