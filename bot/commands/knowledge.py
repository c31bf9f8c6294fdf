"""Commands about the knowledge base: check it, measure it, calibrate it, add a Business Unit's local note."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from bot.app import open_database
from bot.knowledge_base import Overlay, open_knowledge, overlay_of
from bot.settings import Settings, read_settings
from knowledge.answer import Verdict
from knowledge.article import source_file
from knowledge.calibrate import calibrate
from knowledge.calibrate import write as write_judgements
from knowledge.check import check as check_articles
from knowledge.evaluate import evaluate
from knowledge.judgement import CALIBRATION
from knowledge.library import ARTICLES, Library
from storage.migrate import require_current

_CALIBRATION = Path(str(resources.files("knowledge").joinpath(CALIBRATION)))

app = typer.Typer(help="The knowledge base.", no_args_is_help=True)


@app.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="The folder of articles.")] = ARTICLES,
) -> None:
    """Read every article strictly, and look for what is wrong with the base as a whole."""
    settings = read_settings()
    services = open_knowledge(settings, folder).services

    def answered_by(question: str) -> str | None:
        found = services.answerer.answer(question)
        return found.article if found.verdict is Verdict.ANSWER else None

    today = datetime.now(settings.zone).date()
    findings = check_articles(list(services.library), today, answered_by)
    for finding in findings:
        typer.echo(f"{finding.slug}: {finding.problem}")
    typer.echo(f"{len(services.library)} articles, {len(findings)} findings.")
    if findings:
        raise typer.Exit(1)


@app.command("evaluate")
def evaluate_command(
    file: Annotated[Path, typer.Argument(help="Questions as JSON lines.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as one JSON object.")] = False,
) -> None:
    """Measure the answers to questions whose right answer is known, overall and by kind."""
    lines = list(_lines(file))
    report = evaluate(open_knowledge(read_settings()).services.answerer, lines).to_json()
    if as_json:
        typer.echo(json.dumps(report, indent=2))
        return
    for kind, measures in {"overall": report["overall"], **report["by_kind"]}.items():
        typer.echo(f"{kind}:")
        for name, value in measures.items():
            typer.echo(f"  {name}: {'none' if value is None else value}")


@app.command("calibrate")
def calibrate_command(
    file: Annotated[Path, typer.Argument(help="Where to write the limits.")] = _CALIBRATION,
) -> None:
    """Fit confidence and limits anew to the articles. Takes some minutes; repeat it after changing many."""
    knowledge = open_knowledge(read_settings())
    if knowledge.model is None:
        typer.echo(f"The limits with the model need it: {knowledge.without_model}", err=True)
        raise typer.Exit(1)
    articles = list(knowledge.services.library)
    # A cache of its own: vectors differ in the last places with what else was encoded beside them, and a repeated
    # calibration must write the same file.
    with Progress(console=Console(stderr=True), transient=True) as bar, TemporaryDirectory() as folder:
        task = bar.add_task("Calibrating with the model", total=2)
        with_model = calibrate(articles, model=knowledge.model, cache_dir=Path(folder))
        bar.update(task, advance=1, description="Calibrating without it")
        without_model = calibrate(articles, model=None)
        bar.update(task, advance=1)
    write_judgements(file, with_model=with_model, without_model=without_model)
    typer.echo(f"Written to {file}.")


@app.command("export")
def export(
    folder: Annotated[
        Path, typer.Argument(help="Where to write; the articles' own folder by default.")
    ] = ARTICLES,
) -> None:
    """Write the articles made or changed in chat as Markdown files, to be reviewed like code."""
    settings = read_settings()
    overlay = asyncio.run(_overlay(settings))
    before = Library.load(ARTICLES)
    after = before.overlaid(overlay.articles, overlay.questions)
    changed = [each for each in after if each != before.get(each.slug)]
    for article in changed:
        path = folder / article.about.workstream / f"{article.slug}.md"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source_file(article), encoding="utf-8")
        except OSError as error:
            typer.echo(f"{path} can't be written: {error.strerror}", err=True)
            raise typer.Exit(2) from error
        typer.echo(str(path))
    typer.echo(f"{len(changed)} articles written.")


async def _overlay(settings: Settings) -> Overlay:
    database = open_database(settings)
    try:
        await require_current(database)
        return await overlay_of(database)
    finally:
        await database.close()


@app.command("note")
def note(
    unit: Annotated[str, typer.Argument(help="The Business Unit or Service Area.")],
    article: Annotated[str, typer.Argument(help="The slug of the article.")],
    file: Annotated[
        Path | None, typer.Argument(help="The note as Markdown; leave it out to remove it.")
    ] = None,
) -> None:
    """Add, replace or remove a Business Unit's local note on an article."""
    settings = read_settings()
    if open_knowledge(settings).services.library.get(article) is None:
        typer.echo(f"No article has the slug '{article}'.", err=True)
        raise typer.Exit(2)
    text = None
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            typer.echo(f"{file} can't be read: {error}", err=True)
            raise typer.Exit(2) from error
    if not asyncio.run(_note(settings, unit, article, text)):
        typer.echo(f"No Business Unit or Service Area is called '{unit}'.", err=True)
        raise typer.Exit(2)
    typer.echo(f"The note of {unit} on {article} is {'set' if text else 'removed'}.")


async def _note(settings: Settings, unit_name: str, article: str, text: str | None) -> bool:
    database = open_database(settings)
    now = datetime.now(UTC)
    try:
        await require_current(database)
        async with database.store() as store:
            wanted = unit_name.strip().casefold()
            unit = next((each for each in await store.people.units() if each.name.casefold() == wanted), None)
            if unit is None:
                return False
            if text:
                await store.notes.put(unit.id, article, text, now)
            else:
                await store.notes.remove(unit.id, article)
            store.audit.record(now, "local note", article, unit=unit.name, removed=not text)
            return True
    finally:
        await database.close()


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
