"""Exemplar practices: writing one up, finding those of others, and thanking for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from handlers.community.exemplars_view import (
    STATE_LABELS,
    WRITE,
    WRITE_FORM,
    Act,
    WriteUp,
    act_button,
    card,
    stage_of,
    tags,
    tier_of,
    write_form,
)
from handlers.community.view import only_leads
from handlers.conversation.acts import Command
from handlers.conversation.form import YES, Form
from handlers.conversation.message import Bullets, Button, Buttons, Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.policy import WORKSTREAMS
from handlers.experts.view import LEADS, unknown_person
from storage.database import Store
from storage.exemplars import Exemplar, ExemplarState
from storage.people import Person, Role

_LISTED = 8
_TIERS = "platinum|gold|silver|bronze"
_STAGES = "plan|procure|mobilise|operate|change|exit"
_WORKSTREAMS = "|".join(
    sorted(
        {*WORKSTREAMS, *(re.escape(each.casefold()) for each in WORKSTREAMS.values())}, key=len, reverse=True
    )
)
_FIND = (
    rf"(?:show )?(?:(?P<tier>{_TIERS}) )?exemplars(?: on (?P<workstream>{_WORKSTREAMS}))?"
    rf"(?: (?:for|at) (?:the )?(?P<stage>{_STAGES})(?: stage)?)?"
)


def register(router: Router) -> None:
    """Finding and writing."""
    router.on_command(
        Command(
            "exemplars",
            "gold exemplars on governance",
            "See what worked for colleagues, by workstream, tier or stage",
            (_FIND,),
            skill="exemplars",
        ),
        find,
    )
    router.on_command(
        Command(
            "write an exemplar",
            "share an exemplar",
            "Write up what worked, for others to copy",
            (r"(share|write|submit|add)( up)? an exemplar( practice)?",),
        ),
        lambda turn, store, _: open_form(turn, store, WriteUp()),
    )
    router.on_command(
        Command("my exemplars", "my exemplars", "See what you have written up", (r"my exemplars",)), own
    )
    router.on_click(WRITE, open_form)
    router.on_form(WRITE_FORM, keep, build)


async def open_form(turn: Turn, store: Store, params: WriteUp) -> Reply:
    """Open the form."""
    form = await build(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, store: Store, params: WriteUp) -> Form | Reply:
    """The form: empty, with a suggestion of one's own in it, or with what was sent back."""
    if turn.person is None:
        return reply(unknown_person())
    exemplar = await store.exemplars.get(params.exemplar_id) if params.exemplar_id else None
    if params.exemplar_id and (exemplar is None or not _may_change(turn, exemplar)):
        return private(say("Only its author can change an exemplar, and only while it is not published."))
    suggestion = await store.suggestions.get(params.suggestion_id) if params.suggestion_id else None
    text = suggestion.text if suggestion and suggestion.author_id == turn.person.id else ""
    return write_form(params, exemplar, text)


def _may_change(turn: Turn, exemplar: Exemplar) -> bool:
    waiting = exemplar.state in (ExemplarState.SUBMITTED, ExemplarState.RETURNED)
    return exemplar.author_id == turn.person_id and waiting


async def keep(turn: Turn, store: Store, params: WriteUp, values: Mapping[str, str]) -> Reply:
    """Keep the exemplar, and tell who checks it."""
    assert turn.person is not None, "the form is made only for somebody known"
    if values["checked"] != YES:
        return Reply(errors={"checked": "Take out what is confidential first, then answer yes"})
    exemplar = await store.exemplars.get(params.exemplar_id) if params.exemplar_id else None
    if exemplar is None:
        new = Exemplar(
            author_id=turn.person.id,
            submitted_at=turn.received_at,
            title=values["title"],
            done=values["done"],
            result=values["result"],
            workstream=values["workstream"],
        )
        exemplar = await store.exemplars.add(new)
    else:
        exemplar.state, exemplar.submitted_at = ExemplarState.SUBMITTED, turn.received_at
        exemplar.round += 1
        exemplar.title, exemplar.done, exemplar.result = values["title"], values["done"], values["result"]
        exemplar.workstream = values["workstream"]
    exemplar.tier, exemplar.stage = tier_of(values["tier"]), stage_of(values["stage"])
    exemplar.contract = values.get("contract", "")
    checker = await _checker(turn, store, turn.person.id)
    thanks = f"Thank you. Exemplar {exemplar.id} is kept"
    if checker is None:
        return private(say(f"{thanks}. Nobody who could check it is in the directory at the moment."))
    message = card(exemplar, turn.person.name, Act.PUBLISH, Act.SEND_BACK, contract=True)
    key = f"exemplar:{exemplar.id}:submitted:{exemplar.round}"
    told = say(f"{thanks}, and {checker.name} checks it. You are told when it is published or sent back.")
    return Reply((told,), notices=(Notice(key, checker.id, message, "exemplar"),), private=True)


