"""CSV with the columns of `darkroom export --format csv`: a row per object, class and field.

Photos and columns that are written by hand will do: `name` is needed, and of the others those that
say what is true. Masks, and the corners of outlines, have no room in a cell.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from math import nan
from typing import Any, cast, get_args

from cli.golden import part
from cli.golden.readers.annotations import Annotated, Annotations, box, drawn, numbered
from cli.grading.metrics import OF_ONE_PHOTO
from shared import tasks
from shared.answers import scalars
from shared.answers.problems import Unreadable
from shared.codec import ABSENT
from shared.exports.tables import COLUMNS
from shared.exports.text import is_marked
from shared.form import Field
from shared.jobs.record import Found, Object
from shared.model import Box, Decision, Filled, Label, Moderation, Size

_MOST = 10**7  # characters of a cell
_LARGEST = 10**6  # pixels, of a side
_PLACED = {"detect", "redact", "segment", "read_text"}
_OF_ROW = {"object": "detect", "class": "classify", "field": "extract"}
_EDGES = ("left", "top", "right", "bottom")


@dataclass(slots=True)
class _Photo:
    """What the rows of one photo and one task say, and what is wrong with them."""

    record: str
    task: str = ""
    size: Size | None = None
    kinds: set[str] = field(default_factory=set)
    objects: list[Object] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    fields: dict[str, Filled] = field(default_factory=dict)
    text: str | None = None
    answer: str | None = None
    verdict: str = ""
    faults: list[str] = field(default_factory=list)


def read(body: bytes, form: Sequence[Field]) -> Annotations:
    """The photos of a table, each with its truths by task. `form` has the types of the fields.

    Raises ValueError if the columns are not known, or it is no CSV. A photo with a row that cannot
    be used is left out, and each such row is named by its line.
    """
    types = {each.name: each for each in form}
    photos: dict[tuple[str, str], _Photo] = {}
    for line, row in _rows(body):
        _add(photos, line, row, types)
    return _annotations(photos)


def _rows(body: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by its columns, with the number of the line on which it ends."""
    csv.field_size_limit(_MOST)
    try:
        reader = csv.reader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        columns = next(reader, [])
        _check(columns)
        for cells in reader:
            if cells:
                if len(cells) != len(columns):
                    raise ValueError(
                        f"line {reader.line_num} has {len(cells)} cells, and there are "
                        f"{len(columns)} columns"
                    )
                plain = (each[1:] if is_marked(each) else each for each in cells)
                yield reader.line_num, dict(zip(columns, plain, strict=True))
    except (csv.Error, UnicodeDecodeError) as why:
        raise ValueError(f"it is no CSV: {why}") from why


def _check(columns: Sequence[str]) -> None:
    if "name" not in columns:
        raise ValueError("it has no column `name`, the photo's file")
    if strange := [each for each in columns if each not in COLUMNS]:
        raise ValueError(f"the column {strange[0]!r} is not known; there are: {', '.join(COLUMNS)}")
    if len({*columns}) < len(columns):
        raise ValueError("a column is there twice")


def _add(
    photos: dict[tuple[str, str], _Photo],
    line: int,
    row: dict[str, str],
    types: Mapping[str, Field],
) -> None:
    name, task = row["name"], row.get("task", "")
    version = f"{row.get('generation', '')} {row.get('record', '')}"
    photo = photos.setdefault((name, task), _Photo(version, task))
    try:
        _take(photo, row, types, version)
    except ValueError as why:
        photo.faults.append(f"line {line}: {why}")


def _take(photo: _Photo, row: dict[str, str], types: Mapping[str, Field], version: str) -> None:
    if photo.record != version:
        raise ValueError(f"there are two results of {photo.task or 'a photo'} of that name")
    if row.get("status") not in (None, "", "done"):
        raise ValueError(f"the result is {row['status']}")
    if "width" in row and "height" in row and (row["width"] or row["height"]):
        photo.size = Size(_pixels(row, "width"), _pixels(row, "height"))
    kind = row.get("row") or _kind(row)
    photo.kinds.add(kind)
    match kind:
        case "object":
            photo.objects.append(_object(row, photo.size))
        case "class":
            photo.labels.append(Label(_named(row), _score(row)))
        case "field":
            photo.fields[_named(row)] = _field(row, types, photo.size)
        case "record":
            pass
        case _:
            raise ValueError(f"row must be object, class, field or record, not {kind[:40]!r}")
    photo.text, photo.answer = row.get("text"), row.get("answer")
    photo.verdict = row.get("verdict", "")


def _kind(row: Mapping[str, str]) -> str:
    """The kind of a row that does not say it."""
    if row.get("left"):
        return "object"
    if row.get("value"):
        return "field"
    return "class" if row.get("label") else "record"


