"""For the SRM lead: how often those who have not acknowledged a broadcast are reminded at most."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.broadcasts.rights import may_draft, may_send, not_a_drafter, not_a_sender
from handlers.broadcasts.status import CHASES, most_chases
from handlers.conversation.acts import Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from storage.database import Store

SETTINGS_FORM = FormAction("broadcasts.settings", NoParams)
_MOST = 10


def register(router: Router) -> None:
    """One command and its form."""
    router.on_command(
        Command(
            "broadcast settings",
            "broadcast settings",
            "Change how often people are reminded to acknowledge a broadcast",
            (r"broadcast settings",),
            roles=frozenset(LEADS),
        ),
        open_settings,
    )
    router.on_form(SETTINGS_FORM, keep, build)


async def open_settings(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form."""
    form = await build(turn, store, NoParams())
    return form if isinstance(form, Reply) else Reply(form=form)


async def build(turn: Turn, store: Store, params: NoParams) -> Form | Reply:
    """The form with the number in force."""
    if not may_send(turn):
        return not_a_sender() if may_draft(turn) else not_a_drafter()
    question = Field(
        "chases",
        "Reminders to acknowledge, at most",
        Kind.NUMBER,
        initial=str(await most_chases(store)),
        least=0,
        most=_MOST,
        help="For each broadcast that asks for it. 0 for none.",
    )
    return Form(
        SETTINGS_FORM.name, "Broadcast settings", (question,), "Save", params=SETTINGS_FORM.carried(params)
    )


async def keep(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Put the number in force, also for what is sent already."""
    if not values["chases"].isdecimal():
        return Reply(errors={"chases": "Enter a whole number"})
    await store.preferences.put(CHASES, values["chases"])
    store.audit.record(
        turn.received_at, "broadcast settings", CHASES, person_id=turn.person_id, most=int(values["chases"])
    )
    return private(say(f"Saved. Reminders to acknowledge a broadcast: at most {values['chases']}."))
