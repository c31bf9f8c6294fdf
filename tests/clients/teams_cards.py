"""Check the cards of Teams with Microsoft's schema and renderer: `python -m tests.clients.teams_cards FOLDER [MESSAGES]`.

FOLDER is where `npm ci` was run with the package.json beside this file, and where the package that schema.txt
names was unpacked. MESSAGES is a file of messages that
the tests have kept: `pytest --keep-messages FILE`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bot.platforms.teams.render import cards_of
from bot.platforms.teams.responses import sent_card, wrong_card
from handlers.articles.shown import Reader, opening_of, whole_of
from handlers.conversation.message import Message, from_json
from knowledge.library import Library
from tests.platforms.teams.samples import FILLED, HOSTILE, MESSAGES, WRONG

_CHECKER = Path(__file__).with_name("check_cards.mjs")
_SCHEMA = "schema/adaptive_cards/schemas/schema-1.5.json"


def corpus(kept: Path | None) -> Iterator[tuple[str, Message]]:
    """Every block in every shape, every article as it is shown, and what Covenant has said in the tests."""
    yield from MESSAGES.items()
    reader = Reader(date(2026, 11, 24), frozenset({"Gold"}))
    library = Library.load()
    for article in library:
        yield f"opening of {article.slug}", opening_of(article, reader)
        yield f"whole of {article.slug}", whole_of(article, reader)
    lines = dict.fromkeys(kept.read_text(encoding="utf-8").splitlines()) if kept else {}
    for number, line in enumerate(lines, 1):
        yield f"said in the tests {number}", from_json(line)


def cards(kept: Path | None) -> list[dict[str, Any]]:
    """The corpus as named cards."""
    named: list[dict[str, Any]] = [
        {"name": f"{name} {number}", "card": card}
        for name, message in corpus(kept)
        for number, card in enumerate(cards_of(message), 1)
    ]
    named.append({"name": "form with errors", "card": wrong_card(FILLED, WRONG)})
    named.append({"name": "form as sent", "card": sent_card(FILLED)})
    return named


def check(folder: Path, kept: Path | None) -> list[str]:
    """What is wrong, a line for each finding."""
    run = subprocess.run(  # noqa: S603  # our own script
        ["node", str(_CHECKER), str(folder / _SCHEMA)],  # noqa: S607  # node as the path has it
        input=json.dumps(cards(kept)),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NODE_PATH": str(folder / "node_modules")},
    )
    if not run.stdout:
        return [run.stderr]
    found = [json.loads(line) for line in run.stdout.splitlines()]
    problems = [f"{each['name']}: {problem}" for each in found for problem in each["problems"]]
    for each in found:
        problems += _interpreted(each)
    print(f"{len(found)} cards rendered, {len(problems)} problems")  # noqa: T201
    return problems


def _interpreted(shown: Mapping[str, Any]) -> list[str]:
    """What a user typed must be there as typed, and must have become nothing else."""
    if not shown["name"].startswith("hostile"):
        return []
    problems = [f"{shown['name']}: {each}" for each in (*shown["emphasis"], *shown["links"])]
    text = shown["text"].replace(" ", "")
    missing = [each for each in HOSTILE if "".join(each.split()) not in text]
    problems += [f"{shown['name']}: {each!r} is not shown as it was typed" for each in missing]
    return problems


if __name__ == "__main__":
    findings = check(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    for finding in findings:
        print(finding)  # noqa: T201
    sys.exit(bool(findings))
