"""`darkroom golden import`: photos and their truth from another tool, or from another set."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import errors, settings, words
from cli.golden import readers
from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item, Truth, misfit
from cli.golden.manifest import FILE as MANIFEST
from cli.golden.options import DraftedBy, Golden, Who, refused
from cli.golden.readers.annotations import Annotated as Photo
from cli.golden.readers.annotations import Annotations
from cli.output import as_json, lines
from cli.recipes import Json
from shared import settings as shared_settings
from shared.errors import DeliverAgain, Rejected
from shared.images import sandbox
from shared.jobs.record import Found

EPILOG = (
    "Examples: darkroom golden import annotations.json --images photos --golden golden/shoes "
    "--who anna; darkroom golden import golden/shoes-v1 --golden golden/shoes-v2. Exit codes: 0 "
    "imported; 1 some photos were left out, or the set cannot be changed; 2 wrong usage."
)
_SMALL = 64  # side of the picture that shows whether a photo can be read
_MOST_LABELS, _MOST_OBJECTS, _USUAL = 100, 100, 25  # as recipes have them
_AT_ONCE = 20  # photos between two writes of the set

Task = Literal["detect", "segment"]


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, metavar="FILE", help="Of COCO, CVAT or Label Studio; or a golden set."
        ),
    ],
    *,
    golden: Golden,
    images: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="The photos (default: beside FILE)."),
    ] = None,
    who: Who = None,
    drafted_by: DraftedBy = None,
    task: Annotated[
        Task | None,
        typer.Option(help="What it is the truth of (default: segment if all objects have masks)."),
    ] = None,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Add photos and what is true of them, as another tool has it, to a golden set.

    The photos are copied: a set is whole by itself. A photo is left out if it cannot be read, or
    if its size is not the one that its annotations refer to.
    """
    settings.read_if_given(where)
    with refused(), errors.reported():
        if (file / MANIFEST).exists():
            left_out = list[str]()
            added = _copied(str(file), golden)
        else:
            if bool(who) == bool(drafted_by):
                raise typer.BadParameter(
                    "say either --who looked at it, or which model --drafted-by"
                )
            source = Source(_read(file), images or _beside(file), who, drafted_by, task)
            left_out = list(source.annotations.left_out)
            added = _imported(source, golden, left_out)
    if json:
        as_json({"golden": golden, "added": added, "left_out": left_out})
    else:
        lines(*left_out, err=True)
        lines(f"Added {words.several(added, 'photo')} to {golden}.")
    raise typer.Exit(1 if left_out else 0)


@dataclass(frozen=True, slots=True)
class Source:
    """Annotations, where their photos are, and whose they are."""

    annotations: Annotations
    folder: Path
    who: str | None
    drafted_by: str | None
    task: Task | None

    @property
    def chosen(self) -> Task:
        """The task that they are the truth of."""
        if self.task:
            return self.task
        objects = [each for photo in self.annotations.photos for each in photo.objects]
        return "segment" if objects and all(each.mask for each in objects) else "detect"

    @property
    def asked(self) -> Mapping[str, Any]:
        """The question that they are the truth of: these labels, and room for every object."""
        labels = list(self.annotations.labels)
        most = max((len(photo.objects) for photo in self.annotations.photos), default=0)
        return {
            "labels": labels if len(labels) <= _MOST_LABELS else [],
            "max_objects": min(max(most, _USUAL), _MOST_OBJECTS),
        }

    def item(self, photo: Photo) -> tuple[Item, bytes]:
        """A photo's item, and its bytes. Raises ValueError, which says why there is none."""
        body = self._file(photo.file)
        size = _size(body)
        if size != photo.size:
            raise ValueError(
                f"it is {size.width} x {size.height} pixels upright, and its annotations are for "
                f"{photo.size.width} x {photo.size.height}"
            )
        truth = Truth(Found(photo.objects), self.who, self.drafted_by, self.asked)
        if why := misfit(self.chosen, truth, size):
            raise ValueError(why)
        return Item("", photo.file, size.width, size.height, {self.chosen: truth}), body

    def _file(self, name: str) -> bytes:
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ValueError(f"it lies outside {self.folder}")
        try:
            return path.read_bytes()
        except OSError as why:
            raise ValueError(f"{path} cannot be read: {why.strerror}") from why


def _read(file: Path) -> Annotations:
    try:
        return readers.read(file.name, file.read_bytes())
    except ValueError as why:
        raise typer.BadParameter(str(why), param_hint="FILE") from why
    except OSError as why:
        raise typer.BadParameter(f"{file} cannot be read: {why.strerror}") from why


def _beside(file: Path) -> Path:
    inside = file.parent / "images"
    return inside if inside.is_dir() else file.parent


def _size(body: bytes) -> Any:
    try:
        return sandbox.develop(body, shared_settings.current().limits, _SMALL, _SMALL).size
    except Rejected as why:
        raise ValueError(why.sentence) from why
    except DeliverAgain as why:
        raise ValueError(f"it could not be read: {why}") from why


def _imported(source: Source, golden: str, left_out: list[str]) -> int:
    """Add the photos, some at a time; returns their number, and lists what is left out."""
    into, total, added = GoldenSet.begun(golden), len(source.annotations.photos), 0
    found = _items(source, left_out)
    while batch := list(islice(found, _AT_ONCE)):
        into = into.add(replace(item, image=into.keep_image(body)) for item, body in batch)
        added += len(batch)
        _progress(added + len(left_out), total)
    return added


def _items(source: Source, left_out: list[str]) -> Iterator[tuple[Item, bytes]]:
    for photo in source.annotations.photos:
        try:
            yield source.item(photo)
        except ValueError as why:
            left_out.append(f"{photo.file}: {why}")


def _copied(address: str, golden: str) -> int:
    """Begin a set with all that another one has."""
    source, into = GoldenSet.open(address), GoldenSet.begun(golden)
    for number, each in enumerate(source.items.values(), 1):
        into.keep_image(source.image(each))
        _progress(number, len(source.items))
    into.add(source.items.values())
    return len(source.items)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        typer.echo(f"\r{done:,} of {total:,} photos{end}", nl=False, err=True)
