"""A threaded server that can be ended at once."""

import logging
import socket
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any

_log = logging.getLogger(__name__)
_PATIENCE = 5.0  # seconds for a request under way to notice that its connection is gone


class ConnectionServer(ThreadingMixIn, TCPServer):
    """One thread per connection on 127.0.0.1, every one of them known.

    An idle keep-alive connection outlives the listening socket, so without this a client
    would go on talking to a server that was closed.
    """

    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: dict[Any, Thread] = {}
        super().__init__(("127.0.0.1", port), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop listening, break every connection off, and wait for their threads."""
        self.shutdown()
        self.server_close()
        for connection, thread in list(self._open.items()):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE)

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
        """A client that went away is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _log.exception("a request could not be answered")
