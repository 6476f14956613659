"""Label Studio's tasks with predictions: https://labelstud.io/guide/predictions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.exports import brush
from shared.exports.example import Example, Photo, Thing
from shared.exports.format import Ending, File, Joined, Line, Lines
from shared.exports.tally import Tally
from shared.exports.text import as_json, in_xml
from shared.model import Box, Point, Polygon, Size

# The type of a region, and the name of its tag in config.xml.
_TAGS = {
    "rectanglelabels": "box",
    "brushlabels": "mask",
    "polygonlabels": "polygon",
    "keypointlabels": "point",
}


@dataclass(frozen=True, slots=True)
class LabelStudio:
    """A task per photo; an object with a mask is a rectangle with a brush region as its child."""

    tally: Tally

    def add(self, example: Example, /) -> Iterator[Line]:
        """The task of one photo."""
        for thing in example.things:
            self.tally.place(thing.label)
        task = {
            "data": {"image": example.photo.url, "record": example.record, **self._scope(example)},
            "predictions": [_prediction(example)],
        }
        yield Line("tasks", as_json(task))

    def ending(self) -> Iterator[Ending]:
        """The tasks, and their labelling interface."""
        yield Joined("tasks.json", ("[\n", Lines("tasks", ","), "]\n"))
        yield File("config.xml", _config(self.tally.labels).encode())

    def _scope(self, example: Example) -> dict[str, Any]:
        """Which labels are in the export, if not all; and whose correction it holds, if one's."""
        listed = {"labels": [*self.tally.fixed]} if self.tally.fixed else {}
        return listed | ({"correction": example.correction} if example.correction else {})


def _prediction(example: Example) -> dict[str, Any]:
    sure = [thing.confidence for thing in example.things if thing.confidence is not None]
    score = {"score": sum(sure) / len(sure)} if sure else {}
    regions = [region for thing in example.things for region in _regions(thing, example.photo)]
    version = f"correction {example.correction}" if example.correction else example.model
    return {"model_version": version, **score, "result": regions}


def _regions(thing: Thing, photo: Photo) -> Iterator[dict[str, Any]]:
    name = f"{thing.number:014x}"
    for number, (kind, value) in enumerate(_shapes(thing, photo.size)):
        yield _region(f"{name}-{number}" if number else name, kind, value, thing, photo)
    if thing.mask:
        value = {"format": "rle", "rle": list(brush.encoded(thing.mask))}
        yield {**_region(f"{name}-m", "brushlabels", value, thing, photo), "parentID": name}


def _shapes(thing: Thing, size: Size) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The type and the place of every region of the shape, in percent of the sides."""
    width, height = size
    match thing.shape:
        case Box(left, top, right, bottom):
            yield (
                "rectanglelabels",
                {
                    "x": 100 * left / width,
                    "y": 100 * top / height,
                    "width": 100 * (right - left) / width,
                    "height": 100 * (bottom - top) / height,
                    "rotation": 0,
                },
            )
        case Point(x, y):
            place = {"x": 100 * (x + 0.5) / width, "y": 100 * (y + 0.5) / height}
            yield "keypointlabels", {**place, "width": 100 / width}
        case Polygon(rings):
            for ring in rings:
                points = [[100 * x / width, 100 * y / height] for x, y in ring]
                yield "polygonlabels", {"points": points, "closed": True}


def _region(
    name: str, kind: str, value: Mapping[str, Any], thing: Thing, photo: Photo
) -> dict[str, Any]:
    score = {} if thing.confidence is None else {"score": thing.confidence}
    return {
        "id": name,
        "type": kind,
        "from_name": _TAGS[kind],
        "to_name": "image",
        "original_width": photo.size.width,
        "original_height": photo.size.height,
        "image_rotation": 0,
        "value": {**value, kind: [thing.label]},
        **score,
    }


def _config(labels: Sequence[str] | Mapping[str, int]) -> str:
    listed = "".join(f'    <Label value="{in_xml(label)}"/>\n' for label in labels)
    tags = {
        "RectangleLabels": "box",
        "BrushLabels": "mask",
        "PolygonLabels": "polygon",
        "KeyPointLabels": "point",
    }
    choices = "".join(
        f'  <{tag} name="{name}" toName="image">\n{listed}  </{tag}>\n'
        for tag, name in tags.items()
    )
    return f'<View>\n  <Image name="image" value="$image"/>\n{choices}</View>\n'
