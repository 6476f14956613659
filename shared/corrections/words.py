"""The words of a correction: texts, classes, and the fields of a form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared import form, tasks
from shared.answers import label as labels
from shared.answers import scalars
from shared.answers.problems import Unreadable
from shared.corrections import text as lines
from shared.form import Field
from shared.jobs.record import Found, Object
from shared.model import Filled, Label, Part, Request, Shape

_LONGEST = 100_000  # characters of a text
_MOST_CLASSES = 100
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # but tab and line feed


class Words:
    """Checks the words of what is given, by those of the model and those it was changed from.

    `faults` has a sentence for each that cannot be taken.
    """

    def __init__(self, model: Found, last: Found, task: str, request: Request) -> None:
        self._model, self._last, self._request = model, last, request
        self._tasks = tasks.parts(task)
        self.faults = list[str]()

    def checked(self, given: Found, objects: tuple[Object, ...]) -> Found:
        """The findings with these objects and the words as they are given.

        What was read follows the lines, unless it is given otherwise; the place of a field follows
        the object that bears its name.
        """
        reads = "read_text" in self._tasks
        text = self._text("text", self._last.text, given.text)
        if reads and self._last.text is not None and text == self._last.text:
            text = lines.rewritten(text, self._last.objects, objects)
        return replace(
            self._model,
            objects=objects,
            complete=True,
            text=text,
            labels=self._labels(given.labels),
            answer=self._text("answer", self._last.answer, given.answer),
            parts=self._parts(given, text) if self._model.parts else self._model.parts,
            fields=self._fields(given, objects) if self._model.fields else self._model.fields,
        )

    def _text(self, member: str, before: str | None, given: str | None) -> str | None:
        """A text; one that is not given stays, and where there was none there is none."""
        if before is None or given is None:
            return before
        if len(given) > _LONGEST or _CONTROLS.search(given):
            self.faults.append(
                f"{member} must have at most {_LONGEST:,} characters, none of them a control "
                "character"
            )
        return given

    def _parts(self, given: Found, read: str | None) -> tuple[Part, ...]:
        """The parts, all of them whole; their texts are given by their tasks."""
        texts = {each.task: each.text for each in given.parts or ()}
        found = list[Part]()
        for each in self._last.parts or ():
            text = self._text(f"the text of {each.task}", each.text, texts.get(each.task))
            if text is not None and each.text == self._last.text == text:
                text = read  # it is the text of all
            found.append(Part(each.task, complete=True, text=text))
        return tuple(found)

    def _labels(self, given: Sequence[Label]) -> tuple[Label, ...]:
        """The classes; a score stays with a class that the model named."""
        scores = {each.name: each.score for each in self._model.labels}
        names = [each.name for each in given]
        if "classify" not in self._tasks:
            return self._model.labels
        if len(names) > _MOST_CLASSES or len({*names}) < len(names):
            self.faults.append(f"labels must be at most {_MOST_CLASSES} different classes")
        if any(labels.clean(name) != name or not 0 < len(name) <= labels.LONGEST for name in names):
            self.faults.append(f"each of labels must be a line of 1 to {labels.LONGEST} characters")
        return tuple(Label(name, scores.get(name)) for name in names)

    def _fields(self, given: Found, objects: tuple[Object, ...]) -> Mapping[str, Filled]:
        asked = form.read(self._request.get("fields", {}))
        told, last = given.fields or {}, self._last.fields or {}
        found = dict[str, Filled]()
        for each in asked:
            before = last.get(each.name, Filled(found=False))
            filled = self._field(each, before, told.get(each.name, before))
            found[each.name] = self._placed(each, filled, objects)
        if unknown := told.keys() - found.keys():
            self.faults.append(f"there is no field {min(unknown)!r}")
        return found

    def _field(self, asked: Field, before: Filled, given: Filled) -> Filled:
        if (given.found, given.value) == (before.found, before.value):
            return before
        if not given.found:
            return Filled(found=False, raw=before.raw, provenance="corrected")
        try:
            value = _value(asked, given.value)
        except ValueError as why:
            self.faults.append(f"{asked.name} {why}")
            return before
        rows = len(value) if asked.kind == "list" else 0
        shapes = (*before.shapes[:rows], *[None] * (rows - len(before.shapes)))
        return Filled(
            found=True,
            value=value,
            raw=before.raw,
            shape=before.shape,
            provenance="corrected",
            shapes=shapes,
        )

    def _placed(self, asked: Field, filled: Filled, objects: Sequence[Object]) -> Filled:
        """The field with the places of the objects that bear its name."""
        if "detect" in self._tasks or "segment" in self._tasks or not filled.found:
            return filled
        places: dict[str, Shape] = {each.label: each.shape for each in objects}
        if asked.kind != "list":
            return replace(filled, shape=places.get(asked.name))
        rows = range(1, len(filled.value) + 1) if isinstance(filled.value, list) else ()
        return replace(filled, shapes=tuple(places.get(f"{asked.name} {row}") for row in rows))


def _value(asked: Field, given: Any) -> Any:
    """The value as the field's type. Raises ValueError, whose text is the end of a sentence."""
    if asked.kind != "list":
        return _scalar(asked, given)
    if not isinstance(given, list) or not 1 <= len(given) <= form.MOST_ROWS:
        raise ValueError(f"must be a list of 1 to {form.MOST_ROWS} rows")
    names = {each.name for each in asked.fields}
    if any(not isinstance(row, dict) or row.keys() - names for row in given):
        raise ValueError(f"must have rows of {', '.join(sorted(names))}")
    return [{each.name: _cell(each, row.get(each.name)) for each in asked.fields} for row in given]


def _cell(asked: Field, given: Any) -> Any:
    return None if given is None else _scalar(asked, given)


def _scalar(asked: Field, given: Any) -> Any:
    try:
        value, _ = scalars.read(given, asked)
    except Unreadable:
        kinds = {"choice": f"one of {', '.join(asked.choices)}", "date": "a date, YYYY-MM-DD"}
        raise ValueError(f"must be {kinds.get(asked.kind, f'of the type {asked.kind}')}") from None
    if value == "":
        raise ValueError("is empty: say that it is not found")
    return value


def changed(before: Found, after: Found) -> int:
    """How many texts, classes and fields differ."""
    one, other = dict(_words(before)), dict(_words(after))
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())


def _words(found: Found) -> Iterator[tuple[str, Any]]:
    yield "text", found.text
    yield "answer", found.answer
    yield from ((f"part {each.task}", each.text) for each in found.parts or () if each.text)
    yield from ((f"class {each.name}", True) for each in found.labels)
    for name, field in (found.fields or {}).items():
        yield f"field {name}", (field.found, field.value)
