"""A threaded server on 127.0.0.1 that can be stopped at once."""

import logging
import socket
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Event, Thread
from typing import Any, ClassVar

_log = logging.getLogger(__name__)


class LoopbackServer(ThreadingMixIn, TCPServer):
    """One thread per connection, all connections known; port 0 is any free one.

    An idle keep-alive connection outlives the listening socket, so without this a client
    would go on talking to a server that was closed.
    """

    allow_reuse_address = True
    request_queue_size = 512  # the default of 5 turns away a burst of clients
    join_timeout: ClassVar[float] = 5.0  # seconds that `close` waits for a connection's thread

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.closing = Event()
        self._open: dict[Any, Thread] = {}
        super().__init__(("127.0.0.1", port), handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop listening, break every connection, and wait for their threads."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        connections = list(self._open.items())
        for connection, _ in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in connections:
            thread.join(self.join_timeout)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, *_: Any) -> None:
        """Log what went wrong here; a client that hung up is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _log.exception("a request could not be answered")
