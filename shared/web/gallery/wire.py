"""Flask, the border: a request to the page, and its answer."""

import logging
from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import quote

import flask

from shared.web import problem
from shared.web.gallery import compression, routes
from shared.web.gallery.document import Document
from shared.web.gallery.query import Query
from shared.web.gallery.reply import CHECKED, NEVER, Reply
from shared.web.problem import Problem

_STREAMED = 30_000_000  # bytes; Cloud Run limits an answer that is not a stream to 32 MiB
_BLOCK = 2**20
_PERSON = "X-Goog-Authenticated-User-Email"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

log = logging.getLogger("darkroom")


def answer(request: flask.Request) -> flask.Response:
    """The answer to any request."""
    try:
        _check_method(request)
        response = _posted(request) if request.method == "POST" else _found(request)
    except Problem as why:
        response = _refused(request, why)
        response.headers["Cache-Control"] = NEVER
    response.headers.update(_HEADERS)
    return response


def _refused(request: flask.Request, why: Problem) -> flask.Response:
    if request.method == "POST":  # part of its body may not be read
        from shared.web.submission import wire as submission

        return submission.refused(request, why)
    log.info("refused: %s", why)
    response = flask.Response(why.encode(), why.status, why.headers)
    response.content_type = problem.MEDIA_TYPE
    return response


def _found(request: flask.Request) -> flask.Response:
    return _response(request, routes.answer(request.path, Query(request.args, _person(request))))


def _person(request: flask.Request) -> str:
    """Who has signed in, as Identity-Aware Proxy says: "accounts.google.com:anna@example.com"."""
    return request.headers.get(_PERSON, "").rpartition(":")[2]


def _response(request: flask.Request, reply: Reply) -> flask.Response:
    """A reply on the wire; a stream is closed even if nobody reads it, as after HEAD."""
    packed = _packs(request, reply)
    body = _body(reply, packed=packed)
    response = flask.Response(body, reply.status, content_type=reply.media_type)
    response.headers["Cache-Control"] = reply.cache
    if compression.is_text(reply.media_type):
        response.vary.add("Accept-Encoding")
    if packed:
        response.content_encoding = "gzip"
    if reply.attachment:
        response.headers["Content-Disposition"] = _saved_as(reply.attachment)
    if not isinstance(reply.body, bytes):
        response.call_on_close(reply.body.close)
    elif reply.cache == CHECKED:
        response.set_etag(sha256(reply.body).hexdigest(), weak=True)  # of any encoding
        response.make_conditional(request)
    return response


def _packs(request: flask.Request, reply: Reply) -> bool:
    """Whether the body is sent compressed."""
    small = isinstance(reply.body, bytes) and len(reply.body) < compression.LEAST
    takes = request.accept_encodings.quality("gzip") > 0
    return takes and not small and compression.is_text(reply.media_type)


def _posted(request: flask.Request) -> flask.Response:
    """The answer to what only the page may post: an upload as submit takes it, or a document.

    No form or script of another site can send this header: the browser's preflight request fails.
    """
    from shared.web.submission import wire as submission

    submission.limit_silence(request)
    came_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    own = came_from in {"same-origin", "none"}
    if request.headers.get("X-Darkroom") != "page" or not own:
        raise Problem(403, "forbidden", "Only the page may call this: send X-Darkroom: page.")
    if request.path == routes.UPLOAD:
        response = submission.taken(request)
        response.headers["Cache-Control"] = NEVER
        return response
    document = Document.read(submission.document(request), _person(request))
    return _response(request, routes.posted(request.path, document))


def _check_method(request: flask.Request) -> None:
    methods = routes.methods(request.path)
    if request.method not in methods:
        allowed = ", ".join(methods)
        detail = f"This path takes {allowed}."
        raise Problem(405, "method_not_allowed", detail, headers={"Allow": allowed})


def _body(reply: Reply, *, packed: bool) -> bytes | Iterator[bytes]:
    body = reply.body
    if not isinstance(body, bytes):
        return compression.pieces(body) if packed else iter(body)
    body = compression.whole(body) if packed else body
    if len(body) > _STREAMED:
        return (body[at : at + _BLOCK] for at in range(0, len(body), _BLOCK))
    return body


def _saved_as(name: str) -> str:
    """Content-Disposition with a name in any script (RFC 6266), and one in ASCII beside it."""
    plain = "".join(each if " " <= each <= "~" and each not in '"\\%' else "_" for each in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
