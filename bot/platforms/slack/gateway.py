"""The way out to Slack: posts, updates and private messages, at Slack's pace, each delivery once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.platforms.slack.buttons import TooLong
from bot.platforms.slack.errors import BLOCKS_REFUSED, FAILURES, code_of, result_of, retry_after
from bot.platforms.slack.pace import Pace
from bot.platforms.slack.people import SlackPeople
from bot.platforms.slack.render import Payload, render
from bot.platforms.slack.settings import PLATFORM
from bot.platforms.slack.text import escape, pieces
from bot.platforms.terminal import as_text
from handlers.conversation.message import Message
from scheduler.clock import Clock
from scheduler.outbox import Later, Refused, SendResult, Sent
from storage.deliveries import Delivery

log = logging.getLogger(__name__)

EVENT_TYPE = "covenant_delivery"
# Longer than this nothing waits here: the outbox keeps it instead.
_LONGEST_WAIT = 15.0
# A delivery this late may have been begun by a process that is gone.
_LATE = timedelta(seconds=45)
_LOOK_BACK = 100
_LONGEST_TEXT = 3500
# Text without blocks is shown as it is: no marks, no names turned into mentions, no previews.
_AS_IT_IS: Mapping[str, Any] = {"parse": "none", "link_names": False}
_NO_PREVIEWS: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False}


class SlackGateway:
    """Sends deliveries through the Web API."""

    platform = PLATFORM

    def __init__(self, client: AsyncWebClient, people: SlackPeople, pace: Pace, clock: Clock) -> None:
        self._client = client
        self._people = people
        self._pace = pace
        self._clock = clock

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
        channel = delivery.conversation
        if channel.startswith("user:"):
            channel = await self._people.conversation(channel.removeprefix("user:"))
        sent = await self._sent_before(delivery, channel)
        first: str | None = None
        for part, payload in enumerate(payloads):
            if part not in sent:
                waited = await self._waited(channel)
                if waited is not None:
                    return waited
                sent[part] = await self._post_or_plain(delivery, channel, message, payload, part)
            first = first or sent[part]
        return Sent(first or "")

    async def _waited(self, channel: str) -> Later | None:
        """Wait for the pace, or say that it takes longer than this call should last."""
        loop = asyncio.get_running_loop()
        held = self._pace.held(channel, loop.time())
        if held > 0:
            return Later("Slack has asked to slow down", timedelta(seconds=held))
        wait = self._pace.wait(channel, loop.time())
        if wait > _LONGEST_WAIT:
            return Later("many messages are ahead of it", timedelta(seconds=wait))
        await asyncio.sleep(wait)
        return None

    async def _post_or_plain(
        self, delivery: Delivery, channel: str, message: Message, payload: Payload, part: int
    ) -> str:
        try:
            return await self._post(delivery, channel, payload, part)
        except SlackApiError as error:
            wait = retry_after(error)
            if wait is not None:
                now = asyncio.get_running_loop().time()
                self._pace.hold(channel, wait.total_seconds(), now)
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
            answer = await self._client.chat_postEphemeral(
                channel=channel, user=delivery.only_for or "", thread_ts=delivery.thread or None, **content
            )
            return str(answer.get("message_ts"))
        metadata = {"event_type": EVENT_TYPE, "event_payload": _mark(delivery, part)}
        if delivery.replaces is not None and part == 0:
            answer = await self._client.chat_update(
                channel=channel, ts=delivery.replaces, metadata=metadata, **content
            )
            return str(answer.get("ts"))
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
                return Later(
                    "Slack asks to slow down", timedelta(seconds=float(seconds)) if seconds else None
                )
            if answer.status_code >= 500:
                return Later(f"Slack has a fault (status {answer.status_code})")
            if answer.status_code != 200:
                return Refused(f"the private message can't be changed any more (status {answer.status_code})")
        return Sent(response_url)

    async def _sent_before(self, delivery: Delivery, channel: str) -> dict[int, str]:
        """The parts of a delivery that Slack has already, by their marks; looked for after a doubtful attempt only.

        An attempt that timed out, or a process that died while it sent, may have got through.
        """
        late = self._clock.now() - delivery.not_before > _LATE
        if _is_private(delivery, channel) or not (delivery.attempts or late):
            return {}
        try:
            if delivery.thread:
                answer = await self._client.conversations_replies(
                    channel=channel, ts=delivery.thread, include_all_metadata=True, limit=_LOOK_BACK
                )
            else:
                answer = await self._client.conversations_history(
                    channel=channel, include_all_metadata=True, limit=_LOOK_BACK
                )
        except FAILURES as error:
            # Then the message goes out: twice is better than never.
            log.warning(
                "delivery %s: what was sent before is not known: %s", delivery.key, result_of(error).reason
            )
            return {}
        return dict(_own_parts(delivery, answer.get("messages") or []))


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
