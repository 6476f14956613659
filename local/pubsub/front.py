"""The port of the emulator, for gRPC and REST: the first bytes of a connection say which."""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from local.emulator.app import AppServer, Request, Response

_PREFACE = b"PRI"  # begins every HTTP/2 connection, and no HTTP/1.1 request
_BLOCK = 1 << 16


class Front(AppServer):
    """Answers HTTP/1.1 by `app`, and forwards HTTP/2 to the gRPC server at another port."""

    def __init__(self, app: Callable[[Request], Response], port: int, grpc_port: int) -> None:
        self._grpc_port = grpc_port
        super().__init__(app, port)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        first = request.recv(len(_PREFACE), socket.MSG_PEEK | socket.MSG_WAITALL)
        if first == _PREFACE:
            _relay(request, self._grpc_port)
        else:
            super().finish_request(request, client_address)


def _relay(client: socket.socket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as server:
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = Thread(target=_copy, args=(server, client), name="pubsub-relay", daemon=True)
        back.start()
        _copy(client, server)
        back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # either end has closed
        while block := source.recv(_BLOCK):
            sink.sendall(block)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
