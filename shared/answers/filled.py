"""A form as the model has filled it in.

Asked for is an object with a member per field, `{"total": {"found": true, "value": 12.5, "box_2d":
[...]}}`. Values without that frame, forms in a wrapper and lists of named fields are read as well.
A field that is absent is never guessed; a value that cannot be read is null, with what was written
beside it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.answers import named, place, scalars
from shared.answers.geometry import NotInImage, Units, to_box, units_of
from shared.answers.problems import Log, Unreadable
from shared.answers.values import decoded, first, name, plain
from shared.errors import BadAnswer
from shared.form import MOST_ROWS, Field
from shared.model import Box, Detection, Filled, Findings, Problem, Provenance, Size

_SENTENCES = {
    "date_ambiguous": "The date can be read in two ways; it is kept as it was written.",
    "field_left_out": "The answer does not have this field.",
    "field_missing": "The field is required, and it is not found.",
    "field_twice": "The field came twice; the last one counts.",
    "found_without_value": "The model says that it is there, and gives no value.",
    "null_word": "A word that says that there is no value was read as none.",
    "number_ambiguous": "The number can be read in two ways; it is kept as it was written.",
    "number_from_text": "The number was read from text, or written in another form.",
    "place_repaired": "The place of the value was written in another form than asked for.",
    "place_unusable": "The place of the value cannot be used and was left out.",
    "row_unreadable": "A row of the list is not an object and was left out.",
    "too_many_rows": f"The list has more than {MOST_ROWS} rows; the rest was left out.",
    "value_bare": "The value came without what was asked for beside it, and was read.",
    "value_cleaned": "Control characters or spaces around the text were left out.",
    "value_cut": f"The text was cut after {scalars.LONGEST:,} characters.",
    "value_misfit": "The value is none of the field's type; it is kept as it was written.",
    "value_nested": "The value is a list or an object where one value was asked for.",
    "value_not_found": "The model gives a value and says that it is not there; it was left out.",
    "value_not_text": "The value is not a text and was written as one.",
    "value_repaired": "The value was written in another form than asked for.",
    "value_unknown": "The value is none of the choices; it is kept as it was written.",
}
_VALUES = ("value", "text", "val", "content", "answer", "rows", "items", "list")
_FRAME = frozenset({"found", "present", "isfound", *_VALUES, *place.KEYS})


def read(text: str, fields: Sequence[Field], size: Size) -> Findings:
    """The fields, each found or not; their places are objects that bear the fields' names.

    Raises BadAnswer if there is no form in the answer; Refused if the model declines in words.
    """
    log = Log()
    answer = named.opened(text, log)
    reading = _Reading([each.name for each in fields])
    members = reading.members([*(each.value for each in answer.before), answer.value])
    if not members and not answer.cannot:
        raise BadAnswer("The answer has none of the fields that were asked for.")
    units = units_of([*_numbers(members, fields)], size)
    for number, each in enumerate(fields):
        reading.fill(number, each, members.get(each.name, _NOTHING), size, units)
    if units != "grid":
        log.add(units)
    return Findings(
        tuple(reading.objects),
        (*log.listed(), *reading.problems),
        answer.complete,
        fields=dict(reading.filled),
    )


_NOTHING = object()


@dataclass(slots=True)
class _Reading:
    """The names that are looked for, and what was read."""

    names: Sequence[str]
    filled: dict[str, Filled] = field(default_factory=dict)
    objects: list[Detection] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def members(self, values: Sequence[Any]) -> dict[str, Any]:
        """What the answer has for each field, by the field's own name."""
        found: dict[str, Any] = {}
        for each in values:
            for key, held in named.members(each, self.names):
                if found.get(key, held) != held:
                    self._say(self.names.index(key), "field_twice")
                found[key] = held
        return found

    def fill(self, number: int, each: Field, held: Any, size: Size, units: Units) -> None:
        """Read one field, with its problems and the objects that are its places."""
        notes: list[str] = []
        if held is _NOTHING:
            notes.append("field_left_out")
            filled = Filled(found=False)
        else:
            filled = _filled(each, held, notes, size, units)
        if each.required and not filled.found:
            notes.append("field_missing")
        self.filled[each.name] = filled
        for code in dict.fromkeys(notes):
            self._say(number, code)
        shapes = filled.shapes if each.kind == "list" else (filled.shape,)
        for row, shape in enumerate(shapes, 1):
            if shape:
                label = f"{each.name} {row}" if each.kind == "list" else each.name
                self.objects.append(Detection(label, shape, provenance=filled.provenance))

    def _say(self, number: int, code: str) -> None:
        sentence = f"{self.names[number]}: {_SENTENCES[code]}"
        self.problems.append(Problem(code, sentence, number))


