"""Socket Mode: Covenant connects out to Slack, for a network that Slack can't call into."""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)


class SlackSocket:
    """One connection, renewed by the SDK. An event that was not committed is not acknowledged: it comes again."""

    def __init__(self, app: AsyncApp, app_token: str, base_url: str) -> None:
        client = AsyncWebClient(token=app_token, base_url=base_url)
        self._handler = AsyncSocketModeHandler(app, app_token, web_client=client)
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and go on trying while Slack can't be reached."""
        self._connecting = asyncio.create_task(self._connect(), name="connect to Slack")

    def stop_receiving(self) -> None:
        """Take no further event; answers to those taken still go out."""
        client = self._handler.client
        client.auto_reconnect_enabled = False
        for task in (self._connecting, client.current_session_monitor, client.message_receiver):
            if task is not None:
                task.cancel()

    async def close(self) -> None:
        """Close the connection."""
        await self._handler.client.close()  # type: ignore[no-untyped-call]  # the SDK has no types here

    async def _connect(self) -> None:
        await self._handler.client.connect()  # type: ignore[no-untyped-call]  # the SDK has no types here
        log.info("connected to Slack")
