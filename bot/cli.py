"""The command line: `covenant serve | setup | chat | ask | check | outbox | import | knowledge | programme | migrate`."""

from __future__ import annotations

import logging
import sys

import typer

from bot.commands import data, export, knowledge, manifests, nudges, outbox, talk, upkeep
from bot.settings import SettingsProblem
from knowledge.library import LibraryError
from storage.database import DatabaseProblem
from storage.plan import PlanError
from storage.programme import PlanMissing

app = typer.Typer(
    name="covenant",
    help="A chat assistant for contract management.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(talk.serve)
app.command("chat")(talk.chat)
app.command("ask")(talk.ask)
app.command("setup")(upkeep.setup)
app.command("migrate")(upkeep.migrate_database)
app.command("check")(upkeep.check)
app.command("outbox")(outbox.outbox)
app.command("nudges")(nudges.nudges)
app.add_typer(data.importing, name="import")
app.add_typer(export.exporting, name="export")
app.add_typer(data.programme, name="programme")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(manifests.app, name="manifest")

# 1 is "the check or import found problems", 2 is "used wrongly", these are for what stops any command.
EXIT_SETTINGS, EXIT_DATABASE, EXIT_CONTENT = 3, 4, 5


def main() -> None:
    """Run a command. Every known trouble is a plain sentence and an exit code, never a traceback."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        app()
    except SettingsProblem as problem:
        _stop("The settings can't be used:", problem.problems, EXIT_SETTINGS)
    except DatabaseProblem as problem:
        _stop("The database can't be used:", [str(problem)], EXIT_DATABASE)
    except LibraryError as problem:
        _stop("The knowledge base can't be loaded:", [str(each) for each in problem.problems], EXIT_CONTENT)
    except (PlanError, PlanMissing) as problem:
        _stop("The improvement plan can't be loaded:", [str(problem)], EXIT_CONTENT)


def _stop(title: str, problems: list[str], code: int) -> None:
    typer.echo("\n".join([title, *(f"- {each}" for each in problems)]), err=True)
    raise SystemExit(code)
