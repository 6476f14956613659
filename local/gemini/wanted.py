"""What a prompt asks about, in its own words: labels, a count, whether something is there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from local.gemini.expected import LABELS
from local.gemini.question import Question
from local.gemini.schema import Schema

_GIVEN = re.compile(
    r"\b(?:only these labels|one of (?:these|the following)[^:\n]{0,40}):\s*"
    r"([^\n]+?)(?:\.(?:\s|$)|\n|$)",
    re.IGNORECASE,
)
_SOUGHT = re.compile(
    r"\b(?:find|detect|segment|locate|outline|identify|mark|box|(?:masks|boxes)(?= (?:of|for)))\b"
    r"(?:\s+(?:all|every|each|any|the|an?|2d|bounding|segmentation|boxes|masks?|of|for|around))*"
    r"\s+([^.\n:]{1,200}?)"
    r"(?=\s+(?:in|on|within|from)\s+(?:this|the|that|each)\s+(?:image|photo|picture)|[.\n:]|$)",
    re.IGNORECASE,
)
_ANYTHING = re.compile(
    r"\b(?:thing|item|object|element|everything|anything|what|box_2d|instance|prominent|text|"
    r"subject|content|mask|bounding|image|photo|picture)s?\b",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|\band\b|\bor\b|&|/)\s*", re.IGNORECASE)
_DETERMINER = re.compile(r"^(?:(?:an?|the|all|every|each|any|some)\s+)+", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\bhow many\s+(.{1,60}?)(?=\s+(?:are|is|can|do|does|did|in|on|have)\b|[?.\n]|$)",
    re.IGNORECASE,
)
_IS_THERE = re.compile(
    r"\b(?:(?:is|are) there|(?:can|do) you see|(?:does|do) (?:the|this|these|it|they)\s*"
    r"(?:images?|photos?|pictures?)? ?(?:show|contain|have|include)|is this|is that|is it)\s+"
    r"(.{1,60}?)(?=\s+(?:in|on|visible|here|shown)\b|[?.\n]|$)",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"\bwhat(?:'s| is| are| do| does| can)\b.{0,40}\b(?:this|see|seen|shows?|shown|there|it|here|"
    r"image|photo|picture)\b|\bwhat do you see\b",
    re.IGNORECASE,
)
_WHAT_IT_SAYS = re.compile(
    r"\bwhat\b.{0,60}\b(?:says?|written|text|reads?|printed)\b|\bread\b.{0,40}\b(?:text|sign|line)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\bquestion\b[^:\n]{0,20}:\s*(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asking:
    """What a question in words asks for; `names` are the things it names."""

    kind: Literal["count", "whether", "what", "text", "else"]
    names: tuple[str, ...] = ()


def labels(question: Question, shape: Schema | None) -> tuple[str, ...]:
    """The only labels that are asked for; empty: any."""
    named = [each for name, each in _properties(shape) if name in LABELS]
    if named and named[0].choices:
        return named[0].choices
    if given := _GIVEN.search(question.prompt):
        return _split(given[1])
    sought = _SOUGHT.search(question.prompt)
    return _split(sought[1]) if sought and not _ANYTHING.search(sought[1]) else ()


def question_of(prompt: str) -> str:
    """The part of a prompt that it calls the question; "" if there is none."""
    named = _QUESTION.search(prompt)
    return named[1] if named else ""


def asking(text: str) -> Asking:
    """What a question asks for."""
    if match := _HOW_MANY.search(text):
        return Asking("count", _split(match[1]))
    if _WHAT_IT_SAYS.search(text):
        return Asking("text")
    if match := _IS_THERE.search(text):
        return Asking("whether", _split(match[1]))
    return Asking("what" if _WHAT.search(text) else "else")


def is_any(name: str) -> bool:
    """Whether a name stands for things of any kind."""
    return bool(_ANYTHING.fullmatch(name))


def _properties(shape: Schema | None) -> Sequence[tuple[str, Schema]]:
    """Those of an item of the list that a schema asks for."""
    if shape is None:
        return ()
    if shape.kind == "array":
        return tuple(shape.items.properties.items())
    lists = [each for each in shape.properties.values() if each.kind == "array"]
    return tuple(lists[0].items.properties.items()) if lists else ()


def _split(text: str) -> tuple[str, ...]:
    parts = (_DETERMINER.sub("", part.strip(" \"'`.[]()")) for part in _AND.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))
