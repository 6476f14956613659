"""All commands, by name."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from cli import (
    backfill,
    corrections,
    doctor,
    explain,
    export,
    golden,
    hurry,
    pause,
    query,
    recipes,
    redrive,
    results,
    run,
    upload,
    webhooks,
)
from cli.difference import command as difference
from cli.erasure import command as erasure
from cli.evaluation import command as evaluation
from cli.output import lines
from cli.review import command as review
from cli.shadow import command as shadow

_PROJECT = Path(__file__).parents[1] / "pyproject.toml"

app = typer.Typer(
    name="darkroom",
    help="Run, inspect and repair the photo pipeline, on this machine or on Google Cloud.",
    epilog=f"Example: darkroom run. {recipes.EXITS}",
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def darkroom(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Show the help if no command is named."""
    if version:
        project = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]
        lines(f"{project['name']} {project['version']}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command(
    epilog=run.EPILOG,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(run.run)
app.command(epilog=upload.EPILOG)(upload.upload)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
app.command(epilog=explain.EPILOG)(explain.explain)
app.command(epilog=results.EPILOG)(results.results)
app.command(epilog=redrive.EPILOG)(redrive.redrive)
app.command(epilog=hurry.EPILOG)(hurry.hurry)
app.command(epilog=erasure.EPILOG)(erasure.erase)
app.command(epilog=pause.PAUSE)(pause.pause)
app.command(epilog=pause.RESUME)(pause.resume)
app.command(epilog=pause.STATUS)(pause.status)
app.command(epilog=export.EPILOG)(export.export)
app.command(epilog=query.EPILOG)(query.query)
app.command(epilog=evaluation.EPILOG)(evaluation.evaluate)
app.command(epilog=difference.EPILOG)(difference.diff)
app.command(epilog=review.EPILOG)(review.review)
app.command(epilog=shadow.EPILOG)(shadow.shadow)
app.add_typer(backfill.app, name="backfill")
app.add_typer(corrections.app, name="corrections")
app.add_typer(golden.app, name="golden")
app.add_typer(recipes.app, name="recipes")
app.add_typer(webhooks.app, name="webhooks")
