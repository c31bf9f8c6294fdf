"""What becomes of an exemplar: checked by somebody other than its author, renewed, taken down, thanked for."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta

from handlers.community.exemplars import open_form, to_check
from handlers.community.exemplars_view import (
    DEFAULT_MONTHS,
    MONTHS,
    ON,
    REASON_FORM,
    Act,
    OnExemplar,
    WriteUp,
    act_button,
    card,
)
from handlers.community.view import day_words, only_leads
from handlers.conversation.acts import Command
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS, unknown_person
from storage.database import Store
from storage.exemplars import Exemplar, ExemplarState

# From how long before its last day an exemplar can be renewed.
_RENEWABLE = timedelta(days=60)
_MOST_MONTHS = 60


def register(router: Router) -> None:
    """The acts, clicked or typed, and the lead's list."""
    leads = frozenset(LEADS)
    router.on_command(
        Command(
            "exemplars to check",
            "exemplars to check",
            "See the exemplars that wait for you",
            (r"exemplars to (check|renew)",),
            roles=leads,
        ),
        to_check,
    )
    router.on_command(
        Command(
            "exemplar months",
            "exemplars stay 12 months",
            "Set how long an exemplar is shown",
            (r"exemplars stay (?P<months>\d{1,3}) months?",),
            roles=leads,
        ),
        set_months,
    )
    acts = "|".join(each.value for each in Act)
    router.on_command(
        Command(
            "exemplar",
            "show exemplar 3",
            "Read an exemplar, thank for it, or change yours",
            (rf"(?P<act>{acts}) exemplar (?P<id>\d{{1,9}})",),
        ),
        typed,
    )
    router.on_click(ON, act)
    router.on_form(REASON_FORM, send_back, reason_form)


async def typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`show exemplar 3`, `publish exemplar 3`."""
    return await act(turn, store, OnExemplar(int(args["id"]), Act(args["act"])))


async def act(turn: Turn, store: Store, params: OnExemplar) -> Reply:
    """Do what a button says, if this person may."""
    if turn.person is None:
        return reply(unknown_person())
    exemplar = await store.exemplars.get(params.exemplar_id)
    if exemplar is None or not _may_read(turn, exemplar):
        return private(say("There is no such exemplar to read. Type 'exemplars' to see those there are."))
    return await _DOES[params.act](turn, store, exemplar)


def _may_read(turn: Turn, exemplar: Exemplar) -> bool:
    return turn.has(*LEADS) or exemplar.author_id == turn.person_id or exemplar.shown(turn.today)


def _refused(turn: Turn, exemplar: Exemplar) -> Message | None:
    """Why this person can't check it, or None where they can."""
    if not turn.has(*LEADS):
        return only_leads()
    if exemplar.author_id == turn.person_id:
        return say("You wrote this, so somebody else has to check it. Nothing was changed.")
    if exemplar.state is not ExemplarState.SUBMITTED:
        return say(f"Exemplar {exemplar.id} does not wait to be checked any more. Nothing was changed.")
    return None


async def _show(turn: Turn, store: Store, exemplar: Exemplar) -> Reply:
    names = await store.people.named([exemplar.author_id])
    own, lead = exemplar.author_id == turn.person_id, turn.has(*LEADS)
    acts: list[Act] = []
    if _refused(turn, exemplar) is None:
        acts += [Act.PUBLISH, Act.SEND_BACK]
    if exemplar.state is ExemplarState.PUBLISHED:
        acts += [] if own else [Act.THANK]
        if own or lead:
            acts += [*([Act.RENEW] if _renewable(turn, exemplar) else []), Act.WITHDRAW]
    elif own and exemplar.state is not ExemplarState.WITHDRAWN:
        acts.append(Act.CHANGE)
    thanked = await store.exemplars.thanks_for([f"exemplar:{exemplar.id}"])
    author = names.get(exemplar.author_id, "Someone who has left")
    return private(card(exemplar, author, *acts, contract=own or lead, thanked=thanked))


async def _publish(turn: Turn, store: Store, exemplar: Exemplar) -> Reply:
    refused = _refused(turn, exemplar)
    if refused is not None:
        return private(refused)
    exemplar.state, exemplar.reason = ExemplarState.PUBLISHED, ""
    exemplar.checked_by, exemplar.checked_at = turn.person_id, turn.received_at
    exemplar.expires = await _until(turn, store)
    until = day_words(exemplar.expires)
    store.audit.record(
        turn.received_at, "exemplar published", f"exemplar:{exemplar.id}", person_id=turn.person_id
    )
    told = say(
        f"Thank you: your exemplar “{exemplar.title}” is published.",
        f"Colleagues can read it until {until}.",
        buttons=[act_button(Act.SHOW, exemplar)],
    )
    notice = Notice(f"exemplar:{exemplar.id}:published", exemplar.author_id, told, "exemplar")
    return Reply(
        (say(f"Exemplar {exemplar.id} is published until {until}."),), notices=(notice,), private=True
    )


async def _ask_reason(turn: Turn, store: Store, exemplar: Exemplar) -> Reply:
    form = await reason_form(turn, store, OnExemplar(exemplar.id, Act.SEND_BACK))
    return form if isinstance(form, Reply) else Reply(form=form)


