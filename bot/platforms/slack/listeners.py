"""From Bolt to the conversation and back: what Slack is answered, and when.

Slack's request is answered once the turn is committed; a turn that can't be is answered 503, and Slack
sends the event again. What needs no answer of Slack's own (opening a dialog, showing a page) follows
as a task that is kept until it is done.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.platforms.port import Conversations
from bot.platforms.slack import inbound
from bot.platforms.slack.forms import Origin, dialog, errors_for
from bot.platforms.slack.inbound import OWN, Me, Received
from bot.platforms.slack.people import SlackAway, SlackPeople
from bot.platforms.slack.screens import Screens
from bot.platforms.slack.settings import PLATFORM
from bot.runner import Outcome
from handlers.conversation.turn import Account, Inbound, Opened, Submitted
from storage.addresses import Address
from storage.database import DatabaseProblem

log = logging.getLogger(__name__)

COMMAND = "/covenant"
_ANYTHING = re.compile(".*", re.DOTALL)
_ELSEWHERE = "I have answered you in our direct messages: open Covenant under Apps."

Read = Callable[[Mapping[str, Any], Me], Received | None]
Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[BoltResponse]]


class Listeners:
    """Takes what Bolt has checked, and answers Slack."""

    def __init__(
        self,
        conversations: Conversations,
        people: SlackPeople,
        screens: Screens,
        who_am_i: Callable[[], Awaitable[Me]],
    ) -> None:
        self._conversations = conversations
        self._people = people
        self._screens = screens
        self._who_am_i = who_am_i
        self._idle = asyncio.Event()
        self._idle.set()
        self._under_way = 0

    def register(self, app: AsyncApp) -> None:
        """Put every listener into the Bolt app. Whatever is not listed is acknowledged and ignored."""
        app.event("message")(self._on(inbound.message))
        app.event("app_mention")(self._on(inbound.mention))
        app.event("app_home_opened")(self._on(inbound.home))
        app.event("assistant_thread_started")(self._on(inbound.assistant))
        app.event("app_uninstalled")(self._on(_removed))
        app.event("tokens_revoked")(self._on(_removed))
        app.event(_ANYTHING)(self._on(_ignored))
        app.command(COMMAND)(self._on(inbound.command))
        app.shortcut(_ANYTHING)(self._on(inbound.shortcut))
        app.action(_ANYTHING)(self._on(inbound.click))
        app.view(_ANYTHING)(self._on(inbound.submission))
        app.view_closed(_ANYTHING)(self._on(_ignored))

    async def idle(self) -> None:
        """Wait until every event that was accepted is answered."""
        await self._idle.wait()

    def _on(self, read: Read) -> Listener:
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
            self._under_way += 1
            self._idle.clear()
            try:
                return await self._answered(read, ack, body)
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self._idle.set()

        return listener

    async def _answered(self, read: Read, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        try:
            me = await self._who_am_i()
            team = inbound.team_of(body)
            if team != me.team_id:
                log.warning("an event of workspace %s is refused: %s is served", team, me.team_id)
                return BoltResponse(status=403, body="", headers={"X-Slack-No-Retry": "1"})
            received = read(body, me)
            if received is None or not await self._wanted(received, me):
                return await ack()
            event = await self._completed(received, me)
            outcome = await self._conversations.accept(event)
        except DatabaseProblem as problem:
            log.error("an event is given back to Slack: %s", problem)
            return _later(30)
        except SlackAway as away:
            log.warning("an event is given back to Slack: %s", away)
            return _later(away.seconds)
        return await self._finished(received, event, outcome, ack, body)

    async def _wanted(self, received: Received, me: Me) -> bool:
        """Whether an event that depends on what went before is for Covenant."""
        if not received.only_if_known and not received.only_if_new:
            return True
        conversation = received.conversation or f"user:{received.user_id}"
        address = Address(PLATFORM, me.team_id, conversation, received.thread)
        known = await self._conversations.takes_part(address)
        return known if received.only_if_known else not known

    async def _completed(self, received: Received, me: Me) -> Inbound:
        """The event with what only Slack knows: the person's own conversation, and a first contact's email."""
        account = Account(PLATFORM, me.team_id, received.user_id)
        conversation = received.conversation
        if conversation == OWN:
            conversation = await self._people.conversation_or_name(received.user_id)
        elif received.direct:
            self._people.met(received.user_id, conversation)
        email = None
        if not await self._conversations.knows(account):
            email = await self._people.email(received.user_id)
        return Inbound(
            received.key,
            account,
            Address(PLATFORM, me.team_id, conversation, received.thread),
            received.input,
            received.source,
            received.direct,
            email,
            received.forms,
            received.in_response,
        )

    async def _finished(
        self, received: Received, event: Inbound, outcome: Outcome, ack: AsyncAck, body: dict[str, Any]
    ) -> BoltResponse:
        """Slack's answer to a committed turn."""
        reply = outcome.reply
        if reply is None:
            return await ack()
        if "view" in body and isinstance(event.input, Submitted):
            if reply.errors:
                return await ack(response_action="errors", errors=errors_for(body["view"], reply.errors))
            if reply.form is not None:
                return await ack(response_action="update", view=dialog(reply.form, _origin(event)))
            return await ack()
        if event.in_response:
            self._screens.show_home(event.account.user_id, reply.messages)
        elif isinstance(event.input, Opened) and event.address.thread:
            self._screens.suggest_prompts(event.address.conversation, event.address.thread)
        elif reply.errors:
            self._screens.tell(event, "\n".join(reply.errors.values()))
        elif reply.form is not None:
            self._screens.open_dialog(received.trigger, dialog(reply.form, _origin(event)), event)
        if "command" in body and reply.messages and body.get("channel_id") != event.address.conversation:
            return await ack(text=_ELSEWHERE, response_type="ephemeral")
        return await ack()


def _origin(event: Inbound) -> Origin:
    return Origin(event.address.conversation, event.address.thread, event.direct, event.source)


def _later(seconds: float) -> BoltResponse:
    return BoltResponse(status=503, body="", headers={"Retry-After": str(max(1, round(seconds)))})


def _ignored(_body: Mapping[str, Any], _me: Me) -> None:
    """Nothing that Covenant answers."""


def _removed(body: Mapping[str, Any], _me: Me) -> None:
    log.error("Slack reports %s: the app must be installed again before it can write", body["event"]["type"])
