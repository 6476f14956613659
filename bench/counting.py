"""A proxy to a server on this machine that counts the bytes of its answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_BLOCK = 65_536


@dataclass(slots=True)
class Counter:
    """Bytes that came back from the server, headers included."""

    port: int
    received: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        with self._lock:
            self.received += count


@contextmanager
def counting(target: int) -> Iterator[Counter]:
    """Passes connections on to that port of this machine, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        counter = Counter(listening.getsockname()[1])
        accepting = threading.Thread(target=_accept, args=(listening, target, counter), daemon=True)
        accepting.start()
        yield counter
        with suppress(OSError):  # wakes the thread that accepts
            listening.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _accept(listening: socket.socket, target: int, counter: Counter) -> None:
    with suppress(OSError):
        while True:
            near, _ = listening.accept()
            threading.Thread(target=_join, args=(near, target, counter), daemon=True).start()


def _join(near: socket.socket, target: int, counter: Counter) -> None:
    with near, socket.create_connection(("127.0.0.1", target)) as far:
        asking = threading.Thread(target=_pass, args=(near, far, None))
        asking.start()
        _pass(far, near, counter)
        asking.join()


def _pass(source: socket.socket, sink: socket.socket, counter: Counter | None) -> None:
    with suppress(OSError):
        while block := source.recv(_BLOCK):
            if counter:
                counter.add(len(block))
            sink.sendall(block)
    with suppress(OSError):  # either end may close first
        sink.shutdown(socket.SHUT_WR)
