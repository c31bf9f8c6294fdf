"""Chat accounts: on which platforms somebody can be reached, and where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.addresses import Address
from storage.base import Record, UtcDateTime


class Account(Record):
    """A person's account on a chat platform, and the direct conversation in which to reach them."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("platform", "workspace", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    platform: Mapped[str] = mapped_column(String(20))
    workspace: Mapped[str] = mapped_column(String(120))
    user_id: Mapped[str] = mapped_column(String(254))
    conversation: Mapped[str] = mapped_column(String(254))
    last_seen: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    unreachable: Mapped[str | None] = mapped_column(String(200), default=None)


# Put together once: SQLAlchemy takes longer to do that than the database to answer.
THIS_ACCOUNT = (
    Account.platform == bindparam("platform"),
    Account.workspace == bindparam("workspace"),
    Account.user_id == bindparam("user_id"),
)
_ACCOUNT_ID = select(Account.id).where(*THIS_ACCOUNT)


class Accounts:
    """Queries over chat accounts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def one(self, platform: str, workspace: str, user_id: str) -> Account | None:
        """One chat account."""
        query = select(Account).where(
            Account.platform == platform,
            Account.workspace == workspace,
            Account.user_id == user_id,
        )
        return (await self._session.scalars(query)).one_or_none()

    async def knows(self, platform: str, workspace: str, user_id: str) -> bool:
        """Whether a chat account is linked to a person."""
        ids = {"platform": platform, "workspace": workspace, "user_id": user_id}
        return (await self._session.scalar(_ACCOUNT_ID, ids)) is not None

    async def has(self, person_id: int, platform: str, workspace: str) -> bool:
        """Whether a person already has an account in a workspace of a platform."""
        query = select(Account.id).where(
            Account.person_id == person_id,
            Account.platform == platform,
            Account.workspace == workspace,
        )
        return (await self._session.execute(query)).first() is not None

    async def on(self, platform: str) -> list[Account]:
        """Every account on a platform."""
        query = select(Account).where(Account.platform == platform)
        return list((await self._session.scalars(query)).all())

    async def platforms_of(self, person_id: int) -> list[str]:
        """The platforms on which a person can be reached, by name."""
        query = select(Account.platform).where(Account.person_id == person_id, Account.unreachable.is_(None))
        return sorted(set(await self._session.scalars(query)))

    async def mark_unreachable(self, address: Address, reason: str) -> None:
        """Note why nothing can be sent to an account any more; its next message clears the note."""
        await self._session.execute(
            update(Account)
            .where(
                Account.platform == address.platform,
                Account.workspace == address.workspace,
                Account.conversation == address.conversation,
            )
            .values(unreachable=reason[:200])
        )

    async def reachable(self) -> dict[int, list[Account]]:
        """Where everybody can be written to, the account they used last first, by person."""
        query = (
            select(Account)
            .where(Account.unreachable.is_(None))
            .order_by(Account.last_seen.desc().nulls_last(), Account.id)
        )
        found: dict[int, list[Account]] = {}
        for account in await self._session.scalars(query):
            found.setdefault(account.person_id, []).append(account)
        return found

    async def reachable_of(self, person_id: int) -> Account | None:
        """Where to write to a person: the account they used last, of those that can be reached."""
        query = (
            select(Account)
            .where(Account.person_id == person_id, Account.unreachable.is_(None))
            .order_by(Account.last_seen.desc().nulls_last(), Account.id)
            .limit(1)
        )
        return (await self._session.scalars(query)).one_or_none()
