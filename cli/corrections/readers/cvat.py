"""CVAT for images 1.1: https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/.

Photos are known by the names of their files, objects by the attribute that our export gives them.
Several outlines with the same number are the rings of one object.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from xml.etree import ElementTree

from cli.corrections.sheet import Drawn, Rings, Sheet, number_in, rounded, size_of
from cli.golden.readers.annotations import box, by_rows
from shared.exports.cvat import OBJECT
from shared.model import Box, Point, Size

_SHAPES = ("box", "polygon", "mask", "points")
_OTHERS = ("polyline", "cuboid", "skeleton", "ellipse")


def read(body: bytes) -> list[Sheet]:
    """The photos of a file. Raises ValueError, the end of a sentence."""
    try:
        # Expat itself stops documents that grow without end (since 2.4.1).
        root = ElementTree.fromstring(body)  # noqa: S314
    except (ElementTree.ParseError, LookupError, ValueError) as why:
        raise ValueError(f"is not XML: {why}") from why
    names = [(each.text or "").strip() for each in root.iterfind(".//labels/label/name")]
    labels = frozenset(names) if names else None
    return [_sheet(image, labels) for image in root.iter("image")]


def _sheet(image: ElementTree.Element, labels: frozenset[str] | None) -> Sheet:
    name = image.get("name", "")
    try:
        size = size_of(int(image.attrib["width"]), int(image.attrib["height"]))
        things = tuple(_things(image, size))
    except KeyError as why:
        return Sheet("cvat", name, fault=f"the attribute {why} is missing")
    except (OverflowError, ValueError) as why:
        return Sheet("cvat", name, fault=str(why))
    based = max((_marked(shape)[1] for shape in image), default=0)
    number = number_in(name)
    return Sheet("cvat", name, things, size, number=number, based=based, labels=labels)


def _things(image: ElementTree.Element, size: Size) -> Iterator[Drawn]:
    if other := next((each.tag for each in image if each.tag in _OTHERS), ""):
        raise ValueError(f"it has a {other}, which is not read")
    shapes = [each for each in image if each.tag in _SHAPES]
    rings = [each for each in shapes if each.tag == "polygon" and _marked(each)[0] is not None]
    yield from (_thing(each, size) for each in shapes if each not in rings)
    for number, several in groupby(sorted(rings, key=_number), key=_number):
        yield _outlined(number, [*several])


def _thing(shape: ElementTree.Element, size: Size) -> Drawn:
    told, (number, _) = shape.attrib, _marked(shape)
    label = told["label"]
    if float(told.get("rotation", 0)):
        raise ValueError(f"a {label} is turned, which no box can be here")
    match shape.tag:
        case "box":
            left, top, right, bottom = (float(told[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
            return Drawn(number, label, box(left, top, right, bottom, size))
        case "points":
            return Drawn(number, label, _point(told["points"], size))
        case "polygon":
            return Drawn(number, label, rings=_ring(shape))
    left_, top_ = int(told["left"]), int(told["top"])
    frame = Box(left_, top_, left_ + int(told["width"]), top_ + int(told["height"]))
    return Drawn(number, label, mask=by_rows(_spans(told["rle"]), frame, size))


def _outlined(number: int, shapes: Sequence[ElementTree.Element]) -> Drawn:
    rings = tuple(ring for each in shapes for ring in _ring(each))
    return Drawn(number, shapes[0].attrib["label"], rings=rings)


def _number(shape: ElementTree.Element) -> int:
    return _marked(shape)[0] or 0


def _marked(shape: ElementTree.Element) -> tuple[int | None, int]:
    """The object's number and that of the correction it was exported with, if it has them."""
    mark = next((each.text or "" for each in shape if each.get("name") == OBJECT), "")
    number, _, correction = mark.strip().partition(".")
    try:
        return int(number, 16), int(correction or 0)
    except ValueError:
        return None, 0


def _ring(shape: ElementTree.Element) -> Rings:
    return rounded([[_corner(pair) for pair in shape.attrib["points"].split(";")]])


def _corner(pair: str) -> tuple[float, float]:
    x, y = map(float, pair.split(","))
    return x, y


def _point(points: str, size: Size) -> Point:
    if ";" in points:
        raise ValueError("it has several points in one object")
    x, y = _corner(points)
    if not (0 <= x < size.width and 0 <= y < size.height):
        raise ValueError("a point is not in the photo")
    return Point(int(x), int(y))


def _spans(rle: str) -> list[tuple[int, int]]:
    """The stretches of a mask, row by row; the background comes first."""
    ends = [0, *accumulate(int(each) for each in rle.split(","))]
    return list(pairwise(ends))[1::2]
