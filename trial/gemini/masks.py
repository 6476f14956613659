"""In which form a model drew masks: what our reader tells apart, and what it cannot read."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from shared import redaction, tasks
from shared.answers import apart, listing
from shared.answers.problems import Log
from shared.errors import BadAnswer, Refused
from shared.model import Request

_TOKENS = re.compile(r"<(?:start_of_mask|seg_\d+)>", re.IGNORECASE)
_PNG = re.compile(r"data:image/png;base64,", re.IGNORECASE)
_BARE_PNG = "iVBOR"  # how a PNG begins in base64
_DRAWN = ("segment", "redact")


def drawn_by(task: str, request: Request) -> str:
    """The part of a task that asks for masks; "" if none does."""
    for part in tasks.parts(task):
        if part == "segment" or (
            part == "redact" and redaction.terms(request["redact"]).what == "mask"
        ):
            return part
    return ""


def forms(text: str, task: str, request: Request) -> dict[str, int]:
    """How many masks of each form the answer has; empty if none was asked for or none is there."""
    part = drawn_by(task, request)
    if not part:
        return {}
    try:
        if task != part:
            pieces = apart.read(text, tasks.parts(task), rest_of=part).pieces
            text = pieces[part].text if part in pieces else "[]"
        seen = listing.read(text, Log())
    except (BadAnswer, Refused):
        return {}
    return dict(Counter(_forms(each.mask for each in seen.candidates.values())))


def _forms(masks: Iterator[Any]) -> Iterator[str]:
    for mask in masks:
        yield _form(mask)


def _form(mask: Any) -> str:
    match mask:
        case None:
            return "none"
        case list():
            return "polygon"
        case str() if _TOKENS.search(mask[:1000]):
            return "tokens"
        case str() if _PNG.match(mask):
            return "png"
        case str() if mask.startswith(_BARE_PNG):
            return "png without a prefix"
        case str():
            return "text"
        case Mapping() if "counts" in mask:
            return "run lengths"
    return "other"
