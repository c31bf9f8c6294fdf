"""What readers do with a broadcast: the buttons that they press, and what they write back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record, UtcDateTime


class Click(Record):
    """A person's first press of one button, by its place under the broadcast from 0 on."""

    __tablename__ = "broadcast_clicks"

    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class BroadcastReply(Record):
    """What one person wrote to another about a broadcast; `answers` is the reply it answers."""

    __tablename__ = "broadcast_replies"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    answers: Mapped[int | None] = mapped_column(ForeignKey("broadcast_replies.id"), default=None)


class BroadcastReaders:
    """Noting and counting it."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def clicked(self, broadcast_id: int, place: int, person_id: int, now: datetime) -> Click:
        """Note a press; the first one of a person counts, and is given back."""
        found = await self._session.get(Click, (broadcast_id, place, person_id))
        if found is None:
            found = Click(broadcast_id=broadcast_id, place=place, person_id=person_id, at=now)
            self._session.add(found)
        return found

    async def clicks(self, broadcast_id: int) -> dict[int, int]:
        """How many people pressed each button, by its place."""
        query = (
            select(Click.place, func.count()).where(Click.broadcast_id == broadcast_id).group_by(Click.place)
        )
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def add_reply(self, reply: BroadcastReply) -> BroadcastReply:
        """Keep a reply and give it its id."""
        self._session.add(reply)
        await self._session.flush()
        return reply

    async def reply(self, reply_id: int) -> BroadcastReply | None:
        """One reply."""
        return await self._session.get(BroadcastReply, reply_id)

    async def replies(self, broadcast_id: int) -> int:
        """How many replies readers wrote, the answers to them left out."""
        query = select(func.count()).where(
            BroadcastReply.broadcast_id == broadcast_id, BroadcastReply.answers.is_(None)
        )
        return (await self._session.scalar(query)) or 0
