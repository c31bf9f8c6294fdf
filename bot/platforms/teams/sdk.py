"""The Teams SDK (botbuilder) behind our port: it parses activities and runs a turn's pipeline.

What it does not do well is done by us and handed to it through its own abstract classes: tokens are
checked without blocking the event loop, and one connector serves every turn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from botbuilder.core import CloudAdapterBase, TurnContext  # type: ignore[import-untyped]
from botbuilder.core.invoke_response import InvokeResponse  # type: ignore[import-untyped]
from botbuilder.schema import Activity as SdkActivity  # type: ignore[import-untyped]
from botframework.connector.auth import (  # type: ignore[import-untyped]
    BotFrameworkAuthentication,
    ClaimsIdentity,
)
from botframework.connector.auth.authenticate_request_result import (  # type: ignore[import-untyped]
    AuthenticateRequestResult,
)
from botframework.connector.auth.connector_factory import (  # type: ignore[import-untyped]
    ConnectorFactory,
)
from msrest.exceptions import DeserializationError  # type: ignore[attr-defined]

from bot.platforms.teams.auth import Keys, TokenCheck
from bot.platforms.teams.connector import Connector, Token
from bot.platforms.teams.port import Activity, Answer, Handle, Json, NotAllowed, NotUnderstood
from bot.platforms.teams.settings import TeamsSettings

# Longer than the connector ever takes to answer, shorter than a delivery's lease.
_TIMEOUT = ClientTimeout(total=20, connect=5)
_CONNECTIONS = 32


class BotbuilderTransport:
    """The port of `port.py`, done with botbuilder for what comes in and aiohttp for what goes out."""

    def __init__(self, settings: TeamsSettings) -> None:
        self._settings = settings
        self._keys = Keys(settings.openid_url)
        self._connector = Connector(settings, Token(settings))
        check = TokenCheck(settings, self._keys)
        self._authentication = _Authentication(settings, check, self._connector)
        self._adapter = _Adapter(self._authentication)
        self._session: ClientSession | None = None
        self.send = self._connector.send
        self.update = self._connector.update
        self.delete = self._connector.delete
        self.create_conversation = self._connector.create_conversation
        self.member = self._connector.member
        self.try_token = self._connector.try_token
        self.try_keys = self._keys.fetch

    async def open(self) -> None:
        """Open the one session that everything is sent and fetched with."""
        self._session = ClientSession(timeout=_TIMEOUT, connector=TCPConnector(limit=_CONNECTIONS))
        self._connector.use(self._session)
        self._keys.use(self._session)

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def receive(self, authorization: str, body: Json, handle: Handle) -> Answer:
        """One request through the SDK's pipeline; nothing of it is parsed before it is authenticated."""
        allowed = await self._authentication.authenticate(
            authorization, str(body.get("channelId", "")), str(body.get("serviceUrl", ""))
        )
        parsed = _parsed(body)

        async def turn(context: TurnContext) -> None:
            answer = await handle(_activity(context.activity, body))
            given = InvokeResponse(status=answer.status, body=answer.body)
            # Where the SDK's own handlers leave the answer to an invoke.
            context.turn_state[CloudAdapterBase._INVOKE_RESPONSE_KEY] = SdkActivity(  # noqa: SLF001
                type="invokeResponse", value=given
            )

        given = await self._adapter.process_activity(allowed, parsed, turn)
        return Answer(int(given.status), given.body) if given is not None else Answer()


class _Adapter(CloudAdapterBase):  # type: ignore[misc]
    """The SDK's adapter as it is: only its constructor was abstract."""


class _Authentication(BotFrameworkAuthentication):  # type: ignore[misc]
    """The SDK's own seam for checking requests, filled with our check."""

    def __init__(self, settings: TeamsSettings, check: TokenCheck, connector: Connector) -> None:
        self._settings = settings
        self._check = check
        self._factory = _OneConnector(connector)

    async def authenticate(
        self, authorization: str, channel: str, service_url: str
    ) -> AuthenticateRequestResult:
        """Check the token; without sign-in only an address of this machine is taken."""
        claims: Mapping[str, Any] = {}
        if not self._settings.anonymous:
            claims = await self._check.check(authorization, channel, service_url)
        if not self._settings.serves(service_url):
            raise NotAllowed(403, "the service address is not one of Teams")
        result = AuthenticateRequestResult()
        result.claims_identity = ClaimsIdentity(dict(claims), is_authenticated=True)
        result.connector_factory = self._factory
        return result

    async def authenticate_request(
        self, activity: SdkActivity, auth_header: str
    ) -> AuthenticateRequestResult:
        """The same, as the SDK asks for it."""
        return await self.authenticate(
            auth_header, str(activity.channel_id or ""), str(activity.service_url or "")
        )

    async def authenticate_streaming_request(
        self,
        auth_header: str,  # noqa: ARG002
        channel_id_header: str,  # noqa: ARG002
    ) -> AuthenticateRequestResult:
        """Teams does not stream."""
        raise NotAllowed(403, "streaming is not taken")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:  # noqa: ARG002
        """The one factory."""
        return self._factory

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """Nobody signs in through the bot."""


class _OneConnector(ConnectorFactory):  # type: ignore[misc]
    """Gives every turn the same connector: building one costs more than the rest of the turn."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def create(self, service_url: str, audience: str) -> Connector:  # noqa: ARG002
        """The shared connector."""
        return self._connector


def _parsed(body: Json) -> SdkActivity:
    # The SDK turns wrong types into its own classes with a warning or an exception of any kind;
    # what we rely on is checked here first.
    for name in ("from", "recipient", "conversation"):
        if not isinstance(body.get(name), dict) or not isinstance(body[name].get("id"), str):
            raise NotUnderstood(f"'{name}' has no id")
    for name in ("type", "serviceUrl", "channelId"):
        if not isinstance(body.get(name), str):
            raise NotUnderstood(f"'{name}' is not a text")
    try:
        return SdkActivity().deserialize(dict(body))
    except (DeserializationError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise NotUnderstood(type(error).__name__) from error


def _activity(parsed: SdkActivity, body: Json) -> Activity:
    conversation, _, thread = parsed.conversation.id.partition(";messageid=")
    data = parsed.channel_data if isinstance(parsed.channel_data, dict) else {}
    entities = body.get("entities")
    return Activity(
        kind=parsed.type,
        name=parsed.name or "",
        id=parsed.id or _digest(body),
        text=parsed.text or "",
        text_format=parsed.text_format or "plain",
        sender=parsed.from_property.id,
        sender_role=parsed.from_property.role or "",
        bot=parsed.recipient.id,
        conversation=conversation,
        thread=thread,
        conversation_kind=parsed.conversation.conversation_type or "personal",
        tenant=_tenant(body, data),
        service_url=parsed.service_url,
        reply_to=parsed.reply_to_id,
        action=parsed.action or "",
        value=parsed.value,
        data=data,
        entities=tuple(each for each in entities if isinstance(each, dict))
        if isinstance(entities, list)
        else (),
    )


def _digest(body: Json) -> str:
    """An id for an activity that has none: the same for the same body, as a retry has it."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:40]


def _tenant(body: Json, data: Json) -> str:
    # The SDK looks for "tenantID", which Teams does not send: it is read from the body itself.
    listed = data.get("tenant")
    found = body["conversation"].get("tenantId") or (listed.get("id") if isinstance(listed, dict) else None)
    return found if isinstance(found, str) else ""
