"""A photo of a golden set, and what is true of it: one line of items.jsonl."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.grading.metrics import OF_ONE_PHOTO
from shared import codec, tasks
from shared.jobs.record import Found, Record
from shared.model import Findings, ImageRef, Job, Photo, Request, Result, Size

_DIGEST = re.compile("[0-9a-f]{64}")
_UNASKED = {"max_output_tokens"}  # settings that say nothing of what is true


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a photo for one task, in the form of a record's findings.

    `who` is the person who looked at it, `drafted_by` the model that drafted it. `asked` has the
    settings of the task under which it is true, such as the labels that are looked for.
    """

    findings: Found
    who: str | None = None
    drafted_by: str | None = None
    asked: Request = field(default_factory=dict)

    def prevails(self, other: "Truth") -> bool:
        """Whether it stays, as somebody looked at it and nobody at the other one."""
        return bool(self.who) and not other.who


@dataclass(frozen=True, slots=True)
class Item:
    """A photo by the SHA-256 of its bytes, in hex; its size is upright, in pixels."""

    image: str
    name: str
    width: int
    height: int
    truth: Mapping[str, Truth]

    @property
    def size(self) -> Size:
        """Width and height of the upright photo."""
        return Size(self.width, self.height)

    @property
    def ref(self) -> ImageRef:
        """The photo as jobs name it; it follows from its bytes alone, and so does a job's key."""
        return ImageRef("golden", self.image, 1)

    @property
    def line(self) -> bytes:
        """The item as a line of items.jsonl, without the line break."""
        return codec.encode(self)


def read(line: bytes) -> Item:
    """The item of a line. Raises ValueError, which says what is wrong with it."""
    item = codec.decode(line, Item)
    if not _DIGEST.fullmatch(item.image):
        raise ValueError(f"image must be a SHA-256 in hex, not {item.image[:80]!r}")
    if item.width < 1 or item.height < 1:
        raise ValueError(f"{item.name!r} has no size")
    for task, truth in item.truth.items():
        if why := misfit(task, truth, item.size):
            raise ValueError(f"{item.name!r}, {task}: {why}")
    return item


def asked(task: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a question about a task that are not the usual ones."""
    usual = tasks.find(task).defaults
    return {
        key: chosen[key]
        for key, value in usual.items()
        if key in chosen and chosen[key] != value and key not in _UNASKED
    }


def misfit(task: str, truth: Truth, size: Size) -> str:
    """Why a truth cannot be one of that task and a photo of that size; "" if it can."""
    if task == "compare":
        return "it is about several photos, and an item has one"
    if task not in OF_ONE_PHOTO:
        return f"its answers cannot be graded; those of {', '.join(OF_ONE_PHOTO)} can"
    if not (truth.who or truth.drafted_by):
        return "neither who looked at it is said nor which model drafted it"
    if task == "answer" and truth.findings.answer is None:
        return "there is no answer"
    if task == "moderate" and not truth.findings.moderation:
        return "there is no verdict"
    masks = [each.mask for each in truth.findings.objects]
    if any(mask and mask.rle and tuple(mask.rle.size) != (size[1], size[0]) for mask in masks):
        return "a mask is not of the photo's size"
    if task == "segment" and not all(mask and mask.rle for mask in masks):
        return "an object has no mask; boxes alone are a truth for detect"
    return ""


def recorded(findings: Findings, size: Size) -> Found:
    """Findings as a record has them, with the masks' run lengths."""
    photo = Photo("", "", 0, width=size.width, height=size.height)
    job = Job((ImageRef("", "", 0),), "", {})
    found = Record.of(Result(job, "done", photos=(photo,), findings=findings)).findings
    return found or Found()
