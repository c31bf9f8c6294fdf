"""Who may assess a contract, who may see what was answered, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.conversation.turn import Turn
from knowledge.assessment import OwnerRole
from storage.assessments import Assessment
from storage.contracts import Contract
from storage.database import Store
from storage.people import Person, Profile, Role, Unit


@dataclass(frozen=True, slots=True)
class Around:
    """A contract with the people around it. A post is empty where it is vacant or its holder has left."""

    contract: Contract
    manager: Person | None
    manager_has_left: bool
    deputy: Person | None
    member: Person | None
    contact: Person | None
    team_leader: Person | None
    lead: Person | None

    def owner(self, role: OwnerRole) -> Person | None:
        """Who is asked to see to a follow-up."""
        match role:
            case OwnerRole.CSMG_MEMBER:
                return self.member
            case OwnerRole.FIRST_CONTACT:
                return self.contact
            case OwnerRole.TEAM_LEADER:
                return self.team_leader

    def answers_for(self, person_id: int | None) -> bool:
        """Whether somebody may assess it: its manager, its deputy, and the CSMG member where it has no manager."""
        if person_id is None:
            return False
        acting = [self.manager, self.deputy, self.member if self.manager is None else None]
        return any(each is not None and each.id == person_id for each in acting)


class Directory:
    """The directory as one turn needs it, read once."""

    def __init__(self, people: Sequence[Person], profiles: Sequence[Profile], units: Sequence[Unit]) -> None:
        self._people = {each.id: each for each in people}
        self._profiles = profiles
        self.units: Mapping[int, Unit] = {each.id: each for each in units}

    @classmethod
    async def read(cls, store: Store) -> Directory:
        """The directory as it is now."""
        people = await store.people.everyone()
        return cls(people, await store.people.profiles(), await store.people.units())

    def business_unit(self, contract: Contract) -> Unit | None:
        """The Business Unit of a contract, also where the contract is a Service Area's."""
        chain = self._chain(contract)
        return chain[-1] if chain else None

    def around(self, contract: Contract) -> Around:
        """The people around a contract, the nearest of its Service Area and its Business Unit first."""
        manager = self._people.get(contract.manager_id or 0)
        return Around(
            contract,
            manager=self._here(contract.manager_id),
            manager_has_left=manager is not None and not manager.active,
            deputy=self._here(contract.deputy_id),
            member=self._first(contract, "csmg_member_id"),
            contact=self._first(contract, "first_contact_id"),
            team_leader=self._team_leader(contract),
            lead=self._lead(),
        )

    def leads_unit(self, contract: Contract, person_id: int) -> bool:
        """Whether somebody is CSMG member or first point of contact for a contract's unit."""
        return any(
            person_id in (each.csmg_member_id, each.first_contact_id) for each in self._chain(contract)
        )

    def _chain(self, contract: Contract) -> list[Unit]:
        unit = self.units.get(contract.unit_id)
        parent = self.units.get(unit.parent_id) if unit and unit.parent_id else None
        return [each for each in (unit, parent) if each is not None]

    def _here(self, person_id: int | None) -> Person | None:
        person = self._people.get(person_id or 0)
        return person if person is not None and person.active else None

    def _first(self, contract: Contract, post: str) -> Person | None:
        held = (self._here(getattr(unit, post)) for unit in self._chain(contract))
        return next((each for each in held if each is not None), None)

    def _team_leader(self, contract: Contract) -> Person | None:
        for unit in self._chain(contract):
            for each in self._profiles:
                if each.has(Role.TEAM_LEADER) and each.person.unit_id == unit.id:
                    return each.person
        return None

    def _lead(self) -> Person | None:
        holders = [
            each.person
            for role in (Role.SRM_LEAD, Role.SRM_DEPUTY)
            for each in self._profiles
            if each.has(role)
        ]
        return next(iter(holders), None)


def may_see_scores(turn: Turn, directory: Directory, contract: Contract, assessment: Assessment) -> bool:
    """Whether somebody may see an assessment.

    Those are its contract's manager (of the time since they took over), who answered it, the Business
    Unit's CSMG member and first point of contact, and the SRM lead and deputy.
    """
    if turn.person_id is None:
        return False
    if turn.has(Role.SRM_LEAD, Role.SRM_DEPUTY) or directory.leads_unit(contract, turn.person_id):
        return True
    if turn.person_id == contract.manager_id:
        return contract.manager_since is None or assessment.day >= contract.manager_since
    return turn.person_id == assessment.answered_by and turn.person_id == contract.deputy_id
