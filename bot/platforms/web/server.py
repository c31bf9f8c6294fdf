"""The pages of the local chat."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import ChainableUndefined, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import TypeAdapter, ValidationError

from bot.platforms.web.gateway import conversation_of
from bot.platforms.web.inbound import LocalRoom
from bot.platforms.web.preview import mrkdwn, preview_of
from bot.runner import Outcome, Runner
from handlers.conversation.form import SEVERAL, Form, written_date
from handlers.conversation.message import SpanKind, from_json, text_of
from scheduler.clock import MovedClock
from storage.database import Database
from storage.holds import EVERYTHING
from storage.localchat import Author, LocalMessage
from storage.people import Person, Profile, Role

_HERE = Path(__file__).parent
_FORM: TypeAdapter[Form] = TypeAdapter(Form)
# No id or version grows longer than this, and a database takes no longer one.
_NUMBER = r"[0-9]{1,9}"
_FURTHEST = timedelta(days=3 * 366)
_HEADERS = {
    # Nothing of what people type may load or run anything.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src https: 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# Personas are grouped by what they do in the programme: the first group that has one of their roles.
_GROUPS: tuple[tuple[str, frozenset[Role]], ...] = (
    ("SRM lead and deputy", frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY})),
    ("CSMG members", frozenset({Role.CSMG_MEMBER})),
    ("First points of contact", frozenset({Role.FIRST_CONTACT})),
    ("Action owners", frozenset({Role.OD, Role.BSP_COMMERCIAL, Role.ASSURANCE, Role.CMA_EUG})),
    ("Senior officers and team leaders", frozenset({Role.SRO, Role.BU_BOARD, Role.TEAM_LEADER})),
    ("Contract managers", frozenset({Role.CONTRACT_MANAGER})),
    ("Others", frozenset()),
)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form on the screen: its definition, what was filled in, and what is wrong with it."""

    form: Form
    values: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def definition(self) -> str:
        """The form as JSON, which comes back with what is filled in."""
        return _FORM.dump_json(self.form).decode()


