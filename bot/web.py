"""The one aiohttp application: health, and the platforms' own routes."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from bot.app import App
from bot.pictures import PATH
from bot.platforms.web.server import LocalChatServer
from scheduler.clock import MovedClock
from scheduler.jobs import start
from storage.database import DatabaseProblem
from storage.migrate import require_current

log = logging.getLogger(__name__)

# 40,000 characters typed into a form, percent-encoded, with room to spare.
_LARGEST_BODY = 512 * 1024

_LOCAL_PATHS = ("/chat/", "/static/")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def web_application(app: App) -> web.Application:
    """The application that serves an App: it starts and stops the ticks with itself."""
    application = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_database_problems])
    application.router.add_get("/health", _health(app))
    if app.pictures is not None:
        application.router.add_get(PATH + "{token}.png", app.pictures.serve)
    if app.settings.serves_local_chat:
        assert isinstance(app.clock, MovedClock), "local mode runs on a clock that can be moved"
        application.middlewares.append(_this_machine_only)
        LocalChatServer(app.database, app.runner, app.clock, app.settings.zone).add_routes(application)

    for platform in app.platforms:
        platform.add_routes(application, app.runner)

    async def running(_: web.Application) -> AsyncIterator[None]:
        for platform in app.platforms:
            await platform.start(app.runner)
        ticks = start(app.ticks(), app.outbox)
        yield
        await ticks.stop()
        await app.outbox.idle()
        for platform in app.platforms:
            await platform.stop()

    application.cleanup_ctx.append(running)
    return application


def _health(app: App) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def health(_: web.Request) -> web.Response:
        """200 with the state of the database and the index; 503 with the reason."""
        index = {
            "articles": len(app.knowledge.services.library),
            "model": app.knowledge.without_model or "loaded",
        }
        try:
            await require_current(app.database)
            async with app.database.reading() as store:
                deliveries = await store.deliveries.counts()
        except DatabaseProblem as problem:
            body = {
                "status": "unavailable",
                "reason": str(problem),
                "database": "unavailable",
                "index": index,
            }
            return web.json_response(body, status=503)
        return web.json_response({"status": "ok", "database": "ok", "index": index, "deliveries": deliveries})

    return health


@web.middleware
async def _database_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A database that is away is 503 with a plain word; the platform or the person tries again."""
    try:
        return await handler(request)
    except DatabaseProblem as problem:
        log.error("%s %s: %s", request.method, request.path, problem)
        return web.Response(
            status=503,
            text="Covenant can't reach its records at the moment. Nothing was saved. Try again in a minute.",
            headers={"Retry-After": "30"},
        )


@web.middleware
async def _this_machine_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other machines, other sites' forms, and names that were made to point here."""
    if not request.path.startswith(_LOCAL_PATHS) and request.path != "/":
        return await handler(request)
    if not _is_loopback(request.remote or "") or not _is_loopback(request.url.host or ""):
        raise web.HTTPForbidden(text="The local chat is served to this machine only.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden(text="The local chat takes no requests from other sites.")
    return await handler(request)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
