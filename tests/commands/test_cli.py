"""The command line, through the program that is installed: what it prints, keeps and answers to the shell."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from storage.experts import ExpertRequest
from storage.migrate import migrate
from tests.conftest import NOW, SAMPLE
from tests.forked import run_program
from tests.storage.import_desk import contract, person, written

PROGRAM = Path(sys.executable).parent / "covenant"
MANAGER = "priya.nair@example.gov.uk"
LEAD = "helen.marlowe@example.gov.uk"
BUST = "our contractor has gone bust what now"


@dataclass(frozen=True, slots=True)
class Run:
    """What a command answered."""

    code: int
    out: str
    err: str


class Shell:
    """A shell in a folder of its own, with a database of its own."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.database = folder / "covenant.db"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COVENANT_")},
            "COVENANT_DATABASE_URL": f"sqlite:///{self.database}",
            "COVENANT_CACHE_DIR": str(cache),
            # Found by words alone, the index is built in a moment.
            "COVENANT_MODEL_PATH": str(folder / "no-model"),
            "PYTHONIOENCODING": "utf-8",
            "COLUMNS": "200",
        }

    def run(self, *words: str, typed: Sequence[str] = (), code: int | None = 0, **settings: str) -> Run:
        files = tuple(self.folder / f"standard-{name}" for name in ("input", "output", "error"))
        files[0].write_text("".join(f"{line}\n" for line in typed), encoding="utf-8")
        ended = run_program(words, folder=self.folder, environment=self.environment | settings, files=files)
        run = Run(ended, files[1].read_text(encoding="utf-8"), files[2].read_text(encoding="utf-8"))
        assert code is None or run.code == code, run
        assert "Traceback" not in run.err
        return run

    def select(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute(statement)
            connection.commit()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Run]:
    """An installation that was set up once for all these tests, and what set-up said."""
    folder = tmp_path_factory.mktemp("prepared")
    shell = Shell(folder, folder / "cache")
    return shell, shell.run("setup")


@pytest.fixture
def shell(prepared: tuple[Shell, Run], tmp_path: Path) -> Shell:
    """A shell on a copy of the installation."""
    ready, _ = prepared
    shutil.copy(ready.database, tmp_path)
    return Shell(tmp_path, ready.folder / "cache")


@pytest.fixture
def bare(prepared: tuple[Shell, Run], tmp_path: Path) -> Shell:
    """A shell where nothing is set up."""
    return Shell(tmp_path, prepared[0].folder / "cache")


# Setting up and checking


def test_set_up_makes_everything_and_again_keeps_the_data(prepared: tuple[Shell, Run], shell: Shell) -> None:
    first = prepared[1]
    for line in ("29 actions and 9 duties", "40 people and 120 contracts", "100 articles"):
        assert line in first.out
    shell.change("update people set name = 'Priya Kept' where email = 'priya.nair@example.gov.uk'")
    shell.change("update actions set status = 'complete' where id = 'W1-01'")
    again = shell.run("setup")
    assert "people" not in again.out
    assert "actions" not in again.out
    assert shell.select("select name from people where email = 'priya.nair@example.gov.uk'") == [
        ("Priya Kept",)
    ]
    assert shell.select("select status from actions where id = 'W1-01'") == [("complete",)]
    assert shell.select("select count(*) from people") == [(40,)]
    assert shell.select("select count(*) from accounts") == [(40,)]


def test_check_says_that_all_is_well(shell: Shell) -> None:
    lines = shell.run("check").out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 6
    assert "40 people" in "\n".join(lines)


