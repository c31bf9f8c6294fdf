"""Messages to people who did not ask: where each goes, and what can be typed there after it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from handlers.conversation.message import Button, Buttons, Message, to_json
from handlers.conversation.reply import Notice
from storage.addresses import Address
from storage.database import Store
from storage.deliveries import Delivery

log = logging.getLogger(__name__)


async def planned(store: Store, notice: Notice, now: datetime) -> list[Delivery]:
    """The delivery of a notice, not queued yet; none where the person can't be reached anywhere."""
    address = notice.address or await _address_of(store, notice)
    if address is None:
        log.warning("person %s can't be reached on any platform (%s)", notice.person_id, notice.cause)
        return []
    await offer(store, address, notice.message, now)
    return [
        Delivery(
            key=notice.key,
            person_id=notice.person_id,
            platform=address.platform,
            workspace=address.workspace,
            conversation=address.conversation,
            thread=address.thread,
            message=to_json(notice.message),
            cause=notice.cause,
            created_at=now,
            not_before=notice.not_before or now,
        )
    ]


async def queue(store: Store, notices: Iterable[Notice], now: datetime) -> int:
    """Queue notices for the next sweep; how many were new."""
    added = 0
    for notice in notices:
        for delivery in await planned(store, notice, now):
            added += await store.deliveries.add(delivery)
    return added


async def offer(store: Store, address: Address, message: Message, now: datetime) -> None:
    """Remember a message's buttons as the newest of a conversation, so that they can be typed."""
    groups = [each for each in message.blocks if isinstance(each, Buttons)]
    if not groups:
        return
    conversation = await store.conversations.open(address.key, now)
    earlier = [{**each, "numbered": False} for each in conversation.offered or [] if each.get("lasting")]
    newest = [
        _offered(each, numbered=group.numbered, lasting=group.lasting)
        for group in groups
        for each in group.buttons
    ]
    conversation.offered = newest if any(each.lasting for each in groups) else [*newest, *earlier]


async def offer_too(store: Store, address: Address, buttons: Sequence[Button], now: datetime) -> None:
    """Remember buttons that no message shows beside the newest ones: their words can be typed."""
    if not buttons:
        return
    conversation = await store.conversations.open(address.key, now)
    words = {each.label for each in buttons}
    others = [each for each in conversation.offered or [] if each["label"] not in words]
    conversation.offered = [*others, *(_offered(each, numbered=False) for each in buttons)]


def _offered(button: Button, *, numbered: bool, lasting: bool = False) -> dict[str, Any]:
    return {
        "label": button.label,
        "action": button.action,
        "params": dict(button.params),
        "numbered": numbered,
        "lasting": lasting,
    }


async def _address_of(store: Store, notice: Notice) -> Address | None:
    account = await store.accounts.reachable_of(notice.person_id) if notice.person_id else None
    return Address(account.platform, account.workspace, account.conversation) if account else None
