"""A model that answers everything as this project assumes; tests spoil one thing of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from local.gemini import Question, Reply, replies

MODEL = (
    "gemini-3.5-flash"  # it takes a schema, MINIMAL thought, HIGH; it draws polygons, and has flex
)
BOX = [100, 200, 600, 700]
OUTLINE = [[200, 100], [700, 100], [700, 600], [200, 600]]
WORDS = (
    "A white duck with an orange bill stands on wet grass beside a pond, and looks to the left. "
)
VALUES: dict[str, Any] = {
    "box_2d": BOX,
    "mask": OUTLINE,
    "caption": WORDS * 3,
    "date": "2026-11-30",
    "total": 4.2,
    "price": 4.2,
}

Spoil = Callable[[Question, Reply], Reply]


def filled(schema: dict[str, Any], name: str = "") -> Any:
    """A value that fits a schema, with one item in each list."""
    if name in VALUES and schema.get("type") != "object":
        return VALUES[name]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        members = schema.get("properties", {})
        return {key: filled(each, name if key == "value" else key) for key, each in members.items()}
    if kind == "array":
        return [filled(schema["items"], name)]
    plain = {"integer": 0, "number": 0.5, "boolean": True}
    return plain.get(kind, WORDS.strip())


def good(question: Question) -> Reply:
    """Every setting honoured: by the schema, the resolution, the limit and the tier."""
    schema = question.config["responseJsonSchema"]
    tier = question.body.get("serviceTier", "standard")
    reply = replies.says(json.dumps(filled(schema)))
    return replace(reply, usage={"serviceTier": tier})


def spoilt(spoil: Spoil) -> Callable[[Question], Reply]:
    return lambda question: spoil(question, good(question))


def is_caption(question: Question) -> bool:
    return "caption" in question.config["responseJsonSchema"].get("properties", {})


def draws(question: Question) -> bool:
    return '"mask"' in json.dumps(question.config["responseJsonSchema"])


def told(**usage: Any) -> Spoil:
    """The service counts these tokens."""
    return lambda _, reply: replace(reply, usage={**reply.usage, **usage})


def counted(factor: float, *kinds: str) -> Spoil:
    """The service counts so many times the tokens of the question of those kinds."""

    def spoil(question: Question, reply: Reply) -> Reply:
        from local.gemini import tokens

        found = tokens.of_question(question)
        counts = {"TEXT": found.text, "IMAGE": found.image}
        counts = {
            kind: round(count * (factor if kind in kinds else 1)) for kind, count in counts.items()
        }
        details = [{"modality": kind, "tokenCount": count} for kind, count in counts.items()]
        prompt, answer = sum(counts.values()), 50
        usage = {
            "promptTokenCount": prompt,
            "candidatesTokenCount": answer,
            "totalTokenCount": prompt + answer,
            "promptTokensDetails": details,
        }
        return replace(reply, usage={**reply.usage, **usage})

    return spoil


def written(change: Callable[[str], str], only: Callable[[Question], bool] | None = None) -> Spoil:
    """Another text, for those questions."""

    def spoil(question: Question, reply: Reply) -> Reply:
        if only and not only(question):
            return reply
        return replace(reply, parts=({"text": change(reply.parts[0]["text"])},))

    return spoil
