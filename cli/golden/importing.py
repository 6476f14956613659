"""`darkroom golden import`: photos and their truth from another tool, or from another set."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import typer

from cli import errors, settings, words
from cli.golden import readers
from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item, Truth, asked, misfit
from cli.golden.manifest import FILE as MANIFEST
from cli.golden.options import DraftedBy, Golden, Who, refused
from cli.golden.place import BUCKET
from cli.golden.readers.annotations import Annotated as Photo
from cli.golden.readers.annotations import Annotations
from cli.output import as_json, lines
from cli.recipes import Json, known_recipe
from shared import form
from shared import settings as shared_settings
from shared.errors import DeliverAgain, Rejected
from shared.images import sandbox
from shared.intake.recipes import Recipe
from shared.jobs.record import Found, Object
from shared.model import Box, Size

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
        str,
        typer.Argument(metavar="FILE", help="Of COCO, CVAT or Label Studio, a CSV; or a set."),
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
    recipe: Annotated[
        str | None,
        typer.Option(help="Note what this recipe asks as the question. Fields of a CSV need it."),
    ] = None,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Add photos and what is true of them, as another tool has it, to a golden set.

    The photos are copied: a set is whole by itself. A photo is left out if it cannot be read, or
    if its size is not the one that its annotations refer to.
    """
    settings.read_if_given(where)
    left_out = list[str]()
    with refused(), errors.reported():
        if file.startswith(BUCKET) or (Path(file) / MANIFEST).exists():
            added = _copied(file, golden, left_out)
        elif bool(who) == bool(drafted_by):
            raise typer.BadParameter("say either --who looked at it, or which model --drafted-by")
        else:
            chosen = known_recipe(recipe)
            found = _read(Path(file), chosen)
            left_out += found.left_out
            source = Source.of(found, images or _beside(Path(file)), task, who, drafted_by)
            source = replace(source, recipe=chosen)
            added = _imported(source, found.photos, golden, left_out)
    if json:
        as_json({"golden": golden, "added": added, "left_out": left_out})
    else:
        lines(*left_out, err=True)
        lines(f"Added {words.several(added, 'photo')} to {golden}.")
    raise typer.Exit(1 if left_out else 0)


@dataclass(frozen=True, slots=True)
class Source:
    """Photos in a folder, and the task that their annotations are the truth of.

    `asked` has the question: the labels that are annotated, and room for every object.
    """

    folder: Path
    task: Task
    asked: Mapping[str, Any]
    who: str | None
    drafted_by: str | None
    recipe: Recipe | None = None

    @classmethod
    def of(
        cls,
        found: Annotations,
        folder: Path,
        task: Task | None,
        who: str | None,
        drafted_by: str | None,
    ) -> Self:
        """Annotations are the truth of segment if all objects have masks, else of detect."""
        objects = [each for photo in found.photos for each in photo.objects]
        masked = bool(objects) and all(each.mask for each in objects)
        most = max((len(photo.objects) for photo in found.photos), default=0)
        asked = {
            "labels": list(found.labels) if len(found.labels) <= _MOST_LABELS else [],
            "max_objects": min(max(most, _USUAL), _MOST_OBJECTS),
        }
        return cls(folder, task or ("segment" if masked else "detect"), asked, who, drafted_by)

    def item(self, photo: Photo) -> tuple[Item, bytes]:
        """A photo's item, and its bytes. Raises ValueError, which says why there is none."""
        body = self._file(photo.file)
        size = _size(body)
        if photo.size not in (None, size):
            raise ValueError(
                f"it is {size.width} x {size.height} pixels upright, and its annotations are for "
                f"{photo.size.width} x {photo.size.height}"
            )
        found = photo.truths or {self.task: Found(photo.objects)}
        truths = {name: self._truth(name, each, size) for name, each in found.items()}
        digest = sha256(body).hexdigest()
        return Item(digest, photo.file, size.width, size.height, truths), body

    def _truth(self, task: str, found: Found, size: Size) -> Truth:
        """The truth for a task. Raises ValueError if it cannot be one."""
        chosen = self.recipe.settings if self.recipe else {}
        own = self.asked if task in ("detect", self.task) and not self.recipe else {}
        truth = Truth(found, self.who, self.drafted_by, {**asked(task, chosen), **own})
        if why := misfit(task, truth, size):
            raise ValueError(why)
        if not all(_is_inside(each, size) for each in found.objects):
            raise ValueError("an object is not in the photo")
        return truth

    def _file(self, name: str) -> bytes:
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ValueError(f"it lies outside {self.folder}")
        try:
            return path.read_bytes()
        except OSError as why:
            raise ValueError(f"{path} cannot be read: {why.strerror}") from why


def _is_inside(thing: Object, size: Size) -> bool:
    match thing.shape:
        case Box(_, _, right, bottom):
            return right <= size.width and bottom <= size.height
    return True


def _read(file: Path, recipe: Recipe | None) -> Annotations:
    fields = form.read(recipe.settings.get("fields", {})) if recipe else ()
    try:
        return readers.read(file.name, file.read_bytes(), fields)
    except ValueError as why:
        raise typer.BadParameter(str(why), param_hint="FILE") from why
    except OSError as why:
        raise typer.BadParameter(f"{file} cannot be read: {why.strerror}") from why


def _beside(file: Path) -> Path:
    inside = file.parent / "images"
    return inside if inside.is_dir() else file.parent


def _size(body: bytes) -> Size:
    """The upright size of a photo. Raises ValueError if it cannot be read."""
    try:
        return sandbox.develop(body, shared_settings.current().limits, _SMALL, _SMALL).size
    except Rejected as why:
        raise ValueError(why.sentence) from why
    except DeliverAgain as why:
        raise ValueError(f"it could not be read: {why}") from why


def _imported(source: Source, photos: Sequence[Photo], golden: str, left_out: list[str]) -> int:
    """Add the photos, some at a time; returns their number, and lists what is left out."""
    into, added = GoldenSet.begun(golden), 0
    found = _items(source, photos, left_out)
    while batch := list(islice(found, _AT_ONCE)):
        for item, body in batch:
            into.keep_image(body)
            left_out += into.spared(item)
        into = into.add(item for item, _ in batch)
        added += len(batch)
        _progress(added, len(photos))
    return added


def _items(
    source: Source, photos: Sequence[Photo], left_out: list[str]
) -> Iterator[tuple[Item, bytes]]:
    for photo in photos:
        try:
            yield source.item(photo)
        except ValueError as why:
            left_out.append(f"{photo.file}: {why}")


def _copied(address: str, golden: str, left_out: list[str]) -> int:
    """Add all that another set has."""
    source, into = GoldenSet.open(address), GoldenSet.begun(golden)
    for number, each in enumerate(source.items.values(), 1):
        into.keep_image(source.image(each))
        left_out += into.spared(each)
        _progress(number, len(source.items))
    into.add(source.items.values())
    return len(source.items)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        typer.echo(f"\r{done:,} of {total:,} photos{end}", nl=False, err=True)