def _framed(held: Any) -> dict[str, Any] | None:
    """The members of a field that came as an object; None if it is the bare value."""
    held = decoded(held)
    if not isinstance(held, dict):
        return None
    members = plain(held)
    return members if members.keys() & _FRAME else None


def _filled(each: Field, held: Any, notes: list[str], size: Size, units: Units) -> Filled:
    members = _framed(held)
    if members is None:
        if not scalars.is_absent(held) and held != {}:
            notes.append("value_bare")
        members = {"value": held}
    value = first(members, _VALUES)
    said = _flag(first(members, ("found", "present", "isfound")))
    is_there = not (scalars.is_absent(value) or value in ([], {}))
    if isinstance(value, str) and value.strip() and not is_there:
        notes.append("null_word")
    if said is False and is_there:
        notes.append("value_not_found")
    if said and not is_there:
        notes.append("found_without_value")
    if not is_there or said is False:
        return Filled(found=False, raw=_raw(value), provenance=_provenance(notes))
    if each.kind == "list":
        return _rows(each, value, notes, size, units)
    shape = _shape(members, notes, size, units)
    read = _value(each, value, notes)
    return Filled(
        found=True, value=read, raw=_raw(value), shape=shape, provenance=_provenance(notes)
    )


def _value(each: Field, value: Any, notes: list[str]) -> Any:
    try:
        read, repair = scalars.read(value, each)
    except Unreadable as why:
        notes.append(why.code)
        return None
    if repair:
        notes.append(repair)
    return read


def _rows(each: Field, value: Any, notes: list[str], size: Size, units: Units) -> Filled:
    """The rows of a list, each a value per field of its own."""
    listed = decoded(value)
    listed = listed if isinstance(listed, list) else [listed]
    if len(listed) > MOST_ROWS:
        notes.append("too_many_rows")
    rows, shapes, raw = [], [], []
    for row in map(decoded, listed[:MOST_ROWS]):
        if not isinstance(row, dict):
            notes.append("row_unreadable")
            continue
        members = plain(row)
        rows.append({inner.name: _cell(inner, members, notes) for inner in each.fields})
        raw.append({inner.name: _raw(members.get(name(inner.name))) for inner in each.fields})
        shapes.append(_shape(members, notes, size, units))
    if not rows:
        return Filled(found=False, raw=_raw(value), provenance=_provenance(notes))
    provenance = _provenance(notes)
    return Filled(found=True, value=rows, raw=raw, provenance=provenance, shapes=tuple(shapes))


def _cell(inner: Field, members: Mapping[str, Any], notes: list[str]) -> Any:
    held = members.get(name(inner.name))
    framed = _framed(held)
    held = first(framed, _VALUES) if framed else held
    if scalars.is_absent(held):
        return None
    return _value(inner, held, notes)


def _flag(said: Any) -> bool | None:
    """What the model says of whether the field is there."""
    try:
        return None if said is None else bool(scalars.read(said, Field("found", "boolean"))[0])
    except Unreadable:
        return None


def _shape(members: Mapping[str, Any], notes: list[str], size: Size, units: Units) -> Box | None:
    if not place.is_in(members) or all(members.get(key) in (None, []) for key in place.KEYS):
        return None
    notes_of_place: list[str] = []
    try:
        corners = place.read(members, notes_of_place)[:4]
        box, mends = to_box(corners, size, units)
    except (Unreadable, NotInImage, ValueError):
        notes.append("place_unusable")
        return None
    if notes_of_place or mends or units != "grid":
        notes.append("place_repaired")
    return box


def _numbers(members: Mapping[str, Any], fields: Sequence[Field]) -> Iterator[list[float]]:
    """The numbers of all places in the form, by which their units are told."""
    for each in fields:
        framed = _framed(members.get(each.name)) or {}
        rows = decoded(first(framed, _VALUES)) if each.kind == "list" else None
        listed = rows[:MOST_ROWS] if isinstance(rows, list) else []
        inner = [plain(row) for row in map(decoded, listed) if isinstance(row, dict)]
        for node in (framed, *inner):
            try:
                numbers = place.read(node, [])[:4]
            except Unreadable:
                continue
            if len(numbers) == 4:
                yield numbers


def _provenance(notes: Sequence[str]) -> Provenance:
    return "repaired" if notes else "exact"


def _raw(value: Any) -> Any:
    """What the model wrote, as far as a record has room for it."""
    if isinstance(value, str):
        return value[: scalars.LONGEST].encode("utf-8", "replace").decode()
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)[: scalars.LONGEST]
    if isinstance(value, bool) or value is None:
        return value
    return value if abs(value) < 2**63 else str(value)[: scalars.LONGEST]
