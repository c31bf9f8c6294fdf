"""Shared conversations that were given a name, so that a message can be sent there unasked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.addresses import Address
from storage.base import Record, UtcDateTime


class Channel(Record):
    """A shared conversation by the name that the SRM lead gave it."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("platform", "workspace", "conversation"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    platform: Mapped[str] = mapped_column(String(20))
    workspace: Mapped[str] = mapped_column(String(120))
    conversation: Mapped[str] = mapped_column(String(254))
    named_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def address(self) -> Address:
        """Where to write."""
        return Address(self.platform, self.workspace, self.conversation)


class Channels:
    """Naming and finding them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def name(self, name: str, address: Address, by: int | None, now: datetime) -> bool:
        """Give a conversation a name, or another one; False where a different conversation has it."""
        named = await self._session.scalars(select(Channel).where(Channel.name == name))
        taken = named.one_or_none()
        found = await self.at(address)
        if taken is not None and taken is not found:
            return False
        if found is None:
            self._session.add(
                Channel(
                    name=name,
                    platform=address.platform,
                    workspace=address.workspace,
                    conversation=address.conversation,
                    named_by=by,
                    named_at=now,
                )
            )
        else:
            found.name, found.named_by, found.named_at = name, by, now
        return True

    async def at(self, address: Address) -> Channel | None:
        """The named channel at an address, whatever the thread."""
        query = select(Channel).where(
            Channel.platform == address.platform,
            Channel.workspace == address.workspace,
            Channel.conversation == address.conversation,
        )
        return (await self._session.scalars(query)).one_or_none()

    async def all(self) -> list[Channel]:
        """Every named channel, by name."""
        return list((await self._session.scalars(select(Channel).order_by(Channel.name))).all())

    async def some(self, ids: Iterable[int]) -> list[Channel]:
        """Those with these ids, by name."""
        query = select(Channel).where(Channel.id.in_(list(ids))).order_by(Channel.name)
        return list((await self._session.scalars(query)).all())
