"""A raw generateContent reply, read: the text, or why there is none.

Wire: https://ai.google.dev/api/generate-content#generatecontentresponse, as JSON. The service
writes camelCase; snake_case, as SDKs print it, is read as well.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from shared.errors import BadAnswer, Declined, Refused
from shared.model import Usage

REFUSALS = {  # all but OTHER, which may be temporary and is retried
    "BLOCKLIST": "a word on its block list",
    "IMAGE_PROHIBITED_CONTENT": "prohibited content in an image",
    "IMAGE_RECITATION": "an image too close to a published one",
    "IMAGE_SAFETY": "its safety rules for images",
    "JAILBREAK": "what looks like an attempt to get around its rules",
    "LANGUAGE": "a language it does not support",
    "MODEL_ARMOR": "the project's Model Armor policy",
    "OTHER": "a rule it does not name",
    "PROHIBITED_CONTENT": "prohibited content",
    "RECITATION": "text too close to a published one",
    "SAFETY": "its safety rules",
    "SPII": "sensitive personal data",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of the first candidate without its thoughts, never blank.

    `cut_off` unless the service says that the model stopped by itself: the rest may be missing.
    """

    text: str
    cut_off: bool
    finish: str  # the service's word, "" if it gave none


def read(raw: bytes) -> Reply:
    """The reply in the service's JSON.

    Raises Refused if the model declined, Declined if it gave no reason, and BadAnswer if there is
    no text.
    """
    body = _body(raw)
    if _field(body, "error") is not None:
        message = _word(_field(_field(body, "error"), "message"))
        raise BadAnswer(f"The service sent an error as an answer: {message or 'it says no more'}.")
    blocked = _word(_field(_field(body, "promptFeedback"), "blockReason"))
    if blocked and not blocked.endswith("_UNSPECIFIED"):
        sentence = f"The model did not take the question because of {_why(blocked)}."
        raise Declined(sentence) if blocked == "OTHER" else Refused(sentence)
    candidates = _field(body, "candidates")
    if not isinstance(candidates, list) or not candidates:
        raise BadAnswer("The service sent no candidate answer.")
    finish = _word(_field(candidates[0], "finishReason"))
    if finish in REFUSALS and finish != "OTHER":
        raise Refused(f"The model did not answer because of {_why(finish)}.")
    text = _text(candidates[0])
    if not text.strip():
        kind = Declined if finish == "OTHER" else BadAnswer
        raise kind(_silence(finish, usage(raw).thought_tokens))
    return Reply(text, cut_off=finish != "STOP", finish=finish)


def usage(raw: bytes) -> Usage:
    """The tokens as the service counted them, 0 where it names none; no price, no calls."""
    try:
        body = _body(raw)
    except BadAnswer:
        return Usage(model="")
    counts = _field(body, "usageMetadata")
    return Usage(
        model=_word(_field(body, "modelVersion")),
        prompt_tokens=_count(_field(counts, "promptTokenCount")),
        image_tokens=_tokens_of("IMAGE", counts),
        output_tokens=_count(_field(counts, "candidatesTokenCount")),
        thought_tokens=_count(_field(counts, "thoughtsTokenCount")),
    )


def saw_images(raw: bytes) -> bool:
    """False if text alone makes up all tokens that the service counted for the question.

    An answer about a photo that the model did not get is invented. But some models list only a part
    of what they counted, and an incomplete list proves nothing.
    """
    counts = _field(_body(raw), "usageMetadata")
    counted = _count(_field(counts, "promptTokenCount"))
    return not 0 < counted <= _tokens_of("TEXT", counts)


def ran_out(raw: bytes) -> bool:
    """Whether the answer ended at its token limit (MAX_TOKENS)."""
    try:
        candidates = _field(_body(raw), "candidates")
    except BadAnswer:
        return False
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return _word(_field(first, "finishReason")) == "MAX_TOKENS"


def _tokens_of(kind: str, counts: object) -> int:
    """The question's tokens of that kind, as far as they are listed."""
    details = _field(counts, "promptTokensDetails")
    listed = details if isinstance(details, list) else []
    return sum(
        _count(_field(each, "tokenCount")) for each in listed if _field(each, "modality") == kind
    )


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("The service's answer is not JSON.") from error
    if not isinstance(body, dict):
        raise BadAnswer("The service's answer is not a JSON object.")
    return body


def _text(candidate: object) -> str:
    parts = _field(_field(candidate, "content"), "parts")
    texts = [
        _field(part, "text")
        for part in (parts if isinstance(parts, list) else [])
        if not _field(part, "thought")
    ]
    return "".join(text for text in texts if isinstance(text, str))


def _silence(finish: str, thoughts: int) -> str:
    if finish == "MAX_TOKENS":
        return f"The model spent its whole budget before it wrote ({thoughts} tokens of thought)."
    return f"The model wrote nothing (finish reason: {finish or 'none'})."


def _why(reason: str) -> str:
    return f"{REFUSALS.get(reason, 'a rule it names only by its code')} ({reason})"


def _field(node: object, name: str) -> Any:
    """The member called `name` in camelCase, or in snake_case, of what may not be an object."""
    if not isinstance(node, dict):
        return None
    return node.get(name, node.get(re.sub("([A-Z])", r"_\1", name).lower()))


def _word(value: object) -> str:
    """A word or a sentence of the service, fit to be written in one of ours."""
    return value[:200].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _count(value: object) -> int:
    """A token count; some clients write 64-bit numbers as strings."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value):
        return int(value)
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0