async def _checker(turn: Turn, store: Store, author_id: int) -> Person | None:
    """The SRM lead, or the deputy: whoever is here and has not written it."""
    ladder = [*await store.people.holding(Role.SRM_LEAD), *await store.people.holding(Role.SRM_DEPUTY)]
    others = [each for each in ladder if each.id != author_id]
    here = [each for each in others if not each.away(turn.today)]
    return next(iter(here or others), None)


async def find(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The exemplars that are shown now and carry these tags."""
    if turn.person is None:
        return reply(unknown_person())
    wanted = args.get("workstream")
    labels = {label.casefold(): name for name, label in WORKSTREAMS.items()}
    found = [
        each
        for each in await store.exemplars.in_state(ExemplarState.PUBLISHED)
        if each.shown(turn.today)
        and (wanted is None or each.workstream == labels.get(wanted, wanted))
        # One without a tier or stage suits them all.
        and ("tier" not in args or each.tier is None or each.tier.value.casefold() == args["tier"])
        and ("stage" not in args or each.stage is None or each.stage.value == args["stage"])
    ]
    share = WRITE.button("Share an exemplar", WriteUp())
    if not found:
        return private(say("No exemplar practice is published on that yet. Share yours.", buttons=[share]))
    lines = tuple(
        spans([bold(f"Exemplar {each.id}: "), f"{each.title} ({tags(each)})"]) for each in found[:_LISTED]
    )
    more = (
        f" The newest {_LISTED} are listed; name a workstream or tier for others."
        if len(found) > _LISTED
        else ""
    )
    buttons = (*(act_button(Act.SHOW, each) for each in found[:_LISTED]), share)
    title = f"Exemplar practices: {len(found)}"
    return private(
        Message(title, (Text(spans([bold(title), f".{more}"])), Bullets(lines), Buttons(buttons, "Read one")))
    )


async def own(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What this person has written up, and how it stands."""
    if turn.person is None:
        return reply(unknown_person())
    mine = await store.exemplars.of(turn.person.id)
    share = WRITE.button("Share an exemplar", WriteUp())
    if not mine:
        return private(say("You have not written up an exemplar yet.", buttons=[share]))
    return private(
        _listed("Your exemplars", mine, (*(act_button(Act.SHOW, each) for each in mine[:_LISTED]), share))
    )


async def to_check(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What waits to be checked, for the SRM lead and the deputy."""
    if not turn.has(*LEADS):
        return reply(only_leads())
    waiting = await store.exemplars.in_state(ExemplarState.SUBMITTED)
    expired = [
        each for each in await store.exemplars.in_state(ExemplarState.PUBLISHED) if not each.shown(turn.today)
    ]
    found = [*waiting, *expired]
    if not found:
        return private(say("No exemplar waits to be checked, and none has expired."))
    return private(
        _listed("To check or renew", found, [act_button(Act.SHOW, each) for each in found[:_LISTED]])
    )


def _listed(title: str, found: Sequence[Exemplar], buttons: Sequence[Button]) -> Message:
    lines = tuple(
        spans([bold(f"Exemplar {each.id}: "), f"{each.title}, {STATE_LABELS[each.state]}"])
        for each in found[:_LISTED]
    )
    return Message(
        f"{title}: {len(found)}",
        (Text(spans([bold(f"{title}: {len(found)}")])), Bullets(lines), Buttons(tuple(buttons), "Next")),
    )
