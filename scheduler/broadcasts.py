"""Bringing broadcasts out: each at its time, its audience page by page, its figures to whoever sent it.

Everything that must not happen twice is in one transaction with the note that it has happened, and each
message has a key of its own: so a process may die anywhere, and any number may do this at once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from handlers.broadcasts.message import chase_message, message_of, withdrawn_message
from handlers.broadcasts.status import status_card
from handlers.conversation.message import Message, to_json
from handlers.reminders.quiet_hours import after_quiet_hours
from scheduler.clock import Clock
from scheduler.recurrence import next_time
from storage.addresses import Address
from storage.audiences import Member
from storage.broadcasts import Broadcast, BroadcastState, Recipient, Repeat, Round, RoundKind
from storage.database import Database, Store
from storage.deliveries import Delivery, DeliveryState, Priority

log = logging.getLogger(__name__)

PAGE = 500


class Broadcasts:
    """One tick after another; it holds no state."""

    def __init__(self, database: Database, clock: Clock, zone: tzinfo, page: int = PAGE) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._page = page

    async def tick(self) -> None:
        """Begin what is due, queue the next pages, and say how far everything has come."""
        async with self._database.reading() as store:
            due = await store.broadcasts.due(self._clock.now())
        for broadcast_id in due:
            await self._begin(broadcast_id)
        async with self._database.reading() as store:
            rounds = await store.broadcasts.open_rounds()
        for round_id in rounds:
            while await self._next_page(round_id):
                pass
        async with self._database.reading() as store:
            sending = await store.broadcasts.sending()
        for broadcast_id in sending:
            await self._follow(broadcast_id)

    async def _begin(self, broadcast_id: int) -> None:
        now = self._clock.now()
        async with self._database.store() as store:
            broadcast = await store.broadcasts.locked(broadcast_id)
            if broadcast is None or broadcast.state is not BroadcastState.SCHEDULED:
                return
            if broadcast.starts_at is None or broadcast.starts_at > now:
                return
            broadcast.state = BroadcastState.SENDING
            await store.broadcasts.begin_round(broadcast, RoundKind.SEND, now)
            if broadcast.repeat is not Repeat.NONE:
                await store.broadcasts.add(self._again(broadcast, broadcast.starts_at, now))

    def _again(self, broadcast: Broadcast, start: datetime, now: datetime) -> Broadcast:
        """The next one of a series, scheduled already."""
        zone = ZoneInfo(broadcast.zone) if broadcast.zone else self._zone
        day = broadcast.repeat_day or start.astimezone(zone).day
        following = next_time(start, broadcast.repeat, day, now, zone)
        return Broadcast(
            title=broadcast.title,
            body=broadcast.body,
            author_id=broadcast.author_id,
            created_at=now,
            updated_at=now,
            image=broadcast.image,
            alt=broadcast.alt,
            button_rows=list(broadcast.button_rows),
            audience_row=dict(broadcast.audience_row),
            starts_at=following,
            expires_at=broadcast.expires_at + (following - start) if broadcast.expires_at else None,
            repeat=broadcast.repeat,
            repeat_day=day,
            zone=broadcast.zone,
            urgent=broadcast.urgent,
            state=BroadcastState.SCHEDULED,
            sender_id=broadcast.sender_id,
        )

    async def _next_page(self, round_id: int) -> bool:
        """Queue one page of a round; whether another may follow at once."""
        now = self._clock.now()
        async with self._database.store() as store:
            begun = await store.broadcasts.round_to_do(round_id)
            broadcast = await store.broadcasts.get(begun.broadcast_id) if begun else None
            if begun is None or broadcast is None:
                return False
            match begun.kind:
                case RoundKind.SEND:
                    return await self._send(store, broadcast, begun, now)
                case RoundKind.CHASE:
                    return await self._chase(store, broadcast, begun, now)
                case RoundKind.CORRECT | RoundKind.WITHDRAW:
                    return await self._replace(store, broadcast, begun, now)

    async def _send(self, store: Store, broadcast: Broadcast, begun: Round, now: datetime) -> bool:
        page = await store.audiences.page(broadcast.audience, begun.cursor, self._page)
        text = to_json(message_of(broadcast, await _sender(store, broadcast)))
        store.broadcasts.add_recipients(
            Recipient(
                broadcast_id=broadcast.id,
                key=_key(begun, each),
                person_id=each.person.id,
                unreachable=each.why_not or None,
            )
            for each in page
        )
        await store.deliveries.add_many(self._to_people(broadcast, begun, page, text, now))
        if len(page) == self._page:
            begun.cursor = page[-1].person.id
            return True
        for channel in await store.channels.some(broadcast.audience.channels):
            key = f"{begun.batch}:channel:{channel.id}"
            store.broadcasts.add_recipients([Recipient(broadcast_id=broadcast.id, key=key)])
            await store.deliveries.add(_delivery(key, channel.address, text, begun, broadcast, now))
        begun.done_at = now
        return False

    def _to_people(
        self, broadcast: Broadcast, begun: Round, page: Sequence[Member], text: str, now: datetime
    ) -> list[Delivery]:
        found = []
        for each in page:
            if each.account is None:
                continue
            place = each.account
            address = Address(place.platform, place.workspace, place.conversation)
            delivery = _delivery(_key(begun, each), address, text, begun, broadcast, now)
            delivery.person_id = each.person.id
            if not broadcast.urgent:
                delivery.not_before = after_quiet_hours(each.manner, now, self._zone)
            found.append(delivery)
        return found

    async def _chase(self, store: Store, broadcast: Broadcast, begun: Round, now: datetime) -> bool:
        if broadcast.acknowledgement is None or broadcast.state is BroadcastState.WITHDRAWN:
            begun.done_at = now
            return False
        left = await store.broadcast_figures.not_acknowledged(
            broadcast, broadcast.acknowledgement, begun.cursor, self._page
        )
        text = to_json(chase_message(broadcast, await _sender(store, broadcast)))
        members = await store.audiences.members(left)
        await store.deliveries.add_many(self._to_people(broadcast, begun, members, text, now))
        if len(left) == self._page:
            begun.cursor = left[-1]
            return True
        begun.done_at = now
        return False

    async def _replace(self, store: Store, broadcast: Broadcast, begun: Round, now: datetime) -> bool:
        """Change a page of what people have. What was on its way when it changed is caught when it is there."""
        sender = await _sender(store, broadcast)
        withdrawn = begun.kind is RoundKind.WITHDRAW
        day = begun.begun_at.astimezone(self._zone).date()
        chases = await store.broadcasts.rounds(broadcast, RoundKind.CHASE)
        batches = [broadcast.batch, *(f"{broadcast.batch}:chase:{each + 1}" for each in range(chases))]
        open_still = False
        for batch in batches:
            if withdrawn:
                message: Message = withdrawn_message(broadcast, sender, day)
                await store.delivery_desk.cancel(batch, now)
            else:
                make = message_of if batch == broadcast.batch else chase_message
                message = make(broadcast, sender)
                await store.broadcast_figures.say_instead(batch, to_json(message))
            text = to_json(message)
            page = await store.broadcast_figures.shown_otherwise(batch, text, self._page)
            await store.deliveries.add_many([_instead(each, text, begun, now) for each in page])
            for each in page:
                each.message = text
            if len(page) == self._page:
                return True
            open_still |= await store.broadcast_figures.under_way(batch)
        if not open_still:
            begun.done_at = now
        return False

    async def _follow(self, broadcast_id: int) -> None:
        """Renew the sender's message, and note when nothing is left to send."""
        now = self._clock.now()
        async with self._database.store() as store:
            broadcast = await store.broadcasts.locked(broadcast_id)
            if broadcast is None or broadcast.finished_at is not None:
                return
            if broadcast.state in (BroadcastState.CANCELLED, BroadcastState.WITHDRAWN):
                # What was on its way and came back must not go out later.
                await store.delivery_desk.cancel(broadcast.batch, now)
            going = await store.broadcasts.has_open_round(broadcast.id)
            if not going and not await store.broadcast_figures.unsent(broadcast.batch):
                broadcast.finished_at = now
                if broadcast.state is BroadcastState.SENDING:
                    broadcast.state = BroadcastState.SENT
            await self._tell(store, broadcast, now)

    async def _tell(self, store: Store, broadcast: Broadcast, now: datetime) -> None:
        if broadcast.sender_id is None:
            return
        card = await status_card(store, broadcast, now, self._zone)
        if card.summary == broadcast.told and broadcast.finished_at is None:
            return
        known = await store.deliveries.by_key(broadcast.status_key)
        if known is None:
            # One of a series: nobody clicked for this one.
            (sender,) = await store.audiences.members([broadcast.sender_id])
            if sender.account is not None:
                place = sender.account
                address = Address(place.platform, place.workspace, place.conversation)
                await store.deliveries.add(_status(broadcast.status_key, broadcast, address, card, now))
        elif known.state is DeliveryState.SENT and known.platform_id is not None:
            key = f"{broadcast.status_key}:{now.timestamp():.3f}"
            renewed = _status(key, broadcast, known.address, card, now)
            renewed.replaces = known.platform_id
            await store.deliveries.add(renewed)
        broadcast.told = card.summary[:200]