class LocalChatServer:
    """Serves the local chat. Anybody on this machine may act as anybody: it is for trying things out."""

    def __init__(self, database: Database, runner: Runner, clock: MovedClock, zone: ZoneInfo) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock
        self._zone = zone
        self._pages = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # A platform leaves out what it does not need: there a missing name is nothing.
        self._previews = self._pages.overlay(undefined=ChainableUndefined)
        self._pages.globals["new_key"] = lambda: secrets.token_hex(12)
        self._pages.globals["kinds"] = SpanKind
        self._pages.globals["written_date"] = written_date

    def add_routes(self, app: web.Application) -> None:
        """Put the pages into the one web application."""
        chat = "/chat/{person:[0-9]+}"
        app.router.add_get("/", self.home)
        app.router.add_get(chat, self.page)
        app.router.add_get(f"{chat}/lines", self.lines)
        app.router.add_get(f"{chat}/lines/{{line:{_NUMBER}}}", self.preview)
        app.router.add_post(f"{chat}/say", self.say)
        app.router.add_post(f"{chat}/click", self.click)
        app.router.add_post(f"{chat}/submit", self.submit)
        app.router.add_post(f"{chat}/clock", self.move_clock)
        app.router.add_static("/static", _HERE / "static")

    async def home(self, _request: web.Request) -> web.Response:
        """The first persona's chat."""
        async with self._database.reading() as store:
            profiles = await store.people.profiles()
        if not profiles:
            return self._html("empty.html", status=503)
        # A contract manager's is the conversation that most people want to see first.
        first = next((each for each in profiles if each.roles == {Role.CONTRACT_MANAGER}), profiles[0])
        raise web.HTTPFound(f"/chat/{first.person.id}")

    async def page(self, request: web.Request) -> web.Response:
        """A persona's chat, whole."""
        room = await self._room(request)
        await room.open()
        return await self._page(room, None)

    async def lines(self, request: web.Request) -> web.Response:
        """What is new on the screen after a version, as pieces of HTML for the script."""
        room = await self._room(request)
        after = _number(request.query.get("after")) or 0
        return web.json_response(await self._news(room, after, None), headers=_HEADERS)

    async def preview(self, request: web.Request) -> web.Response:
        """One of Covenant's messages in this chat, as Slack and as Teams would draw it."""
        room = await self._room(request)
        async with self._database.reading() as store:
            line = await store.local_chat.get(int(request.match_info["line"]))
        if (
            line is None
            or line.conversation != room.address.conversation
            or line.author is not Author.COVENANT
        ):
            raise web.HTTPNotFound(text="There is no such message in this chat.")
        page = self._previews.get_template("preview.html")
        shown = page.render(person=room.person, preview=preview_of(from_json(line.content)), mrkdwn=mrkdwn)
        return web.Response(text=shown, content_type="text/html", headers=_HEADERS)

    async def say(self, request: web.Request) -> web.Response:
        """The person wrote something."""
        room, data = await self._room(request), await request.post()
        outcome = await room.say(str(data.get("text", "")), _key(data))
        return await self._done(request, room, data, _form_of(outcome))

    async def click(self, request: web.Request) -> web.Response:
        """The person clicked a button of a message."""
        room, data = await self._room(request), await request.post()
        line, number = _number(data.get("line")), _number(data.get("number"))
        if line is None or number is None:
            raise web.HTTPBadRequest(text="line and number must be numbers")
        outcome = await room.click(line, number, _key(data))
        return await self._done(request, room, data, _form_of(outcome))

    async def submit(self, request: web.Request) -> web.Response:
        """The person sent a form. With errors it stays on the screen as it was filled in."""
        room, data = await self._room(request), await request.post()
        try:
            form = _FORM.validate_json(str(data.get("form", "")))
        except ValidationError:
            raise web.HTTPBadRequest(text="the form can't be read; open it again") from None
        if data.get("cancel"):
            return await self._done(request, room, data, None)
        values = {each.name: SEVERAL.join(map(str, data.getall(each.name, []))) for each in form.fields}
        outcome = await room.submit(form, values, _key(data))
        errors = outcome.reply.errors if outcome.reply else {}
        shown = OpenForm(form, values, errors) if errors else _form_of(outcome)
        return await self._done(request, room, data, shown)

    async def move_clock(self, request: web.Request) -> web.Response:
        """Move the demonstration's clock forward."""
        room, data = await self._room(request), await request.post()
        step = _step(str(data.get("by", "")), str(data.get("to", "")), self._clock.now(), self._zone)
        if step is None:
            raise web.HTTPBadRequest(
                text="Choose a date after today and within 3 years, written as 2026-12-01."
            )
        self._clock.move(step)
        async with self._database.store() as store:
            await store.preferences.put("local clock offset", str(self._clock.offset.total_seconds()))
        return await self._done(request, room, data, None)

    async def _room(self, request: web.Request) -> LocalRoom:
        person = _number(request.match_info["person"])
        async with self._database.reading() as store:
            profile = await store.people.profile(person) if person is not None else None
        if profile is None or not profile.person.active:
            raise web.HTTPNotFound(text="There is no such person in the directory.")
        return LocalRoom(self._database, self._runner, self._clock, profile.person)

    async def _done(
        self, request: web.Request, room: LocalRoom, data: Mapping[str, Any], form: OpenForm | None
    ) -> web.Response:
        if request.headers.get("X-Requested-With") == "fetch":
            news = await self._news(room, _number(data.get("after")) or 0, form)
            return web.json_response(news, headers=_HEADERS)
        if form is not None:
            return await self._page(room, form)
        raise web.HTTPSeeOther(f"/chat/{room.person.id}")

    async def _news(self, room: LocalRoom, after: int, form: OpenForm | None) -> dict[str, Any]:
        async with self._database.reading() as store:
            lines = await store.local_chat.since(room.address.conversation, after)
            version = await store.local_chat.version()
            newest = await store.local_chat.newest_by_conversation()
        return {
            "version": version,
            "today": self._today_label(),
            "date": self._today().isoformat(),
            "newest": newest,
            "lines": [{"id": line.id, "html": self._line(line, room.person)} for line in lines],
            "form": self._fragment("form.html", person=room.person, opened=form) if form else None,
        }

    async def _page(self, room: LocalRoom, form: OpenForm | None) -> web.Response:
        async with self._database.reading() as store:
            lines = await store.local_chat.since(room.address.conversation, 0)
            version = await store.local_chat.version()
            newest = await store.local_chat.newest_by_conversation()
            profiles = await store.people.profiles()
            holds = await store.holds.in_force(self._clock.now())
        return self._html(
            "chat.html",
            paused=any(each.scope == EVERYTHING for each in holds),
            person=room.person,
            personas=[_persona(each, newest) for each in profiles],
            groups=[title for title, _ in _GROUPS],
            lines=[self._line(line, room.person) for line in lines],
            version=version,
            today=self._today_label(),
            date=self._today().isoformat(),
            opened=form,
        )

    def _line(self, line: LocalMessage, person: Person) -> str:
        message = from_json(line.content) if line.author is Author.COVENANT else None
        return self._fragment(
            "line.html",
            line=line,
            message=message,
            at=line.at.astimezone(self._zone),
            person=person,
            text_of=text_of,
        )

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _today_label(self) -> str:
        today = self._today()
        return f"{today:%A} {today.day} {today:%B %Y}"

    def _fragment(self, name: str, **values: Any) -> str:
        return self._pages.get_template(name).render(**values)

    def _html(self, name: str, status: int = 200, **values: Any) -> web.Response:
        return web.Response(
            text=self._fragment(name, **values), content_type="text/html", status=status, headers=_HEADERS
        )


def _rank(profile: Profile) -> int:
    return next((rank for rank, (_, roles) in enumerate(_GROUPS) if profile.has(*roles)), len(_GROUPS) - 1)


def _persona(profile: Profile, newest: Mapping[str, int]) -> dict[str, Any]:
    conversation = conversation_of(profile.person.id)
    return {
        "id": profile.person.id,
        "rank": _rank(profile),
        "name": profile.person.name,
        "roles": ", ".join(sorted(role.label for role in profile.roles)) or "No role",
        "unit": profile.unit.name if profile.unit else "",
        "conversation": conversation,
        "newest": newest.get(conversation, 0),
    }


def _form_of(outcome: Outcome | None) -> OpenForm | None:
    form = outcome.reply.form if outcome and outcome.reply else None
    return OpenForm(form, {each.name: each.initial for each in form.fields}, {}) if form else None


def _number(value: object) -> int | None:
    """A number as the pages write it; None for anything else."""
    text = str(value)
    return int(text) if re.fullmatch(_NUMBER, text) else None


def _key(data: Mapping[str, Any]) -> str:
    """The event's key from the page, or a fresh one."""
    key = str(data.get("key", ""))
    return key if 8 <= len(key) <= 64 and key.isalnum() else secrets.token_hex(12)


def _step(by: str, to: str, now: datetime, zone: ZoneInfo) -> timedelta | None:
    """How far to move: by a day, by a week, or to nine in the morning of a date."""
    if by in ("day", "week"):
        return timedelta(days=1 if by == "day" else 7)
    try:
        target = datetime.combine(date.fromisoformat(to), time(9), zone).astimezone(UTC)
    except ValueError:
        return None
    step = target - now
    return step if timedelta() < step <= _FURTHEST else None
