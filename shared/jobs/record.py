"""result.json, the terminal record of a job: docs/result.schema.json says what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from shared import masks, naming
from shared.codec import ABSENT, Absent
from shared.model import (
    CANNOT,
    Artifact,
    Crop,
    Detection,
    Filled,
    Findings,
    ImageRef,
    Job,
    Label,
    Mask,
    Moderation,
    Part,
    Photo,
    Problem,
    Redacted,
    Request,
    Result,
    Shape,
    Size,
    Status,
    Usage,
)

SCHEMA = "darkroom.result/v1"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there are no findings: a code, which a later version may add to, and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Rle:
    """A mask as COCO's compressed run lengths; `size` is height and width in pixels."""

    size: tuple[int, int]
    counts: str


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask: its file beside the record, its area in pixels, and its run lengths."""

    file: str
    area: int
    rle: Rle | None  # None in announcements, which have no room for it


@dataclass(frozen=True, slots=True)
class Object:
    """An object that was found; `index` is its place among the findings."""

    index: int
    label: str
    shape: Shape
    confidence: float | None
    provenance: str
    mask: MaskFile | None


@dataclass(frozen=True, slots=True)
class Found:
    """The findings of a job that is done.

    `parts` is there only if several tasks were asked in one call, `fields` only if a form was,
    `moderation` only if there is a verdict.
    """

    objects: tuple[Object, ...] = ()
    complete: bool = True
    text: str | None = None
    labels: tuple[Label, ...] = ()
    answer: str | None = None
    parts: tuple[Part, ...] | Absent = ABSENT
    fields: Mapping[str, Filled] | Absent = ABSENT
    moderation: Moderation | Absent = ABSENT

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found, or nothing was looked for."""
        words = self.text or self.answer or self.filled or self.moderation
        return not (self.objects or self.labels or words)

    @property
    def filled(self) -> Mapping[str, Filled]:
        """The fields of a form that were found."""
        return {name: each for name, each in (self.fields or {}).items() if each.found}

    @property
    def verdict(self) -> str:
        """The verdict of a moderation, with the categories that led to it; "" if there is none."""
        if not self.moderation:
            return ""
        verdict, cause = self.moderation.verdict, self.moderation.reason
        led = [
            f"{each.name} {'?' if each.severity is None else each.severity}"
            for each in self.moderation.categories
            if each.verdict == verdict != "allow"
        ]
        refused = ["the model refused"] if cause == "model_refused" else []
        return f"{verdict}: {', '.join(led or refused)}" if led or refused else verdict

    @property
    def form(self) -> str:
        """The fields that were found, in a line; what cannot be read, as it was written."""
        return ", ".join(f"{name}: {_in_words(each)}" for name, each in self.filled.items())


@dataclass(frozen=True, slots=True)
class Corrected:
    """The correction whose findings stand in the place of the model's."""

    number: int
    who: str
    created: str
    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record; its fields are the members of the JSON object."""

    schema: str = SCHEMA
    id: str
    status: Status
    reason: Reason | None
    task: str
    folder: str
    images: tuple[Photo, ...]
    request: Request
    findings: Found | None
    problems: tuple[Problem, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    usage: Usage | None
    timing: Mapping[str, int] = field(default_factory=dict)
    created: str  # ISO 8601, UTC
    reused_from: str | None = None  # the id of the job whose answer it is; None: its own
    no_overlay: str | None = None  # why a job that is done has no overlay
    redacted: Redacted | Absent = ABSENT  # the copy fit to show, or why there is none
    crops: tuple[Crop, ...] | Absent = ABSENT  # pictures of single things
    corrected: Corrected | Absent = ABSENT  # only in what is read with corrections: never stored

    @classmethod
    def of(cls, result: Result) -> Self:
        """The record of a result, created now."""
        job, found, why = result.job, result.findings, result.reason
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return cls(
            id=job.key,
            status=result.status,
            reason=Reason(why.code, why.sentence) if why else None,
            task=job.task,
            folder=naming.folder(job),
            images=_images(result),
            request=dict(job.request),
            findings=_found(found, result.photos) if found else None,
            problems=found.problems if found else (),
            artifacts=result.artifacts,
            usage=result.usage,
            timing=dict(result.timing_ms),
            created=now.replace("+00:00", "Z"),
            reused_from=result.reused_from,
            no_overlay=result.no_overlay,
            redacted=result.copies.redacted or ABSENT,
            crops=result.copies.crops or ABSENT,
        )

    @property
    def photo(self) -> Photo:
        """The upload; a comparison's first image."""
        return self.images[0]

    @property
    def job(self) -> Job:
        """The job that it ended."""
        images = (ImageRef(each.bucket, each.name, each.generation) for each in self.images)
        tier = self.usage.tier if self.usage else "standard"
        carried = self.photo.metadata or {}
        return Job(tuple(images), self.task, self.request, tier, carried=carried)

    @property
    def cannot(self) -> tuple[str, ...]:
        """What the model says that it could not do, in its own sentences."""
        return tuple(each.sentence for each in self.problems if each.code == CANNOT)

    @property
    def leading(self) -> Part | None:
        """The whole record as a part, or the first part: the one with places, if there is one."""
        found = self.findings
        if found is None:
            return None
        alone = Part(self.task, found.complete, found.text, self.problems)
        return (found.parts or (alone,))[0]

    @property
    def code(self) -> str | None:
        """Why nothing is found in it; None if something is, or if nothing is there to be found."""
        if self.reason:
            return self.reason.code
        empty = self.findings is None or self.findings.is_empty
        return CANNOT if empty and self.cannot else None

    @property
    def light(self) -> Self:
        """The record without the run lengths of its masks, which are most of its bytes."""
        if self.findings is None:
            return self
        objects = tuple(
            replace(each, mask=replace(each.mask, rle=None)) if each.mask else each
            for each in self.findings.objects
        )
        return replace(self, findings=replace(self.findings, objects=objects))


def _images(result: Result) -> tuple[Photo, ...]:
    """The photos; the first has the metadata that the job carries."""
    photos = result.photos or tuple(map(Photo.of, result.job.images))
    if not result.job.carried:
        return photos
    return (replace(photos[0], metadata=result.job.carried), *photos[1:])


def _in_words(field: Filled) -> str:
    value = field.raw if field.value is None else field.value
    if isinstance(value, list):
        return f"{len(value)} row{'s' * (len(value) != 1)}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _found(findings: Findings, photos: tuple[Photo, ...]) -> Found:
    objects = (_object(index, each, photos) for index, each in enumerate(findings.objects))
    return Found(
        tuple(objects),
        findings.complete and all(part.complete for part in findings.parts),
        findings.text,
        findings.labels,
        findings.answer,
        findings.parts or ABSENT,
        findings.fields or ABSENT,
        findings.moderation or ABSENT,
    )


def _object(index: int, found: Detection, photos: tuple[Photo, ...]) -> Object:
    mask = _mask(index, found.mask, photos[0]) if found.mask else None
    return Object(index, found.label, found.shape, found.confidence, found.provenance, mask)


def _mask(index: int, mask: Mask, photo: Photo) -> MaskFile:
    if photo.width is None or photo.height is None:
        raise ValueError("a mask in a photo whose size is not known")
    size = Size(photo.width, photo.height)
    runs = Rle((size.height, size.width), masks.rle(mask, size))
    return MaskFile(naming.mask(index), masks.area(mask), runs)
