"""The local chat and the health page over real HTTP: what they serve, and what they refuse."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from bs4 import BeautifulSoup
from pydantic import SecretStr

from bot.app import App, assemble
from bot.knowledge_base import KnowledgeBase
from bot.platforms.web.inbound import add_accounts
from bot.settings import Mode, Settings
from scheduler.clock import MovedClock
from storage.database import Database
from storage.holds import EVERYTHING
from storage.localchat import Author
from tests.conftest import Cast, StandingClock
from tests.driver import served

BUST = "our contractor has gone bust what now"
ASK_FORM = {
    "name": "experts.ask",
    "title": "Ask an expert",
    "fields": [
        {"name": "question", "label": "Your question", "kind": "long_text"},
        {"name": "context", "label": "More", "kind": "long_text", "required": False},
    ],
    "params": {"question_id": None, "article": None},
}


class Browser:
    """Somebody at a browser, as one of the people in the directory."""

    def __init__(self, session: ClientSession, base: str, person: int) -> None:
        self._session = session
        self.base = base
        self.person = person

    async def get(
        self, path: str = "", *, headers: Mapping[str, str] | None = None
    ) -> tuple[ClientResponse, str]:
        async with self._session.get(
            f"{self.base}/chat/{self.person}{path}", headers=headers, allow_redirects=False
        ) as answer:
            return answer, await answer.text()

    async def post(
        self, path: str, data: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> tuple[ClientResponse, str]:
        async with self._session.post(
            f"{self.base}/chat/{self.person}/{path}", data=data, headers=headers, allow_redirects=False
        ) as answer:
            return answer, await answer.text()

    async def page(self) -> BeautifulSoup:
        answer, text = await self.get()
        assert answer.status == 200, text
        return BeautifulSoup(text, "html.parser")

    async def today(self) -> str:
        found = (await self.page()).select_one("#today")
        assert found is not None
        return found.get_text()


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as opened:
        yield opened


@pytest.fixture
async def base(app: App) -> AsyncIterator[str]:
    async with app.database.store() as store:
        await add_accounts(store)
    async with served(app) as address:
        yield address


async def person_id(app: App, email: str) -> int:
    async with app.database.reading() as store:
        person = await store.people.by_email(email)
    assert person is not None
    return person.id


@pytest.fixture
async def manager(app: App, base: str, session: ClientSession, cast: Cast) -> Browser:
    return Browser(session, base, await person_id(app, cast.manager))


@pytest.fixture
async def other(app: App, base: str, session: ClientSession, cast: Cast) -> Browser:
    return Browser(session, base, await person_id(app, cast.other_manager))


async def health(session: ClientSession, base: str) -> tuple[int, dict[str, Any]]:
    async with session.get(f"{base}/health") as answer:
        body: dict[str, Any] = await answer.json()
        return answer.status, body


async def questions(app: App) -> list[str]:
    async with app.database.reading() as store:
        return [each.text for each in await store.questions.latest()]


# Health


async def test_health_says_that_all_is_well(app: App, manager: Browser, session: ClientSession) -> None:
    await manager.post("say", {"text": BUST})
    status, body = await health(session, manager.base)
    assert status == 200
    assert (body["status"], body["database"]) == ("ok", "ok")
    assert body["index"] == {"articles": 100, "model": "left out of tests"}
    assert body["deliveries"] == {"sent": 1}


async def test_health_says_why_the_database_cannot_be_used(
    app: App, base: str, session: ClientSession, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "covenant.db")) as connection:
        (newest,) = connection.execute("select version_num from alembic_version").fetchone()
        connection.execute("update alembic_version set version_num = '9999_future'")
        connection.commit()
    status, body = await health(session, base)
    assert status == 503
    assert body["status"] == "unavailable"
    assert "9999_future" in body["reason"]
    with closing(sqlite3.connect(tmp_path / "covenant.db")) as connection:
        connection.execute("update alembic_version set version_num = ?", (newest,))
        connection.commit()
    assert (await health(session, base))[0] == 200


async def test_health_can_be_asked_from_anywhere(base: str, session: ClientSession) -> None:
    headers = {"Host": "covenant.example.gov.uk", "Sec-Fetch-Site": "cross-site"}
    async with session.get(f"{base}/health", headers=headers) as answer:
        assert answer.status == 200


# Who may come in


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": "localhost.evil.example"},
        {"Host": "8.8.8.8"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_other_sites_are_refused(app: App, manager: Browser, headers: dict[str, str]) -> None:
    answer, text = await manager.get(headers=headers)
    assert answer.status == 403
    assert text.startswith("The local chat ")
    answer, _ = await manager.post("say", {"text": BUST}, headers)
    assert answer.status == 403
    assert await questions(app) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:80"},
        {"Host": "127.0.0.1"},
        {"Host": "[::1]:3978"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_this_machine_by_any_of_its_names_comes_in(manager: Browser, headers: dict[str, str]) -> None:
    answer, _ = await manager.get(headers=headers)
    assert answer.status == 200


async def test_pages_carry_the_headers_that_keep_them_safe(manager: Browser) -> None:
    for path in ("", "/lines"):
        answer, _ = await manager.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_pages_have_no_script_or_style_of_their_own(manager: Browser) -> None:
    page = await manager.page()
    assert [each.get("src") for each in page.select("script")] == ["/static/chat.js"]
    assert not page.select("style, [style], [onclick], [onsubmit]")


@pytest.mark.parametrize(
    "settings",
    [
        Settings(
            mode=Mode.PRODUCTION,
            slack_bot_token=SecretStr("xoxb-made-up"),
            slack_signing_secret=SecretStr("made-up"),
        ),
        Settings(local_chat=False),
    ],
)
async def test_the_chat_is_not_served_in_production_or_when_it_is_off(
    sqlite_database: Database, knowledge: KnowledgeBase, session: ClientSession, settings: Settings
) -> None:
    app = await assemble(settings, sqlite_database, knowledge)
    async with served(app) as base:
        for path in ("/", "/chat/1", "/chat/1/lines", "/static/chat.css"):
            async with session.get(base + path) as answer:
                assert answer.status == 404
        async with session.post(f"{base}/chat/1/say", data={"text": BUST}) as answer:
            assert answer.status == 404
        assert (await health(session, base))[0] == 200


# People


async def test_the_first_page_is_a_contract_managers(app: App, base: str, session: ClientSession) -> None:
    async with session.get(f"{base}/") as answer:
        assert answer.status == 200
        page = BeautifulSoup(await answer.text(), "html.parser")
    current = page.select_one("[aria-current=page] .role")
    assert current is not None
    assert current.get_text().startswith("Contract manager")


@pytest.mark.parametrize("person", ["0", "4711", "99999999999999999999", "9" * 5000])
async def test_nobody_is_found_politely(base: str, session: ClientSession, person: str) -> None:
    async with session.get(f"{base}/chat/{person}") as answer:
        assert answer.status == 404
    async with session.post(f"{base}/chat/{person}/say", data={"text": BUST}) as answer:
        assert answer.status == 404


async def test_numbers_too_large_for_a_record_are_refused_politely_on_either_database(
    database: Database, knowledge: KnowledgeBase, clock: StandingClock, session: ClientSession
) -> None:
    app = await assemble(Settings(), database, knowledge, MovedClock(clock))
    async with database.store() as store:
        await add_accounts(store)
        first = (await store.people.all())[0].id
    for large in ("999999999", "2147483648", "999999999999"):
        async with served(app) as base:
            browser = Browser(session, base, first)
            assert (await Browser(session, base, int(large)).get())[0].status == 404
            assert (await browser.get(f"/lines?after={large}"))[0].status in (200, 400)
            answer, _ = await browser.post("click", {"line": large, "number": "0"})
            assert answer.status in (303, 400)


async def test_somebody_who_has_left_is_not_found_and_that_is_said(
    app: App, manager: Browser, cast: Cast
) -> None:
    async with app.database.store() as store:
        person = await store.people.by_email(cast.manager)
        assert person is not None
        person.active = False
    answer, text = await manager.get()
    assert answer.status == 404
    assert "no such person" in text


async def test_an_empty_directory_says_what_to_do(
    bare_database: Database, knowledge: KnowledgeBase, session: ClientSession, clock: StandingClock
) -> None:
    app = await assemble(Settings(), bare_database, knowledge, MovedClock(clock))
    async with served(app) as base, session.get(f"{base}/") as answer:
        assert answer.status == 503
        assert "covenant setup" in await answer.text()
    await app.close()


# Saying and clicking


async def test_the_same_key_twice_is_one_line_and_one_question(app: App, manager: Browser) -> None:
    for _ in range(2):
        answer, _ = await manager.post("say", {"text": BUST, "key": "0123456789abcdef"})
        assert answer.status == 303
    await asyncio.gather(*(manager.post("say", {"text": BUST, "key": "fedcba9876543210"}) for _ in range(4)))
    page = await manager.page()
    assert [each.get_text() for each in page.select(".said")] == [BUST, BUST]
    assert await questions(app) == [BUST, BUST]


async def test_the_same_click_twice_counts_once(app: App, manager: Browser) -> None:
    await manager.post("say", {"text": BUST})
    button = (await manager.page()).select(".buttons form")[-1]
    data = {str(each["name"]): str(each["value"]) for each in button.select("input")}
    before = len((await manager.page()).select("#log > .line"))
    for _ in range(2):
        answer, _ = await manager.post("click", data)
        assert answer.status in (200, 303)
    after = (await manager.page()).select("#log > .line")
    assert len(after) == before + 1


async def test_another_persons_line_cannot_be_clicked(app: App, manager: Browser, other: Browser) -> None:
    await manager.post("say", {"text": BUST})
    line = (await manager.page()).select("#log > .covenant")[-1]
    number = str(line["id"]).removeprefix("line-")
    before = len((await other.page()).select("#log > .line"))
    answer, _ = await other.post("click", {"line": number, "number": "0"})
    assert answer.status == 303
    assert len((await other.page()).select("#log > .line")) == before
    # And a person's own words hold no button.
    said = (await manager.page()).select("#log > .person")[-1]
    await manager.post("click", {"line": str(said["id"]).removeprefix("line-"), "number": "0"})
    assert len((await manager.page()).select("#log > .person")) == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"line": "1"},
        {"number": "1"},
        {"line": "one", "number": "0"},
        {"line": "1", "number": "0.5"},
        {"line": "", "number": ""},
        {"line": "1e3", "number": "0"},
    ],
)
async def test_a_click_without_numbers_is_a_bad_request(manager: Browser, data: dict[str, str]) -> None:
    answer, text = await manager.post("click", data)
    assert answer.status == 400
    assert "number" in text


@pytest.mark.parametrize(
    ("line", "number"), [("1", "-1"), ("1", "999"), ("-5", "0"), ("99999999999999999999999", "0")]
)
async def test_a_click_on_nothing_does_nothing(manager: Browser, line: str, number: str) -> None:
    await manager.page()
    answer, _ = await manager.post("click", {"line": line, "number": number})
    assert answer.status in (303, 400)
    assert not (await manager.page()).select("#log > .person")


@pytest.mark.parametrize("after", ["0", "x", "", "-1", "9" * 30, "1.5"])
async def test_what_is_new_since_anything_is_answered_or_refused_politely(
    manager: Browser, after: str
) -> None:
    answer, text = await manager.get(f"/lines?after={after}")
    assert answer.status in ((200,) if after == "0" else (200, 400)), text


async def test_the_script_gets_only_what_is_new(manager: Browser) -> None:
    await manager.page()
    _, text = await manager.get("/lines?after=0")
    first = json.loads(text)
    assert [BeautifulSoup(each["html"], "html.parser").select_one("li.covenant") for each in first["lines"]]
    answer, text = await manager.post(
        "say", {"text": BUST, "after": str(first["version"])}, {"X-Requested-With": "fetch"}
    )
    assert answer.status == 200
    news = json.loads(text)
    assert len(news["lines"]) == 2
    assert news["version"] > first["version"]
    _, text = await manager.get(f"/lines?after={news['version']}")
    assert json.loads(text)["lines"] == []


async def test_what_people_write_stays_text_on_the_page(app: App, manager: Browser) -> None:
    nasty = '<script>alert("1")</script><img src=x onerror=alert(1)> {{ 7*7 }} &amp;'
    await manager.post("say", {"text": nasty})
    await manager.post("say", {"text": "ask an expert"})
    answer, text = await manager.post(
        "submit", {"form": json.dumps(ASK_FORM), "question": nasty, "context": "x" * 2001}
    )
    assert answer.status == 200
    for shown in (text, (await manager.get())[1]):
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        page = BeautifulSoup(shown, "html.parser")
        assert nasty in [each.get_text() for each in page.select(".said")]
    field = BeautifulSoup(text, "html.parser").select_one("textarea[name=question]")
    assert field is not None
    assert field.get_text() == nasty


# Forms


@pytest.mark.parametrize(
    "form",
    [
        "",
        "no json",
        "null",
        "[]",
        "{}",
        json.dumps({**ASK_FORM, "fields": "all of them"}),
        json.dumps({**ASK_FORM, "fields": [{"name": "question", "label": "x", "kind": "file"}]}),
        json.dumps({key: value for key, value in ASK_FORM.items() if key != "name"}),
    ],
)
async def test_a_form_that_is_none_is_a_bad_request(app: App, manager: Browser, form: str) -> None:
    answer, text = await manager.post("submit", {"form": form, "question": "Who?"})
    assert answer.status == 400
    assert text == "the form can't be read; open it again"


async def test_a_form_without_its_fields_is_checked_against_the_real_one(app: App, manager: Browser) -> None:
    answer, _ = await manager.post(
        "submit", {"form": json.dumps({**ASK_FORM, "fields": []}), "question": "Who?"}
    )
    assert answer.status == 200
    async with app.database.reading() as store:
        assert await store.experts.get(1) is None


@pytest.mark.parametrize("name", ["experts.request", "no.such.form"])
async def test_a_form_of_somebody_elses_right_is_refused(app: App, manager: Browser, name: str) -> None:
    form = {**ASK_FORM, "name": name, "params": {"request_id": 1}}
    answer, _ = await manager.post("submit", {"form": json.dumps(form), "question": "x", "answer": "Forged"})
    assert answer.status == 303
    page = await manager.page()
    assert "Nothing was changed" in page.get_text() or "nothing was changed" in page.get_text()


async def test_a_field_too_long_keeps_what_was_typed_and_says_so(app: App, manager: Browser) -> None:
    long = "why " * 600
    answer, text = await manager.post(
        "submit", {"form": json.dumps(ASK_FORM), "question": long, "context": "kept"}
    )
    assert answer.status == 200
    page = BeautifulSoup(text, "html.parser")
    error = page.select_one("#error-question")
    field = page.select_one("#field-question")
    assert error is not None
    assert field is not None
    assert "Use 2,000 characters or fewer" in error.get_text()
    assert field.get_text() == long
    assert field["aria-invalid"] == "true"
    assert "error-question" in str(field["aria-describedby"]).split()
    context = page.select_one("#field-context")
    assert context is not None
    assert context.get_text() == "kept"
    summary = page.select_one(".summary a[href='#field-question']")
    assert summary is not None
    async with app.database.reading() as store:
        assert await store.experts.get(1) is None


async def test_a_form_can_be_left(app: App, manager: Browser) -> None:
    answer, _ = await manager.post(
        "submit", {"form": json.dumps(ASK_FORM), "question": "Who?", "cancel": "1"}
    )
    assert answer.status == 303
    async with app.database.reading() as store:
        assert await store.experts.get(1) is None


async def test_more_than_the_page_takes_is_refused(app: App, manager: Browser) -> None:
    answer, _ = await manager.post("say", {"text": "x" * 600_000})
    assert answer.status == 413
    assert await questions(app) == []


# The clock


async def test_the_clock_goes_forward_by_a_day_a_week_and_to_a_date(manager: Browser) -> None:
    assert await manager.today() == "Tuesday 24 November 2026"
    assert (await manager.post("clock", {"by": "day", "to": ""}))[0].status == 303
    assert await manager.today() == "Wednesday 25 November 2026"
    await manager.post("clock", {"by": "week", "to": ""})
    assert await manager.today() == "Wednesday 2 December 2026"
    await manager.post("clock", {"by": "date", "to": "2027-03-28"})
    assert await manager.today() == "Sunday 28 March 2027"


@pytest.mark.parametrize(
    "to", ["2026-11-23", "2026-11-24", "1999-01-01", "2036-01-01", "9999-12-31", "0001-01-01", "soon", ""]
)
async def test_the_clock_never_goes_back_or_too_far(manager: Browser, to: str) -> None:
    answer, text = await manager.post("clock", {"by": "date", "to": to})
    assert answer.status == 400
    assert "Choose a date after today" in text
    assert await manager.today() == "Tuesday 24 November 2026"


async def test_a_date_means_nine_in_the_morning_there_also_in_summer_time(app: App, manager: Browser) -> None:
    await manager.post("clock", {"by": "date", "to": "2027-06-01"})
    assert app.clock.now() == datetime(2027, 6, 1, 8, tzinfo=UTC)


async def test_the_clock_stays_moved_after_a_new_start(
    app: App, manager: Browser, knowledge: KnowledgeBase
) -> None:
    await manager.post("clock", {"by": "week", "to": ""})
    again = await assemble(Settings(), app.database, knowledge)
    assert isinstance(again.clock, MovedClock)
    assert again.clock.offset == timedelta(days=7)


async def test_messages_carry_the_moved_time(app: App, manager: Browser) -> None:
    await manager.post("clock", {"by": "week", "to": ""})
    await manager.post("say", {"text": BUST})
    async with app.database.reading() as store:
        (question,) = await store.questions.latest()
        lines = await store.local_chat.since(f"person-{manager.person}", 0)
    assert question.asked_at == app.clock.now()
    assert {line.at for line in lines if line.author is Author.PERSON} == {app.clock.now()}


# A database that is away


@pytest.mark.parametrize("gone", ["removed", "a folder"])
async def test_with_the_database_away_the_page_says_so_plainly(
    app: App, manager: Browser, session: ClientSession, tmp_path: Path, gone: str
) -> None:
    path = tmp_path / "covenant.db"
    await manager.page()
    await app.database.close()
    _take_away(path, folder=gone == "a folder")
    for answer, text in (
        await manager.get(),
        await manager.get("/lines"),
        await manager.post("say", {"text": BUST}),
        await manager.post("clock", {"by": "day"}),
    ):
        assert answer.status == 503
        assert "can't reach its records" in text
        assert "Traceback" not in text
        assert "sqlite" not in text
        assert answer.headers["Retry-After"] == "30"
    assert (await health(session, manager.base))[0] == 503
    await app.database.close()
    _bring_back(path)
    assert (await manager.post("say", {"text": BUST}))[0].status == 303
    assert await questions(app) == [BUST]
    assert await manager.today() == "Tuesday 24 November 2026"


def _take_away(path: Path, *, folder: bool) -> None:
    path.rename(path.with_suffix(".away"))
    if folder:
        path.mkdir()


def _bring_back(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    for each in ("-wal", "-shm"):
        path.with_name(path.name + each).unlink(missing_ok=True)
    path.with_suffix(".away").rename(path)


async def test_the_page_says_that_all_sending_is_paused(app: App, manager: Browser) -> None:
    assert "All sending is paused" not in (await manager.page()).get_text()
    async with app.database.store() as store:
        await store.holds.put(EVERYTHING, app.clock.now())
    assert "All sending is paused" in (await manager.page()).get_text()


async def test_a_message_is_shown_as_slack_and_as_teams(manager: Browser, other: Browser) -> None:
    await manager.post("say", {"text": "our contractor has gone bust what now"})
    link = (await manager.page()).select("#log > .covenant a.both")[-1]
    path = str(link["href"]).removeprefix(f"/chat/{manager.person}")
    answer, text = await manager.get(path)
    assert answer.status == 200
    page = BeautifulSoup(text, "html.parser")
    slack, teams = (each.get_text(" ", strip=True) for each in page.select(".pair section"))
    for shown in (slack, teams):
        assert "Ask an expert" in shown
        assert "Was this helpful?" in shown
    answer, _ = await other.get(path)
    assert answer.status == 404
