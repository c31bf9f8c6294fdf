"""A bare botbuilder echo that reuses its clients: what Covenant's Teams side is measured against."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from botbuilder.core import CloudAdapterBase, TurnContext  # type: ignore[import-untyped]
from botbuilder.schema import Activity  # type: ignore[import-untyped]
from botframework.connector.auth import (  # type: ignore[import-untyped]
    AuthenticationConfiguration,
    BotFrameworkAuthenticationFactory,
    PasswordServiceClientCredentialFactory,
)


class _Adapter(CloudAdapterBase):  # type: ignore[misc]
    """The SDK's adapter."""


def echo_application() -> web.Application:
    """The echo at `/api/messages`, without an app id: no token is checked or sent."""
    adapter = _Adapter(_reusing(_authentication()))

    async def echo(context: TurnContext) -> None:
        await context.send_activity(f"echo: {context.activity.text}")

    async def messages(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        await adapter.process_activity("", activity, echo)
        return web.Response(status=201)

    application = web.Application()
    application.router.add_post("/api/messages", messages)
    return application


def _authentication() -> Any:
    return BotFrameworkAuthenticationFactory.create(
        credential_factory=PasswordServiceClientCredentialFactory("", ""),
        auth_configuration=AuthenticationConfiguration(),
    )


def _reusing(authentication: Any) -> Any:
    """The same, with one connector for each service address and one token client."""
    clients: dict[Any, Any] = {}
    check, make_factory, make_tokens = (
        authentication.authenticate_request,
        authentication.create_connector_factory,
        authentication.create_user_token_client,
    )

    def kept(factory: Any) -> Any:
        create = factory.create

        async def once(service_url: str, audience: str) -> Any:
            if (service_url, audience) not in clients:
                clients[service_url, audience] = await create(service_url, audience)
            return clients[service_url, audience]

        factory.create = once
        return factory

    async def authenticate_request(activity: Any, auth_header: str) -> Any:
        result = await check(activity, auth_header)
        kept(result.connector_factory)
        return result

    async def tokens(identity: Any) -> Any:
        if "tokens" not in clients:
            clients["tokens"] = await make_tokens(identity)
        return clients["tokens"]

    authentication.authenticate_request = authenticate_request
    authentication.create_connector_factory = lambda identity: kept(make_factory(identity))
    authentication.create_user_token_client = tokens
    return authentication
