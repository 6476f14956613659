"""Ultralytics' YOLO: a text file per photo, a line per object, numbers as fractions of the sides.

https://docs.ultralytics.com/datasets/detect/ and /segment/.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.exports import bridges, outlines
from shared.exports.example import Example, Thing
from shared.exports.format import Ending, File
from shared.exports.photos import boxed
from shared.exports.tally import Tally
from shared.exports.text import in_yaml, short
from shared.model import Box, Size

# Of a pixel, from its left and upper edge. supervision rounds to the nearest integer and
# Ultralytics truncates: with this offset both find the same pixel.
_INSIDE = 0.25
_MUCH = 0.01  # of the mask's pixels


@dataclass(frozen=True, slots=True)
class YoloDetect:
    """`class x y width height`; x and y are the centre."""

    tally: Tally

    def add(self, example: Example, /) -> Iterator[File]:
        """The labels of one photo; an empty file means no objects."""
        size = example.photo.size
        lines = []
        for thing, box in boxed(example, self.tally):
            self.tally.counts["masks"] += thing.mask is not None
            lines.append(_line(self.tally.place(thing.label), _middle(box, size)))
        yield _file(example, lines)

    def ending(self) -> Iterator[Ending]:
        """data.yaml."""
        yield _data(self.tally)


@dataclass(frozen=True, slots=True)
class YoloSegment:
    """`class x y x y ...`: one polygon per object, of the pixels on its border."""

    tally: Tally

    def add(self, example: Example, /) -> Iterator[File]:
        """The labels of one photo; an empty file means no objects."""
        size = example.photo.size
        lines = []
        for thing, box in boxed(example, self.tally):
            shares = _shares(self._polygon(thing, box), size)
            lines.append(_line(self.tally.place(thing.label), shares))
        yield _file(example, lines)

    def ending(self) -> Iterator[Ending]:
        """data.yaml."""
        yield _data(self.tally)

    def _polygon(self, thing: Thing, box: Box) -> outlines.Polygon:
        """One polygon of at least three corners; those of a single pixel are equal."""
        if thing.mask is None:
            self.tally.counts["unmasked"] += 1
            right, bottom = box.right - 1, box.bottom - 1
            return [(box.left, box.top), (right, box.top), (right, bottom), (box.left, bottom)]
        whole = bridges.joined(outlines.in_pixels(thing.mask.columns()))
        self.tally.counts["far_parts"] += whole.line > _MUCH * thing.mask.area
        return whole.polygon if len(whole.polygon) > 2 else (whole.polygon * 3)[:3]


def _middle(box: Box, size: Size) -> tuple[float, float, float, float]:
    return (
        (box.left + box.right) / 2 / size.width,
        (box.top + box.bottom) / 2 / size.height,
        (box.right - box.left) / size.width,
        (box.bottom - box.top) / size.height,
    )


def _shares(polygon: outlines.Polygon, size: Size) -> list[float]:
    width, height = size
    return [share for x, y in polygon for share in ((x + _INSIDE) / width, (y + _INSIDE) / height)]


def _line(place: int, numbers: Sequence[float]) -> str:
    return " ".join((str(place), *map(short, numbers))) + "\n"


def _file(example: Example, lines: Sequence[str]) -> File:
    return File(f"labels/{example.photo.stem}.txt", "".join(lines).encode())


def _data(tally: Tally) -> File:
    """Without a `path`, Ultralytics looks beside the file."""
    head = ["train: images", "val: images", f"nc: {len(tally.labels)}"]
    names = [f"  {place}: {in_yaml(label)}" for label, place in tally.labels.items()]
    listed = ["names:", *names] if names else ["names: {}"]
    return File("data.yaml", "".join(f"{line}\n" for line in head + listed).encode())
