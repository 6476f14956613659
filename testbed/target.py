"""A server on loopback with scripted answers, which keeps the requests."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    at: float  # seconds since the epoch
    method: str
    path: str
    headers: Message  # by name in any case
    body: bytes


Said = int | tuple[int, dict[str, str]] | tuple[int, dict[str, str], bytes]  # status, headers, body


@dataclass
class Target:
    """Answers `script` in turn, then `otherwise`, a reply or a function of the request.

    While `gate` is not set, no request is answered.
    """

    url: str
    script: list[Said] = field(default_factory=list)
    otherwise: Said | Callable[[Asked], Said] = 200
    gate: Event = field(default_factory=Event)
    asked: list[Asked] = field(default_factory=list)
    most: int = 0  # requests under way at once
    changed: Condition = field(default_factory=Condition)
    _now: int = 0

    def wait(self, number: int, patience: float = 180.0) -> list[Asked]:
        """The requests, once there are `number`. Raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.asked) >= number, patience):
                raise TimeoutError(f"{len(self.asked)} of {number} requests")
            return list(self.asked)

    def take(self, asked: Asked) -> tuple[int, Mapping[str, str], bytes]:
        """The answer to a request."""
        with self.changed:
            self.asked.append(asked)
            self._now += 1
            self.most = max(self.most, self._now)
            said = self.script.pop(0) if self.script else self._otherwise(asked)
            self.changed.notify_all()
        self.gate.wait()
        with self.changed:
            self._now -= 1
        status, headers, *body = said if isinstance(said, tuple) else (said, {})
        return status, headers, b"".join(body)

    def _otherwise(self, asked: Asked) -> Said:
        return self.otherwise(asked) if callable(self.otherwise) else self.otherwise


@contextmanager
def target(otherwise: Said | Callable[[Asked], Said] = 200) -> Iterator[Target]:
    """A new server, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            at = time.time()
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = Asked(at, self.command, self.path, self.headers, body)
            status, headers, body = mine.take(asked)
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_DELETE = do_GET = do_PUT = do_POST  # noqa: N815 - names the base class looks for

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 512

    server = Server(("127.0.0.1", 0), Handler)
    mine = Target(f"http://127.0.0.1:{server.server_port}", otherwise=otherwise)
    mine.gate.set()
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield mine
    finally:
        mine.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
