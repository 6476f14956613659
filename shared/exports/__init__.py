"""Exports of results for other tools: docs/exports.md."""

from dataclasses import dataclass
from typing import Literal

from shared.exports.coco import Coco
from shared.exports.cvat import Cvat
from shared.exports.format import Format, PhotoFormat
from shared.exports.labelstudio import LabelStudio
from shared.exports.photos import SEEN, Images, Photos
from shared.exports.tables import Csv, Fields, JsonLines
from shared.exports.tally import Tally
from shared.exports.voc import Voc
from shared.exports.yolo import YoloDetect, YoloSegment

__all__ = ["SEEN", "Choice", "Format", "Images", "Name", "Tally", "format_of", "single"]

Name = Literal[
    "coco",
    "yolo-detect",
    "yolo-segment",
    "voc",
    "label-studio",
    "cvat",
    "csv",
    "fields",
    "jsonl",
]
_SINGLE = "all"
_FOLDERS = {"voc": "JPEGImages"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The options of an export; with `corrections`, those count in the place of the model."""

    format: Name
    images: Images
    polygons: bool
    labels: tuple[str, ...]
    corrections: bool = False

    @property
    def table(self) -> bool:
        """Whether it is one file of all records; else it is a folder of photos."""
        return self.format in ("csv", "jsonl", "fields")


def single(choice: Choice) -> str | None:
    """The name of the file if the export is one file; None if it is a folder."""
    return _SINGLE if choice.table else None


def format_of(choice: Choice, tally: Tally) -> Format:
    """The writer of the chosen format; it counts in the tally."""
    match choice.format:
        case "csv":
            return Csv(_SINGLE, tally)
        case "jsonl":
            return JsonLines(_SINGLE, tally)
        case "fields":
            return Fields(_SINGLE, tally)
        case _:
            folder = _FOLDERS.get(choice.format, "images")
            return Photos(_photo_format(choice, tally), tally, choice.images, folder)


def _photo_format(choice: Choice, tally: Tally) -> PhotoFormat:
    match choice.format:
        case "coco":
            return Coco(tally, choice.polygons)
        case "yolo-detect":
            return YoloDetect(tally)
        case "yolo-segment":
            return YoloSegment(tally)
        case "voc":
            return Voc(tally)
        case "cvat":
            return Cvat(tally)
        case "label-studio":
            return LabelStudio(tally)
    raise ValueError(f"{choice.format!r} is not a format of photos")
