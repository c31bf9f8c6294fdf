"""When somebody can't be reached where they were written to: their next platform, or their unit's first contact."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from handlers.conversation.message import Note, from_json, spans, to_json
from storage.accounts import Account
from storage.database import Store
from storage.deliveries import Delivery, DeliveryState, Priority

log = logging.getLogger(__name__)

_NEXT = ":next:"
# Causes of messages that nobody else can do anything about.
FOR_THEM_ALONE = frozenset({"form in progress", "briefing", "community nudge", "thanks"})


async def send_elsewhere(store: Store, delivery: Delivery, now: datetime) -> None:
    """Queue a message anew for where it can arrive, once for each place.

    A reply stays where the question was, and a broadcast goes to nobody else. What else concerns a person
    who can't be reached at all goes to the first point of contact of their Business Unit.
    """
    if delivery.person_id is None or delivery.priority < Priority.NUDGE or delivery.replaces is not None:
        return
    account = await store.accounts.reachable_of(delivery.person_id)
    if account is not None:
        await store.deliveries.add(_copy(delivery, account, now))
        return
    log.warning("person %d can't be reached on any platform (%s)", delivery.person_id, delivery.cause)
    if delivery.priority != Priority.NUDGE or delivery.cause in FOR_THEM_ALONE:
        return
    contact = await store.people.first_contact_of(delivery.person_id)
    account = await store.accounts.reachable_of(contact.id) if contact is not None else None
    if contact is not None and account is not None:
        names = await store.people.named([delivery.person_id])
        copy = _copy(delivery, account, now)
        copy.person_id = contact.id
        copy.message = _for_the_contact(delivery.message, names.get(delivery.person_id, "somebody"))
        await store.deliveries.add(copy)


def _copy(delivery: Delivery, account: Account, now: datetime) -> Delivery:
    origin = delivery.key.partition(_NEXT)[0]
    return Delivery(
        key=f"{origin[:180]}{_NEXT}{account.platform}:{account.id}",
        person_id=delivery.person_id,
        platform=account.platform,
        workspace=account.workspace,
        conversation=account.conversation,
        thread="",
        message=delivery.message,
        cause=delivery.cause,
        created_at=now,
        not_before=now,
        expires_at=delivery.expires_at,
        state=DeliveryState.PENDING,
        priority=delivery.priority,
        batch=delivery.batch,
    )


def _for_the_contact(text: str, name: str) -> str:
    message = from_json(text)
    note = Note(
        spans(
            f"This was meant for {name}, who can't be reached in any chat. You get it as the first point of "
            "contact of the Business Unit."
        )
    )
    return to_json(replace(message, summary=f"For {name}: {message.summary}", blocks=(note, *message.blocks)))
