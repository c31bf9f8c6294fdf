"""Who answers a question, and how soon: teams by workstream, else the Community channel, else the SRM lead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import get_args

from handlers.ladder import lead_on
from knowledge.article import Workstream
from storage.addresses import Address
from storage.database import Store
from storage.people import Person

POLICY = "expert policy"
CHANNEL = "community channel"

WORKSTREAMS: Mapping[str, str] = {
    "programme": "The improvement programme",
    "market-intelligence": "Market intelligence",
    "supply-risk": "Supply risk",
    "governance": "Governance",
    "staff-development": "Staff development",
    "understanding": "Understanding contracts",
    "knowledge": "Sharing knowledge",
    "service-improvement": "Service improvement",
    "change-handover": "Change and handover",
    "value-for-money": "Value for money",
}
assert set(WORKSTREAMS) == set(get_args(Workstream))


@dataclass(frozen=True, slots=True)
class Policy:
    """How soon an answer is promised, and what happens to a question that nobody takes.

    `target_days` and `bump_hours` are working days and hours; after `bumps` reminders it goes to the lead.
    """

    target_days: int = 2
    bump_hours: int = 8
    bumps: int = 2

    @property
    def promise(self) -> str:
        """What the asker is told."""
        return (
            f"You usually get an answer within {self.target_days} working day{'s' * (self.target_days != 1)}."
        )


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a question goes: to these people, or into a channel; neither where both lead posts are vacant."""

    people: tuple[Person, ...] = ()
    channel: Address | None = None
    with_lead: bool = False

    @property
    def named(self) -> str:
        """The destination in a sentence."""
        if self.channel is not None:
            return "the Community of Practice's channel"
        names = [each.name for each in self.people]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


async def policy_of(store: Store) -> Policy:
    """The policy in force."""
    kept = await store.preferences.get(POLICY)
    return Policy(**json.loads(kept)) if kept else Policy()


async def keep_policy(store: Store, policy: Policy) -> None:
    """Put a policy in force."""
    await store.preferences.put(POLICY, json.dumps(asdict(policy)))


async def community_channel(store: Store) -> Address | None:
    """The channel of the Community of Practice, where one is set."""
    kept = await store.preferences.get(CHANNEL)
    return Address(**json.loads(kept)) if kept else None


async def experts_of(store: Store, workstream: str | None) -> list[Person]:
    """Every active member of the teams that answer for a workstream."""
    teams = [each.id for each in await store.expert_teams.all() if workstream in each.workstreams]
    return await store.expert_teams.members(teams) if teams else []


async def destination(store: Store, workstream: str | None, asker_id: int, today: date) -> Destination:
    """Where a question goes that this person asks on this day."""
    experts = [each for each in await experts_of(store, workstream) if each.id != asker_id]
    here = [each for each in experts if not each.away(today)]
    if here:
        return Destination(tuple(here))
    channel = await community_channel(store)
    if channel is not None:
        return Destination(channel=channel)
    lead = await lead_on(store, today)
    return Destination((lead,), with_lead=True) if lead else Destination()
