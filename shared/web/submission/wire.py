"""Flask and its servers, the border: a request with a submission, and its answer."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO

import flask
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected

from shared import settings
from shared.border.fetch import Blocked, Unreachable
from shared.errors import NoRoom, Rejected
from shared.web import problem
from shared.web.problem import Problem
from shared.web.submission import handler
from shared.web.submission.keys import Key
from shared.web.submission.parameters import Parameters
from shared.web.submission.stream import PhotoStream

DESCRIPTION = Path(__file__).with_name("openapi.json")
_BLOCK = 65_536  # bytes read at a time
_JSON_BYTES = 65_536
_DOCUMENT_BYTES = 2**20  # a thousand photos, by their names
_SILENCE = 10.0  # s without a byte of the body
_DRAIN_SILENCE = 1.0  # s without a byte, while the rest of a body is discarded
_DRAIN_BYTES = 32 * 2**20  # Cloud Run's limit for a request
_STATUS = {"empty": 400, "too_large": 413, "unsupported_type": 415}
_METHODS = {"/": ("POST",), "/openapi.json": ("GET", "HEAD")}

log = logging.getLogger("darkroom")


def answer(request: flask.Request) -> flask.Response:
    """The answer to any request."""
    return _or_refused(request, _answered)


def taken(request: flask.Request) -> flask.Response:
    """The answer to a submission, whatever its path."""
    return _or_refused(request, _accepted)


def document(request: flask.Request) -> bytes:
    """A small body, of JSON. Raises Problem."""
    try:
        return _body(request, _DOCUMENT_BYTES).read(_DOCUMENT_BYTES)
    except Rejected as why:
        raise Problem(413, why.reason, why.sentence) from why


def _or_refused(
    request: flask.Request, answered: Callable[[flask.Request], flask.Response]
) -> flask.Response:
    limit_silence(request)
    try:
        return answered(request)
    except Problem as why:
        return refused(request, why)
    except Rejected as why:
        return refused(request, Problem(_STATUS[why.reason], why.reason, why.sentence))
    except NoRoom as why:
        sentence = str(why)
        detail = f"{sentence[:1].upper()}{sentence[1:]}. Try again later."
        return refused(request, Problem(507, "no_room", detail))
    except Blocked as why:
        log.warning(
            "a URL was not fetched: %s", why
        )  # not in the answer: it may name a private address
        return refused(request, Problem(422, "blocked_url", _BLOCKED))
    except Unreachable as why:
        detail = f"The URL could not be read: {why}."
        return refused(request, Problem(502, "unreachable_url", detail))


def limit_silence(request: flask.Request) -> None:
    """Set the timeout for reading the body of any request."""
    _limit_silence(request, _SILENCE)


def _limit_silence(request: flask.Request, seconds: float) -> None:
    """Set a timeout for reading the body, so that a silent client does not hold a thread.

    Neither server has such a timeout for a body, but both give us the connection.
    """
    for name in ("gunicorn.socket", "werkzeug.socket"):
        if connection := request.environ.get(name):
            connection.settimeout(seconds)


_BLOCKED = (
    "The URL, or one that it redirects to, is not fetched: it must begin with https:// or http://, "
    "have no user or password in it, and all addresses of its host must be public."
)


def _answered(request: flask.Request) -> flask.Response:
    methods = _METHODS.get(request.path)
    if methods is None:
        raise Problem(
            404, "not_found", "There is nothing at this path, only at / and /openapi.json."
        )
    if request.method not in methods:
        allowed = ", ".join(methods)
        detail = f"{request.path} takes {allowed}."
        raise Problem(405, "method_not_allowed", detail, headers={"Allow": allowed})
    if request.path != "/":
        return _response(request, 200, DESCRIPTION.read_bytes(), "application/json")
    return _accepted(request)


def _accepted(request: flask.Request) -> flask.Response:
    body = json.dumps(_taken(request)).encode()
    return _response(request, 202, body, "application/json")


def _taken(request: flask.Request) -> handler.Answer:
    named = request.headers.get("Idempotency-Key")
    key = None if named is None else Key(named)
    most = settings.current().limits.bytes
    if request.mimetype != "application/json":
        parameters = Parameters.by_query(request.query_string)
        return handler.handle(parameters, nullcontext(_body(request, most)), key)
    if request.query_string:
        raise Problem(
            400, "bad_query", "Put all parameters into the JSON body, not into the query string."
        )
    parameters = Parameters.by_json(_body(request, _JSON_BYTES).read(_JSON_BYTES + 1))
    return handler.handle(parameters, handler.fetched(str(parameters.url)), key)


def _body(request: flask.Request, most: int) -> PhotoStream:
    """The body, unread. Raises Rejected if it is declared to be too large."""
    return PhotoStream(_blocks(request.stream), most, request.content_length)


def _blocks(body: IO[bytes]) -> Iterator[bytes]:
    """The body as the server reads it: Werkzeug's and gunicorn's errors differ."""
    try:
        while block := body.read(_BLOCK):
            yield block
    except (ClientDisconnected, ParseException, OSError) as error:
        raise Problem(400, "incomplete", "The body was cut off.") from error


def refused(request: flask.Request, why: Problem) -> flask.Response:
    """The answer to a request that is refused, whether its body was read or not."""
    log.info("refused: %s", why)
    return _response(request, why.status, why.encode(), problem.MEDIA_TYPE, why.headers)


def _response(
    request: flask.Request,
    status: int,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> flask.Response:
    """An answer that is sent before the rest of the request is read and discarded.

    If the rest stayed unread, the connection would break, and many clients would never read the
    answer. Functions Framework would first read all of it into memory, except for a streamed
    answer.
    """
    unread = request.stream

    def parts() -> Iterator[bytes]:
        yield body
        _limit_silence(request, _DRAIN_SILENCE)
        with suppress(Problem, Rejected):
            PhotoStream(_blocks(unread), _DRAIN_BYTES).finish()

    fixed = {"Content-Type": content_type, "Content-Length": str(len(body))}
    return flask.Response(parts(), status, {**headers, **fixed})
