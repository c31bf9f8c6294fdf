"""One turn from end to end: accept, lock, unit of work, handler, commit."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.identity import identify
from handlers.conversation.acts import AGAIN, HERE, AnswerHere, SayAgain
from handlers.conversation.form import Form
from handlers.conversation.message import Button, Buttons, Inputs, Message, say, to_json
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Account, Forms, Inbound, Said, Submitted, Turn
from scheduler.clock import Clock
from scheduler.notices import offer, offer_too, planned
from scheduler.outbox import Outbox
from storage.addresses import Address
from storage.database import Database, DatabaseProblem, Store
from storage.deliveries import Delivery, Priority

log = logging.getLogger(__name__)

# What a button may carry, in characters: Slack takes 2,000 with all that is around it.
_CARRIED = 1_500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an inbound event.

    `reply` is None for a repeated event; what must be in the platform's response (a form, errors
    beside its fields) is taken from it. `sending` is the delivery under way, if there is any.
    """

    reply: Reply | None
    sending: asyncio.Task[None] | None = None

    @property
    def repeated(self) -> bool:
        """Whether this event had been taken before."""
        return self.reply is None


class Runner:
    """Takes turns, one at a time for each conversation."""

    def __init__(
        self, database: Database, router: Router, outbox: Outbox, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._database = database
        self._router = router
        self._outbox = outbox
        self._clock = clock
        self._zone = zone
        # Accounts of people in the directory, so that it need not be asked before each of their turns.
        self._linked: set[Account] = set()

    async def accept(self, inbound: Inbound) -> Outcome:
        """Take one event. Returns once its records and deliveries are committed.

        Raises DatabaseProblem when they can't be: the platform is then told to send the event again.
        """
        inbound = _without_nulls(inbound)
        try:
            found, deliveries = await self._take(inbound, None)
        except DatabaseProblem:
            raise
        except Exception:
            # The turn is rolled back. The person gets a reference, and the log has the same one.
            reference = secrets.token_hex(4)
            log.exception("turn %s failed, reference %s", inbound.key, reference)
            found, deliveries = await self._take(inbound, _apology(reference))
        return Outcome(found, self._outbox.send_soon(deliveries))

    async def knows(self, account: Account) -> bool:
        """Whether this account has been linked to a person."""
        if account in self._linked:
            return True
        async with self._database.reading() as store:
            linked = await store.accounts.knows(account.platform, account.workspace, account.user_id)
        if linked:
            self._linked.add(account)
        return linked

    async def takes_part(self, address: Address) -> bool:
        """Whether Covenant has been spoken to in this conversation before, or waits there for words."""
        async with self._database.reading() as store:
            if await store.conversations.get(address.key) is not None:
                return True
            return await self._router.listens(store, address)

    async def reference(self, address: Address) -> Mapping[str, Any] | None:
        """What the platform left to write into a conversation again."""
        async with self._database.reading() as store:
            return await store.places.get(address.key)

    async def remember(self, address: Address, reference: Mapping[str, Any]) -> None:
        """Keep what is needed to write into a conversation that the gateway itself has begun."""
        async with self._database.store() as store:
            await store.places.put(address.key, reference, self._clock.now())

    async def _take(self, inbound: Inbound, instead: Reply | None) -> tuple[Reply | None, Sequence[Delivery]]:
        now = self._clock.now()
        async with self._database.store() as store:
            await store.conversations.lock(inbound.address.key)
            if not await store.events.take(f"{inbound.account.platform}:{inbound.key}", now):
                return None, ()
            if inbound.reference is not None:
                await store.places.put(inbound.address.key, inbound.reference, now)
            identity = await identify(store, inbound, now)
            if identity.profile is None:
                self._linked.discard(inbound.account)
            theirs = identity.profile.zone if identity.profile else None
            zone = ZoneInfo(theirs) if theirs else self._zone
            turn = Turn(inbound, now, now.astimezone(zone).date(), identity.profile, zone, self._zone)
            found = _as_shown(instead or await self._router.route(turn, store), inbound)
            return found, await self._queue(turn, store, found, identity.notices)

    async def _queue(
        self, turn: Turn, store: Store, found: Reply, notices: tuple[Notice, ...]
    ) -> list[Delivery]:
        inbound, now = turn.inbound, turn.received_at
        here = () if inbound.in_response else found.messages
        urgent = Priority.CONTROL if found.control else Priority.REPLY
        queued = [
            _delivery(
                f"reply:{inbound.account.platform}:{inbound.key}:{number}",
                turn.person_id,
                inbound.address,
                message,
                "reply",
                now,
                only_for=inbound.account.user_id if found.private else None,
                priority=urgent,
            )
            for number, message in enumerate(here)
        ]
        if found.replace is not None:
            key = f"reply:{inbound.account.platform}:{inbound.key}:replace"
            replacement = _delivery(
                key, turn.person_id, inbound.address, found.replace, "reply", now, priority=urgent
            )
            replacement.replaces = inbound.source
            queued.append(replacement)
        for notice in (*found.notices, *notices):
            queued += await planned(store, notice, now)
        if here:
            await offer(store, inbound.address, here[-1], now)
        if found.form is not None:
            # A message with the button would stand behind the dialog, but the words can be typed.
            await offer_too(store, inbound.address, _here(found.form), now)
        await self._outbox.lease_for_reply(store, queued)
        return [delivery for delivery in queued if await store.deliveries.add(delivery)]


def _without_nulls(inbound: Inbound) -> Inbound:
    """The event without null characters, which mean nothing and which PostgreSQL refuses."""
    match inbound.input:
        case Said(text) as said:
            return replace(inbound, input=replace(said, text=text.replace("\x00", "")))
        case Submitted(_, values) as submitted:
            cleaned = {name: value.replace("\x00", "") for name, value in values.items()}
            return replace(inbound, input=replace(submitted, values=cleaned))
        case _:
            return inbound


def _as_shown(found: Reply, inbound: Inbound) -> Reply:
    """The reply with its form as this platform can show it at this moment."""
    if found.form is None:
        return found
    form = found.form.all_at_once()
    if inbound.forms is Forms.DIALOG:
        return replace(found, form=form)
    here = _here(form)
    if inbound.forms is Forms.MESSAGE:
        shown = Message(form.title, (Inputs(form), Buttons(here, "Or")) if here else (Inputs(form),))
    else:
        again = AGAIN.button(
            form.title, SayAgain(inbound.input.text if isinstance(inbound.input, Said) else "")
        )
        shown = say(f"{form.title}: press the button to open the form.", buttons=[again, *here])
    return replace(found, form=None, messages=(*found.messages, shown))


def _here(form: Form) -> tuple[Button, ...]:
    """The button to be asked question by question instead, where it can carry what the form needs."""
    if not form.here or len(json.dumps(dict(form.params))) > _CARRIED:
        return ()
    return (HERE.button("Answer here", AnswerHere(form.name, form.params)),)


def _delivery(  # noqa: PLR0917  # one argument for each column that differs
    key: str,
    person_id: int | None,
    address: Address,
    message: Message,
    cause: str,
    now: datetime,
    only_for: str | None = None,
    priority: Priority = Priority.NUDGE,
) -> Delivery:
    return Delivery(
        key=key,
        person_id=person_id,
        platform=address.platform,
        workspace=address.workspace,
        conversation=address.conversation,
        thread=address.thread,
        message=to_json(message),
        cause=cause,
        created_at=now,
        not_before=now,
        only_for=only_for,
        priority=priority,
    )


def _apology(reference: str) -> Reply:
    return reply(
        say(
            "Something went wrong on our side, and nothing was saved. Try again in a moment. "
            f"If it happens again, tell the SRM lead this reference: {reference}."
        )
    )