async def reason_form(turn: Turn, store: Store, params: OnExemplar) -> Form | Reply:
    """Why it goes back to its author."""
    exemplar = await store.exemplars.get(params.exemplar_id)
    refused = _refused(turn, exemplar) if exemplar else only_leads()
    if refused is not None:
        return private(refused)
    return Form(
        REASON_FORM.name,
        "Send it back",
        (Field("reason", "What has to change", Kind.LONG_TEXT, longest=1000),),
        submit="Send back",
        params=REASON_FORM.carried(params),
    )


async def send_back(turn: Turn, store: Store, params: OnExemplar, values: Mapping[str, str]) -> Reply:
    """Give it back to its author with the reason."""
    exemplar = await store.exemplars.get(params.exemplar_id)
    assert exemplar is not None, "the form is made only for one that is there"
    exemplar.state, exemplar.reason = ExemplarState.RETURNED, values["reason"]
    exemplar.checked_by, exemplar.checked_at = turn.person_id, turn.received_at
    store.audit.record(
        turn.received_at, "exemplar sent back", f"exemplar:{exemplar.id}", person_id=turn.person_id
    )
    told = say(
        f"Your exemplar “{exemplar.title}” needs a change before it is published.",
        exemplar.reason,
        buttons=[act_button(Act.CHANGE, exemplar)],
    )
    key = f"exemplar:{exemplar.id}:returned:{exemplar.round}"
    notice = Notice(key, exemplar.author_id, told, "exemplar")
    return Reply((say(f"Exemplar {exemplar.id} is sent back."),), notices=(notice,), private=True)


async def _change(turn: Turn, store: Store, exemplar: Exemplar) -> Reply:
    return await open_form(turn, store, WriteUp(exemplar.id))


def _renewable(turn: Turn, exemplar: Exemplar) -> bool:
    return exemplar.expires is not None and exemplar.expires - turn.today <= _RENEWABLE


async def _renew(turn: Turn, store: Store, exemplar: Exemplar) -> Reply:
    if not turn.has(*LEADS) and exemplar.author_id != turn.person_id:
        return private(_not_theirs())
    if exemplar.state is not ExemplarState.PUBLISHED or exemplar.expires is None:
        return private(say(f"Exemplar {exemplar.id} is not published, so there is nothing to renew."))
    if not _renewable(turn, exemplar):
        first = day_words(exemplar.expires - _RENEWABLE)
        return private(say(f"Exemplar {exemplar.id} can be renewed from {first}. Nothing was changed."))
    exemplar.expires = await _until(turn, store)
    store.audit.record(
        turn.received_at, "exemplar renewed", f"exemplar:{exemplar.id}", person_id=turn.person_id
    )
    return private(say(f"Exemplar {exemplar.id} is shown until {day_words(exemplar.expires)}."))


async def _withdraw(turn: Turn, store: Store, exemplar: Exemplar) -> Reply:
    if not turn.has(*LEADS) and exemplar.author_id != turn.person_id:
        return private(_not_theirs())
    exemplar.state = ExemplarState.WITHDRAWN
    store.audit.record(
        turn.received_at, "exemplar taken down", f"exemplar:{exemplar.id}", person_id=turn.person_id
    )
    return private(say(f"Exemplar {exemplar.id} is taken down. Nobody can read it any more."))


async def _thank(turn: Turn, store: Store, exemplar: Exemplar) -> Reply:
    assert turn.person is not None, "only somebody known gets here"
    if exemplar.author_id == turn.person.id or not exemplar.shown(turn.today):
        return private(say("You can thank others for an exemplar that is published. Nothing was sent."))
    subject = f"exemplar:{exemplar.id}"
    if not await store.exemplars.thank(subject, turn.person.id, exemplar.author_id, turn.received_at):
        return private(say("You have said thanks for this already."))
    told = say(f"{turn.person.name} thanks you for your exemplar “{exemplar.title}”.")
    notice = Notice(f"thanks:{subject}:{turn.person.id}", exemplar.author_id, told, "thanks")
    return Reply((say("Your thanks go to its author."),), notices=(notice,), private=True)


async def set_months(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Set for how long an exemplar is shown from now on."""
    if not turn.has(*LEADS):
        return reply(only_leads())
    months = int(args["months"])
    if not 1 <= months <= _MOST_MONTHS:
        return private(say(f"Give a number of months from 1 to {_MOST_MONTHS}. Nothing was changed."))
    await store.preferences.put(MONTHS, str(months))
    store.audit.record(turn.received_at, "exemplar months", str(months), person_id=turn.person_id)
    return private(say(f"Exemplars published or renewed from now on are shown for {months} months."))


async def _until(turn: Turn, store: Store) -> date:
    months = int(await store.preferences.get(MONTHS) or DEFAULT_MONTHS)
    years, month = divmod(turn.today.month - 1 + months, 12)
    year = turn.today.year + years
    return date(year, month + 1, min(turn.today.day, monthrange(year, month + 1)[1]))


def _not_theirs() -> Message:
    return say("Only its author, the SRM lead or the deputy can do this. Nothing was changed.")


_DOES: Mapping[Act, Callable[[Turn, Store, Exemplar], Awaitable[Reply]]] = {
    Act.SHOW: _show,
    Act.PUBLISH: _publish,
    Act.SEND_BACK: _ask_reason,
    Act.CHANGE: _change,
    Act.RENEW: _renew,
    Act.WITHDRAW: _withdraw,
    Act.THANK: _thank,
}
