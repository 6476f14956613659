"""All records as a table: CSV and JSON lines."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from shared import codec
from shared.exports.format import Ending, Joined, Line, Lines
from shared.exports.tally import Tally
from shared.exports.text import as_json, in_cell
from shared.jobs.record import Found, Object, Record
from shared.model import Box, Filled, Point, Polygon, Shape

Cell = str | int | float | None
_END = "\r\n"  # until Python 3.13, csv quotes only its characters inside a cell
COLUMNS = (
    *("record", "created", "status", "reason", "task", "bucket", "name", "generation"),
    *("width", "height", "row", "index", "label", "confidence", "provenance", "shape"),
    *("left", "top", "right", "bottom", "mask_area", "mask_file"),
    *("text", "answer", "model", "cost_usd"),
    "caption",  # if it was asked in one call with others: text may be what was read
    *("value", "raw"),  # of a field
    "verdict",  # of a moderation
    "metadata",  # of the upload, what its recipe carries: JSON
    *("copy", "crop"),  # names in the bucket of copies: of the photo, and of the object
    "correction",  # its number, if the findings are those of a correction
)
_BESIDE = (
    *("record", "created", "task", "bucket", "name", "generation", "model", "cost_usd", "metadata"),
    "correction",
)


@dataclass(frozen=True, slots=True)
class Csv:
    """A row per object, class and field, and one for a record without; `row` is the kind."""

    name: str
    tally: Tally

    def add(self, record: Record, /) -> Iterator[Line]:
        """The rows of one more record."""
        _count(record, self.tally)
        common = _common(record)
        for row in _rows(record):
            yield Line("rows", _written({**common, **row}))

    def ending(self) -> Iterator[Ending]:
        """The header, and all rows."""
        yield Joined(self.name, (",".join(COLUMNS) + "\n", Lines("rows")))


@dataclass(frozen=True, slots=True)
class Fields:
    """A row per form, with a column per field; a list is JSON in its cell, a text is on one line.

    The columns are known at the end, by the names in the tally in order of appearance. Rows that
    are as wide are a part: what they lack is added to them as the parts are joined.
    """

    name: str
    tally: Tally

    def add(self, record: Record, /) -> Iterator[Line]:
        """The row of one more record, if it is of a form; cells in the order of the columns."""
        fields = (record.findings or Found()).fields
        if not fields:
            self.tally.counts["not_forms"] += 1
            return
        _count(record, self.tally)
        common = _common(record)
        cells = {self.tally.place(name): _cell(field) for name, field in fields.items()}
        own = [cells.get(place) for place in range(len(self.tally.labels))]
        row = [common[name] for name in _BESIDE]
        yield Line(f"rows-{len(own)}", _line([*row, *map(_on_one_line, own)]))

    def ending(self) -> Iterator[Ending]:
        """The header, and all rows."""
        most = len(self.tally.labels)
        rows = (Lines(f"rows-{wide}", end="," * (most - wide)) for wide in range(1, most + 1))
        yield Joined(self.name, (_line([*_BESIDE, *self.tally.labels]) + "\n", *rows))


def _on_one_line(cell: Cell) -> Cell:
    return " ".join(cell.split()) if isinstance(cell, str) else cell


def _cell(field: Filled) -> Cell:
    if isinstance(field.value, list):
        return as_json(field.value)
    if isinstance(field.value, bool):
        return str(field.value).lower()
    value: Cell = field.value
    return value


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Each record, unchanged, on its own line."""

    name: str
    tally: Tally

    def add(self, record: Record, /) -> Iterator[Line]:
        """The line of one more record."""
        _count(record, self.tally)
        yield Line("records", as_json(codec.plain(record)))

    def ending(self) -> Iterator[Ending]:
        """All lines."""
        yield Joined(self.name, (Lines("records"),))


def _count(record: Record, tally: Tally) -> None:
    tally.counts["records"] += 1
    tally.counts["corrected"] += bool(record.corrected)


def _common(record: Record) -> dict[str, Cell]:
    photo, found, usage = record.photo, record.findings or Found(), record.usage
    return {
        "record": record.id,
        "created": record.created,
        "status": record.status,
        "reason": record.code,
        "task": record.task,
        "bucket": photo.bucket,
        "name": photo.name,
        "generation": photo.generation,
        "width": photo.width,
        "height": photo.height,
        "text": found.text,
        "answer": found.answer,
        "model": usage.model if usage else None,
        "cost_usd": usage.cost_usd if usage else None,
        "verdict": found.moderation.verdict if found.moderation else None,
        "metadata": as_json(photo.metadata) if photo.metadata else None,
        "copy": record.redacted.copy.name if record.redacted and record.redacted.copy else None,
        "correction": record.corrected.number if record.corrected else None,
        "caption": next((each.text for each in found.parts or () if each.task == "caption"), None),
    }


def _rows(record: Record) -> Iterator[dict[str, Cell]]:
    found = record.findings or Found()
    crops = {each.object: each.name for each in record.crops or ()}
    for thing in found.objects:
        yield {**_object(thing), "crop": crops.get(thing.index)}
    for index, label in enumerate(found.labels):
        yield {"row": "class", "index": index, "label": label.name, "confidence": label.score}
    for index, (name, field) in enumerate((found.fields or {}).items()):
        yield {"row": "field", "index": index, "label": name, **_field(field)}
    if not (found.objects or found.labels or found.fields):
        yield {"row": "record"}


def _field(field: Filled) -> dict[str, Cell]:
    raw = as_json(field.raw) if isinstance(field.raw, list) else field.raw
    place = _place(field.shape) if field.shape else {}
    return {"provenance": field.provenance, **place, "value": _cell(field), "raw": raw}


def _object(thing: Object) -> dict[str, Cell]:
    return {
        "row": "object",
        "index": thing.index,
        "label": thing.label,
        "confidence": thing.confidence,
        "provenance": thing.provenance,
        **_place(thing.shape),
        "mask_area": thing.mask.area if thing.mask else None,
        "mask_file": thing.mask.file if thing.mask else None,
    }


def _place(shape: Shape) -> dict[str, Cell]:
    match shape:
        case Box(left, top, right, bottom):
            place = {"left": left, "top": top, "right": right, "bottom": bottom}
            return {"shape": "box", **place}
        case Point(x, y):
            return {"shape": "point", "left": x, "top": y}
        case Polygon():
            return {"shape": "polygon"}


def _written(row: Mapping[str, Cell]) -> str:
    return _line([row.get(column) for column in COLUMNS])


def _line(cells: Sequence[Cell]) -> str:
    stream = StringIO()
    csv.writer(stream, lineterminator=_END).writerow(
        in_cell(cell) if isinstance(cell, str) else cell for cell in cells
    )
    return stream.getvalue().removesuffix(_END)
