"""The way out to Slack: posts, updates and private messages, at Slack's pace, each delivery once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.platforms.pace import MustWait, Turnstile
from bot.platforms.slack.buttons import TooLong
from bot.platforms.slack.errors import BLOCKS_REFUSED, FAILURES, code_of, result_of
from bot.platforms.slack.people import SlackPeople
from bot.platforms.slack.render import Payload, render
from bot.platforms.slack.settings import PLATFORM
from bot.platforms.slack.text import escape, pieces
from bot.platforms.terminal import as_text
from handlers.conversation.message import Message
from scheduler.outbox import Later, Refused, SendResult, Sent
from storage.deliveries import Delivery

log = logging.getLogger(__name__)

EVENT_TYPE = "covenant_delivery"
# So many messages of a page, and so many pages, are looked through for one that may be there already.
_PAGE = 200
_MOST_PAGES = 20
# Slack's clock and ours may differ by so much.
_CLOCKS_DIFFER = timedelta(minutes=2)
_LONGEST_TEXT = 3500
_CANNOT_ASK = frozenset({"missing_scope", "no_permission"})
# Text without blocks is shown as it is: no marks, no names turned into mentions, no previews.
_AS_IT_IS: Mapping[str, Any] = {"parse": "none", "link_names": False}
_NO_PREVIEWS: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False}


class SlackGateway:
    """Sends deliveries through the Web API."""

    platform = PLATFORM

    def __init__(self, client: AsyncWebClient, people: SlackPeople, turnstile: Turnstile) -> None:
        self._client = client
        self._people = people
        self._turnstile = turnstile

    def room(self) -> int:
        """How many messages the workspace takes within the next moments."""
        return self._turnstile.room()

    async def send(self, delivery: Delivery, message: Message) -> SendResult:
        """Send a message, or put it in the place of an earlier one. Long ones go as several, in order."""
        try:
            payloads = render(message)
        except TooLong as error:
            return Refused(f"Slack can't show it: {error}")
        try:
            return await self._send(delivery, message, payloads)
        except FAILURES as error:
            return result_of(error)

    async def _send(self, delivery: Delivery, message: Message, payloads: Sequence[Payload]) -> SendResult:
        if delivery.replaces is not None and "://" in delivery.replaces:
            return await self._replace_private(delivery.replaces, payloads)
        sent: dict[int, str] = {}
        known = len(sent)
        try:
            channel = await self._channel(delivery.conversation)
            before = await self._sent_before(delivery, channel)
            sent = dict(before or {})
            known = len(sent)
            for part, payload in enumerate(payloads):
                if part not in sent:
                    sent[part] = await self._post_or_plain(delivery, channel, message, payload, part)
        except MustWait as wait:
            begun = len(sent) > known
            after = timedelta(seconds=wait.seconds)
            return Later("many messages are ahead of it", after, doubtful=begun, tried=begun)
        except FAILURES as error:
            result = result_of(error)
            # Parts that are there are found by their marks, and are not sent again.
            return replace(result, doubtful=True) if sent and isinstance(result, Later) else result
        return Sent(sent[0], once=before is not None)

    async def _channel(self, conversation: str) -> str:
        if not conversation.startswith("user:"):
            return conversation
        user = conversation.removeprefix("user:")
        if not self._people.knows_conversation(user):
            await self._turnstile.wait(None, "conversations.open")
        return await self._people.conversation(user)

    async def _post_or_plain(
        self, delivery: Delivery, channel: str, message: Message, payload: Payload, part: int
    ) -> str:
        try:
            return await self._post(delivery, channel, payload, part)
        except SlackApiError as error:
            if code_of(error) not in BLOCKS_REFUSED or part:
                raise
            log.error(
                "delivery %s: Slack refuses its blocks (%s); sent as text", delivery.key, code_of(error)
            )
        # What is left of it all in plain words, so that nothing is lost.
        first = ""
        for text in pieces(as_text(message, width=10_000), _LONGEST_TEXT):
            found = await self._post(delivery, channel, Payload(escape(text), ()), part)
            first = first or found
        return first

    async def _post(self, delivery: Delivery, channel: str, payload: Payload, part: int) -> str:
        content: dict[str, Any] = {"text": payload.text, "blocks": list(payload.blocks), **_AS_IT_IS}
        if _is_private(delivery, channel):
            await self._turnstile.wait(channel, "chat.postEphemeral")
            answer = await self._client.chat_postEphemeral(
                channel=channel, user=delivery.only_for or "", thread_ts=delivery.thread or None, **content
            )
            return str(answer.get("message_ts"))
        metadata = {"event_type": EVENT_TYPE, "event_payload": _mark(delivery, part)}
        if delivery.replaces is not None and part == 0:
            await self._turnstile.wait(channel, "chat.update")
            answer = await self._client.chat_update(
                channel=channel, ts=delivery.replaces, metadata=metadata, **content
            )
            return str(answer.get("ts"))
        await self._turnstile.wait(channel, "chat.postMessage")
        answer = await self._client.chat_postMessage(
            channel=channel,
            thread_ts=delivery.thread or None,
            metadata=metadata,
            **_NO_PREVIEWS,
            **content,
        )
        return str(answer.get("ts"))

    async def _replace_private(self, response_url: str, payloads: Sequence[Payload]) -> SendResult:
        """Replace a message that one person alone sees: only its own address can."""
        hook = AsyncWebhookClient(response_url, session=self._client.session, retry_handlers=[])
        for number, payload in enumerate(payloads):
            answer = await hook.send(
                text=payload.text,
                blocks=list(payload.blocks),
                replace_original=number == 0,
                response_type="ephemeral",
            )
            if answer.status_code == 429:
                seconds = answer.headers.get("Retry-After")
                after = timedelta(seconds=float(seconds)) if seconds else None
                return Later("Slack asks to slow down", after, throttled=True)
            if answer.status_code >= 500:
                return Later(f"Slack has a fault (status {answer.status_code})")
            if answer.status_code != 200:
                return Refused(f"the private message can't be changed any more (status {answer.status_code})")
        return Sent(response_url)

    async def _sent_before(self, delivery: Delivery, channel: str) -> dict[int, str] | None:
        """The parts of a doubtful delivery that Slack has already, by their marks. None: that is not known.

        An attempt that timed out, or a process that died while it sent, may have got through.
        """
        if not delivery.doubtful:
            return {}
        if _is_private(delivery, channel):
            return None
        method = "conversations.replies" if delivery.thread else "conversations.history"
        asked: dict[str, Any] = {
            "channel": channel,
            "include_all_metadata": True,
            "limit": _PAGE,
            "oldest": f"{(delivery.created_at - _CLOCKS_DIFFER).timestamp():.6f}",
        }
        if delivery.thread:
            asked["ts"] = delivery.thread
        found: dict[int, str] = {}
        try:
            for _ in range(_MOST_PAGES):
                await self._turnstile.wait(None, method)
                answer = await self._client.api_call(method, http_verb="GET", params=asked)
                found |= _own_parts(delivery, answer.get("messages") or [])
                cursor = (answer.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    return found
                asked["cursor"] = cursor
        except FAILURES as error:
            result = result_of(error)
            if isinstance(result, Later) and code_of(error) not in _CANNOT_ASK:
                # Slack will be able to say: asking again costs less than a message that is there twice.
                raise
            log.warning("delivery %s: what was sent before is not known: %s", delivery.key, result.reason)
        # Then the message goes out: twice is better than never.
        return None


def _is_private(delivery: Delivery, channel: str) -> bool:
    """Whether others would read along. In a direct conversation nobody does, and there a message should stay."""
    return delivery.only_for is not None and not channel.startswith("D")


def _mark(delivery: Delivery, part: int) -> dict[str, Any]:
    """What names a delivery's part in Slack. The key itself stays here: it may hold somebody's id."""
    key = hashlib.sha256(delivery.key.encode()).hexdigest()[:32]
    return {"delivery": delivery.id, "key": key, "part": part}


def _own_parts(delivery: Delivery, messages: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    found = []
    for message in messages:
        metadata = message.get("metadata") or {}
        mark = metadata.get("event_payload") or {}
        if metadata.get("event_type") == EVENT_TYPE and mark.get("key") == _mark(delivery, 0)["key"]:
            found.append((int(mark.get("part", 0)), str(message["ts"])))
    return found
