"""Commands about the knowledge base: check its files, and measure how well questions are answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.app import open_knowledge
from bot.settings import read_settings
from knowledge.evaluate import evaluate
from knowledge.library import ARTICLES, Library

app = typer.Typer(help="The knowledge base.", no_args_is_help=True)


@app.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="The folder of articles.")] = ARTICLES,
) -> None:
    """Read every article strictly; each mistake is named with file, line and what to do."""
    library = Library.load(folder)
    typer.echo(f"{len(library)} articles are in order.")


@app.command("evaluate")
def evaluate_command(
    file: Annotated[Path, typer.Argument(help="Questions as JSON lines.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as one JSON object.")] = False,
) -> None:
    """Measure the answers to questions whose right answer is known, overall and by kind."""
    lines = list(_lines(file))
    services, _ = open_knowledge(read_settings())
    report = evaluate(services.answerer, lines).to_json()
    if as_json:
        typer.echo(json.dumps(report, indent=2))
        return
    for kind, measures in {"overall": report["overall"], **report["by_kind"]}.items():
        typer.echo(f"{kind}:")
        for name, value in measures.items():
            typer.echo(f"  {name}: {'none' if value is None else value}")


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"{file} can't be read: {error}", err=True)
        raise typer.Exit(2) from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
        except ValueError:
            question = None
        if not isinstance(question, dict) or not isinstance(question.get("text"), str):
            typer.echo(f'{file}:{number}: is not a question; write {{"text": …, "expected": …}}', err=True)
            raise typer.Exit(2)
        yield question