async def _sender(store: Store, broadcast: Broadcast) -> str:
    names = await store.people.named([broadcast.sender_id])
    return names.get(broadcast.sender_id or 0, "the SRM lead")


def _key(begun: Round, member: Member) -> str:
    return f"{begun.batch}:person:{member.person.id}"


def _delivery(  # noqa: PLR0917  # what, where, which words, of what, since when
    key: str, address: Address, text: str, begun: Round, broadcast: Broadcast, now: datetime
) -> Delivery:
    return Delivery(
        key=key,
        person_id=None,
        platform=address.platform,
        workspace=address.workspace,
        conversation=address.conversation,
        thread=address.thread,
        message=text,
        cause="broadcast",
        created_at=now,
        not_before=now,
        expires_at=broadcast.expires_at if begun.kind is RoundKind.SEND else None,
        priority=Priority.BULK,
        batch=begun.batch,
    )


def _instead(sent: Delivery, text: str, begun: Round, now: datetime) -> Delivery:
    return Delivery(
        key=f"{begun.batch}:{sent.id}",
        person_id=sent.person_id,
        platform=sent.platform,
        workspace=sent.workspace,
        conversation=sent.conversation,
        thread=sent.thread,
        message=text,
        cause="broadcast",
        created_at=now,
        not_before=now,
        replaces=sent.platform_id,
        priority=Priority.BULK,
        batch=begun.batch,
    )


def _status(key: str, broadcast: Broadcast, address: Address, card: Message, now: datetime) -> Delivery:
    return Delivery(
        key=key,
        person_id=broadcast.sender_id,
        platform=address.platform,
        workspace=address.workspace,
        conversation=address.conversation,
        thread=address.thread,
        message=to_json(card),
        cause="broadcast",
        created_at=now,
        not_before=now,
        priority=Priority.CONTROL,
    )
