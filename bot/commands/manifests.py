"""Commands that write what an administrator installs on Slack and on Teams."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.settings import read_settings

app = typer.Typer(help="Write the app manifests for Slack and Teams.", no_args_is_help=True)


@app.command("slack")
def slack(
    url: Annotated[
        str | None, typer.Option(help="The https address of this service; leave it out for Socket Mode.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of YAML.")] = False,
) -> None:
    """Print the Slack app manifest, to be pasted where a Slack app is made."""
    # Loaded here: no other command needs Slack's SDK, and it takes time to load.
    from bot.platforms.slack import manifest as slack_manifest  # noqa: PLC0415

    try:
        typer.echo(slack_manifest.as_json(url) if as_json else slack_manifest.as_yaml(url))
    except ValueError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem


@app.command("teams")
def teams(
    file: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path("covenant-teams.zip"),
    *,
    app_id: Annotated[
        str | None, typer.Option(help="The app registration's id; by default COVENANT_TEAMS_APP_ID.")
    ] = None,
    council: Annotated[str, typer.Option(help="The council's name.")] = "The council",
    website: Annotated[str, typer.Option(help="The council's website.")] = "https://www.gov.uk/",
    privacy: Annotated[str | None, typer.Option(help="The privacy notice; by default the website.")] = None,
    terms: Annotated[str | None, typer.Option(help="The terms of use; by default the website.")] = None,
) -> None:
    """Write the zip with manifest and icons that is uploaded to Teams."""
    known = app_id or read_settings().teams_app_id
    if not known:
        typer.echo("Give --app-id, or set COVENANT_TEAMS_APP_ID.", err=True)
        raise typer.Exit(2)
    from bot.platforms.teams import manifest as teams_manifest  # noqa: PLC0415  # as above, for Teams

    try:
        publisher = teams_manifest.Publisher(council, website, privacy or website, terms or website)
        file.write_bytes(teams_manifest.teams_app(known, publisher))
    except (ValueError, OSError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    typer.echo(f"Written to {file}.")
