"""COCO's object instances, one JSON document: https://cocodataset.org/#format-data."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.exports import outlines
from shared.exports.example import Example, Photo, Thing, number
from shared.exports.format import Ending, Joined, Line, Lines
from shared.exports.photos import boxed
from shared.exports.rle import Rle
from shared.exports.tally import Tally
from shared.exports.text import as_json
from shared.model import Box, Polygon

_HEAD = '{"info":{"description":"Darkroom"},"licenses":[],"images":[\n'


@dataclass(frozen=True, slots=True)
class Coco:
    """Boxes and masks; masks as run lengths, which are exact, or as polygons."""

    tally: Tally
    polygons: bool

    def add(self, example: Example, /) -> Iterator[Line]:
        """The photo, and an annotation per object."""
        yield Line("photos", as_json(_image(example)))
        for thing, box in boxed(example, self.tally):
            yield Line("annotations", as_json(self._annotation(example.photo, thing, box)))

    def ending(self) -> Iterator[Ending]:
        """The three lists; the categories last, when all are known."""
        categories = [
            {"id": self._category(label), "name": label, "supercategory": ""}
            for label in self.tally.labels
        ]
        yield Joined(
            "annotations.json",
            (
                _HEAD,
                Lines("photos", ","),
                '],"annotations":[\n',
                Lines("annotations", ","),
                f'],"categories":{as_json(categories)}}}\n',
            ),
        )

    def _annotation(self, photo: Photo, thing: Thing, box: Box) -> dict[str, Any]:
        self.tally.place(thing.label)
        width, height = box.right - box.left, box.bottom - box.top
        score = {} if thing.confidence is None else {"score": thing.confidence}
        return {
            "id": thing.number,
            "image_id": photo.number,
            "category_id": self._category(thing.label),
            "bbox": [box.left, box.top, width, height],
            "area": thing.mask.area if thing.mask else width * height,
            "segmentation": self._segmentation(thing),
            "iscrowd": 0,
            **score,
        }

    def _segmentation(self, thing: Thing) -> Any:
        match thing:
            case Thing(mask=Rle(size=size, counts=counts)) if not self.polygons:
                return {"size": [size.height, size.width], "counts": counts}
            case Thing(mask=Rle() as mask):
                return [_flat(each) for each in outlines.in_corners(mask.columns())]
            case Thing(shape=Polygon(rings=rings)):
                return [_flat(ring) for ring in rings]
        return []

    def _category(self, label: str) -> int:
        """The place of a given label, from 1; else a number derived from the label."""
        return self.tally.labels[label] + 1 if self.tally.fixed else number(label)


def _image(example: Example) -> dict[str, Any]:
    photo = example.photo
    corrected = {"correction": example.correction} if example.correction else {}
    return {
        "id": photo.number,
        "file_name": photo.file,
        "width": photo.size.width,
        "height": photo.size.height,
        "coco_url": photo.url,
        "generation": photo.generation,
        "record": example.record,
        **corrected,
    }


def _flat(ring: Any) -> list[float]:
    return [each for corner in ring for each in corner]
