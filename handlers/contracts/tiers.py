"""Changing a contract's tier in chat: by those who lead its Business Unit, with what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.assess.consequences import after_tier_change
from handlers.contracts.finding import Held, led
from handlers.contracts.people import LEADERS, REFERENCE, REGISTER_TOO
from handlers.conversation.acts import ClickAction, Command, FormAction
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import Button, say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.services import Services
from storage.contracts import Tier
from storage.database import Store

_UNSET = "Not set"
_WHY = r"(?: because (?P<why>.{3,200}))?"


@dataclass(frozen=True, slots=True)
class SetTier:
    """A contract's tier. `was` is what it was when the form was opened."""

    reference: str
    was: Tier | None = None


SET = ClickAction("tiers.set", SetTier)
SET_FORM = FormAction("tiers.set.form", SetTier)


def offers(turn: Turn, found: Held) -> Sequence[Button]:
    """A button on a contract's card, for those who may."""
    contract = found.contract
    return (
        (SET.button("Change the tier", SetTier(contract.reference, contract.tier)),)
        if found.led_by(turn)
        else ()
    )


class Tiers:
    """Changes tiers, and runs the follow-up rules again."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, router: Router) -> None:
        """The command, the button and its form."""
        tiers = "|".join(each.value.lower() for each in Tier)
        router.on_command(
            Command(
                "set tier",
                "set CMA-2015 to Gold because …",
                "Change a contract's tier; what follows from it is worked out again",
                (
                    rf"(?:set|change|move)(?: the)?(?: tier of)? {REFERENCE} to (?P<tier>{tiers})(?: tier)?{_WHY}",
                    rf"(?:set|change) the tier of {REFERENCE}",
                ),
                roles=LEADERS,
            ),
            self.typed,
        )
        router.on_click(SET, self.open)
        router.on_form(SET_FORM, self.keep, self.build)

    async def typed(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """Change it from typed words, or ask for what is missing."""
        found = await led(turn, store, args["reference"])
        if isinstance(found, Reply):
            return found
        params = SetTier(found.contract.reference, found.contract.tier)
        if "why" not in args:
            return await self.open(turn, store, params)
        # As it was typed: commands are matched in small letters.
        why = (turn.text or "").strip()[-len(args["why"]) :]
        return await self.keep(turn, store, params, {"tier": args["tier"].capitalize(), "why": why})

    async def open(self, turn: Turn, store: Store, params: SetTier) -> Reply:
        """Open the form."""
        form = await self.build(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form)

    async def build(self, turn: Turn, store: Store, params: SetTier) -> Form | Reply:
        """The tier and why, for those who lead the Business Unit while it is as they saw it."""
        found = await led(turn, store, params.reference)
        if isinstance(found, Reply):
            return found
        contract = found.contract
        if contract.tier != params.was:
            now = contract.tier.value if contract.tier else _UNSET
            return reply(
                say(f"The tier of {contract.reference} has changed to {now} meanwhile. Nothing was changed.")
            )
        return Form(
            SET_FORM.name,
            f"Tier of {contract.reference}",
            (
                Field(
                    "tier",
                    "Tier",
                    Kind.ONE_OF,
                    options=tuple(Option(each.value, each.value) for each in Tier),
                    initial=contract.tier.value if contract.tier else "",
                    help="The follow-up rules are run again on the last self-assessment. What is open stays open.",
                ),
                Field("why", "Why it changes", Kind.SHORT_TEXT, longest=200),
            ),
            submit="Change it",
            params=SET_FORM.carried(params),
        )

    async def keep(self, turn: Turn, store: Store, params: SetTier, values: Mapping[str, str]) -> Reply:
        """Change it, keep why, and tell the manager and whoever is asked for something new by it."""
        found = await led(turn, store, params.reference)
        if isinstance(found, Reply):
            return found
        contract, tier = found.contract, Tier(values["tier"])
        before = contract.tier.value if contract.tier else _UNSET
        if contract.tier is tier:
            return private(say(f"{contract.reference} is {tier.value} already. Nothing was changed."))
        assert turn.person is not None, "only somebody known leads a Business Unit"
        contract.tier = tier
        store.audit.record(
            turn.received_at,
            "set tier",
            contract.reference,
            person_id=turn.person_id,
            before=before,
            after=tier.value,
            why=values["why"],
        )
        opened = await after_tier_change(store, self._services.questions, [contract], turn.received_at)
        name = f"{contract.reference} {contract.title}"
        told = say(
            f"{turn.person.name} has changed the tier of {name} from {before} to {tier.value}.",
            f"Why: {values['why']}",
        )
        key = f"tier:{contract.id}:{turn.inbound.account.platform}:{turn.inbound.key}"
        manager = contract.manager_id if contract.manager_id != turn.person_id else None
        notices = [*opened, *([Notice(key, manager, told, "tier")] if manager else [])]
        follows = (
            f"New follow-ups were opened; {len(opened)} {'person is' if len(opened) == 1 else 'people are'} told."
            if opened
            else "No new follow-up follows from the last self-assessment."
        )
        words = say(f"{name} is now {tier.value}; it was {before}.", follows, REGISTER_TOO)
        return Reply((words,), notices=tuple(notices), private=True)
