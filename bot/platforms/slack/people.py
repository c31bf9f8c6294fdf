"""What Slack knows of a person: their verified work email, and their own conversation with Covenant."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack.errors import FAILURES, code_of, result_of, retry_after
from scheduler.outbox import Later

log = logging.getLogger(__name__)

_REMEMBERED = 5000
_EMAIL_SECONDS = 600.0
# The looking up happens before Slack has its answer, which it waits for 3 seconds.
_LONGEST_SECONDS = 1.5


class SlackAway(Exception):
    """Slack can't say who somebody is at the moment; it is told to send the event again."""

    def __init__(self, reason: str, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(reason)


class SlackPeople:
    """Looks people up, and remembers for a while what it found."""

    def __init__(self, client: AsyncWebClient, team_id: str | None) -> None:
        self._client = client
        self._team_id = team_id
        self._emails: OrderedDict[str, tuple[float, str | None]] = OrderedDict()
        self._conversations: OrderedDict[str, str] = OrderedDict()

    async def email(self, user_id: str) -> str | None:
        """The work email that the workspace vouches for; None for guests of other workspaces and bots.

        Raises SlackAway where Slack can't say: nobody is taken for a stranger because of a fault.
        """
        now = asyncio.get_running_loop().time()
        known = self._emails.get(user_id)
        if known is not None and now - known[0] < _EMAIL_SECONDS:
            return known[1]
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                answer = await self._client.users_info(user=user_id)
        except FAILURES as error:
            found = result_of(error)
            if isinstance(found, Later) and code_of(error) != "missing_scope":
                wait = retry_after(error)
                raise SlackAway(found.reason, wait.total_seconds() if wait else 5.0) from error
            log.error("the email of Slack user %s can't be read: %s", user_id, found.reason)
            return None
        email = self._vouched(answer.get("user") or {})
        _remember(self._emails, user_id, (now, email))
        return email

    def knows_conversation(self, user_id: str) -> bool:
        """Whether the person's own conversation is known, so that Slack need not be asked for it."""
        return user_id in self._conversations

    async def conversation(self, user_id: str) -> str:
        """The channel of the person's own conversation. Raises one of FAILURES where it can't be opened."""
        known = self._conversations.get(user_id)
        if known is not None:
            return known
        answer = await self._client.conversations_open(users=user_id)
        channel = str((answer.get("channel") or {})["id"])
        self.met(user_id, channel)
        return channel

    async def conversation_or_name(self, user_id: str) -> str:
        """The same, or `user:ID` where it can't be opened now: the gateway opens it when it sends."""
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                return await self.conversation(user_id)
        except FAILURES as error:
            log.warning("the conversation of %s can't be opened now: %s", user_id, result_of(error).reason)
            return f"user:{user_id}"

    def met(self, user_id: str, channel: str) -> None:
        """Remember a conversation that an event came from."""
        _remember(self._conversations, user_id, channel)

    def _vouched(self, user: dict[str, Any]) -> str | None:
        ours = self._team_id is None or user.get("team_id", self._team_id) == self._team_id
        if user.get("is_bot") or user.get("deleted") or user.get("is_stranger") or not ours:
            return None
        if user.get("is_email_confirmed") is False:
            return None
        return (user.get("profile") or {}).get("email") or None


def _remember(table: OrderedDict[str, Any], key: str, value: object) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > _REMEMBERED:
        table.popitem(last=False)
