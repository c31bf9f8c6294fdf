"""Who may report on an action, close it or decide about it; a deputy stands in for somebody on leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.conversation.turn import Turn
from storage.database import Store
from storage.people import Profile, Role, Unit
from storage.programme import GROUPS, Owner, PlanAction

# Which roles stand behind the owners that the plan names.
OWNER_ROLES: Mapping[Owner, tuple[Role, ...]] = {
    Owner.SRM_LEAD: (Role.SRM_LEAD, Role.SRM_DEPUTY),
    Owner.CSMG: (Role.CSMG_MEMBER,),
    Owner.BSP_COMMERCIAL: (Role.BSP_COMMERCIAL,),
    Owner.OD: (Role.OD,),
    Owner.ASSURANCE: (Role.ASSURANCE,),
    Owner.CMA_EUG: (Role.CMA_EUG,),
}
LEADS = frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY})


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do, in their own right and for those whose deputy they are while these are away."""

    held: tuple[Profile, ...]
    units: tuple[Unit, ...]
    assignees: Mapping[tuple[str, int | None], int]

    @property
    def leads(self) -> bool:
        """Whether they lead the programme."""
        return self._has(LEADS)

    def central(self, plan: PlanAction) -> bool:
        """Whether they may report on the whole action: its owners, the person named, and the SRM lead."""
        return self.leads or self.owns(plan)

    def closes(self, plan: PlanAction) -> bool:
        """Whether they may close the whole action: the coordinator, the person named, or the SRM lead."""
        first = plan.owners[0]
        coordinates = first not in GROUPS and self._has(OWNER_ROLES[first])
        return self.leads or self._named(plan, None) or coordinates

    def unit(self, plan: PlanAction, unit: Unit) -> bool:
        """Whether they may report for a unit: its first point of contact or CSMG member, or an expert user there."""
        return self.leads or self._own(plan, unit)

    def own_units(self, plan: PlanAction) -> list[Unit]:
        """The units that they report for themselves; a unit inside another only where nobody reports for that."""
        found = [each for each in self.units if self._own(plan, each)]
        ids = {each.id for each in found}
        return [each for each in found if each.parent_id not in ids]

    def owns(self, plan: PlanAction) -> bool:
        """Whether the whole action is theirs, by role or by name. The SRM lead owns only what the plan says."""
        owned = any(self._has(OWNER_ROLES[owner]) for owner in plan.owners if owner not in GROUPS)
        return owned or self._named(plan, None)

    def concerns(self, plan: PlanAction) -> bool:
        """Whether the action, or a part of it, is theirs to work on."""
        return self.owns(plan) or bool(self.own_units(plan))

    def _own(self, plan: PlanAction, unit: Unit) -> bool:
        if not plan.by_unit:
            return False
        ids = {each.person.id for each in self.held}
        chain = [each for each in self.units if each.id in (unit.id, unit.parent_id)]
        if any(not ids.isdisjoint((each.csmg_member_id, each.first_contact_id)) for each in chain):
            return True
        if self._named(plan, unit.id):
            return True
        return Owner.CMA_EUG in plan.owners and any(
            each.has(Role.CMA_EUG)
            and each.unit is not None
            and unit.id in (each.unit.id, each.unit.parent_id)
            for each in self.held
        )

    def _named(self, plan: PlanAction, unit_id: int | None) -> bool:
        named = self.assignees.get((plan.action.id, unit_id))
        return named is not None and any(each.person.id == named for each in self.held)

    def _has(self, roles: Sequence[Role] | frozenset[Role]) -> bool:
        return any(each.has(*roles) for each in self.held)


async def rights_of(turn: Turn, store: Store) -> Rights:
    """The rights of the person who acts, as they are now."""
    held = [turn.profile] if turn.profile is not None else []
    if turn.person is not None:
        for person in await store.people.covered_by(turn.person.id, turn.today):
            profile = await store.people.profile(person.id)
            if profile is not None:
                held.append(profile)
    units = await store.people.units()
    return Rights(tuple(held), tuple(units), await store.progress.assignees())
