"""`darkroom golden add`: photos whose records are the first draft of the truth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from cli import choices, errors, settings, uploads, words
from cli.golden import part
from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item, Truth, asked, misfit
from cli.golden.options import Golden, Who, refused
from cli.grading.metrics import OF_ONE_PHOTO
from cli.output import as_json, lines
from cli.recipes import Json
from shared import settings as shared_settings
from shared import tasks
from shared.border import uploads as stored
from shared.corrections import applied
from shared.errors import Rejected
from shared.jobs import records
from shared.jobs.record import Record
from shared.model import ImageRef, Size


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which results are taken as truths: of a task, and with `corrected` those of people only."""

    task: str | None
    who: str | None
    corrected: bool


EPILOG = (
    "Examples: darkroom golden add products/7.jpg products/8.jpg --golden golden/shoes; darkroom "
    "golden add products/7.jpg --golden golden/shoes --from-corrections. Exit codes: 0 added; 1 "
    "some have no such results, or the set cannot be changed; 2 wrong usage."
)


def add(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Uploads, each with #VERSION or without.")
    ],
    *,
    golden: Golden,
    task: choices.Task = None,
    who: Who = None,
    from_corrections: Annotated[
        bool,
        typer.Option("--from-corrections", help="What people corrected is true; they looked."),
    ] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Add uploads to a golden set, with their results as drafts of the truth.

    A draft remembers the model that made it, and that nobody looked at it. Look at it on the page;
    if it is right, add it again with --who. If not, correct it, and add it --from-corrections.
    """
    if who and from_corrections:
        raise typer.BadParameter("corrections say who looked at them", param_hint="--who")
    settings.load(where)
    left_out = list[str]()
    with refused(), errors.reported():
        into = GoldenSet.begun(golden)
        wanted = Wanted(task, who, corrected=from_corrections)
        found = [item for name in names if (item := _item(into, name, wanted, left_out))]
        into.add(found)
    if json:
        as_json({"golden": golden, "added": len(found), "left_out": left_out})
    else:
        lines(*left_out, err=True)
        lines(_sum(golden, found, looked_at=bool(who) or from_corrections))
    raise typer.Exit(1 if left_out else 0)


def _sum(golden: str, found: list[Item], *, looked_at: bool) -> str:
    truths = sum(len(item.truth) for item in found)
    kept = f"{words.several(len(found), 'photo')} with {words.several(truths, 'truth')}"
    if looked_at or not found:
        return f"Added {kept} to {golden}."
    return f"Added {kept} to {golden}, as drafts that nobody looked at."


def _item(into: GoldenSet, name: str, wanted: Wanted, left_out: list[str]) -> Item | None:
    """The item of an upload, its photo kept; None, and a sentence, if there can be none."""
    try:
        photo, truth = _found(name, wanted)
        ref = ImageRef(photo.photo.bucket, photo.photo.name, photo.photo.generation)
        body = stored.read(ref, shared_settings.current().limits.bytes)
    except (ValueError, Rejected) as why:
        sentence = why.sentence if isinstance(why, Rejected) else why
        left_out.append(f"{name}: {sentence}")
        return None
    width, height = photo.photo.width or 0, photo.photo.height or 0
    item = Item(into.keep_image(body), ref.name, width, height, truth)
    left_out += into.spared(item)
    return item


def _found(text: str, wanted: Wanted) -> tuple[Record, Mapping[str, Truth]]:
    """A record of the upload, and what its records say, by task. Raises ValueError."""
    typed, version = uploads.place(text)
    name = uploads.as_stored(typed)
    versions = [version] if version else records.generations(name)[:1]
    found = [
        record
        for each in versions
        for record in records.of(name, each)
        if record.status == "done" and len(record.images) == 1
    ]
    if wanted.corrected:
        found = [each for each in map(applied.to, found) if each.corrected]
    truth = dict(_truths(found, wanted))
    if not truth:
        what = "correction" if wanted.corrected else "result"
        raise ValueError(f"it has no {what} that can be graded")
    return found[-1], truth


def _truths(found: list[Record], wanted: Wanted) -> Iterator[tuple[str, Truth]]:
    """The truth by task, oldest record first. Raises ValueError for one that is none."""
    for record in found:
        for name in tasks.parts(record.task):
            asked_for = wanted.task in (None, name, record.task)
            if name in OF_ONE_PHOTO and asked_for and record.findings:
                truth = Truth(
                    part.of(record.findings, name, record.request),
                    record.corrected.who if record.corrected else wanted.who,
                    record.usage.model if record.usage else str(record.request["model"]),
                    asked(name, record.request),
                )
                if record.cannot or not truth.findings.complete:
                    raise ValueError(f"{name}: the result is not complete")
                size = Size(record.photo.width or 0, record.photo.height or 0)
                if why := misfit(name, truth, size):
                    raise ValueError(f"{name}: {why}")
                yield name, truth
