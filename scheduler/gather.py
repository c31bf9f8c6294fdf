"""Reading the records that reminding goes by, and putting them in its own terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from handlers.actions.rights import OWNER_ROLES
from scheduler.due import Item
from scheduler.ladder import Colleague, Directory, Posts
from scheduler.planning import CATCH_UP, Situation, Wishes
from scheduler.said import as_said
from scheduler.sources import Around, ArticleFacts, other_items
from scheduler.subjects import (
    COMMON_MONDAY,
    ActionFacts,
    ContractFacts,
    action_items,
    contract_items,
    is_history,
)
from storage.accounts import Account
from storage.contracts import Contract
from storage.database import Store
from storage.people import Profile, Role, Unit
from storage.programme import GROUPS, Checkpoint, Owner, PlanAction
from storage.progress import LocalAction
from storage.rules import Kind, Rules
from storage.scorecards import Period


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read: the situation, the plan behind it, and where everybody can be reached.

    `unheld` are the plan's owners whose role nobody holds.
    """

    situation: Situation
    actions: Sequence[PlanAction]
    parts: Sequence[LocalAction]
    accounts: dict[int, list[Account]]
    confirmed: date | None
    unheld: Sequence[str]


async def gather(
    store: Store,
    today: date,
    zone: ZoneInfo,
    articles: Sequence[ArticleFacts] = (),
    *,
    rules: Rules | None = None,
) -> Gathered:
    """Everything that reminding looks at, as it is now; with other rules than those in force where given."""
    profiles = await store.people.profiles()
    units = await store.people.units()
    accounts = await store.accounts.reachable()
    directory = directory_of(profiles, units, accounts)
    programme = await store.programme.current()
    confirmed = (
        programme.confirmed_at.astimezone(zone).date() if programme and programme.confirmed_at else None
    )
    actions = await store.programme.actions()
    parts = await store.progress.parts(actions, units)
    contracts = [each for each in await store.contracts.all() if not is_history(each.ends, today)]
    stale = await _stale(store, contracts, today)
    around = Around(
        {each.id: each for each in contracts},
        directory,
        {each.person.email.casefold(): each.person.id for each in profiles},
        today,
        zone,
    )
    found = [
        *contract_items([_facts(each, stale) for each in contracts], today),
        *action_items(await _actions(store, actions, parts, profiles, directory), confirmed),
        *await other_items(store, around, articles),
        *_digests(directory),
    ]
    items = list(as_said(found, await store.item_lines.newest()))
    situation = Situation(
        items,
        rules if rules is not None else await store.reminder_rules.all(),
        directory,
        await _wishes(store),
        {(each.person_id, each.subject): each.until for each in await store.reminders.snoozes()},
        await store.nudges.told(today - CATCH_UP - timedelta(days=1), today),
        await store.nudges.began() or today,
        await store.nudges.lost(today - timedelta(days=today.weekday()), today),
        await store.nudges.named(today - CATCH_UP, today),
    )
    unheld = [
        each.label
        for each in Owner
        if each not in GROUPS and not any(profile.has(*OWNER_ROLES[each]) for profile in profiles)
    ]
    return Gathered(situation, actions, parts, accounts, confirmed, unheld)


def directory_of(
    profiles: Sequence[Profile], units: Sequence[Unit], accounts: dict[int, list[Account]]
) -> Directory:
    """The directory in reminding's terms."""
    return Directory(
        [
            Colleague(
                each.person.id,
                each.person.name,
                each.person.unit_id,
                each.person.deputy_id,
                each.person.leave_from,
                each.person.leave_to,
                each.person.id in accounts,
            )
            for each in profiles
        ],
        [
            Posts(each.id, each.name, each.parent_id, each.csmg_member_id, each.first_contact_id)
            for each in units
        ],
        [each.person.id for each in profiles if each.has(Role.SRM_LEAD)],
        [each.person.id for each in profiles if each.has(Role.SRM_DEPUTY)],
    )


async def _stale(store: Store, contracts: Sequence[Contract], today: date) -> dict[int, Period]:
    """The period for which each contract has no scorecard although it should, by the contract's id."""
    period = Period.of(today, await store.scorecards.every()).before()
    return dict.fromkeys((each.id for each in await store.scorecards.stale(contracts, today)), period)


def _facts(contract: Contract, stale: Mapping[int, Period]) -> ContractFacts:
    return ContractFacts(
        contract.reference,
        contract.title,
        contract.unit_id,
        contract.manager_id,
        contract.deputy_id,
        contract.sro_id,
        contract.high_risk,
        contract.ends,
        contract.notice_months,
        contract.extension_months,
        contract.review_date,
        contract.insurance_ends,
        contract.continuity_test,
        stale.get(contract.id),
    )


