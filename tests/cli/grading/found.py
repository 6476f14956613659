"""Truths and answers for the tests of grades."""

from hypothesis import strategies as some

from shared.jobs.record import Found, MaskFile, Object, Rle
from shared.masks import area, rle
from shared.model import Box, Filled, Label, Mask, Size

SIZE = Size(200, 100)
boxes = some.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    some.integers(0, 150),
    some.integers(0, 60),
    some.integers(1, 50),
    some.integers(1, 40),
)


def thing(label: str, box: Box, mask: Mask | None = None, score: float | None = None) -> Object:
    held = (
        MaskFile("", area(mask), Rle((SIZE.height, SIZE.width), rle(mask, SIZE))) if mask else None
    )
    return Object(0, label, box, score, "exact", held)


def full(box: Box) -> Mask:
    """Every pixel of a box."""
    width, height = box.right - box.left, box.bottom - box.top
    stride = (width + 7) // 8
    row = (((1 << width) - 1) << (stride * 8 - width)).to_bytes(stride)
    return Mask(box, row * height)


def things(*boxes: Box, label: str = "cup") -> Found:
    return Found(tuple(thing(label, box) for box in boxes))


def text(words: str) -> Found:
    return Found(text=words)


def classes(*names: str) -> Found:
    return Found(labels=tuple(map(Label, names)))


def form(**values: object) -> Found:
    """A form; a field that is None is not found."""
    return Found(fields={name: Filled(value is not None, value) for name, value in values.items()})
