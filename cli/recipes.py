"""`darkroom recipes`: check recipes.toml, and show what it makes of an upload."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli import amounts, explanation, job_file, settings, shutdowns
from cli.output import as_json, lines
from shared.intake import recipes
from shared.intake.recipes import KIND, Reading, Recipe, Traits
from shared.intake.toml_list import Fault

EXITS = "Exit codes: 0 success; 1 a fault, or no answer from the cloud; 2 wrong usage."

app = typer.Typer(
    help="Check recipes.toml, and show what it makes of an upload.",
    epilog=f"Example: darkroom recipes check. {EXITS}",
    no_args_is_help=True,
)

File = Annotated[
    Path,
    typer.Option("--recipes", exists=True, dir_okay=False, readable=True, help="The recipes file."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command(
    epilog="Examples: darkroom recipes check --recipes recipes.toml; darkroom recipes check "
    f"samples/compare.job.json. {EXITS}"
)
def check(
    job: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE.job.json]",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A job file to check in place of the recipes.",
        ),
    ] = None,
    *,
    file: File = recipes.FILE,
    json: Json = False,
) -> None:
    """Check the recipes, or a job file before it is uploaded, and list every fault."""
    settings.read_if_given(None)
    if job:
        job_file.check(job, json=json)
    reading = _read(file)
    if json:
        as_json(_facts(file, reading))
    else:
        lines(*_summary(file, reading))
    raise typer.Exit(1 if reading.faults else 0)


@app.command(
    epilog="Example: darkroom recipes explain products/7.jpg --content-type image/jpeg "
    f"--metadata darkroom-labels=shoe,bag. {EXITS}"
)
def explain(
    name: Annotated[str, typer.Argument(help="The upload's name, or gs://BUCKET/NAME.")],
    *,
    content_type: Annotated[
        str | None, typer.Option(help="The upload's declared content type.")
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Custom metadata; may be repeated."),
    ] = None,
    file: File = recipes.FILE,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Show which recipe takes an upload, why earlier ones do not, and what it asks.

    Uploads nothing and needs no cloud. If there are cloud settings, MODEL is taken from them.
    """
    settings.read_if_given(where)
    reading = _read(file)
    if reading.faults:
        lines(*(f"error: {fault}" for fault in reading.faults), err=True)
        raise typer.Exit(1)
    upload = Traits.of(_object(name), content_type, pairs(metadata or []))
    told = explanation.of(upload, reading.recipes)
    if json:
        as_json(told.facts())
    else:
        lines(*told.lines())


def _read(file: Path) -> Reading:
    try:
        reading = recipes.read(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        return Reading((), (Fault(f"is not UTF-8: {error}", KIND),))
    if reading.faults:
        return reading
    more = (*amounts.warnings(reading.recipes), *shutdowns.warnings(reading.recipes))
    return replace(reading, warnings=(*reading.warnings, *more))


def _summary(file: Path, reading: Reading) -> list[str]:
    shown = [
        f"ok       {recipe.name}: {explanation.described(recipe)}" for recipe in reading.recipes
    ]
    shown += [f"warning  {warning}" for warning in reading.warnings]
    shown += [f"error    {fault}" for fault in reading.faults]
    wrong = len(reading.faults)
    return [*shown, f"{file}: {f'{wrong} wrong' if wrong else 'sound'}"]


def _facts(file: Path, reading: Reading) -> dict[str, object]:
    return {
        "file": str(file),
        "sound": not reading.faults,
        "recipes": [
            {
                "name": recipe.name,
                "tasks": recipe.tasks,
                "settings": recipe.settings,
                "shadow": recipe.shadow,
                "budgets": amounts.facts(recipe),
            }
            for recipe in reading.recipes
        ],
        "errors": [_fault(fault) for fault in reading.faults],
        "warnings": [_fault(fault) for fault in reading.warnings],
    }


def _fault(fault: Fault) -> dict[str, object]:
    return {
        "recipe": fault.number,
        "name": fault.name,
        "key": fault.key,
        "message": str(fault),
    }


def _object(name: str) -> str:
    """The object's name, without gs://BUCKET/."""
    if not name.startswith("gs://"):
        return name
    inside = name.removeprefix("gs://").partition("/")[2]
    if not inside:
        raise typer.BadParameter(f"{name!r} names a bucket, not an object", param_hint="NAME")
    return inside


def known_recipe(name: str | None) -> Recipe | None:
    """The recipe of that name in recipes.toml; None for no name. Raises BadParameter."""
    if name is None:
        return None
    known = recipes.parse(recipes.FILE.read_text("utf-8"))
    found = next((each for each in known if each.name == name), None)
    if found is None:
        listed = ", ".join(each.name for each in known)
        raise typer.BadParameter(f"recipes.toml has: {listed}", param_hint="--recipe")
    return found


def pairs(texts: list[str]) -> dict[str, str]:
    """Metadata written as KEY=VALUE. Raises BadParameter."""
    found = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not (key and separator):
            raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--metadata")
        found[key] = value
    return found
