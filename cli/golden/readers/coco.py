"""COCO's object instances: https://cocodataset.org/#format-data."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cli.golden.readers.annotations import (
    Annotated,
    Annotations,
    box,
    by_outlines,
    by_runs,
    drawn,
    numbered,
)
from shared import codec
from shared.jobs.record import MaskFile, Object
from shared.masks import coco
from shared.model import Size


@dataclass(frozen=True, slots=True)
class _Image:
    id: int
    file_name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Runs:
    size: tuple[int, int]  # height and width
    counts: str | list[int]


@dataclass(frozen=True, slots=True)
class _Annotation:
    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]  # left, top, width, height
    segmentation: list[list[float]] | _Runs | None = None
    iscrowd: int = 0


@dataclass(frozen=True, slots=True)
class _Category:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class _File:
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def read(body: bytes) -> Annotations:
    """The photos of a COCO file. Raises ValueError, which names the wrong member.

    A photo with a crowd is left out: what is in a crowd cannot be counted.
    """
    try:
        file = codec.decode(body, _File)
    except ValueError as why:
        raise ValueError(f"it is not COCO: {why}") from why
    names = {each.id: each.name for each in file.categories}
    by_image = defaultdict[int, list[_Annotation]](list)
    for each in file.annotations:
        by_image[each.image_id].append(each)
    if lost := by_image.keys() - {image.id for image in file.images}:
        raise ValueError(f"annotations name the image {min(lost)}, which is not in the file")
    photos, left_out = list[Annotated](), list[str]()
    for image in file.images:
        if any(each.iscrowd for each in by_image[image.id]):
            left_out.append(f"{image.file_name}: it has a crowd, which cannot be counted")
        else:
            photos.append(_photo(image, by_image[image.id], names))
    return Annotations(tuple(photos), tuple(names.values()), tuple(left_out))


def _photo(image: _Image, found: Sequence[_Annotation], names: dict[int, str]) -> Annotated:
    size = Size(image.width, image.height)
    return Annotated(
        image.file_name, size, numbered([_object(each, size, names) for each in found])
    )


def _object(found: _Annotation, size: Size, names: dict[int, str]) -> Object:
    left, top, width, height = found.bbox
    try:
        shape = box(left, top, left + width, top + height, size)
        return drawn(names[found.category_id], shape, _mask(found, size))
    except KeyError:
        raise ValueError(
            f"annotation {found.id} names the category {found.category_id}, which is not there"
        ) from None
    except ValueError as why:
        raise ValueError(f"annotation {found.id}: {why}") from why


def _mask(found: _Annotation, size: Size) -> MaskFile | None:
    match found.segmentation:
        case None | []:
            return None
        case _Runs(runs_of, counts):
            if runs_of != (size.height, size.width):
                raise ValueError("its run lengths are of another size than the image")
            return by_runs(counts if isinstance(counts, str) else coco.compressed(counts), size)
        case outlines:
            rings = [list(zip(each[::2], each[1::2], strict=True)) for each in outlines]
            return by_outlines(rings, size)
