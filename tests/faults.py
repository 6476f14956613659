"""A proxy that makes things go wrong between a client and any HTTP server."""

import os
import re
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any, Self
from urllib.parse import urlsplit

from local.storage.body import body_of
from local.storage.connections import ConnectionServer

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(slots=True)
class Rule:
    """What happens to the next `times` requests (None: to all) that it fits.

    Without any action such requests pass, which is how the third of its kind is hit: a
    rule for two, then the rule. In the order of the fields, what can be done:
    """

    method: re.Pattern[str]
    path: re.Pattern[str]  # searched in path and query
    times: int | None = 1
    delay: float = 0.0  # seconds, before anything else
    before: Callable[[], object] | None = None  # called when the request is there
    reset: bool = False  # break the connection; the upstream never hears of it
    status: int | None = None  # answer this instead of asking the upstream ...
    headers: Mapping[str, str] = field(default_factory=dict)  # ... with these
    body: bytes = b""
    after: Callable[[], object] | None = None  # called when the upstream has answered
    lost: bool = False  # break the connection instead of handing the answer on
    truncate: int | None = None  # hand on so many bytes of the answer's body, then break off

    def takes(self, method: str, path: str) -> bool:
        """Whether this request is one of those meant; counts it if so."""
        if self.times == 0 or not self.method.fullmatch(method) or not self.path.search(path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(frozen=True, slots=True)
class Met:
    """A request that came by: its status as the client saw it (None: it saw a reset)."""

    method: str
    path: str
    status: int | None
    done: str  # passed, replied, reset, lost, truncated, or unreachable


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class FaultProxy:
    """Passes requests on to `upstream` unless a rule says otherwise; `log` is what it met."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.log: list[Met] = []
        self._lock = Lock()
        self._rules: list[Rule] = []
        self._server = _Server(0, _Handler)
        self._server.proxy = self
        self._server.start()
        self.url = self._server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rule(self, method: str, path: str, **actions: Any) -> None:
        """Add a rule; the first that fits is taken. Both patterns are regular expressions."""
        with self._lock:
            self._rules.append(Rule(re.compile(method), re.compile(path), **actions))

    def rule_for(self, method: str, path: str) -> Rule:
        """The rule for this request, which may be to let it pass."""
        with self._lock:
            fitting = (rule for rule in self._rules if rule.takes(method, path))
            return next(fitting, Rule(re.compile(""), re.compile("")))

    def note(self, met: Met) -> None:
        with self._lock:
            self.log.append(met)

    def close(self) -> None:
        self._server.close()


class _Server(ConnectionServer):
    proxy: FaultProxy


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(1 << 16)
        if not self.raw_requestline or not self.parse_request():
            return
        source = body_of(self.headers, self.rfile)
        body = b"".join(iter(lambda: source.read(1 << 20), b""))
        rule = self.server.proxy.rule_for(self.command, self.path)
        time.sleep(rule.delay)
        if rule.before:
            rule.before()
        if rule.reset:
            self._break_off("reset")
        elif rule.status is not None:
            self._reply(Answer(rule.status, rule.headers, rule.body), "replied", None)
        else:
            self._forward(body, rule)

    def log_message(self, *_: object) -> None:
        pass

    def _forward(self, body: bytes, rule: Rule) -> None:
        try:
            answer = self._ask(body)
        except (OSError, HTTPException):  # as it would look without a proxy
            self._break_off("unreachable")
            return
        if rule.after:
            rule.after()
        if rule.lost:
            self._break_off("lost")
        elif rule.truncate is not None:
            self._reply(answer, "truncated", rule.truncate)
        else:
            self._reply(answer, "passed", None)

    def _ask(self, body: bytes) -> Answer:
        """The upstream's answer. It sees the client's Host, so its links lead back here."""
        connection = HTTPConnection(urlsplit(self.server.proxy.upstream).netloc, timeout=60)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def _reply(self, answer: Answer, done: str, cut: int | None) -> None:
        self.server.proxy.note(Met(self.command, self.path, answer.status, done))
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body[:cut])

    def _break_off(self, done: str) -> None:
        """Close with a reset: what the client has not read by now it never will."""
        self.server.proxy.note(Met(self.command, self.path, None, done))
        at_once = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        os.close(self.connection.detach())
