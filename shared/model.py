"""The nouns, free of vendors. Coordinates are always pixels of the upright original."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Literal, NamedTuple, Self

from msgspec import UNSET, Struct, UnsetType

from shared.errors import Reason

Request = Mapping[str, Any]  # prompt, labels, model ...: everything an answer depends on
Schema = Mapping[str, Any]  # JSON Schema of the model's answer

Provenance = Literal["exact", "repaired", "box_only", "corrected"]  # corrected: by a person
Tier = Literal["standard", "flex"]  # flex: half the price, and it may wait for minutes
Status = Literal["done", "rejected", "failed"]

CANNOT = "offline_cannot"  # the code of a problem: the model says what it could not do


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ImageRef:
    """One exact version of one uploaded object."""

    bucket: str
    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class Upload:
    """One exact version of an upload, as the bucket describes it, unopened."""

    ref: ImageRef
    bytes: int
    declared_type: str | None
    crc32c: str | None  # base64, big-endian, as Cloud Storage writes it
    created: float  # seconds since the epoch, by the server's clock; it never changes
    metadata: Mapping[str, str] = field(default_factory=dict)  # the uploader's own


@dataclass(frozen=True, slots=True)
class Shadow:
    """A second model that is asked what a job asks; its answer is compared, and goes nowhere.

    `daily_usd` is what the shadows of the job's recipe may cost a day, UTC.
    """

    model: str
    daily_usd: float


@dataclass(frozen=True, slots=True)
class Origin:
    """What the breaker compares of an upload: where it may have come from."""

    created: float  # seconds since the epoch, by the server's clock
    content: str = ""  # the same for equal bytes
    via: tuple[str, ...] = ()  # the recipes whose pictures it was made of, first the oldest


@dataclass(frozen=True, slots=True)
class Job:
    """One question about some images. This is also the Pub/Sub message, whole and resolved."""

    images: tuple[ImageRef, ...]
    task: str
    request: Request
    tier: Tier = "standard"  # what a call costs and how soon it is answered; not part of the key
    plan: str = ""  # the id of the backfill that queued it; not part of the key
    quiet: bool = False  # its result is not sent to webhooks; not part of the key
    reuse: bool = True  # whether an answer about the same bytes will do; not part of the key
    carried: Mapping[str, str] = field(default_factory=dict)  # metadata; not part of the key
    recipe: str = ""  # the name of the one that asks; "": a job file; not part of the key
    shadow: Shadow | None = None  # not part of the key
    origin: Origin | None = None  # of the upload that a recipe asks about; not part of the key

    @property
    def key(self) -> str:
        """The dedup key: same images and same question, same key.

        SHA-256 in hex over the canonical JSON (sorted keys, no spaces, UTF-8).
        """
        asked = {
            "images": [asdict(each) for each in self.images],
            "task": self.task,
            "request": self.request,
        }
        canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


# Shapes are Structs: JSON tells them apart by their kind.
class Box(Struct, frozen=True, tag_field="kind", tag="box"):
    """A rectangle; `right` and `bottom` are exclusive, so width is right - left, and at least 1."""

    left: int
    top: int
    right: int
    bottom: int


class Point(Struct, frozen=True, tag_field="kind", tag="point"):
    """The pixel at column `x`, row `y`."""

    x: int
    y: int


class Polygon(Struct, frozen=True, tag_field="kind", tag="polygon"):
    """An outline: rings of [x, y] corners, filled by the even-odd rule, so holes are rings too.

    A corner lies between pixels: 0 is the left or upper edge of the image, its width or height the
    other one.
    """

    rings: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class Mask:
    """Which pixels of `box` belong to a thing.

    `bits` are the rows of the box from top to bottom, each padded to whole bytes, the leftmost
    pixel in the highest bit: what Pillow calls the raw data of mode "1".
    """

    box: Box
    bits: bytes


Shape = Box | Point | Polygon


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing seen in the image, and where."""

    label: str
    shape: Shape
    confidence: float | None = None  # 0..1 as the model gave it; None if it gave none
    provenance: Provenance = "exact"
    mask: Mask | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of the model's answer, and what was done about it.

    `code` is a short fixed word ("swapped_corners"), `item` the position in the answer (None: the
    answer as a whole), `sentence` is for people.
    """

    code: str
    sentence: str
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One class of a classification."""

    name: str
    score: float | None = None  # 0..1 as the model gave it; None if it gave none