async def _migrate(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    await migrate(database)
    await database.close()


def test_an_empty_installation_is_told_what_is_missing(bare: Shell) -> None:
    asyncio.run(_migrate(bare.database))
    run = bare.run("check", code=1)
    problems = [line for line in run.out.splitlines() if line.startswith("problem")]
    assert len(problems) == 2
    assert "covenant import people FILE" in problems[0]
    assert "covenant setup" in problems[1]
    # No plan is loaded yet, so there is nothing to date.
    start = bare.run("programme", "start", "2026-05", code=5)
    assert "covenant setup" in start.err


def test_a_missing_database_is_told(bare: Shell) -> None:
    run = bare.run("chat", code=4)
    assert "Run 'covenant setup'" in run.err
    assert not bare.database.exists()


def test_an_unknown_migration_stops_every_command_and_nothing_is_changed(shell: Shell) -> None:
    shell.change("update alembic_version set version_num = '9999_future'")
    before = shell.database.read_bytes()
    run = shell.run("setup", code=4)
    assert run.err.startswith("The database can't be used:\n- The database (")
    assert "9999_future" in run.err
    assert shell.database.read_bytes() == before


def test_a_locked_database_is_told(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.database, isolation_level=None)) as other:
        other.execute("begin immediate")
        run = shell.run("programme", "start", "2026-05", code=4)
    assert "locked by another program" in run.err


# Asking


def test_ask_as_json_is_one_object_with_its_six_names(bare: Shell) -> None:
    found = json.loads(bare.run("ask", BUST, "--json").out)
    assert list(found) == ["verdict", "article", "choices", "skill", "confidence", "elapsed_ms"]
    assert (found["verdict"], found["article"], found["skill"]) == ("answer", "supplier-insolvency", None)
    assert all(isinstance(each, str) for each in found["choices"])
    assert 0 < found["confidence"] <= 1
    assert found["elapsed_ms"] > 0
    assert not bare.database.exists()


def test_ask_explains_why_this_answer(bare: Shell) -> None:
    out = bare.run("ask", "our suplier has gone bust, what do I do?", "--explain").out
    assert "Verdict: answer" in out
    assert "suplier read as supplier" in out
    for told in ("Chance of being in scope", "Thresholds: sure", "Candidates", "letters"):
        assert told in out


def test_ask_as_somebody_answers_in_words_and_keeps_the_question(shell: Shell) -> None:
    run = shell.run("ask", BUST, "--as", MANAGER)
    assert "IF A SUPPLIER BECOMES INSOLVENT" in run.out
    assert "1. Read the rest" in run.out
    query = "select q.text, p.email from questions q join people p on p.id = q.person_id"
    assert shell.select(query) == [(BUST, MANAGER)]


def test_ask_as_somebody_is_not_passed_over_with_json(shell: Shell) -> None:
    run = shell.run("ask", BUST, "--as", MANAGER, "--json", code=None)
    kept = shell.select("select text from questions") == [(BUST,)]
    assert kept or run.code == 2


# Data


def test_a_dry_run_reports_and_changes_nothing_and_the_import_then_does(shell: Shell) -> None:
    file = shell.folder / "people.csv"
    known = (SAMPLE / "people.csv").read_bytes().replace(b"Care at Home", b"Homes")
    new = written([person("Ann Lee", business_unit="Adult Social Care")]).splitlines(keepends=True)[1]
    file.write_bytes(known + new)
    dry = shell.run("import", "people", str(file), "--dry-run")
    assert dry.out.startswith(
        "Nothing was changed, this was a dry run. It would give: 1 people added, 2 updated, 38 unchanged"
    )
    assert shell.select("select count(*) from people") == [(40,)]
    done = shell.run("import", "people", str(file))
    assert done.out.startswith("Imported: 1 people added, 2 updated, 38 unchanged")
    assert dry.out.splitlines()[1:] == done.out.splitlines()[1:]
    assert shell.select("select count(*) from people") == [(41,)]
    # A new person can chat at once.
    assert shell.select("select count(*) from accounts") == [(41,)]


