"""CVAT for images 1.1: https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/."""

from itertools import accumulate, pairwise
from xml.etree import ElementTree

from cli.golden.readers.annotations import (
    Annotated,
    Annotations,
    box,
    by_outlines,
    by_rows,
    drawn,
    extent,
    numbered,
)
from shared.jobs.record import Object
from shared.model import Box, Size

_SHAPES = ("box", "polygon", "mask")
_OTHERS = ("points", "polyline", "cuboid", "skeleton", "ellipse")


def read(body: bytes) -> Annotations:
    """The photos of a CVAT file. Raises ValueError, which names the wrong element.

    A photo with a shape that has no area of its own is left out: it would lack an object.
    """
    try:
        # Expat itself stops documents that grow without end (since 2.4.1).
        root = ElementTree.fromstring(body)  # noqa: S314
    except ElementTree.ParseError as why:
        raise ValueError(f"it is not XML: {why}") from why
    photos, left_out = list[Annotated](), list[str]()
    for image in root.iter("image"):
        other = next((each.tag for each in image if each.tag in _OTHERS), "")
        if other:
            left_out.append(
                f"{image.get('name')}: it has a {other}, which has no area that is read"
            )
        else:
            photos.append(_photo(image))
    names = [(each.text or "").strip() for each in root.iterfind(".//labels/label/name")]
    found = [thing.label for photo in photos for thing in photo.objects]
    return Annotations(tuple(photos), tuple(dict.fromkeys(names or found)), tuple(left_out))


def _photo(image: ElementTree.Element) -> Annotated:
    name = image.get("name", "")
    try:
        size = Size(int(image.attrib["width"]), int(image.attrib["height"]))
        objects = [_object(each, size) for each in image if each.tag in _SHAPES]
    except KeyError as why:
        raise ValueError(f"{name}: the attribute {why} is missing") from why
    except ValueError as why:
        raise ValueError(f"{name}: {why}") from why
    return Annotated(name, size, numbered(objects))


def _object(shape: ElementTree.Element, size: Size) -> Object:
    label, told = shape.attrib["label"], shape.attrib
    if float(told.get("rotation", 0)):
        raise ValueError(f"a {label} is turned, which no box can be here")
    match shape.tag:
        case "box":
            left, top, right, bottom = (float(told[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
            return drawn(label, box(left, top, right, bottom, size), None)
        case "polygon":
            mask = by_outlines([[_corner(pair) for pair in told["points"].split(";")]], size)
        case _:
            left, top = int(told["left"]), int(told["top"])
            frame = Box(left, top, left + int(told["width"]), top + int(told["height"]))
            mask = by_rows(_spans(told["rle"]), frame, size)
    return drawn(label, extent(mask), mask)


def _corner(pair: str) -> tuple[float, float]:
    x, y = map(float, pair.split(","))
    return x, y


def _spans(rle: str) -> list[tuple[int, int]]:
    """The stretches of a mask, row by row; the background comes first."""
    ends = [0, *accumulate(int(each) for each in rle.split(","))]
    return list(pairwise(ends))[1::2]
