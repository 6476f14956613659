"""Label Studio's JSON: https://labelstud.io/guide/export, "Label Studio JSON format".

Of a task the last annotation that was not cancelled counts; predictions do not. A region keeps the
id of the prediction that it was made from, and so the number of our object.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.corrections.sheet import Drawn, Rings, Sheet, number_in, rounded, size_of
from cli.golden.readers import brush
from cli.golden.readers.annotations import box
from shared import codec
from shared.jobs.record import MaskFile
from shared.model import Box, Point, Size

_ID = re.compile(r"([0-9a-f]{14})(?:-(?:m|\d+))?", re.ASCII)
_KINDS = ("rectanglelabels", "polygonlabels", "brushlabels", "keypointlabels")


@dataclass(frozen=True, slots=True)
class _Region:
    type: str
    value: Mapping[str, Any]
    id: str = ""
    original_width: int = 0
    original_height: int = 0
    image_rotation: float = 0
    parentID: str | None = None  # noqa: N815  # as Label Studio calls it


@dataclass(frozen=True, slots=True)
class _Annotation:
    result: list[_Region]
    was_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class _Data:
    image: str = ""
    record: str = ""
    correction: int = 0
    labels: list[str] | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    data: _Data
    annotations: list[_Annotation] = field(default_factory=list)


def read(body: bytes) -> list[Sheet]:
    """The photos of a file. Raises ValueError, the end of a sentence."""
    try:
        tasks = codec.decode(body, list[Any])
    except ValueError as why:
        raise ValueError(f"is not Label Studio's JSON: {why}") from why
    return [_read(number, task) for number, task in enumerate(tasks, 1)]


def _read(number: int, task: Any) -> Sheet:
    try:
        return _sheet(codec.typed(task, _Task))
    except ValueError as why:
        return Sheet("label-studio", f"task {number}", fault=f"it cannot be read: {why}")


def _sheet(task: _Task) -> Sheet:
    data, name = task.data, task.data.image.rpartition("/")[2]
    done = [each for each in task.annotations if not each.was_cancelled]
    if not done:
        return Sheet("label-studio", name, url=data.image, open=True)
    things, size, fault = tuple[Drawn, ...](), None, ""
    try:
        size = _size(done[-1].result)
        things = _things(done[-1].result, size or Size(1, 1))
    except (AttributeError, KeyError, TypeError, IndexError) as why:
        fault = f"a region lacks {why}"
    except (OverflowError, ValueError) as why:
        fault = str(why)
    return Sheet(
        "label-studio",
        name,
        things,
        size,
        data.image,
        data.record,
        number_in(name),
        data.correction,
        None if data.labels is None else frozenset(data.labels),
        submitted=True,
        fault=fault,
    )


def _size(regions: Sequence[_Region]) -> Size | None:
    """The size of the photo; an annotation without regions does not say it."""
    return size_of(regions[0].original_width, regions[0].original_height) if regions else None


def _things(regions: Sequence[_Region], size: Size) -> tuple[Drawn, ...]:
    groups: dict[str, list[_Region]] = {}
    for at, each in enumerate(regions):
        if each.type not in _KINDS:
            raise ValueError(f"it has {each.type}, which is not read")
        if each.image_rotation or each.value.get("rotation"):
            raise ValueError("it was turned in the tool")
        if Size(each.original_width, each.original_height) != size:
            raise ValueError("its regions are of photos of different sizes")
        groups.setdefault(each.parentID or _base(each.id) or f"new {at}", []).append(each)
    return tuple(_thing(several, size) for several in groups.values())


def _base(region: str) -> str:
    """The id of the object that a region belongs to."""
    found = _ID.fullmatch(region)
    return found[1] if found else region


def _thing(regions: Sequence[_Region], size: Size) -> Drawn:
    """A rectangle, a point, an outline or a brush; a rectangle may have a brush."""
    first = regions[0]
    brushes = [each for each in regions if each.type == "brushlabels"]
    rings = [each for each in regions if each.type == "polygonlabels"]
    others = [each for each in regions if each not in (*brushes, *rings)]
    if len(others) > 1 or len(brushes) > 1 or (rings and len(rings) < len(regions)):
        raise ValueError(f"region {first.id} is more than a rectangle and its brush")
    found = _ID.fullmatch(first.parentID or first.id)
    return Drawn(
        int(found[1], 16) if found else None,
        _label((others or regions)[0]),
        _shape(others[0], size) if others else None,
        _brushed(brushes[0], size) if brushes else None,
        tuple(ring for each in rings for ring in _ring(each, size)),
    )


def _label(region: _Region) -> str:
    labels = region.value.get(region.type) or []
    if len(labels) != 1 or not isinstance(labels[0], str):
        raise ValueError(f"region {region.id} has {len(labels)} labels, and one is needed")
    return str(labels[0])


def _shape(region: _Region, size: Size) -> Box | Point:
    value = region.value
    left, top = value["x"] * size.width / 100, value["y"] * size.height / 100
    if region.type == "keypointlabels":
        if not (0 <= left < size.width and 0 <= top < size.height):
            raise ValueError("a point is not in the photo")
        return Point(int(left + 1e-6), int(top + 1e-6))
    right = left + value["width"] * size.width / 100
    return box(left, top, right, top + value["height"] * size.height / 100, size)


def _ring(region: _Region, size: Size) -> Rings:
    points = region.value["points"]
    return rounded([[(x * size.width / 100, y * size.height / 100) for x, y in points]])


def _brushed(region: _Region, size: Size) -> MaskFile:
    return brush.mask(bytes(region.value["rle"]), size)
