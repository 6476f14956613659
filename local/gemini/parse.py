"""Parses the body of a generateContent request."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.gemini import ranges
from local.gemini.casing import camel_keys, pick
from local.gemini.errors import ApiError
from local.gemini.question import Picture, Question

_ANY_PICTURE = "image/jpeg"  # a file's own type is known
Fetch = Callable[[str], bytes]  # a file URI's bytes; raises ApiError


def read_question(model: str, body: Any, fetch: Fetch) -> Question:
    """The question in a validated body. Raises ApiError for missing contents or bad files."""
    if not pick(body, "contents"):
        raise ApiError(400, "* GenerateContentRequest.contents: contents is not specified")
    parts = tuple(_parts(pick(body, "contents")))
    system = _parts([pick(body, "systemInstruction") or {}])
    return Question(
        model=model,
        prompt=_text(parts),
        images=tuple(_pictures(parts, fetch)),
        system_instruction=_text(system),
        config=camel_keys(pick(body, "generationConfig") or {}),
        body=body,
    )


def _parts(contents: Any) -> Iterator[Mapping[str, Any]]:
    contents = contents if isinstance(contents, list) else [contents]
    for content in contents:
        parts = (content or {}).get("parts") or []
        yield from (part for part in ([parts] if isinstance(parts, Mapping) else parts) if part)


def _text(parts: Any) -> str:
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def _pictures(parts: tuple[Mapping[str, Any], ...], fetch: Fetch) -> Iterator[Picture]:
    for part in parts:
        if inline := pick(part, "inlineData"):
            ranges.check_type(pick(inline, "mimeType") or "")
            data = _decoded(inline.get("data") or "")
        elif inline := pick(part, "fileData"):
            ranges.check_type(pick(inline, "mimeType") or _ANY_PICTURE)
            data = fetch(str(pick(inline, "fileUri")))
        else:
            continue
        level = (pick(part, "mediaResolution") or {}).get("level")
        yield Picture(data, pick(inline, "mimeType") or "", level)


def _decoded(text: str) -> bytes:
    """Base64 in either alphabet, padded or not."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(
            400, "Invalid value at 'inline_data.data': Base64 decoding failed."
        ) from None
