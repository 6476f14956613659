"""Label Studio's JSON: https://labelstud.io/guide/export, "Label Studio JSON format".

Of a task the last annotation that was not cancelled counts; predictions do not. A brush region
whose parent is a rectangle is the mask of that rectangle, as our export writes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.golden.readers import brush
from cli.golden.readers.annotations import (
    Annotated,
    Annotations,
    box,
    by_outlines,
    drawn,
    extent,
    numbered,
)
from shared import codec
from shared.jobs.record import MaskFile, Object
from shared.model import Box, Size

_KINDS = ("rectanglelabels", "polygonlabels", "brushlabels")


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
class _Task:
    data: Mapping[str, Any]
    annotations: list[_Annotation] = field(default_factory=list)


def read(body: bytes) -> Annotations:
    """The photos of a file. Raises ValueError, which names the wrong member."""
    try:
        tasks = codec.decode(body, list[_Task])
    except ValueError as why:
        raise ValueError(f"it is not Label Studio's JSON: {why}") from why
    photos, left_out = list[Annotated](), list[str]()
    for task in tasks:
        name = str(task.data.get("image", "")).rpartition("/")[2]
        done = [each for each in task.annotations if not each.was_cancelled]
        if misfit := _misfit(done):
            left_out.append(f"{name}: {misfit}")
        else:
            photos.append(_photo(name, done[-1].result))
    labels = dict.fromkeys(thing.label for photo in photos for thing in photo.objects)
    return Annotations(tuple(photos), tuple(labels), tuple(left_out))


def _misfit(done: Sequence[_Annotation]) -> str:
    if not done:
        return "nobody has annotated it"
    regions = done[-1].result
    if not regions:
        return "its annotation is empty, and so does not say how large it is"
    if other := next((each.type for each in regions if each.type not in _KINDS), ""):
        return f"it has {other}, which is not read"
    if any(each.image_rotation or each.value.get("rotation") for each in regions):
        return "it was turned in the tool"
    return ""


def _photo(name: str, regions: Sequence[_Region]) -> Annotated:
    size = Size(regions[0].original_width, regions[0].original_height)
    try:
        return Annotated(name, size, numbered([*_objects(regions, size)]))
    except (KeyError, TypeError, IndexError) as why:
        raise ValueError(f"{name}: a region lacks {why}") from why
    except ValueError as why:
        raise ValueError(f"{name}: {why}") from why


def _objects(regions: Sequence[_Region], size: Size) -> Iterator[Object]:
    brushes = {each.parentID: each for each in regions if each.parentID}
    for each in regions:
        if each.parentID:
            continue
        label = str(each.value[each.type][0])
        if each.type == "rectanglelabels":
            child = brushes.get(each.id)
            yield drawn(label, _box(each.value, size), _brushed(child, size) if child else None)
        else:
            mask = _brushed(each, size) if each.type == "brushlabels" else _outlined(each, size)
            yield drawn(label, extent(mask), mask)


def _box(value: Mapping[str, Any], size: Size) -> Box:
    left, top = value["x"] * size.width / 100, value["y"] * size.height / 100
    right = left + value["width"] * size.width / 100
    return box(left, top, right, top + value["height"] * size.height / 100, size)


def _outlined(region: _Region, size: Size) -> MaskFile:
    width, height = size
    ring = [(x * width / 100, y * height / 100) for x, y in region.value["points"]]
    return by_outlines([ring], size)


def _brushed(region: _Region, size: Size) -> MaskFile:
    return brush.mask(bytes(region.value["rle"]), size)
