"""Fills a schema with what was seen; fields without a value are left out."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from local.gemini import expected, forms, sentences, telling, wanted
from local.gemini.expected import LABELS
from local.gemini.question import Question
from local.gemini.recognition.sight import Sight
from local.gemini.recognition.text.line import Line
from local.gemini.schema import Schema
from local.gemini.telling import Told
from local.gemini.vision.thing import Thing, box_2d
from shared.model import CANNOT

_SCORES = {"confidence", "score"}
_CAPTIONS = {"caption", "comparison", "description", "alt_text", "summary"}
_LINES = {"text", "line"}
_NEUTRAL = {"unknown", "other", "none", "unclear"}
_MOST_ITEMS = 25  # the default
_MOST_LINES = 200
_MASK_SIDE = 256  # pixels: larger masks are sent smaller, as the service does
_POLYGONS = "-polygon"  # a model of such a name draws masks as outlines, as newer Geminis do
_NOTHING_KNOWN = "The offline model has no word for anything that it sees."


_NO_JUDGE = "The offline model cannot judge what is shown: it has no verdict."


@dataclass(frozen=True)
class SchemaFiller:
    """What was seen in the pictures of a question, as values for a schema."""

    question: Question
    sights: Sequence[Sight]
    labels: tuple[str, ...]  # the only ones asked for; empty: any

    def value(self, schema: Schema, name: str = "") -> Any:
        """A value that fits the schema; None if nothing seen fits it."""
        if name == "" and _is_judgement(schema):
            return {CANNOT: _NO_JUDGE}
        if forms.is_one(schema):
            text = self.sights[0].read()
            return forms.filled(schema, text.lines, text.size)
        if schema.kind == "object" or schema.properties:
            return self._object(schema)
        if schema.kind == "array":
            return self._listed(schema)
        if schema.choices:
            return self._choice(schema.choices) or neutral(schema.choices)
        if schema.kind == "string":
            return self._text(name)[0]
        return 0 if name in _SCORES else None

    def chosen(self, choices: Sequence[str]) -> str:
        """One of the choices, for answers that must be one."""
        return self._choice(choices) or neutral(choices) or choices[0]

    @cached_property
    def answer(self) -> tuple[str, str]:
        """The answer in words, and what it could not look for."""
        return sentences.answer(self.sights, self.question.prompt)

    @property
    def words(self) -> str:
        """A caption or an answer, for a question that asks for no schema."""
        return self._text("caption" if expected.wants_caption(self.question) else "answer")[0]

    def _object(self, schema: Schema) -> dict[str, Any]:
        value = {key: self.value(each, key) for key, each in schema.properties.items()}
        notes = {
            note
            for key, each in schema.properties.items()
            if each.kind == "string" and not each.choices and (note := self._text(key)[1])
        }
        return _without_none(value) | ({CANNOT: " ".join(sorted(notes))} if notes else {})

    def _text(self, name: str) -> tuple[str, str]:
        if name in _CAPTIONS and not wanted.question_of(self.question.prompt):
            return sentences.captions(self.sights), ""
        return self.answer

    def _choice(self, choices: Sequence[str]) -> str | None:
        best = telling.classes(self.sights[0], choices, 1)
        return best[0][0] if best else None

    def _listed(self, schema: Schema) -> list[Any]:
        """Lines of text, things, or classes, by what the items have."""
        properties = schema.items.properties
        named = any(name in LABELS for name in properties)
        if expected.wants_text(self.question) or (not named and _LINES & properties.keys()):
            text = self.sights[0].read()
            most = self._most(schema, _MOST_LINES)
            return [_line(each, text.size, schema.items) for each in text.lines[:most]]
        if not named:
            return []
        boxes = "box_2d" in properties
        told = self._things(schema) if boxes else self._classes(schema)
        note = telling.cannot(self.labels)
        if not (told or boxes or self.labels):
            note = _NOTHING_KNOWN
        return [*told, *([{CANNOT: note}] if note else [])]

    def _things(self, schema: Schema) -> list[Any]:
        apart = expected.wants_places(self.question)
        told = telling.things(self.sights[0], self.labels, apart=apart)
        return [self._item(each, schema.items) for each in told[: self._most(schema, _MOST_ITEMS)]]

    def _classes(self, schema: Schema) -> list[Any]:
        most = self._most(schema, _MOST_ITEMS)
        scored = telling.classes(self.sights[0], self.labels, most)
        return [_class(name, score, schema.items) for name, score in scored]

    def _most(self, schema: Schema, default: int) -> int:
        limits = expected.most_items(self.question), schema.most_items
        return min((limit for limit in limits if limit is not None), default=default)

    def _item(self, told: Told, schema: Schema) -> dict[str, Any]:
        return _without_none(
            {name: self._property(told, name, each) for name, each in schema.properties.items()}
        )

    def _property(self, told: Told, name: str, schema: Schema) -> Any:
        thing = told.thing
        if name == "box_2d":
            return list(thing.box)
        if name == "mask":
            polygons = self.question.model.endswith(_POLYGONS) and schema.kind != "string"
            return thing.outline if schema.kind == "array" or polygons else _png(thing)
        if name in LABELS:
            return told.label
        return round(thing.confidence, 2) if name in _SCORES else None


def _is_judgement(schema: Schema) -> bool:
    """Whether each member is a category of moderation with a severity."""
    members = schema.properties.values()
    return bool(members) and all("severity" in each.properties for each in members)


def neutral(choices: Sequence[str]) -> str | None:
    """The choice that claims nothing, if there is one."""
    return next((choice for choice in choices if choice.lower() in _NEUTRAL), None)


def _class(name: str, score: float, schema: Schema) -> dict[str, Any]:
    said = dict.fromkeys(LABELS, name) | dict.fromkeys(_SCORES, score)
    return {key: said[key] for key in schema.properties if key in said}


def _line(line: Line, size: tuple[int, int], schema: Schema) -> dict[str, Any]:
    """A line of text as an item with whichever names the schema has for its words and its box."""
    said: dict[str, Any] = dict.fromkeys((*LABELS, *_LINES), line.text)
    said |= dict.fromkeys(_SCORES, round(line.score, 2))
    said["box_2d"] = list(box_2d(size, *line.quad.min(0), *line.quad.max(0)))
    return {key: said[key] for key in schema.properties if key in said}


def _without_none(entries: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entries.items() if value is not None}


def _png(thing: Thing) -> str:
    """The mask as a data URI: a PNG of the box, 0 to 255 for the probability of each pixel."""
    mask = thing.mask
    scale = min(1.0, _MASK_SIDE / max(mask.shape))
    mask = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, png = cv2.imencode(".png", np.rint(mask * 255).astype(np.uint8))
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()
