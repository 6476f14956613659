"""A training example: a photo and the objects in it, from a record."""

from dataclasses import dataclass
from hashlib import sha256
from math import ceil, floor
from unicodedata import category, normalize

from shared.exports.rle import Rle
from shared.jobs.record import MaskFile, Object, Record
from shared.model import Box, Point, Polygon, Shape, Size

_KINDS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_BITS = 52  # a double holds them exactly, and with it every JSON parser
_LONGEST = 60  # characters
_ROOM = 200  # bytes; file systems allow 255, with the number and endings
_KEPT = "LMN"  # letters of any script with their marks, and numbers
LIMITS = {"max_objects", "max_lines"}  # a task with one of these settings finds objects


def number(*words: object) -> int:
    """A stable number for these words, from 1 to 2^52."""
    digest = sha256("\n".join(map(str, words)).encode("utf-8", "surrogatepass")).digest()
    return 1 + (int.from_bytes(digest[:8]) >> (64 - _BITS))


@dataclass(frozen=True, slots=True)
class Photo:
    """One exact version of an upload; the size is upright."""

    bucket: str
    name: str
    generation: int
    kind: str  # its media type
    size: Size
    orientation: int

    @property
    def number(self) -> int:
        """The same in every export."""
        return number(self.bucket, self.name, self.generation)

    @property
    def stem(self) -> str:
        """A file name without extension: the safe characters of the upload's name, and the number.

        It is unique per upload.
        """
        base = normalize("NFC", self.name.rpartition("/")[2].partition(".")[0])[:_LONGEST]
        harmless = "".join(each if category(each)[0] in _KEPT else "_" for each in base)
        return f"{harmless.encode()[:_ROOM].decode(errors='ignore')}-{self.number:014x}"

    @property
    def as_it_is(self) -> bool:
        """Whether the file is upright and in a common format."""
        return self.orientation == 1 and self.kind in _KINDS

    @property
    def file(self) -> str:
        """The name of its copy: a PNG stays a PNG; another file that is re-encoded is a JPEG."""
        if self.as_it_is or self.kind == "image/png":
            return f"{self.stem}.{_KINDS[self.kind]}"
        return f"{self.stem}.jpg"

    @property
    def url(self) -> str:
        """The gs:// URL of the original."""
        return f"gs://{self.bucket}/{self.name}"


@dataclass(frozen=True, slots=True)
class Thing:
    """One object; `number` is the same in every export."""

    number: int
    label: str
    shape: Shape
    confidence: float | None
    provenance: str
    mask: Rle | None

    @property
    def box(self) -> Box | None:
        """The box around it; a point has none."""
        match self.shape:
            case Point():
                return None
            case Polygon(rings):
                across = [x for ring in rings for x, _ in ring]
                down = [y for ring in rings for _, y in ring]
                return Box(floor(min(across)), floor(min(down)), ceil(max(across)), ceil(max(down)))
            case Box():
                return self.shape


@dataclass(frozen=True, slots=True)
class Example:
    """A photo and the objects in it, by one record; without objects: nothing was found."""

    photo: Photo
    things: tuple[Thing, ...]
    record: str  # the job's key
    task: str
    model: str
    correction: int = 0  # the number of the correction whose objects they are; 0: the model's


def of(record: Record) -> Example | None:
    """The example of a record; None if it is not about objects, or has no findings."""
    found, photo, looking = record.findings, record.photo, record.leading
    if found is None or looking is None or len(record.images) != 1:
        return None
    if not found.objects and not (looking.complete and record.request.keys() & LIMITS):
        return None
    return Example(
        Photo(
            photo.bucket,
            photo.name,
            photo.generation,
            photo.detected_type or "",
            Size(photo.width or 0, photo.height or 0),
            photo.orientation or 1,
        ),
        tuple(_thing(record.id, each) for each in found.objects),
        record.id,
        record.task,
        record.usage.model if record.usage else "",
        record.corrected.number if record.corrected else 0,
    )


def _thing(record: str, found: Object) -> Thing:
    return Thing(
        number(record, found.index),
        found.label,
        found.shape,
        found.confidence,
        found.provenance,
        _mask(found.mask) if found.mask else None,
    )


def _mask(mask: MaskFile) -> Rle:
    if mask.rle is None:
        raise ValueError(f"{mask.file} without its run lengths")
    height, width = mask.rle.size
    return Rle(Size(width, height), mask.rle.counts, mask.area)
