"""The wire between functions and emulators: each call is noted, and takes as long as in a network.

The proxies run in the benchmark's process, so what they do is not counted as a function's CPU time.
"""

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from math import inf
from threading import local
from typing import Literal
from urllib.parse import urlsplit

from local.emulator.body import body_of
from local.emulator.server import LoopbackServer
from testbed.relay import Relay

To = Literal["storage", "queue", "tasks", "webhook", "notify"]
Billed = Literal["A", "B", "free"]
_LISTS = re.compile(r"/storage/v1/b(/[^/]+/o)?$")
_LOOKS = re.compile(r"/o(/|\?.*\bprefix=)(throttle|brakes|index)(/|%2F)", re.IGNORECASE)
_QUIET = 0.3  # seconds without a call, after which no more follow
_PATIENCE = 120.0
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request and its answer; times are seconds of the monotonic clock."""

    to: To
    method: str
    path: str
    status: int
    start: float
    end: float

    @property
    def billed(self) -> Billed:
        """The class of a storage request: https://cloud.google.com/storage/pricing."""
        if self.method == "DELETE" or self.path.startswith("/batch/") or self.status >= 300:
            return "free"
        reads = self.method in ("GET", "HEAD") and not _LISTS.search(urlsplit(self.path).path)
        return "B" if reads else "A"


@dataclass(slots=True)
class Log:
    """The calls in the order in which they ended; `delay` is seconds before each."""

    delay: float = 0.0
    calls: list[Call] = field(default_factory=list)

    def since(self, number: int) -> list[Call]:
        """The functions' own calls from that number on, without the looks.

        A process looks for rate limits, brakes and new records every few seconds, however many jobs
        it does: a step that happens to be the one would count a request more.
        """
        return [
            each
            for each in self.calls[number:]
            if each.to != "notify" and not (each.method == "GET" and _LOOKS.search(each.path))
        ]

    def settle(self, number: int, wanted: To | None = None) -> None:
        """Wait until one of the `wanted` calls was made since then, and no more follow."""
        end = time.monotonic() + _PATIENCE
        seen = -1
        while seen != len(self.calls) or not self._made(number, wanted):
            if time.monotonic() > end:
                raise SystemExit(f"no call to {wanted} was made")
            seen = len(self.calls)
            time.sleep(_QUIET)

    def _made(self, number: int, wanted: To | None) -> bool:
        return wanted is None or any(each.to == wanted for each in self.calls[number:])


def in_sequence(calls: Iterable[Call]) -> int:
    """The most calls of which each began after the one before had ended."""
    count, free = 0, -inf
    for call in sorted(calls, key=lambda each: each.end):
        if call.start >= free:
            count, free = count + 1, call.end
    return count


class Wire:
    """Passes HTTP requests on to `upstream`, which may be set later; a `with` block closes it."""

    def __init__(self, log: Log, to: To, upstream: str = "") -> None:
        self.upstream = upstream
        self._server = _Server(0, _Handler)
        self._server.wire, self._server.log, self._server.to = self, log, to
        self._server.start()
        self.url = self._server.url

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()


class _Server(LoopbackServer):
    wire: Wire
    log: Log
    to: To


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # a reply leaves in one packet
    _upstream: HTTPConnection | None = None  # kept for the client's next request

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(1 << 16)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        start, log, to = time.monotonic(), self.server.log, self.server.to
        body = b"".join(body_of(self.headers, self.rfile).blocks())
        if to != "notify":  # that is the queue's own call, not a function's
            time.sleep(log.delay)
        status, headers, answer = self._ask(body)
        # Noted before the client can go on: its next call begins after this end.
        log.calls.append(Call(to, self.command, self.path, status, start, time.monotonic()))
        self._reply(status, headers, answer)

    def finish(self) -> None:
        with suppress(ConnectionError):
            super().finish()
        if self._upstream:
            self._upstream.close()

    def log_message(self, *_: object) -> None:
        """Nothing: the log is the one of the calls."""

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if self._upstream is None:
            address = urlsplit(self.server.wire.upstream).netloc
            self._upstream = HTTPConnection(address, timeout=600)
        asked = self._upstream
        asked.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                asked.putheader(name, value)
        asked.putheader("Content-Length", str(len(body)))
        asked.endheaders(body)
        answer = asked.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def _reply(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


@contextmanager
def queue(log: Log, upstream: str) -> Iterator[str]:
    """The address (host:port) of a proxy to Pub/Sub."""
    began = local()

    def before() -> None:
        began.at = time.monotonic()
        time.sleep(log.delay)

    def after() -> None:
        log.calls.append(Call("queue", "RPC", "publish", 200, began.at, time.monotonic()))

    with Relay(upstream) as relay:
        relay.rule("RPC", "", times=None, before=before, after=after)
        yield relay.address
