"""How the command line names an upload."""

import os

import typer

from shared import naming
from shared.jobs.records import generations


def place(text: str) -> tuple[str, int | None]:
    """Name and version of an upload written as NAME, gs://BUCKET/NAME or either with #VERSION."""
    name, mark, version = text.rpartition("#")
    if not (mark and version.isascii() and version.isdigit()):
        name, version = text, ""
    if name.startswith("gs://"):
        uploads = os.environ["UPLOADS_BUCKET"]
        bucket, _, name = name.removeprefix("gs://").partition("/")
        if bucket != uploads:
            raise typer.BadParameter(f"photos are uploaded to gs://{uploads}, not gs://{bucket}")
    if not name:
        raise typer.BadParameter(f"{text!r} names no upload")
    return name, int(version) if version else None


def as_stored(name: str) -> str:
    """The name that has records: as typed, or in another Unicode normal form."""
    return next((each for each in naming.spellings(name) if generations(each)), name)
