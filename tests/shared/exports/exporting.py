"""Records and masks for the tests of exports."""

import os
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner, Result

from cli.app import app
from shared import codec, naming
from shared.border import storage
from shared.exports import Choice, Tally, format_of
from shared.exports.folder import Folder
from shared.jobs import announcements, records
from shared.jobs.record import Record
from shared.model import (
    Box,
    Detection,
    Findings,
    ImageRef,
    Job,
    Mask,
    Photo,
    Size,
    Usage,
    Verdict,
)
from shared.model import Result as Ended

SIZE = Size(64, 40)


def drawn(*rows: str, left: int = 0, top: int = 0) -> Mask:
    """A mask of text: # belongs."""
    picture = Image.new("1", (len(rows[0]), len(rows)))
    picture.putdata([255 * (each == "#") for row in rows for each in row])
    return masked(picture, left, top)


def masked(picture: Image.Image, left: int = 0, top: int = 0) -> Mask:
    """A mask of a picture of mode "1"."""
    box = Box(left, top, left + picture.width, top + picture.height)
    return Mask(box, picture.tobytes())


def seen(label: str, mask: Mask | None = None, box: Box | None = None, **told) -> Detection:
    """An object: a mask in its box, or a box."""
    return Detection(label, mask.box if mask else box or Box(3, 4, 23, 24), mask=mask, **told)


RING = drawn("#####", "#...#", "#.#.#", "#...#", "#####", left=30, top=7)  # a part in a hole


def done(
    *objects: Detection,
    name: str = "a.jpg",
    generation: int = 1,
    task: str = "segment",
    size: Size = SIZE,
    kind: str = "image/jpeg",
    orientation: int = 1,
    bucket: str | None = None,
    **more,
) -> Ended:
    """A result in which these were found."""
    ref = ImageRef(bucket or os.environ.get("UPLOADS_BUCKET", "uploads"), name, generation)
    job = Job((ref,), task, {"model": "m", "prompt_version": "1", "max_objects": 25})
    facts = (kind, kind, size.width, size.height, orientation, 1, 10, "AAAAAA==")
    photo = Photo(ref.bucket, ref.name, ref.generation, *facts)
    return Ended(job, "done", None, (photo,), Findings(objects, **more), usage=Usage("scripted-1"))


def rejected(name: str) -> Ended:
    ref = ImageRef(os.environ.get("UPLOADS_BUCKET", "uploads"), name, 1)
    job = Job((ref,), "detect", {"model": "m", "prompt_version": "1"})
    return Ended(job, "rejected", Verdict("empty", "It has no bytes."))


def document(ended: Ended) -> Record:
    """The record as it is read again."""
    return records.decode(codec.encode(Record.of(ended)))


def put(ended: Ended) -> Record:
    """Write the record and enter it in the index."""
    found = records.commit(ended).record
    announcements.announce(found)
    return found


def erase(ended: Ended) -> None:
    """Delete a record, as an operator might under way."""
    name = f"{naming.folder(ended.job)}result.json"
    storage.bucket(os.environ["RESULTS_BUCKET"]).blob(name).delete()


def spoil(ended: Ended) -> None:
    """Write a record over that no version of today reads."""
    name = f"{naming.folder(ended.job)}result.json"
    storage.bucket(os.environ["RESULTS_BUCKET"]).blob(name).upload_from_string('{"shape": "new"}')


def exported(out: Path, *records: dict, format: str = "coco", **choice) -> Tally:  # noqa: A002
    """Export records without a cloud."""
    chosen = Choice(format, *(choice.get(k, v) for k, v in DEFAULTS.items()))
    tally = Tally(chosen.labels)
    folder = Folder(out)
    folder.start({})
    writer = format_of(chosen, tally)
    for each in records:
        for piece in writer.add(each):
            folder.write(piece)
    folder.finish(writer.ending(), "all" if chosen.table else None)
    return tally


DEFAULTS = {"images": "link", "polygons": False, "labels": ()}


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def files(folder: Path) -> dict[str, bytes]:
    """All that an export holds."""
    if folder.is_file():
        return {"": folder.read_bytes()}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
