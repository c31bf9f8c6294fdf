"""The work email of somebody new, as the organisation's own directory vouches for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.platforms.port import Conversations
from bot.platforms.teams.port import Activity, ConnectorProblem, Json, Place, Transport
from handlers.conversation.turn import Account

log = logging.getLogger(__name__)

# Somebody who stays unknown is not looked up again with every message.
_KEPT_SECONDS = 600.0
_MANY = 2000


class Roster:
    """Looks emails up in the roster of the conversation."""

    def __init__(self, transport: Transport, now: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._now = now
        self._kept: dict[str, tuple[float, str | None]] = {}

    async def email(self, activity: Activity, account: Account, conversations: Conversations) -> str | None:
        """The sender's email; None where they are known already, or where nobody vouches for it."""
        if await conversations.knows(account):
            return None
        until, kept = self._kept.get(account.user_id, (0.0, None))
        if self._now() < until:
            return kept
        thread = f";messageid={activity.thread}" if activity.thread else ""
        place = Place(activity.service_url, f"{activity.conversation}{thread}")
        try:
            email = _vouched(await self._transport.member(place, activity.sender))
        except ConnectorProblem as problem:
            # The turn goes on as a stranger's, and the next one asks again.
            log.warning("the roster did not say who somebody is: %s", problem)
            return None
        if len(self._kept) >= _MANY:
            self._kept.clear()
        self._kept[account.user_id] = (self._now() + _KEPT_SECONDS, email)
        return email


def _vouched(member: Json) -> str | None:
    """The email of a member of the organisation; a guest's is another organisation's word."""
    name = str(member.get("userPrincipalName") or "")
    if member.get("userRole") in ("guest", "anonymous") or "#ext#" in name.lower():
        return None
    email = str(member.get("email") or name).strip()
    return email if "@" in email else None
