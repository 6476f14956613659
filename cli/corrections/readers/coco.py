"""COCO's object instances, with the numbers of our export: https://cocodataset.org/#format-data."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cli.corrections.sheet import Drawn, Sheet, number_in, rounded, size_of
from cli.golden.readers.annotations import box, by_runs
from shared import codec
from shared.jobs.record import MaskFile
from shared.masks import coco
from shared.model import Size


@dataclass(frozen=True, slots=True)
class _Image:
    id: int | str
    file_name: str
    width: int
    height: int
    coco_url: str = ""
    record: str = ""
    correction: int = 0


@dataclass(frozen=True, slots=True)
class _Runs:
    size: tuple[int, int]  # height and width
    counts: str | list[int]


@dataclass(frozen=True, slots=True)
class _Annotation:
    id: int | str
    image_id: int | str
    category_id: int | str
    bbox: tuple[float, float, float, float]  # left, top, width, height
    segmentation: list[list[float]] | _Runs | None = None
    iscrowd: int = 0


@dataclass(frozen=True, slots=True)
class _Category:
    id: int | str
    name: str


@dataclass(frozen=True, slots=True)
class _File:
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def read(body: bytes) -> list[Sheet]:
    """The photos of a file. Raises ValueError, the end of a sentence."""
    try:
        file = codec.decode(body, _File)
    except ValueError as why:
        raise ValueError(f"is not COCO: {why}") from why
    names = {each.id: each.name for each in file.categories}
    by_image = defaultdict[int | str, list[_Annotation]](list)
    for each in file.annotations:
        by_image[each.image_id].append(each)
    sheets = [_sheet(image, by_image.pop(image.id, []), names) for image in file.images]
    lost = [
        Sheet("coco", f"image {image}", fault="annotations name it, and it is not in the file")
        for image in by_image
    ]
    return sheets + lost


def _sheet(image: _Image, found: Sequence[_Annotation], names: Mapping[int | str, str]) -> Sheet:
    try:
        size = size_of(image.width, image.height)
    except ValueError as why:
        return Sheet("coco", image.file_name, fault=str(why))
    things, fault = list[Drawn](), ""
    for each in found:
        try:
            things.append(_drawn(each, size, names))
        except (OverflowError, ValueError) as why:
            fault = fault or f"annotation {each.id}: {why}"
    known = number_in(image.file_name)
    return Sheet(
        "coco",
        image.file_name,
        tuple(things),
        size,
        image.coco_url,
        image.record,
        image.id if known is None and isinstance(image.id, int) else known,
        image.correction,
        frozenset(names.values()),
        fault=fault,
    )


def _drawn(found: _Annotation, size: Size, names: Mapping[int | str, str]) -> Drawn:
    if found.iscrowd:
        raise ValueError("it is a crowd, which is no object")
    if found.category_id not in names:
        raise ValueError(f"it names the category {found.category_id}, which is not there")
    left, top, width, height = found.bbox
    return Drawn(
        found.id if isinstance(found.id, int) else None,
        names[found.category_id],
        box(left, top, left + width, top + height, size),
        _mask(found.segmentation, size) if isinstance(found.segmentation, _Runs) else None,
        _rings(found.segmentation) if isinstance(found.segmentation, list) else (),
    )


def _mask(runs: _Runs, size: Size) -> MaskFile:
    if runs.size != (size.height, size.width):
        raise ValueError("its run lengths are of another size than the image")
    counts = runs.counts if isinstance(runs.counts, str) else _compressed(runs.counts)
    return by_runs(counts, size)


def _compressed(counts: Sequence[int]) -> str:
    if not all(0 <= each < 2**32 for each in counts):
        raise ValueError("its run lengths are no lengths")
    return coco.compressed(counts)


def _rings(outlines: Sequence[Sequence[float]]) -> tuple[tuple[tuple[float, float], ...], ...]:
    if any(len(each) % 2 for each in outlines):
        raise ValueError("an outline has half a corner")
    return rounded([list(zip(each[::2], each[1::2], strict=True)) for each in outlines])
