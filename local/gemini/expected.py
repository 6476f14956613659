"""What a question asks for, and in which schema."""

import re
from collections.abc import Mapping
from typing import Any

from local.gemini.question import Question
from local.gemini.schema import Schema

SCHEMAS = ("responseSchema", "responseJsonSchema")  # where a request may have one
LABELS = ("label", "name", "class", "class_name", "category")
_ANY: Mapping[str, Any] = {}
_NO_MASKS = re.compile(r"\b(?:no|not|never|without)\b[^.\n]{0,40}\bmasks?\b", re.IGNORECASE)
_MASKS = re.compile(r"\bmasks?\b|\bsegment", re.IGNORECASE)
_BOXES = re.compile(r"\bbox_2d\b|\bbounding box|\bbox(?:es)?\b|\bdetect", re.IGNORECASE)
_CAPTION = re.compile(r"\bcaption|\bdescri|\balt text|\bcompar|\bdiffer", re.IGNORECASE)
_TEXT = re.compile(r"\bread\b[^.\n]{0,40}\btext\b|\btranscri|\bocr\b", re.IGNORECASE)
_CLASSES = re.compile(r"\bclassif", re.IGNORECASE)
_APART = re.compile(r"\btell\b[^.\n]{0,60}\bapart\b", re.IGNORECASE)
_AT_MOST = re.compile(
    r"(?:no more than|at most|up to|limit(?:ed)? to|maximum(?: of)?)\s+(\d+)", re.IGNORECASE
)


def expected_schema(question: Question) -> Schema | None:
    """The schema that the answer has to fit; None: plain text."""
    for key in SCHEMAS:
        if given := question.config.get(key):
            return Schema(given)
    prompt = _NO_MASKS.sub("", f"{question.system_instruction}\n{question.prompt}")
    if _MASKS.search(prompt):
        return _list_of("box_2d", "mask", "label")
    if _BOXES.search(prompt):
        return _list_of("box_2d", "label")
    if _CLASSES.search(prompt) and "label" in prompt:
        return _list_of("label", "score")
    if question.config.get("responseMimeType") == "application/json":
        name = "caption" if wants_caption(question) else "answer"
        return Schema({"type": "object", "properties": {name: {"type": "string"}}})
    return None


def wants_caption(question: Question) -> bool:
    """Whether the prompt asks for a description."""
    return bool(_CAPTION.search(f"{question.system_instruction}\n{question.prompt}"))


def wants_text(question: Question) -> bool:
    """Whether the prompt asks to read text in the picture."""
    return bool(_TEXT.search(f"{question.system_instruction}\n{question.prompt}"))


def wants_places(question: Question) -> bool:
    """Whether the prompt wants several things of one kind told apart by where they are."""
    return bool(_APART.search(question.prompt))


def most_items(question: Question) -> int | None:
    """How many items the prompt allows; None: any number."""
    limit = _AT_MOST.search(f"{question.system_instruction}\n{question.prompt}")
    return int(limit[1]) if limit else None


def _list_of(*names: str) -> Schema:
    return Schema(
        {"type": "array", "items": {"type": "object", "properties": dict.fromkeys(names, _ANY)}}
    )
