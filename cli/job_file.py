"""`darkroom recipes check` of a job file."""

from pathlib import Path
from typing import NoReturn

import typer

from cli.output import as_json, lines
from shared.intake import job_file


def check(file: Path, *, json: bool) -> NoReturn:
    """Print every fault of a job file, and end the command: with 1 if there is any."""
    if not job_file.is_one(file.name):
        raise typer.BadParameter(
            f"the name of a job file ends in {job_file.ENDING}; for recipes use --recipes",
            param_hint="FILE.job.json",
        )
    wrong = [fault.sentence for fault in job_file.faults(file.read_bytes())]
    if json:
        errors = [{"message": sentence} for sentence in wrong]
        as_json({"file": str(file), "sound": not wrong, "errors": errors})
    else:
        verdict = f"{len(wrong)} wrong" if wrong else "sound"
        lines(*(f"error    {sentence}" for sentence in wrong), f"{file}: {verdict}")
    raise typer.Exit(1 if wrong else 0)
