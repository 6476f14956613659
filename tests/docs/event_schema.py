"""docs/event.schema.json, and what is wrong with an event by it."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "event.schema.json").read_text("utf-8"))
RESULT = Resource.from_contents(json.loads((DOCS / "result.schema.json").read_text("utf-8")))
VALIDATOR = Draft202012Validator(
    SCHEMA, registry=Registry().with_resource("result.schema.json", RESULT)
)


def faults(event: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(event)]