def _object(row: Mapping[str, str], size: Size | None) -> Object:
    if row.get("shape") not in (None, "", "box"):
        raise ValueError(f"a {row['shape']} has no area in CSV")
    return drawn(row.get("label", ""), _box(row, size), None)


def _box(row: Mapping[str, str], size: Size | None) -> Box:
    left, top, right, bottom = (_number(row, each) for each in _EDGES)
    return box(left, top, right, bottom, size or Size(_LARGEST, _LARGEST))


def _field(row: Mapping[str, str], types: Mapping[str, Field], size: Size | None) -> Filled:
    name, written = _named(row), row.get("value", "")
    raw = row.get("raw") or None
    if name not in types:
        raise ValueError(f"the type of the field {name!r} is not known: name the --recipe")
    shape = _box(row, size) if row.get("left") else None
    if not written:
        if raw is not None:
            raise ValueError(f"the value of {name} could not be read: {raw[:40]!r}")
        return Filled(found=False)
    return Filled(found=True, value=_typed(types[name], written), raw=raw, shape=shape)


def _typed(known: Field, written: str) -> Any:
    """The value of that type. Raises ValueError."""
    try:
        if known.kind != "list":
            return scalars.read(written, known)[0]
        rows = json.loads(written)
        inner = {each.name: each for each in known.fields}
        return [
            {
                name: None if held is None else scalars.read(held, inner[name])[0]
                for name, held in row.items()
            }
            for row in rows
        ]
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{written[:40]!r} is no {known.kind}, as {known.name} is") from None


def _named(row: Mapping[str, str]) -> str:
    if not row.get("label"):
        raise ValueError("label is empty")
    return row["label"]


def _score(row: Mapping[str, str]) -> float | None:
    return _number(row, "confidence") if row.get("confidence") else None


def _pixels(row: Mapping[str, str], column: str) -> int:
    number = _number(row, column)
    if number != int(number) or not 0 < number <= _LARGEST:
        raise ValueError(f"{column} is no number of pixels: {row[column][:40]!r}")
    return int(number)


def _number(row: Mapping[str, str], column: str) -> float:
    written = row.get(column, "")
    try:
        number = float(written)
    except ValueError:
        number = nan
    if not abs(number) <= _LARGEST:
        raise ValueError(f"{column} is no number of this size: {written[:40]!r}")
    return number


def _annotations(photos: Mapping[tuple[str, str], _Photo]) -> Annotations:
    """The photos, those of one name together; one of a wrong row is left out."""
    wrong = {name for (name, _), photo in photos.items() if photo.faults}
    left_out = [f"{name}: {fault}" for (name, _), photo in photos.items() for fault in photo.faults]
    truths: dict[str, dict[str, Found]] = {}
    sizes: dict[str, Size | None] = {}
    for (name, _), photo in photos.items():
        if name not in wrong:
            try:
                found = _truths(photo)
            except ValueError as why:
                left_out.append(f"{name}: {why}")
            else:
                truths[name] = {**found, **truths.get(name, {})}
                sizes[name] = photo.size
    labels = {
        each.label
        for found in truths.values()
        if "detect" in found
        for each in found["detect"].objects
    }
    annotated = (Annotated(name, sizes[name], (), found) for name, found in truths.items() if found)
    return Annotations(tuple(annotated), tuple(sorted(labels)), tuple(left_out))


def _truths(photo: _Photo) -> dict[str, Found]:
    """What is true by task. Objects of segment are the truth of detect: their masks are gone."""
    named = tasks.parts(photo.task) if photo.task else _tasks(photo)
    lists = any(isinstance(each.value, list) for each in photo.fields.values())
    if lists and _PLACED & {*named}:
        raise ValueError("the places of a list's rows cannot be told from objects in CSV")
    whole = Found(
        numbered(photo.objects),
        text=photo.text or ("" if "read_text" in named else None),
        labels=tuple(photo.labels),
        answer=photo.answer or None,
        fields=photo.fields,
        moderation=_moderation(photo.verdict) if photo.verdict else ABSENT,
    )
    found = {name: part.of(whole, name, {}) for name in named if name in OF_ONE_PHOTO}
    return {"detect" if name == "segment" else name: each for name, each in found.items()}


def _tasks(photo: _Photo) -> list[str]:
    """The tasks of rows that do not name one."""
    named = [task for kind, task in _OF_ROW.items() if kind in photo.kinds]
    named += ["read_text"] if photo.text and "detect" not in named else []
    named += ["answer"] if photo.answer else []
    return named + (["moderate"] if photo.verdict else [])


def _moderation(verdict: str) -> Moderation:
    if verdict not in get_args(Decision):
        raise ValueError(f"verdict must be allow, review or block, not {verdict[:40]!r}")
    return Moderation(cast("Decision", verdict))
