"""What readers of annotations return, and how they make boxes and masks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor

from cli.grading import regions
from shared import masks
from shared.exports.rle import Rle as Runs
from shared.exports.rle import Span, bounds
from shared.jobs.record import Found, MaskFile, Object, Rle
from shared.masks import outline
from shared.masks.outline import Corner, TooComplex
from shared.model import Box, Mask, Size


@dataclass(frozen=True, slots=True)
class Annotated:
    """A photo by its file's name, the upright size its coordinates refer to, and its objects.

    `truths` by task are there in place of objects, if the file says of what it is the truth. No
    size is there where the file has none.
    """

    file: str
    size: Size | None
    objects: tuple[Object, ...]
    truths: Mapping[str, Found] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Annotations:
    """The photos of a file, the labels it can use, and a sentence for all that was left out."""

    photos: tuple[Annotated, ...]
    labels: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def numbered(objects: Sequence[Object]) -> tuple[Object, ...]:
    """The objects, each with its place among them as its index."""
    return tuple(
        Object(at, each.label, each.shape, each.confidence, each.provenance, each.mask)
        for at, each in enumerate(objects)
    )


def drawn(label: str, shape: Box, mask: MaskFile | None) -> Object:
    """An object as a person drew it."""
    return Object(0, label, shape, None, "exact", mask)


def box(left: float, top: float, right: float, bottom: float, size: Size) -> Box:
    """A box in whole pixels, at least one wide and high, inside the photo.

    Raises ValueError if it is not in the photo.
    """
    across = min(max(round(left), 0), size.width), min(max(round(right), 0), size.width)
    down = min(max(round(top), 0), size.height), min(max(round(bottom), 0), size.height)
    if not (left <= right and top <= bottom) or across[0] == size.width or down[0] == size.height:
        raise ValueError(f"the box {left:g}, {top:g}, {right:g}, {bottom:g} is not in the photo")
    return Box(across[0], down[0], max(across[1], across[0] + 1), max(down[1], down[0] + 1))


def by_runs(counts: str, size: Size) -> MaskFile:
    """The mask of COCO's compressed run lengths. Raises ValueError if they do not fit the photo."""
    if any(not "0" <= each <= "o" for each in counts):
        raise ValueError("the run lengths are not COCO's")
    pixels = regions.decoded(Runs(size, counts, 0))
    ends = [end for _, end in pixels.spans]
    if not ends or ends != sorted(ends) or ends[-1] > size.width * size.height:
        raise ValueError("the run lengths do not fit the photo")
    return MaskFile("", pixels.area, Rle((size.height, size.width), counts))


def by_outlines(rings: Sequence[Sequence[Corner]], size: Size) -> MaskFile:
    """The pixels whose middles are in one of the outlines. Raises ValueError if there are none."""
    corners = [corner for ring in rings for corner in ring]
    if not corners or min(map(len, rings)) < 3:
        raise ValueError("an outline has fewer than three corners")
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    frame = box(floor(min(xs)), floor(min(ys)), ceil(max(xs)), ceil(max(ys)), size)
    try:
        parts = [int.from_bytes(outline.mask([ring], frame).bits) for ring in rings]
    except TooComplex:
        raise ValueError("an outline has too many corners") from None
    bits = 0
    for part in parts:
        bits |= part
    stride = (frame.right - frame.left + 7) // 8
    mask = Mask(frame, bits.to_bytes(stride * (frame.bottom - frame.top)))
    if not bits:
        raise ValueError("an outline has no pixel in it")
    return MaskFile("", masks.area(mask), Rle((size.height, size.width), masks.rle(mask, size)))


def by_rows(spans: Sequence[Span], frame: Box, size: Size) -> MaskFile:
    """The mask of stretches of pixels, numbered along the rows of a frame.

    Raises ValueError if they are not all in the frame, or the frame is not in the photo.
    """
    width, height = frame.right - frame.left, frame.bottom - frame.top
    inside = frame.left >= 0 and frame.top >= 0 and min(width, height) > 0
    if not (inside and frame.right <= size.width and frame.bottom <= size.height):
        raise ValueError("a mask is not in the photo")
    ends = [end for span in spans for end in span]
    if not any(end > start for start, end in spans):
        raise ValueError("a mask has no pixel")
    if ends != sorted(ends) or ends[-1] > width * height:
        raise ValueError("a mask has more pixels than its frame")
    rows = [0] * height
    for start, end in spans:
        for row in range(start // width, (end - 1) // width + 1):
            first, after = max(start - row * width, 0), min(end - row * width, width)
            rows[row] |= (1 << width - first) - (1 << width - after)
    stride = (width + 7) // 8
    mask = Mask(frame, b"".join((row << stride * 8 - width).to_bytes(stride) for row in rows))
    return MaskFile("", masks.area(mask), Rle((size.height, size.width), masks.rle(mask, size)))


def extent(mask: MaskFile) -> Box:
    """The smallest box around a mask's pixels."""
    runs = mask.rle or Rle((0, 0), "")
    height, width = runs.size
    return bounds(Runs(Size(width, height), runs.counts, mask.area).columns())
