"""An emulator's API over HTTP/1.1: a request in, a response out, and connections that fail."""

import json
import os
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.emulator.access import CheckedHandler
from local.emulator.body import BadBody, body_of
from local.emulator.errors import InvalidArgument, error_document
from local.emulator.server import LoopbackServer

JSON = "application/json; charset=UTF-8"
_LARGEST = 2 << 30  # bytes of a body; Gemini takes no larger file
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 seconds


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `base` is scheme, host and port as the client addressed them."""

    method: str
    base: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # by name in any case
    body: bytes

    def document(self) -> dict[str, Any]:
        """The body's JSON object; an empty body stands for an empty one. Raises InvalidArgument."""
        try:
            document = json.loads(self.body or b"{}")
        except ValueError:
            raise InvalidArgument("Invalid JSON payload received.") from None
        if not isinstance(document, dict):
            raise InvalidArgument("Invalid JSON payload received. It is no object.")
        return document


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; several pieces are sent as chunks, one after the other."""

    pieces: tuple[bytes, ...] = (b"",)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds before the first byte
    reset_after: int | None = None  # the connection is reset after this many pieces
    on_sent: Callable[[], None] | None = None


class AppServer(LoopbackServer):
    """Serves `app` until it is closed, which does not wait for requests under way."""

    join_timeout = 0.0

    def __init__(self, app: Callable[[Request], Response], port: int = 0) -> None:
        self.app = app
        super().__init__(port, _Handler)
        self.start()


def json_response(
    document: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    indent: int | None = None,
) -> Response:
    """A response with a JSON body."""
    return Response((encoded(document, indent),), status, {"Content-Type": JSON, **(headers or {})})


def encoded(document: Any, indent: int | None = None) -> bytes:
    """JSON as bytes."""
    return json.dumps(document, ensure_ascii=False, indent=indent).encode("utf-8", "surrogatepass")


class _Handler(CheckedHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    server: AppServer

    def _answer(self) -> None:
        try:
            body = b"".join(body_of(self.headers, self.rfile, _LARGEST).blocks())
        except BadBody as error:
            return self.send_error(400, str(error))
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            base=f"http://{self.headers.get('Host', '')}",
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers=self.headers,  # type: ignore[arg-type]  # a Message is a mapping in all but name
            body=body,
        )
        response = self.server.app(request)
        if response.delay and self.server.closing.wait(response.delay):
            self.close_connection = True
            return None
        try:
            self._send(response)
        except ConnectionError:
            self.close_connection = True  # the client has gone
            return None
        if response.on_sent:
            response.on_sent()
        return None

    # Names that the base class looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def send_error(self, code: int, message: str | None = None, _: str | None = None) -> None:
        """Answer what is wrong with the request itself, in Google's form, and close."""
        error = error_document(code, InvalidArgument.status, message or "")
        self.close_connection = True
        self._send(json_response(error, code, {"Connection": "close"}))

    def _send(self, response: Response) -> None:
        if response.reset_after == 0:
            return self._reset()
        chunked = len(response.pieces) > 1 or response.reset_after is not None
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            return self._send_chunks(response)
        (body,) = response.pieces
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()
        return None

    def _send_chunks(self, response: Response) -> None:
        self.end_headers()
        for piece in response.pieces[: response.reset_after]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        if response.reset_after is not None:
            return self._reset()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        return None

    def _reset(self) -> None:
        """Close with a reset, which takes the descriptor away from the objects that share it."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        os.close(self.connection.detach())

    def log_message(self, *_: Any) -> None:
        """Nothing: requests are not logged."""
