"""Where an object is, by its box and by its pixels; and the IoU of two objects."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

from shared.exports.example import Thing
from shared.exports.rle import Rle, lengths
from shared.jobs.record import Found, MaskFile, Object
from shared.model import Box, Size

Span = tuple[int, int]  # first pixel, and end (exclusive)


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixels of a mask, numbered down the columns of the whole image."""

    size: Size
    spans: tuple[Span, ...]

    @property
    def area(self) -> int:
        """How many there are."""
        return sum(end - start for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Region:
    """One object: its label, its box in pixels, and its mask if it has one.

    `score` is the model's confidence, from 0 to 1; None if it gave none.
    """

    label: str
    box: Box
    pixels: Pixels | None = None
    score: float | None = None


def of(found: Found) -> list[Region]:
    """The objects that have an area, in their order: points have none."""
    return [region for each in found.objects if (region := _region(each))]


def box_iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes; 0 if they do not overlap."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / (_area(one) + _area(other) - shared)


def mask_iou(one: Pixels, other: Pixels) -> float:
    """Intersection over union of two masks; 0 if they have no pixel in common.

    Raises ValueError if they are of images of different sizes.
    """
    if one.size != other.size:
        raise ValueError(f"masks of images of {one.size} and {other.size} cannot be compared")
    shared = common(one.spans, other.spans)
    return shared / (one.area + other.area - shared) if shared else 0.0


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)


def common(ones: tuple[Span, ...], others: tuple[Span, ...]) -> int:
    """How many pixels two lists of spans have in common; both are in order, without overlaps."""
    total = at = 0
    for start, end in ones:
        while at < len(others) and others[at][1] <= start:
            at += 1
        ahead = at
        while ahead < len(others) and others[ahead][0] < end:
            total += min(end, others[ahead][1]) - max(start, others[ahead][0])
            ahead += 1
    return total


def _region(found: Object) -> Region | None:
    thing = Thing(0, found.label, found.shape, found.confidence, found.provenance, None)
    if thing.box is None:
        return None
    pixels = _pixels(found.mask) if found.mask else None
    return Region(found.label, thing.box, pixels, found.confidence)


def _pixels(mask: MaskFile) -> Pixels | None:
    if mask.rle is None:
        return None
    height, width = mask.rle.size
    return decoded(Rle(Size(width, height), mask.rle.counts, mask.area))


def decoded(mask: Rle) -> Pixels:
    """The pixels of COCO's run lengths."""
    ends = [0, *accumulate(lengths(mask.counts))]
    runs = list(pairwise(ends))[1::2]  # background first, then by turns
    return Pixels(mask.size, tuple((start, end) for start, end in runs if end > start))
