"""HTTP/1.1 on this machine's loopback: a request in, a response out, and how a connection fails."""

import json
import logging
import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.emulator.access import Doors
from local.emulator.body import BadBody, body_of

_log = logging.getLogger(__name__)
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


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; several pieces are sent as chunks, one after the other."""

    pieces: tuple[bytes, ...] = (b"",)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds before the first byte
    reset_after: int | None = None  # the connection is reset after this many pieces
    on_sent: Callable[[], None] | None = None


class LoopbackServer(ThreadingHTTPServer):
    """Serves `app` on 127.0.0.1, a thread per connection, until it is closed."""

    daemon_threads = True
    request_queue_size = 512  # the default of 5 turns away a burst of clients

    def __init__(self, app: Callable[[Request], Response], port: int = 0) -> None:
        self.app = app
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        """Stop listening and break every open connection, as a server that dies would."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            connections = tuple(self._connections)
        for connection in connections:
            _hang_up(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: Any) -> None:
        """Report what went wrong here, but not that a client has gone."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _log.exception("a request could not be answered")


class _Handler(Doors):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    server: LoopbackServer

    def _answer(self) -> None:
        try:
            body = body_of(self.headers, self.rfile)
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
        """What is wrong with the request itself, in Google's form, as the last word."""
        error = {"code": code, "message": message or "", "status": "INVALID_ARGUMENT"}
        body = json.dumps({"error": error}).encode()
        kind = {"Content-Type": "application/json; charset=UTF-8", "Connection": "close"}
        self.close_connection = True
        self._send(Response((body,), code, kind))

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
        """Say nothing: who wants to know what was asked asks the model."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself
