"""Fills a form from lines of text: a field is looked for by its name, on the line or beside it.

A form is an object whose members each have `found` and `value`, as the task extract asks for it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from local.gemini.recognition.text.line import Line
from local.gemini.schema import Schema
from local.gemini.vision.thing import box_2d
from shared.model import CANNOT

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}")
_AMOUNT = re.compile(r"-?\d{1,9}(?:[.,]\d{1,3})?")
_SUMS = re.compile(r"\b(?:total|sum|cash|card|change|tax|vat|subtotal|due|paid)\b", re.IGNORECASE)
_TITLES = {"merchant", "shop", "store", "vendor", "title", "heading"}
_CANNOT = (
    "The offline model looks for fields by their names in lines of text. It found none for {}."
)


def is_one(schema: Schema) -> bool:
    """Whether a schema is that of a form."""
    members = schema.properties.values()
    return bool(members) and all({"found", "value"} <= {*each.properties} for each in members)


def filled(schema: Schema, lines: Sequence[Line], size: tuple[int, int]) -> dict[str, Any]:
    """The form, and which fields it could not find."""
    page = _Page(lines, size)
    form: dict[str, Any] = {}
    for name, each in schema.properties.items():
        found = page.find(name, each.properties["value"])
        form[name] = {"found": False} if found is None else {"found": True, **found}
    lacking = [name for name, each in form.items() if not each["found"]]
    return form | ({CANNOT: _CANNOT.format(", ".join(lacking))} if lacking else {})


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a picture, and its size."""

    lines: Sequence[Line]
    size: tuple[int, int]

    def find(self, name: str, schema: Schema) -> dict[str, Any] | None:
        """A value for a field, and its box."""
        words = name.split("_")
        if schema.kind == "array":
            rows = [*self._rows(schema.items)]
            return {"value": rows} if rows else None
        if schema.choices:
            return self._choice(schema.choices)
        if "date" in words:
            return self._first(_DATE)
        if schema.kind in ("number", "integer"):
            return self._amount(words, whole=schema.kind == "integer")
        if schema.kind == "boolean":
            return None
        return self._text(words)

    def _placed(self, value: Any, *lines: Line) -> dict[str, Any]:
        quads = np.concatenate([each.quad for each in lines])
        return {"value": value, "box_2d": list(box_2d(self.size, *quads.min(0), *quads.max(0)))}

    def _choice(self, choices: Sequence[str]) -> dict[str, Any] | None:
        for line in self.lines:
            for choice in choices:
                if re.search(rf"\b{re.escape(choice)}\b", line.text, re.IGNORECASE):
                    return self._placed(choice, line)
        return None

    def _first(self, pattern: re.Pattern[str]) -> dict[str, Any] | None:
        for line in self.lines:
            if match := pattern.search(line.text):
                return self._placed(match[0], line)
        return None

    def _amount(self, words: Sequence[str], *, whole: bool) -> dict[str, Any] | None:
        for line in self._named(words):
            for near in (line, *self._beside(line)):
                if amounts := _AMOUNT.findall(near.text):
                    value = float(amounts[-1].replace(",", "."))
                    return self._placed(int(value) if whole else value, near)
        return None

    def _text(self, words: Sequence[str]) -> dict[str, Any] | None:
        if _TITLES.intersection(words) and self.lines:
            return self._placed(self.lines[0].text, self.lines[0])
        for line in self._named(words):
            _, colon, rest = line.text.partition(":")
            if colon and rest.strip():
                return self._placed(rest.strip(), line)
            for near in self._beside(line):
                return self._placed(near.text, near)
        return None

    def _named(self, words: Sequence[str]) -> Iterator[Line]:
        """The lines that have a word of the field's name."""
        name = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
        return (line for line in self.lines if name.search(line.text))

    def _beside(self, line: Line) -> list[Line]:
        """The lines to the right on the same row, which may slope; the farthest first."""
        along = line.along / (np.linalg.norm(line.along) or 1.0)
        across = np.array([-along[1], along[0]])
        near: list[tuple[float, Line]] = []
        for other in self.lines:
            way = other.quad.mean(0) - line.quad.mean(0)
            if way @ along > 0 and abs(way @ across) < line.height / 2:
                near.append((float(way @ along), other))
        return [other for _, other in sorted(near, key=lambda each: -each[0])]

    def _rows(self, schema: Schema) -> Iterator[Mapping[str, Any]]:
        """A row per line that has an amount beside it and is no sum."""
        kinds = {name: each.kind for name, each in schema.properties.items()}
        texts = [name for name, kind in kinds.items() if kind == "string"]
        amounts = [name for name, kind in kinds.items() if kind in ("number", "integer")]
        if not (texts and amounts):
            return
        for line in self.lines:
            beside = [each for each in self._beside(line) if _AMOUNT.fullmatch(each.text)]
            if beside and not _SUMS.search(line.text) and not _DATE.search(line.text):
                value = float(beside[0].text.replace(",", "."))
                box = self._placed(None, line, beside[0])["box_2d"]
                yield {"box_2d": box, texts[0]: line.text, amounts[-1]: value}
