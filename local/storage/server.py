"""The emulator as a server on the loopback interface."""

import re
from collections.abc import Collection
from pathlib import Path

from local.emulator.access import CheckedHandler
from local.emulator.body import BLOCK, BadBody, body_of
from local.emulator.server import LoopbackServer
from local.storage.api.routes import answer
from local.storage.api.service import Service
from local.storage.errors import invalid
from local.storage.lifecycle import Lifecycle
from local.storage.parts import PartUploads
from local.storage.sessions import Sessions
from local.storage.store import Store
from local.storage.wire import Extract, Reply, json_reply

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class StorageServer:
    """A running emulator with its `url` and `store`."""

    def __init__(self, http: LoopbackServer, service: Service) -> None:
        self.url = http.url
        self.store = service.store
        self._lifecycle = Lifecycle(service.store)
        self._lifecycle.start()
        self._http = http
        self._sessions = service.sessions

    def close(self) -> None:
        """Break every connection, and release the files to other processes."""
        self._http.close()
        self._lifecycle.close()
        self._sessions.close()
        self.store.close()


def serve(root: Path, port: int = 0, *, watched: Collection[str] | None = None) -> StorageServer:
    """The emulator on 127.0.0.1, port 0 being any free one, its objects kept under `root`.

    Finalize events are kept on disk until a Trigger has delivered them: those of the
    buckets in `watched`, or of all. Nothing is fsynced.
    """
    http = _Server(port, _Handler)
    try:
        store = Store(root, http.url, watched)
    except BaseException:
        http.server_close()
        raise
    http.service = Service(store, Sessions(store), PartUploads(store))
    http.start()
    return StorageServer(http, http.service)


class _Server(LoopbackServer):
    service: Service


class _Handler(CheckedHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16  # a small reply leaves in one packet, head and body

    def handle_one_request(self) -> None:
        """One request of a connection; the routes decide about its method."""
        self.raw_requestline = self.rfile.readline(1 << 16)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            self.wfile.flush()
            return
        try:
            body = body_of(self.headers, self.rfile)
        except BadBody as error:
            self.close_connection = True
            self._send(json_reply(invalid(str(error)).resource(), 400))
            return
        base = f"http://{self.headers.get('host', '127.0.0.1')}"
        reply = answer(self.server.service, self.command, self.path, self.headers, body, base)
        body.drain()
        self._send(reply)

    def handle_expect_100(self) -> bool:
        accepted = super().handle_expect_100()
        self.wfile.flush()
        return accepted

    def log_message(self, *_: object) -> None:
        """Nothing: requests are not logged."""

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, _header(value))
        if reply.status != 204:
            self.send_header("Content-Length", str(reply.length))
        self.end_headers()
        if isinstance(reply.body, Extract):
            self._stream(reply.body)
        elif self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    def _stream(self, extract: Extract) -> None:
        with extract.file as file:
            file.seek(extract.start)
            left = 0 if self.command == "HEAD" else extract.length
            while left:
                block = file.read(min(left, BLOCK))
                self.wfile.write(block)
                left -= len(block)


def _header(value: str) -> str:
    """The value as UTF-8 bytes, without the control characters that would end the line."""
    return _CONTROL.sub(" ", value).encode("utf-8", "replace").decode("latin-1")
