"""Exports of results for other tools: docs/exports.md."""

from dataclasses import dataclass
from typing import Literal

from shared.exports.coco import Coco
from shared.exports.cvat import Cvat
from shared.exports.format import Format, PhotoFormat
from shared.exports.labelstudio import LabelStudio
from shared.exports.photos import SEEN, Images, Photos
from shared.exports.raw import Raw
from shared.exports.tables import Csv, Fields, JsonLines
from shared.exports.tally import Tally
from shared.exports.voc import Voc
from shared.exports.yolo import YoloDetect, YoloSegment

__all__ = ["SEEN", "SINGLE", "Choice", "Format", "Images", "Name", "Tally", "format_of", "single"]

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
    "parquet",
    "bigquery",
]
SINGLE = "all"  # the file of a table; parquet is made of it
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
        """Whether it is of records; else it is a folder of photos."""
        return self.format in ("csv", "jsonl", "fields", "parquet", "bigquery")


def single(choice: Choice) -> str | None:
    """The name of the file if the export is one file; None if it is a folder."""
    return SINGLE if choice.table and choice.format != "parquet" else None


def format_of(choice: Choice, tally: Tally) -> Format:
    """The writer of the chosen format; it counts in the tally."""
    match choice.format:
        case "csv":
            return Csv(SINGLE, tally)
        case "jsonl":
            return JsonLines(SINGLE, tally)
        case "fields":
            return Fields(SINGLE, tally)
        case "bigquery" | "parquet":
            return Raw(SINGLE, tally)
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
