"""Commands that talk: serve the chat, chat in the terminal, ask one question."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import signal
import time
from datetime import datetime
from typing import Annotated

import typer
from aiohttp import web

from bot.app import App, open_app
from bot.knowledge_base import open_knowledge
from bot.platforms.terminal import TerminalChat, as_text
from bot.platforms.web.inbound import LocalRoom
from bot.settings import Mode, Settings, SettingsProblem, read_settings
from bot.web import web_application
from handlers.articles import shown as article_shown
from handlers.articles.shown import Reader
from handlers.ask import plain
from handlers.conversation.message import Message, from_json
from handlers.why import explained, trace_blocks, verdict_of
from knowledge.answer import Answer, Verdict
from storage.database import Database
from storage.localchat import Author
from storage.migrate import require_current
from storage.people import Role
from storage.questions import Question

_DEFAULT_PERSONA = "the first contract manager in the directory"


def serve() -> None:
    """Serve the chat until interrupted. The address is printed last, once it answers."""
    settings = read_settings()
    logging.getLogger().setLevel(settings.log_level)
    asyncio.run(_serve(settings))


def chat(
    as_email: Annotated[
        str | None, typer.Option("--as", help=f"Whose side to take; by default {_DEFAULT_PERSONA}.")
    ] = None,
) -> None:
    """Chat in the terminal, as one of the people in the directory."""
    settings = read_settings()
    logging.getLogger().setLevel(settings.log_level)
    asyncio.run(_chat(_local(settings), as_email))


def ask(
    text: Annotated[str, typer.Argument(help="The question.")],
    as_email: Annotated[
        str | None, typer.Option("--as", help="Ask as this person, and keep the question on record.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as one JSON object.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say why this answer was chosen.")] = False,
) -> None:
    """Ask one question. Without --as nothing is kept, and no database is needed."""
    settings = read_settings()
    logging.getLogger().setLevel(settings.log_level)
    if as_email:
        asyncio.run(_ask_as(_local(settings), text, as_email, as_json=as_json, explain=explain))
        return
    services = open_knowledge(settings).services
    begun = time.perf_counter()
    found = services.answerer.answer(text)
    elapsed = (time.perf_counter() - begun) * 1000
    if as_json:
        typer.echo(json.dumps(_as_object(found, elapsed)))
        return
    if explain:
        blocks = trace_blocks(verdict_of(found), plain(found.trace))
        typer.echo(as_text(Message(text, blocks)))
        return
    if found.verdict is Verdict.ANSWER and (article := services.library.get(found.article or "")):
        typer.echo(as_text(article_shown.opening_of(article, Reader(datetime.now(settings.zone).date()))))
    elif found.verdict is Verdict.CHOOSE:
        articles = [each for slug in found.choices if (each := services.library.get(slug))]
        typer.echo("Did you mean one of these?\n" + "\n".join(f"- {each.title}" for each in articles))
    elif found.verdict is Verdict.SKILL:
        typer.echo(f"That is something to do in the chat ({found.skill}). Start it with 'covenant chat'.")
    else:
        typer.echo("I do not have an answer to that in the knowledge base.")
        if found.neighbour:
            typer.echo(found.neighbour.where)


def _as_object(found: Answer | Question, elapsed_ms: float) -> dict[str, object]:
    return {
        "verdict": str(found.verdict),
        "article": found.article,
        "choices": list(found.choices),
        "skill": found.skill,
        "confidence": round(float(found.confidence), 4),
        "elapsed_ms": round(elapsed_ms, 2),
    }


def _local(settings: Settings) -> Settings:
    if settings.mode is not Mode.LOCAL:
        raise SettingsProblem(
            ["The terminal chat lets anybody act as anybody, so it works only with COVENANT_MODE=local."]
        )
    return settings


async def _serve(settings: Settings) -> None:
    app = await _ready(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(web_application(app), access_log=None, handle_signals=False)
    try:
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            problem = (
                f"Port {settings.port} on {settings.host} can't be used ({error.strerror}). "
                "Stop the program that uses it, or set COVENANT_PORT to another port."
            )
            raise SettingsProblem([problem]) from error
        port = runner.addresses[0][1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        typer.echo(f"Covenant is ready. Stop it with Ctrl+C.\nhttp://{host}:{port}/")
        await stop.wait()
    finally:
        await runner.cleanup()
        await app.close()


async def _ready(settings: Settings) -> App:
    database = Database(settings.database_url.get_secret_value())
    try:
        await require_current(database)
    finally:
        await database.close()
    return await open_app(settings)


async def _room(app: App, email: str | None) -> LocalRoom:
    async with app.database.reading() as store:
        if email is not None:
            person = await store.people.by_email(email)
        else:
            person = next(iter(await store.people.holding(Role.CONTRACT_MANAGER)), None)
    if person is None:
        who = f"Nobody in the directory has the email {email}." if email else "The directory is empty."
        raise SettingsProblem([f"{who} Run 'covenant setup' for the sample directory, or import yours."])
    return LocalRoom(app.database, app.runner, app.clock, person)


async def _chat(settings: Settings, email: str | None) -> None:
    app = await _ready(settings)
    try:
        room = await _room(app, email)
        await TerminalChat(app.database, room, input, typer.echo).run()
    finally:
        await app.close()


async def _ask_as(settings: Settings, text: str, email: str, *, as_json: bool, explain: bool) -> None:
    app = await _ready(settings)
    try:
        room = await _room(app, email)
        async with app.database.reading() as store:
            before = await store.local_chat.version()
        begun = time.perf_counter()
        outcome = await room.say(text, secrets.token_hex(12))
        elapsed = (time.perf_counter() - begun) * 1000
        async with app.database.reading() as store:
            lines = await store.local_chat.since(room.address.conversation, before)
            question = await store.questions.newest_of(room.person.id)
        if question is not None and question.text == text.strip() and (as_json or explain):
            shown = json.dumps(_as_object(question, elapsed)) if as_json else as_text(explained(question))
            typer.echo(shown)
            return
        for line in lines:
            if line.author is Author.COVENANT:
                typer.echo(as_text(from_json(line.content)))
        if outcome.reply is not None and outcome.reply.form is not None:
            typer.echo(f"Next comes a form, '{outcome.reply.form.title}'. Fill it in with 'covenant chat'.")
    finally:
        await app.close()