def test_who_has_left_is_told_to_those_who_hand_their_contracts_over(shell: Shell) -> None:
    file = shell.folder / "people.csv"
    rows = (SAMPLE / "people.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    remaining = "".join(row for row in rows if not row.startswith(MANAGER)).replace(MANAGER, "")
    file.write_text(remaining, encoding="utf-8")
    dry = shell.run("import", "people", str(file), "--everybody", "--dry-run")
    assert f"(recorded as having left): {MANAGER}" in dry.out
    left = "select active from people where email = 'priya.nair@example.gov.uk'"
    told = "select message from deliveries where cause = 'leaver'"
    assert shell.select(left) == [(1,)]
    assert shell.select(told) == []
    shell.run("import", "people", str(file), "--everybody")
    assert shell.select(left) == [(0,)]
    messages = [message for (message,) in shell.select(told)]
    assert len(messages) == 1
    assert "Priya Nair has left the council" in messages[0]
    assert "Hand over CMA-2031" in messages[0]


def test_a_bad_file_lists_line_column_and_reason_and_changes_nothing(shell: Shell) -> None:
    file = shell.folder / "contracts.csv"
    file.write_bytes(
        written(
            [
                contract("C-1", business_unit="Adult Social Care"),
                contract("C-2", business_unit="Adult Social Care", tier="Diamond"),
                contract(
                    "C-3", business_unit="Adult Social Care", ends="31/02/2027", manager="who@example.gov.uk"
                ),
            ]
        )
    )
    run = shell.run("import", "contracts", str(file), code=1)
    lines = run.out.splitlines()
    assert lines[0] == f"{file}: 3 problems. Nothing was imported. Mend them and try again."
    assert sorted(line.split(": ")[0] for line in lines[1:]) == [
        "- line 3, tier",
        "- line 4, ends",
        "- line 4, manager",
    ]
    assert all(len(line.split(": ", 1)[1]) > 10 for line in lines[1:])
    assert shell.select("select count(*) from contracts") == [(120,)]


def test_a_file_that_is_not_there_is_one_problem_in_plain_words(shell: Shell) -> None:
    run = shell.run("import", "people", "none.csv", code=1)
    assert "1 problem. Nothing was imported." in run.out
    assert "There is no file none.csv." in run.out
    assert ", :" not in run.out


def test_the_programmes_start_is_confirmed_and_noted(shell: Shell) -> None:
    run = shell.run("programme", "start", "2027-01")
    assert run.out == "The programme starts in January 2027. The original months are kept.\n"
    assert shell.select("select start, original_start from programme") == [("2027-01", "2017-06")]
    assert shell.select("select act from audit order by id desc limit 1") == [("confirm start month",)]


def test_reminders_are_listed_before_they_are_sent_in_words_and_as_json(shell: Shell) -> None:
    between = ("nudges", "--from", "2027-03-01", "--to", "2027-03-31")
    words = shell.run(*between)
    assert "Priya Nair" in words.out
    assert words.out.splitlines()[-1].endswith("from 2027-03-01 to 2027-03-31. Nothing was sent.")
    listed = json.loads(shell.run(*between, "--json").out)
    assert words.out.splitlines()[-1].startswith(f"{len(listed)} messages to ")
    assert {"person", "day", "hour", "lines"} == set(listed[0])
    assert all("2027-03-01" <= each["day"] <= "2027-03-31" for each in listed)
    assert listed[0]["lines"][0]["subject"]
    assert shell.select("select count(*) from deliveries") == [(0,)]
    assert "must be between" in shell.run("nudges", "--to", "2020-01-01", code=2).err
    assert "write it as 2026-05-31" in shell.run("nudges", "--from", "soon", code=2).err


def test_scorecards_are_written_for_one_business_unit(shell: Shell) -> None:
    shell.run("export", "scorecards", "--unit", "Public Health", "--out", "cards.csv")
    written = (shell.folder / "cards.csv").read_text(encoding="utf-8-sig")
    assert "open_risk_follow_ups" in written.splitlines()[0]
    assert "Public Health" in written
    assert "Adult Social Care" not in written
    told = shell.run("export", "scorecards", "--unit", "Narnia", "--out", "cards.csv", code=2)
    assert "There is no Business Unit 'Narnia'" in told.err


def test_briefings_are_written_with_who_took_them_up_by_business_unit(shell: Shell) -> None:
    empty = shell.run("export", "briefings", "--out", "none.csv")
    assert empty.out == "Written to none.csv.\n"
    assert len((shell.folder / "none.csv").read_text(encoding="utf-8-sig").splitlines()) == 1
    shell.run("chat", "--as", MANAGER, typed=["join the community", "quit"])
    plan = ["1", "=Exit plans", "12 January 2030", "2pm", "60", "Room 4", "", "", "For all.", "."]
    planned = shell.run("chat", "--as", LEAD, typed=["plan a briefing", *plan, "announce briefing 1", "quit"])
    assert "is announced to 1 person" in planned.out
    shell.run("chat", "--as", MANAGER, typed=["sign up for briefing 1", "quit"])
    shell.run("export", "briefings", "--out", "briefings.csv")
    head, row = (shell.folder / "briefings.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("number,kind,title,starts,business_unit,offered,signed_up,waiting,attended")
    assert row == "1,briefing,'=Exit plans,2030-01-12 14:00,Adult Social Care,1,1,0,0,no"
    told = shell.run("export", "briefings", "--out", "no/such/folder/briefings.csv", code=1)
    assert "can't be written" in told.err


def test_a_broadcast_is_written_once_it_was_sent(shell: Shell) -> None:
    told = shell.run("export", "broadcast", "1", "--out", "sent.csv", code=2)
    assert "There is no broadcast 1 that was sent." in told.err
    words = ["new broadcast", "Drop-in", "Come.", ".", "", "", "Send it", "Send to 40 people", "quit"]
    sent = shell.run("chat", "--as", LEAD, typed=words)
    assert "Scheduled: 'Drop-in' goes out on" in sent.out
    shell.run("export", "broadcast", "1", "--out", "sent.csv")
    written = (shell.folder / "sent.csv").read_text(encoding="utf-8-sig")
    assert written.splitlines() == ["name,email,state,reason,platform,sent_at"]
    last = shell.select("select act, subject from audit order by id desc limit 1")
    assert last == [("export broadcast", "broadcast:1")]


def test_a_start_at_the_end_of_time_is_refused_in_plain_words(shell: Shell) -> None:
    assert "month" in shell.run("programme", "start", "9999-12", code=2).err
    assert shell.select("select count(*) from programme where start = '9999-12'") == [(0,)]


# Knowledge


def test_articles_changed_in_chat_are_written_as_files_to_be_reviewed(shell: Shell) -> None:
    none = shell.run("knowledge", "export", "articles")
    assert none.out == "0 articles written.\n"
    words = ["mark reviewed supplier-insolvency", "1 May 2031", "quit"]
    done = shell.run("chat", "--as", LEAD, typed=words)
    assert "Review it again by 1 May 2031" in done.out
    run = shell.run("knowledge", "export", "articles")
    assert run.out.splitlines()[-1] == "1 articles written."
    (file,) = shell.folder.glob("articles/*/*.md")
    assert file.name == "supplier-insolvency.md"
    assert "next_review: 2031-05-01" in file.read_text(encoding="utf-8")


def test_the_srm_lead_hears_which_articles_a_leaver_kept_right(shell: Shell) -> None:
    words = ["mark reviewed supplier-insolvency", "1 May 2031", "quit"]
    shell.run("chat", "--as", LEAD, typed=words)
    shell.change(
        "update article_versions set text = "
        "replace(text, 'owner: ', 'owner_email: priya.nair@example.gov.uk' || char(10) || 'owner: ')"
    )
    file = shell.folder / "people.csv"
    rows = (SAMPLE / "people.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    remaining = "".join(row for row in rows if not row.startswith(MANAGER)).replace(MANAGER, "")
    file.write_text(remaining, encoding="utf-8")
    shell.run("import", "people", str(file), "--everybody")
    told = shell.select("select message from deliveries where key like 'left:%:articles:%'")
    assert len(told) == 1
    assert "was the owner of 1 article" in told[0][0]
    assert "Change article supplier-insolvency" in told[0][0]


def test_a_broken_article_is_named_with_file_and_line(bare: Shell) -> None:
    article = bare.folder / "articles" / "governance" / "broken.md"
    article.parent.mkdir(parents=True)
    article.write_text("---\nslug: broken\ntitle: Broken\ncolour: red\n---\nText.\n", encoding="utf-8")
    run = bare.run("knowledge", "check", "articles", code=5)
    assert run.err.startswith("The knowledge base can't be loaded:\n- articles/governance/broken.md:")
    assert run.out == ""


def test_questions_with_known_answers_are_measured(bare: Shell) -> None:
    lines = [
        {"text": BUST, "expected": "supplier-insolvency", "kind": "plain", "intent": "kb"},
        {"text": "If a supplier becomes insolvent", "expected": "supplier-insolvency", "kind": "plain"},
        {"text": "zebra migration patterns", "expected": None, "kind": "odd", "intent": "out_of_scope"},
    ]
    file = bare.folder / "questions.jsonl"
    file.write_text("\n\n".join(json.dumps(each) for each in lines), encoding="utf-8")
    report = json.loads(bare.run("knowledge", "evaluate", str(file), "--json").out)
    assert set(report["by_kind"]) == {"plain", "odd"}
    overall, plain, odd = report["overall"], report["by_kind"]["plain"], report["by_kind"]["odd"]
    assert (overall["questions"], overall["in_scope"], overall["out_of_scope"]) == (3, 2, 1)
    assert (plain["top1_strict"], plain["top3_lenient"], plain["mrr10"], plain["answered"]) == (1, 1, 1, 1)
    assert (plain["wrong_as_sure"], odd["out_of_scope_refused"], odd["top1_strict"]) == (0, 1, None)


# Serving


def test_serve_prints_its_address_last_answers_and_stops_when_told(shell: Shell) -> None:
    with subprocess.Popen(  # noqa: S603  # our own program
        [PROGRAM, "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=shell.folder,
        env=shell.environment | {"COVENANT_PORT": "0"},
    ) as process:
        assert process.stdout is not None
        address = next(line.strip() for line in process.stdout if line.startswith("http://"))
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        assert answer.status == 200
        assert json.load(answer)["status"] == "ok"
        connection.close()
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "")
    assert "Traceback" not in errors


def test_a_port_in_use_is_told_with_the_way_out(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = shell.run("serve", code=3, COVENANT_PORT=str(port))
    assert f"Port {port} on 127.0.0.1 can't be used" in run.err
    assert "COVENANT_PORT" in run.err
    assert run.out == ""


# The terminal chat


def test_a_conversation_in_the_terminal(shell: Shell) -> None:
    run = shell.run(
        "chat",
        "--as",
        MANAGER,
        typed=[
            "ask an expert",
            "cancel",
            "ask an expert",
            "",
            ".",
            "",
            "",
            "Who keeps the bond?",
            "and where?",
            ".",
            "",
            "",
            BUST,
            "1",
            "quit",
            "never read",
        ],
    )
    assert run.out.startswith("You are Priya Nair. Type 'quit' to leave.")
    steps = [
        "Hello Priya. I am Covenant",
        "ASK AN EXPERT (type 'cancel' to leave it)",
        "Cancelled. Nothing was sent.",
        "There is a problem:\nEnter your question",
        "Your question has gone to Helen Marlowe as request 1.",
        "IF A SUPPLIER BECOMES INSOLVENT",
        "1. Read the rest",
        "WHO TO ASK",
    ]
    at = -1
    for step in steps:
        at = run.out.find(step, at + 1)
        assert at >= 0, f"{step!r} is not next in\n{run.out}"
    assert "never read" not in run.out
    assert shell.select("select question, context from expert_requests") == [
        ("Who keeps the bond?\nand where?", "")
    ]


async def _request(database: Path, question: str) -> None:
    opened = Database(f"sqlite:///{database}")
    async with opened.store() as store:
        asker = await store.people.by_email(MANAGER)
        assert asker is not None
        await store.experts.add(
            ExpertRequest(asked_at=NOW, asker_id=asker.id, question=question, context=question)
        )
    await opened.close()


def test_what_somebody_wrote_cannot_steer_the_readers_terminal(shell: Shell) -> None:
    asyncio.run(_request(shell.database, "red \x1b[31m bell \x07 clear \x9b2J back \x08\x08 line \r over"))
    run = shell.run(
        "chat",
        "--as",
        LEAD,
        typed=["expert questions", "1", "Use \x1b[32mthis.", ".", "ask an expert", "Who"],
    )
    assert "ANSWER REQUEST 1" in run.out
    assert "[31m bell" in run.out
    assert "Request 1 is answered" in run.out
    steering = {each for each in run.out if not each.isprintable()} - {"\n"}
    assert steering == set()
    # The end of input leaves the form and the chat.
    assert run.out.rstrip().endswith("Cancelled. Nothing was sent.\n\n>")
    assert shell.select("select count(*) from expert_requests") == [(1,)]
