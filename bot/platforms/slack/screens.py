"""What a person sees that is no message: dialogs, the home page, suggested prompts, a word for them alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack.errors import FAILURES, result_of, retry_after
from bot.platforms.slack.home import PROMPTS, home_view
from bot.platforms.slack.text import fitted
from handlers.conversation.message import Message
from handlers.conversation.turn import Inbound

log = logging.getLogger(__name__)

_MOST_ATTEMPTS = 3
# Nobody looks at a page that comes much later, and a stop waits for it.
_LONGEST_WAIT = timedelta(seconds=10)
_NOT_OPENED = "The form could not be opened. Nothing was changed. Try again, or type what you want to me."


class Screens:
    """Shows things after a turn, in tasks that are kept until they are done."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._tasks: set[asyncio.Task[None]] = set()

    async def idle(self) -> None:
        """Wait until everything begun here is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def open_dialog(self, trigger: str | None, view: dict[str, Any], event: Inbound) -> None:
        """Open a dialog. Where Slack does not, the person is told."""

        async def show() -> None:
            try:
                await self._client.views_open(trigger_id=trigger or "", view=view)
            except FAILURES as error:
                log.error("a dialog was not opened: %s", result_of(error).reason)
                await self._told(event, _NOT_OPENED)

        self._start(show(), "open dialog")

    def show_home(self, user_id: str, messages: Sequence[Message]) -> None:
        """Publish a person's home page."""
        view = home_view(messages)
        self._start(self._tried(lambda: self._client.views_publish(user_id=user_id, view=view)), "home page")

    def suggest_prompts(self, channel: str, thread: str) -> None:
        """Offer first things to ask in the assistant pane."""
        prompts = list(PROMPTS)

        def suggest() -> Awaitable[object]:
            return self._client.assistant_threads_setSuggestedPrompts(
                channel_id=channel, thread_ts=thread, prompts=prompts, title="You could ask"
            )

        self._start(self._tried(suggest), "suggested prompts")

    def tell(self, event: Inbound, text: str) -> None:
        """Say something to one person alone, where they just were. It is not kept."""
        self._start(self._told(event, text), "private word")

    async def _told(self, event: Inbound, text: str) -> None:
        user = event.account.user_id
        shown = fitted(text, 3000)
        if event.direct:
            await self._tried(lambda: self._client.chat_postMessage(channel=user, text=shown))
            return
        address = event.address
        await self._tried(
            lambda: self._client.chat_postEphemeral(
                channel=address.conversation, thread_ts=address.thread or None, user=user, text=shown
            )
        )

    async def _tried(self, call: Callable[[], Awaitable[object]]) -> None:
        """Show it; where Slack says when to come again, and that is soon, then."""
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            try:
                await call()
            except FAILURES as error:
                wait = retry_after(error)
                if wait is None or wait > _LONGEST_WAIT or attempt == _MOST_ATTEMPTS:
                    log.error("Slack did not show something: %s", result_of(error).reason)
                    return
                await asyncio.sleep(wait.total_seconds())
            else:
                return

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s failed", task.get_name(), exc_info=error)
