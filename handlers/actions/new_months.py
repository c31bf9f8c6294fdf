"""New months for actions: which need the SRM lead's yes, proposing one, and deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.actions.history import note_change, show_button
from handlers.actions.rights import rights_of
from handlers.actions.settle import set_month
from handlers.actions.target import Target
from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.form import SEVERAL, Field, Form, Kind, Option
from handlers.conversation.message import Buttons, ButtonStyle, Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from handlers.ladder import who_answers
from storage.database import Store
from storage.months import Month
from storage.progress import Proposal, ProposalState, What

_SETTING = "new months that need the lead's yes"
_FAR = 3


class Move(StrEnum):
    """Kinds of new months that the SRM lead may want to say yes to."""

    CENTRAL = "central"
    UNIT = "unit"
    FAR = "far"

    @property
    def label(self) -> str:
        return {
            "central": "A month of the plan itself",
            "unit": "A Business Unit's own month",
            "far": f"Any move of more than {_FAR} months",
        }[self.value]


_USUAL = (Move.CENTRAL, Move.FAR)


@dataclass(frozen=True, slots=True)
class Decide:
    """Say yes or no to a proposed month."""

    proposal_id: int
    yes: bool


DECIDE = ClickAction("months.decide", Decide)
NEEDED_FORM = FormAction("months.needed", NoParams)


def register(router: Router) -> None:
    """Deciding about new months."""
    router.on_click(DECIDE, decide)
    router.on_command(
        Command(
            "new dates",
            "new dates",
            "See the new dates that wait for your yes",
            (r"(proposed|new) (dates|months)( waiting)?",),
            roles=frozenset(LEADS),
        ),
        waiting,
    )
    router.on_command(
        Command(
            "new date rules",
            "new date rules",
            "Choose which new dates need your yes",
            (r"(new )?date rules|which new (dates|months) need (my|a) yes",),
            roles=frozenset(LEADS),
        ),
        open_rules,
    )
    router.on_form(NEEDED_FORM, keep_rules, rules_form)


async def move(turn: Turn, store: Store, target: Target, month: Month, reason: str) -> Reply:
    """Put a new month in force, or ask the SRM lead where this kind of move needs it."""
    assert turn.person is not None, "only somebody in the directory may report"
    if target.checkpoint is None:
        return reply(say(f"{target.name} has no date to move. Nothing was changed."))
    if month < Month.of(turn.today):
        return reply(say(f"{month.label} has passed. Give this month or a later one. Nothing was changed."))
    if month == target.expected:
        return reply(say(f"{target.name} is expected in {month.label} already. Nothing was changed."))
    if target.rights.leads or not await _needs_yes(store, target, month):
        set_month(turn, store, target, month, reason)
        return reply(_moved(target, month))
    proposal = await store.progress.propose(
        Proposal(
            action_id=target.action_id,
            unit_id=target.unit_id,
            checkpoint=target.checkpoint.position,
            month=month,
            reason=reason,
            proposed_by=turn.person.id,
            at=turn.received_at,
        )
    )
    before = target.expected.label if target.expected else ""
    note_change(turn, store, target, What.PROPOSED, before=before, after=month.label, why=reason)
    lead = await who_answers(turn, store)
    if lead is None:
        return reply(
            say(
                f"The new month for {target.name} is kept as a proposal, but nobody holds the SRM lead or deputy "
                "role at the moment. It waits until somebody does."
            )
        )
    return reply(
        say(
            f"{lead.name} has been asked whether {target.name} may move to {month.label}. "
            f"Until then it stays {'at ' + before if before else 'as it is'}. You will be told.",
            buttons=[show_button(target)],
        ),
        notices=(
            Notice(
                f"month:{proposal.id}:asked",
                lead.id,
                _question(proposal, target.name, turn.person.name, before),
                "new month proposed",
            ),
        ),
    )


def _moved(target: Target, month: Month) -> Message:
    point = target.checkpoint
    planned = f" The planned month, {point.planned.label}, is kept." if point and point.planned else ""
    return say(f"{target.name} is now expected in {month.label}.{planned}", buttons=[show_button(target)])


async def _needs_yes(store: Store, target: Target, month: Month) -> bool:
    kinds = await _needed(store)
    far = target.expected is not None and month.months_since(target.expected) > _FAR
    return (Move.UNIT if target.part else Move.CENTRAL) in kinds or (far and Move.FAR in kinds)


async def _needed(store: Store) -> tuple[Move, ...]:
    kept = await store.preferences.get(_SETTING)
    return _USUAL if kept is None else tuple(Move(each) for each in kept.split(SEVERAL) if each)


def _question(proposal: Proposal, name: str, proposer: str, before: str) -> Message:
    facts = (
        Fact("Expected now", spans(before or "No month")),
        Fact("Proposed", spans(proposal.month.label)),
        Fact("Reason", spans(proposal.reason)),
    )
    return Message(
        f"{proposer} proposes {proposal.month.label} for {name}.",
        (
            Text(spans([bold(f"{proposer} proposes a new month for {name}.")])),
            Facts(facts),
            Buttons(
                (
                    DECIDE.button("Approve", Decide(proposal.id, yes=True), style=ButtonStyle.PRIMARY),
                    DECIDE.button("Decline", Decide(proposal.id, yes=False)),
                ),
                "Decide",
            ),
        ),
    )


async def waiting(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The proposals that wait, each with its buttons."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    found = await store.progress.proposals()
    if not found:
        return reply(say("No new date waits for your yes."))
    names = await store.people.named(each.proposed_by for each in found)
    units = {each.id: each.name for each in await store.people.units()}
    blocks: list[Text | Buttons] = []
    for each in found[:5]:
        where = f" for {units[each.unit_id]}" if each.unit_id in units else ""
        blocks += [
            Text(
                spans(
                    [
                        bold(f"{each.action_id}{where} to {each.month.label}"),
                        f", proposed by {names.get(each.proposed_by, 'someone who has left')}: {each.reason}",
                    ]
                )
            ),
            Buttons(
                (
                    DECIDE.button(f"Approve proposal {each.id}", Decide(each.id, yes=True)),
                    DECIDE.button(f"Decline proposal {each.id}", Decide(each.id, yes=False)),
                ),
                f"{each.action_id}{where}",
            ),
        ]
    return reply(Message(f"New dates that wait for your yes: {len(found)}.", tuple(blocks)))


async def decide(turn: Turn, store: Store, params: Decide) -> Reply:
    """Say yes or no, once; the proposer is told."""
    if not turn.has(*LEADS) or turn.person is None:
        return reply(_only_leads())
    proposal = await store.progress.proposal(params.proposal_id)
    plan = await store.programme.locked(proposal.action_id) if proposal else None
    if proposal is None or plan is None:
        return reply(say("That proposal is no longer on record. Nothing was changed."))
    if proposal.state is not ProposalState.WAITING:
        names = await store.people.named([proposal.decided_by])
        who = names.get(proposal.decided_by or 0, "somebody else")
        return reply(say(f"{who} has {proposal.state.value} this already. Nothing was changed."))
    rights = await rights_of(turn, store)
    unit = next((each for each in rights.units if each.id == proposal.unit_id), None)
    target = Target(plan, await store.progress.part(plan, unit) if unit else None, rights)
    proposal.decided_by, proposal.decided_at = turn.person.id, turn.received_at
    proposal.state = ProposalState.APPROVED if params.yes else ProposalState.DECLINED
    if target.checkpoint is None or target.checkpoint.position != proposal.checkpoint:
        proposal.state = ProposalState.DECLINED
        return reply(say(f"{target.name} was closed meanwhile, so the proposal falls away."))
    if params.yes:
        set_month(turn, store, target, proposal.month, proposal.reason)
    else:
        note_change(turn, store, target, What.DECLINED, before=proposal.month.label)
    answer = f"{turn.person.name} has {proposal.state.value} {proposal.month.label} for {target.name}."
    notice = Notice(f"month:{proposal.id}:decided", proposal.proposed_by, say(answer), "new month decided")
    told = (notice,) if proposal.proposed_by != turn.person.id else ()
    done = _moved(target, proposal.month) if params.yes else say(f"Declined. {target.name} keeps its month.")
    return reply(done, notices=told)


async def open_rules(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form that says which new months need the SRM lead's yes."""
    form = await rules_form(turn, store, NoParams())
    return form if isinstance(form, Reply) else Reply(form=form)


async def rules_form(turn: Turn, store: Store, params: NoParams) -> Form | Reply:
    """The kinds that need it."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    return Form(
        NEEDED_FORM.name,
        "New dates that need your yes",
        (
            Field(
                "kinds",
                "Ask me before",
                Kind.SEVERAL_OF,
                required=False,
                options=tuple(Option(each.value, each.label) for each in Move),
                initial=SEVERAL.join(await _needed(store)),
            ),
        ),
        submit="Save",
        params=NEEDED_FORM.carried(params),
    )


async def keep_rules(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Keep the kinds."""
    kinds = values.get("kinds", "")
    await store.preferences.put(_SETTING, kinds)
    store.audit.record(turn.received_at, "new date rules", "programme", person_id=turn.person_id, kinds=kinds)
    named = [Move(each).label for each in kinds.split(SEVERAL) if each]
    return reply(say(f"New dates that need your yes: {'; '.join(named).lower() or 'none'}."))


def _only_leads() -> Message:
    return say("Only the SRM lead or the deputy can decide about new dates. Nothing was changed.")
