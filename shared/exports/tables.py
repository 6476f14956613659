"""Records for people and programs that want all of them: CSV, and JSON line by line."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from shared.exports.pieces import Ending, Joined, Line, Lines
from shared.exports.tally import Tally
from shared.exports.text import as_json, in_cell

_END = "\r\n"  # until Python 3.13, only what is in it is quoted inside a cell
COLUMNS = (
    *("record", "created", "status", "reason", "task", "bucket", "name", "generation"),
    *("width", "height", "row", "index", "label", "confidence", "provenance", "shape"),
    *("left", "top", "right", "bottom", "mask_area", "mask_file"),
    *("text", "answer", "model", "cost_usd"),
)


@dataclass(frozen=True, slots=True)
class Csv:
    """A row per object and per class, and one for a record that has neither; `row` says which."""

    name: str
    tally: Tally

    def add(self, record: Mapping[str, Any], /) -> Iterator[Line]:
        """The rows of one more record."""
        self.tally.counts["records"] += 1
        common = _common(record)
        for row in _rows(record):
            yield Line("rows", _written({**common, **row}))

    def ending(self) -> Iterator[Ending]:
        """The names of the columns, and all rows."""
        yield Joined(self.name, (",".join(COLUMNS) + "\n", Lines("rows")))


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Each record as it is, on a line of its own."""

    name: str
    tally: Tally

    def add(self, record: Mapping[str, Any], /) -> Iterator[Line]:
        """The line of one more record."""
        self.tally.counts["records"] += 1
        yield Line("records", as_json(record))

    def ending(self) -> Iterator[Ending]:
        """All lines."""
        yield Joined(self.name, (Lines("records"),))


def _common(record: Mapping[str, Any]) -> dict[str, Any]:
    image = record["images"][0]
    found, reason, usage = (record[key] or {} for key in ("findings", "reason", "usage"))
    return {
        "record": record["id"],
        **{key: record[key] for key in ("created", "status", "task")},
        "reason": reason.get("code"),
        **{key: image[key] for key in ("bucket", "name", "generation", "width", "height")},
        "text": found.get("text"),
        "answer": found.get("answer"),
        "model": usage.get("model"),
        "cost_usd": usage.get("cost_usd"),
    }


def _rows(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    found = record["findings"] or {"objects": (), "labels": ()}
    for thing in found["objects"]:
        yield _object(thing)
    for index, label in enumerate(found["labels"]):
        told = {"label": label["name"], "confidence": label["score"]}
        yield {"row": "class", "index": index, **told}
    if not found["objects"] and not found["labels"]:
        yield {"row": "record"}


def _object(thing: Mapping[str, Any]) -> dict[str, Any]:
    shape, mask = thing["shape"], thing["mask"] or {}
    place = {key: shape[key] for key in ("left", "top", "right", "bottom") if key in shape}
    if shape["kind"] == "point":
        place = {"left": shape["x"], "top": shape["y"]}
    return {
        "row": "object",
        **{key: thing[key] for key in ("index", "label", "confidence", "provenance")},
        "shape": shape["kind"],
        **place,
        "mask_area": mask.get("area"),
        "mask_file": mask.get("file"),
    }


def _written(row: Mapping[str, Any]) -> str:
    stream = StringIO()
    cells = (row.get(column) for column in COLUMNS)
    csv.writer(stream, lineterminator=_END).writerow(
        in_cell(cell) if isinstance(cell, str) else cell for cell in cells
    )
    return stream.getvalue().removesuffix(_END)
