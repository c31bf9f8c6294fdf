"""Questions that nobody takes: sent round again after some working hours, and in the end to the SRM lead."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from handlers.conversation.reply import Notice
from handlers.experts.policy import Policy, community_channel, policy_of
from handlers.experts.view import for_asker, for_experts, request_facts, step_key
from handlers.experts.working_time import in_working_time, working_hours
from handlers.ladder import lead_on
from scheduler.notices import queue
from storage.database import Database, Store
from storage.experts import ExpertRequest, ExpertState, ExpertStep, Step


class Move(Enum):
    """What is due for a request that waits."""

    NOTHING = auto()
    REMIND = auto()
    TO_LEAD = auto()


def due(request: ExpertRequest, policy: Policy, now: datetime, zone: ZoneInfo) -> Move:
    """What is due now; nothing outside working time, and nothing once the lead has it."""
    if request.state is not ExpertState.OPEN or request.with_lead or not in_working_time(now, zone):
        return Move.NOTHING
    waited = working_hours(request.waiting_since or request.asked_at, now, zone)
    if waited < policy.bump_hours * (request.bumps + 1):
        return Move.NOTHING
    return Move.REMIND if request.bumps < policy.bumps else Move.TO_LEAD


async def send_round_again(database: Database, now: datetime, zone: ZoneInfo) -> int:
    """Do what is due for every request that waits; how many were moved."""
    moved = 0
    async with database.store() as store:
        policy = await policy_of(store)
        for waiting in await store.experts.in_state(ExpertState.OPEN):
            if due(waiting, policy, now, zone) is Move.NOTHING:
                continue
            # Looked at once more with its row held: another process may have been quicker.
            request = await store.experts.refreshed(waiting.id)
            move = due(request, policy, now, zone) if request else Move.NOTHING
            if request is not None and move is not Move.NOTHING:
                notices = await _moved(store, request, move, now, zone)
                await queue(store, notices, now)
                moved += 1
    return moved


async def _moved(
    store: Store, request: ExpertRequest, move: Move, now: datetime, zone: ZoneInfo
) -> list[Notice]:
    names = await store.people.named([request.asker_id])
    asker = names.get(request.asker_id, "someone who has left")
    if move is Move.REMIND:
        request.bumps += 1
        step = await store.experts.note(ExpertStep(request_id=request.id, at=now, step=Step.BUMPED))
        channel = await community_channel(store) if request.channel else None
        message = for_experts(
            request,
            "nobody has taken it yet.",
            request_facts(request, asker, request.article, public=channel is not None),
            public=channel is not None,
        )
        key = step_key(step)
        if channel is not None:
            return [Notice(key, None, message, "expert request", address=channel)]
        return [Notice(f"{key}:{each}", each, message, "expert request") for each in request.sent_to]
    lead = await lead_on(store, now.astimezone(zone).date())
    request.with_lead = True
    if lead is None:
        return []
    step = await store.experts.note(ExpertStep(request_id=request.id, at=now, step=Step.TO_LEAD))
    request.sent_to = list(dict.fromkeys([*request.sent_to, lead.id]))
    facts = request_facts(request, asker, request.article)
    told = for_asker(
        request,
        f"Nobody has taken your request {request.id} yet, so it has gone to {lead.name}.",
        "You need do nothing.",
    )
    return [
        Notice(
            f"{step_key(step)}:lead",
            lead.id,
            for_experts(request, "nobody has taken it, so it comes to you.", facts),
            "expert request",
        ),
        Notice(f"{step_key(step)}:asker", request.asker_id, told, "expert answer"),
    ]