@dataclass(frozen=True, slots=True)
class Filled:
    """A field of a form, as it was filled in: what stands in the photo, and where.

    `raw` is what the model wrote, `value` what was read of it: None if it is not found, or cannot
    be read as the field's type. The value of a list is a list of rows, objects of plain values;
    `shapes` has the place of each row, `shape` that of any other field; None if it has none.
    """

    found: bool
    value: Any = None
    raw: Any = None
    shape: Shape | None = None
    provenance: Provenance = "exact"
    shapes: tuple[Shape | None, ...] = ()


Decision = Literal["allow", "review", "block"]  # review: a person is to look


@dataclass(frozen=True, slots=True)
class Category:
    """How severe a photo is in one category of moderation, from 0 to 6; None if it is not known.

    `review` and `block` are the limits by which it was decided.
    """

    name: str
    severity: int | None
    sentence: str
    verdict: Decision
    review: int
    block: int


@dataclass(frozen=True, slots=True)
class Moderation:
    """The verdict on a photo, the strictest of its categories'.

    `reason` is "threshold"; "unsure" if a category could not be read; "model_refused" if the model
    would not look, and then there are no categories; None if the photo is allowed.
    """

    verdict: Decision
    reason: str | None = None
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one task of several that were asked in one call.

    Not `complete`: it was cut off, or it is not in the answer or cannot be read; then a problem
    says so. `text` is what the task alone would have as its text.
    """

    task: str
    complete: bool = True
    text: str | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What a task read from an answer. Empty means: nothing was found, unless a problem is CANNOT.

    `complete` is False if the answer was cut off: what is here is whole, but more was to come.
    `parts` is empty unless several tasks were asked in one call.
    """

    objects: tuple[Detection, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete: bool = True
    text: str | None = None  # a caption, or the text that was read
    labels: tuple[Label, ...] = ()
    answer: str | None = None  # to the question the job asks
    parts: tuple[Part, ...] = ()
    fields: Mapping[str, Filled] = field(default_factory=dict)  # of a form, by name
    moderation: Moderation | None = None


@dataclass(frozen=True, slots=True)
class Photo(ImageRef):
    """An upload, once opened; width and height are upright."""

    declared_type: str | None = None
    detected_type: str | None = None
    width: int | None = None
    height: int | None = None
    orientation: int | None = None  # EXIF 1..8 as stored; 1 for HEIF, which is upright once decoded
    frames: int | None = None
    bytes: int | None = None
    crc32c: str | None = None
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, str] | UnsetType = UNSET  # the uploader's own, as far as it is carried

    @classmethod
    def of(cls, ref: ImageRef) -> Self:
        """A photo before it is opened."""
        return cls(ref.bucket, ref.name, ref.generation)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file beside result.json."""

    name: str
    type: str
    bytes: int
    crc32c: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A JPEG in the bucket of copies."""

    bucket: str
    name: str
    bytes: int
    crc32c: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an answer may lack something that is to be hidden: a short fixed word, a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The copy of a photo in which things are hidden; None if it was withheld.

    `hidden` is how many things. `unsure` is why it was withheld, or why all of it is hidden.
    """

    copy: Copy | None
    hidden: int
    unsure: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Crop(Copy):
    """A picture of one thing that was found; `object` is its place among the findings."""

    object: int


@dataclass(frozen=True, slots=True)
class Copies:
    """What was made of a photo to be shown: nothing, unless its job asks for it."""

    redacted: Redacted | None = None
    crops: tuple[Crop, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """The cost of answers: tokens as the service reports them, money by our price table."""

    model: str  # the version that answered, as the service names it
    prompt_tokens: int = 0
    image_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0
    cost_usd: float | None = None  # None: no price is known for this model
    paid_calls: int = 0
    tier: Tier = "standard"  # by which the last of them was paid


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a job ended without findings: one word from the closed list, one sentence for people."""

    code: Reason
    sentence: str


NoOverlay = Literal["nothing_to_draw", "switched_off"]


@dataclass(frozen=True, slots=True)
class Result:
    """The one terminal record of a job. `reason` is set unless the status is done."""

    job: Job
    status: Status
    reason: Verdict | None = None
    photos: tuple[Photo, ...] = ()
    findings: Findings | None = None
    artifacts: tuple[Artifact, ...] = ()
    usage: Usage | None = None
    timing_ms: Mapping[str, int] = field(default_factory=dict)
    reused_from: str | None = None  # the key of the job whose answer it is
    no_overlay: NoOverlay | None = None  # why there is none
    copies: Copies = Copies()