async def _actions(
    store: Store,
    actions: Sequence[PlanAction],
    parts: Sequence[LocalAction],
    profiles: Sequence[Profile],
    directory: Directory,
) -> list[ActionFacts]:
    named = await store.progress.assignees()
    facts = [
        ActionFacts(
            f"action:{plan.action.id}",
            f"{plan.action.id}: {plan.action.text}",
            _owners(plan.owners, profiles, directory, named.get((plan.action.id, None))),
            plan.next_checkpoint.expected if plan.open and plan.next_checkpoint else None,
            ongoing=not plan.checkpoints,
            checkpoint=plan.next_checkpoint.position if plan.next_checkpoint else None,
            note=" ".join(filter(None, (_which(plan, plan.next_checkpoint), _coordinator(plan, profiles)))),
        )
        for plan in actions
        # What groups alone own is reported by the Business Units; any other owner has the whole of it too.
        if not GROUPS.issuperset(plan.owners)
    ]
    facts += [
        ActionFacts(
            part.subject,
            f"{part.plan.action.id}: {part.plan.action.text}",
            _local_owners(part, profiles, directory, named.get((part.plan.action.id, part.unit.id))),
            part.expected if part.open else None,
            part.unit.id,
            checkpoint=part.next_checkpoint.position if part.next_checkpoint else None,
            note=_which(part.plan, part.next_checkpoint),
        )
        for part in parts
        if part.open
    ]
    return facts


def _which(plan: PlanAction, point: Checkpoint | None) -> str:
    """Which of an action's several checkpoints is meant."""
    if point is None or len(plan.checkpoints) < 2:  # one checkpoint is the action itself
        return ""
    return f"This is checkpoint {point.position + 1} of {len(plan.checkpoints)}."


def _coordinator(plan: PlanAction, profiles: Sequence[Profile]) -> str:
    """Who coordinates an action that several own."""
    first = plan.owners[0]
    if not plan.joint or first in GROUPS:
        return ""
    role = OWNER_ROLES[first][0]
    name = next((each.person.name for each in profiles if each.has(role)), None)
    return f"{first.label}{f' ({name})' if name else ''} coordinates it and closes it."


def _owners(
    owners: Sequence[Owner], profiles: Sequence[Profile], directory: Directory, named: int | None
) -> tuple[int, ...]:
    """The people behind the plan's owners, whoever was named for it first."""
    found = [named] if named is not None else []
    for owner in owners:
        if owner is Owner.SRM_LEAD:
            # The deputy stands in; reminding both each time would only make noise.
            found += directory.leadership[:1]
        elif owner not in GROUPS:
            found += [each.person.id for each in profiles if each.has(*OWNER_ROLES[owner])]
    return tuple(dict.fromkeys(found))


def _local_owners(
    part: LocalAction, profiles: Sequence[Profile], directory: Directory, named: int | None
) -> tuple[int, ...]:
    """Who reports a unit's part: whoever was named, else its expert users or its first point of contact."""
    if named is not None:
        return (named,)
    if Owner.CMA_EUG in part.plan.owners:
        users = [
            each.person.id
            for each in profiles
            if each.has(Role.CMA_EUG) and directory.within(each.person.unit_id, part.unit.id)
        ]
        if users:
            return tuple(users)
    holder = directory.posted(part.unit.id)
    return (holder,) if holder is not None else ()


def _digests(directory: Directory) -> Iterator[Item]:
    """The digest of each Business Unit for its CSMG member, and the one of everything for the SRM lead."""
    for unit in directory.units.values():
        if unit.parent_id is None and unit.member_id in directory.people:
            assert unit.member_id is not None
            yield _digest(f"digest:{unit.id}", unit.name, unit.member_id)
    for lead in directory.leadership[:1]:
        yield _digest("digest:all", "all Business Units", lead)


def _digest(subject: str, name: str, person_id: int) -> Item:
    return Item(subject, Kind.DIGEST, name, "", COMMON_MONDAY, None, (person_id,))


async def _wishes(store: Store) -> dict[int, Wishes]:
    muted = await store.nudges.muted()
    manners = await store.manners.all()
    usual = Wishes()
    found = {}
    for person_id in muted.keys() | manners.keys():
        found[person_id] = Wishes.stated(manners.get(person_id), muted.get(person_id, frozenset()))
    return {person_id: wishes for person_id, wishes in found.items() if wishes != usual}
