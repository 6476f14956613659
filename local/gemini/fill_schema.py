"""Fills a schema with what was found; fields without a value are left out."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from local.gemini.expected import LABELS
from local.gemini.schema import Schema
from local.gemini.vision.thing import Thing

_SCORES = {"confidence", "score"}
_CAPTIONS = {"caption", "comparison", "description", "alt_text", "summary"}
_NEUTRAL = {"unknown", "other", "none", "unclear"}
_MOST_ITEMS = 25  # the default
_MASK_SIDE = 256  # pixels: larger masks are sent smaller, as the service does


@dataclass(frozen=True, slots=True)
class SchemaFiller:
    """What was found in some pictures, as values for a schema."""

    things: Sequence[Thing]
    caption: str
    excuse: str  # the answer to questions that colour and shape do not answer
    most_items: int | None  # by the prompt
    polygons: bool  # masks are outlines, unless the schema wants text

    def value(self, schema: Schema, name: str = "") -> Any:
        """A value that fits the schema; None if nothing found fits it."""
        if schema.kind == "object" or schema.properties:
            return _without_none({key: self.value(s, key) for key, s in schema.properties.items()})
        if schema.kind == "array":
            return self._listed(schema)
        if schema.choices:
            return neutral(schema.choices)
        if schema.kind == "string":
            return self.caption if name in _CAPTIONS else self.excuse
        return 0 if name in _SCORES else None

    def _listed(self, schema: Schema) -> list[Any]:
        """One item per thing, if an item has a label and the label is free."""
        properties = schema.items.properties
        labels = [each for name, each in properties.items() if name in LABELS]
        if not labels or labels[0].choices:
            return []  # the names asked for are not known here
        things = self.things if "box_2d" in properties else _one_per_label(self.things)
        limits = self.most_items, schema.most_items
        most = min((limit for limit in limits if limit is not None), default=_MOST_ITEMS)
        return [self._item(thing, schema.items) for thing in things[:most]]

    def _item(self, thing: Thing, schema: Schema) -> dict[str, Any]:
        return _without_none(
            {name: self._property(thing, name, each) for name, each in schema.properties.items()}
        )

    def _property(self, thing: Thing, name: str, schema: Schema) -> Any:
        if name == "box_2d":
            return list(thing.box)
        if name == "mask":
            polygon = schema.kind == "array" or (self.polygons and schema.kind != "string")
            return thing.outline if polygon else _png(thing)
        if name in LABELS:
            return thing.label
        return round(thing.confidence, 2) if name in _SCORES else None


def neutral(choices: Sequence[str]) -> str | None:
    """The choice that claims nothing, if there is one."""
    return next((choice for choice in choices if choice.lower() in _NEUTRAL), None)


def chosen(choices: Sequence[str]) -> str:
    """One of the choices, for answers that must be one."""
    return neutral(choices) or choices[0]


def _one_per_label(things: Sequence[Thing]) -> list[Thing]:
    return list({thing.label: thing for thing in reversed(things)}.values())[::-1]


def _without_none(entries: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entries.items() if value is not None}


def _png(thing: Thing) -> str:
    """The mask as a data URI: a PNG of the box, 0 to 255 for the probability of each pixel."""
    scale = min(1.0, _MASK_SIDE / max(thing.mask.shape))
    mask = cv2.resize(thing.mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, png = cv2.imencode(".png", np.rint(mask * 255).astype(np.uint8))
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()
