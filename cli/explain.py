"""`darkroom explain`: what happened to an upload, and why."""

from typing import Annotated

import typer

from cli import errors, rounds, settings, story, uploads
from cli.output import as_json, lines
from cli.recipes import File, Json
from cli.story import Story, facts, text
from shared import naming
from shared.intake import recipes
from shared.jobs import estimate
from shared.jobs.estimate import Estimate

EPILOG = (
    "Example: darkroom explain gs://darkroom-uploads/samples/duck.jpg. Exit codes: 0 shown; 1 "
    "there is no such upload, or no answer from the cloud; 2 wrong usage."
)


def explain(
    upload: Annotated[
        str,
        typer.Argument(metavar="UPLOAD", help="gs://BUCKET/NAME, or NAME; #VERSION may follow."),
    ],
    *,
    file: File = recipes.FILE,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Show what happened to an upload and why, step by step, with its cost.

    Changes nothing, and does not call the model.
    """
    settings.load(where)
    settings.require("MODEL")
    name, version = uploads.place(upload)
    with errors.reported():
        known = recipes.parse(file.read_text("utf-8"))
        stories = (story.of(each, version, known) for each in naming.spellings(name))
        told = next(filter(None, stories), None)
        if told is None:
            lines(f"There is no upload {upload!r}, and it has no results.", err=True)
            raise typer.Exit(1)
        again = _price(told)
    if json:
        as_json(facts.of(told, again))
    else:
        lines(*text.paragraphs(told, again))


def _price(told: Story) -> Estimate | None:
    """What a redrive of all failed jobs would cost; None if none failed."""
    last = [rounds_[-1] for rounds_ in told.tasks]
    failed = [each for each in last if each.record and each.status == "failed"]
    if not failed:
        return None
    past = estimate.experience()
    return Estimate.sum(
        [
            estimate.of(rounds.following(each.job), estimate.sizes(each.record.images), past)
            for each in failed
            if each.record
        ]
    )
