"""Responses of the API: errors, and a model's reply with its faults."""

from collections.abc import Mapping

from local.emulator.app import JSON, Response, json_response
from local.gemini.errors import ApiError
from local.gemini.reply import Reply


def error_response(error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    """An error's status and body."""
    if not isinstance(error.body, str):
        return json_response(error.body, error.code, headers)
    kind = {"Content-Type": "text/html; charset=UTF-8"}
    return Response((error.body.encode(),), error.code, {**kind, **(headers or {})})


def reply_response(reply: Reply, pieces: tuple[bytes, ...], kind: str = JSON) -> Response:
    """A model's reply in those pieces, or its error; delayed or reset as the reply says."""
    plain = error_response(reply.error) if reply.error else None
    return Response(
        plain.pieces if plain else pieces,
        plain.status if plain else 200,
        plain.headers if plain else {"Content-Type": kind},
        delay=reply.delay,
        reset_after=reply.reset_after,
        on_sent=reply.on_sent,
    )
