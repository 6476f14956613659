"""A correction: who says what is in a photo, in the form of a record's findings."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, Self

from shared import tasks
from shared.jobs import records
from shared.jobs.record import Corrected, Found, Record
from shared.model import ImageRef, Size

SCHEMA = "darkroom.correction/v1"
Tool = Literal["page", "coco", "cvat", "label-studio"]
_UNCORRECTED = {"compare", "moderate"}  # tasks whose answers nobody corrects here


class Refused(ValueError):
    """A correction that cannot be taken; a sentence for each fault."""

    def __init__(self, *faults: str) -> None:
        super().__init__(" ".join(f"{fault}." for fault in faults))
        self.faults = faults


class Superseded(Refused):
    """Somebody corrected the record, or uploaded the photo again, since it was looked at."""


@dataclass(frozen=True, slots=True)
class Original:
    """A record that can be corrected, and the SHA-256 of its bytes, in hex."""

    record: Record
    sha256: str

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The record in a result.json. Raises Refused if it cannot be corrected, or read."""
        try:
            record = records.decode(body)
        except ValueError as why:
            raise Refused("another version of Darkroom wrote the record") from why
        if fault := _fault(record):
            raise Refused(fault)
        return cls(record, sha256(body).hexdigest())

    @property
    def size(self) -> Size:
        """The upright size of the photo."""
        return Size(self.record.photo.width or 0, self.record.photo.height or 0)

    @property
    def found(self) -> Found:
        """What the model found."""
        return self.record.findings or Found()


def _fault(record: Record) -> str:
    if record.status != "done" or record.findings is None:
        return f"the record is {record.status}: it has no findings to correct"
    if len(record.images) != 1 or {*tasks.parts(record.task)} <= _UNCORRECTED:
        return f"results of {record.task} are not corrected"
    if not (record.photo.width and record.photo.height):
        return "the size of the photo is not known"
    return ""


@dataclass(frozen=True, slots=True)
class Base:
    """The record that was corrected; another record of the same job is not meant."""

    id: str
    created: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Changes:
    """How many objects are as the model had them, or not; `words`: texts, classes and fields."""

    kept: int = 0
    moved: int = 0
    relabelled: int = 0
    added: int = 0
    deleted: int = 0
    words: int = 0

    @property
    def total(self) -> int:
        """How much differs from the model's answer; 0: it was accepted as it is."""
        return self.moved + self.relabelled + self.added + self.deleted + self.words


@dataclass(frozen=True, slots=True)
class Author:
    """Who corrects, and with which tool; `signed_in`: the name is that of a sign-in."""

    who: str
    tool: Tool
    signed_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The object beside the record; its fields are the members of the JSON object.

    An object of the findings keeps the model's index for as long as it is there, and one that was
    added gets an index of its own: so the numbers in exports stay the same.
    """

    schema: str = SCHEMA
    number: int
    record: Base
    folder: str
    task: str
    image: ImageRef
    author: Author
    created: str  # ISO 8601, UTC
    changes: Changes = field(default_factory=Changes)
    next_index: int  # of an object that is added: no object ever had it
    findings: Found

    @property
    def name(self) -> str:
        """Its name in the results bucket."""
        return name(self.folder, self.number)

    @property
    def short(self) -> Corrected:
        """What a record says of it."""
        return Corrected(self.number, self.author.who, self.created, self.author.tool)

    def is_of(self, record: Record) -> bool:
        """Whether that record was corrected, and not another one that lay in its place."""
        return (self.record.id, self.record.created) == (record.id, record.created)


def name(folder: str, number: int) -> str:
    """The name of a correction in the results bucket."""
    return f"{folder}correction-{number:04}.json"
