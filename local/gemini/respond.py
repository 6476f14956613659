"""Responses of the API: JSON, errors, and a model's reply with its faults."""

import json
from collections.abc import Mapping
from typing import Any

from local.emulator.app import Response
from local.gemini.errors import ApiError
from local.gemini.reply import Reply

_JSON = "application/json; charset=UTF-8"


def as_json(body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A success with a JSON body."""
    return Response((encoded(body),), headers={"Content-Type": _JSON, **(headers or {})})


def as_error(error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    """An error's status and body."""
    if isinstance(error.body, str):
        body, kind = error.body.encode(), "text/html; charset=UTF-8"
    else:
        body, kind = encoded(error.body), _JSON
    return Response((body,), error.code, {"Content-Type": kind, **(headers or {})})


def as_said(reply: Reply, pieces: tuple[bytes, ...], kind: str = _JSON) -> Response:
    """A model's reply in those pieces, or its error; late, broken or whole as the reply says."""
    plain = as_error(reply.error) if reply.error else None
    return Response(
        plain.pieces if plain else pieces,
        plain.status if plain else 200,
        plain.headers if plain else {"Content-Type": kind},
        delay=reply.delay,
        reset_after=reply.reset_after,
        on_sent=reply.on_sent,
    )


def encoded(body: Any) -> bytes:
    """JSON as bytes."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
