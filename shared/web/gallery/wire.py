"""Flask, the border: a request to the page, and its answer."""

import logging
from collections.abc import Iterator
from urllib.parse import quote

import flask

from shared.web import problem
from shared.web.gallery import routes
from shared.web.gallery.query import Query
from shared.web.gallery.reply import CHECKED, NEVER, Reply
from shared.web.problem import Problem

_UPLOAD = "/api/upload"
_STREAMED = 30_000_000  # bytes; Cloud Run limits an answer that is not a stream to 32 MiB
_BLOCK = 2**20
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

log = logging.getLogger("darkroom")


def answer(request: flask.Request) -> flask.Response:
    """The answer to any request."""
    try:
        response = _uploaded(request) if request.path == _UPLOAD else _found(request)
    except Problem as why:
        log.info("refused: %s", why)
        response = flask.Response(why.encode(), why.status, {**why.headers, "Cache-Control": NEVER})
        response.content_type = problem.MEDIA_TYPE
    response.headers.update(_HEADERS)
    return response


def _found(request: flask.Request) -> flask.Response:
    _check_method(request, "GET", "HEAD")
    reply = routes.answer(request.path, Query(request.args))
    response = flask.Response(_body(reply), content_type=reply.media_type)
    response.headers["Cache-Control"] = reply.cache
    if reply.attachment:
        response.headers["Content-Disposition"] = _saved_as(reply.attachment)
    if reply.cache == CHECKED:
        response.add_etag()
        response.make_conditional(request)
    return response


def _uploaded(request: flask.Request) -> flask.Response:
    """The answer of submit, only for the page.

    No form or script of another site can send this header: the browser's preflight request fails.
    """
    _check_method(request, "POST")
    came_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    own = came_from in {"same-origin", "none"}
    if request.headers.get("X-Darkroom") != "page" or not own:
        raise Problem(403, "forbidden", "Only the page may call this: send X-Darkroom: page.")
    from shared.web.submission import wire as submission

    response = submission.taken(request)
    response.headers["Cache-Control"] = NEVER
    return response


def _check_method(request: flask.Request, *methods: str) -> None:
    if request.method not in methods:
        allowed = ", ".join(methods)
        detail = f"This path takes {allowed}."
        raise Problem(405, "method_not_allowed", detail, headers={"Allow": allowed})


def _body(reply: Reply) -> bytes | Iterator[bytes]:
    body = reply.body
    if isinstance(body, bytes) and len(body) > _STREAMED:
        return (body[at : at + _BLOCK] for at in range(0, len(body), _BLOCK))
    return body


def _saved_as(name: str) -> str:
    """Content-Disposition with a name in any script (RFC 6266), and one in ASCII beside it."""
    plain = "".join(each if " " <= each <= "~" and each not in '"\\%' else "_" for each in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
