"""A proxy that injects faults between a client and any HTTP server."""

import os
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from threading import Lock
from urllib.parse import urlsplit

from local.emulator.body import body_of
from local.emulator.server import LoopbackServer
from testbed.intermediary import Intermediary
from testbed.rules import Rule, Rules

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True, slots=True)
class Met:
    """A request that came by, and the status that the client saw (None: a reset)."""

    method: str
    path: str
    status: int | None
    done: str  # passed, replied, reset, lost, truncated, or unreachable


@dataclass(frozen=True, slots=True)
class Answer:
    """An upstream's answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class FaultProxy(Intermediary):
    """Passes requests on to `upstream` unless a rule says otherwise; `log` lists them."""

    def __init__(self, upstream: str, rules: Rules | None = None) -> None:
        super().__init__(rules)
        self.upstream = upstream
        self.log: list[Met] = []
        self._lock = Lock()
        self._server = _Server(0, _Handler)
        self._server.proxy = self
        self._server.start()
        self.url = self._server.url

    def note(self, met: Met) -> None:
        """Add a request to the log."""
        with self._lock:
            self.log.append(met)

    def close(self) -> None:
        """Break every connection off."""
        self._server.close()


class _Server(LoopbackServer):
    proxy: FaultProxy


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(1 << 16)
        if not self.raw_requestline or not self.parse_request():
            return
        body = b"".join(body_of(self.headers, self.rfile).blocks())
        about = body or self.headers.get("Range", "").encode()
        rule = self.server.proxy.rule_for(self.command, self.path, about)
        if rule.before:
            rule.before()
        time.sleep(rule.delay)
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
        except (OSError, HTTPException):  # as the client would see it without a proxy
            self._break_off("unreachable")
            return
        if rule.answered:
            rule.answered(answer.status)
        if rule.after:
            rule.after()
        if rule.lost:
            self._break_off("lost")
        elif rule.truncate is not None:
            self._reply(answer, "truncated", rule.truncate)
        else:
            self._reply(answer, "passed", None)

    def _ask(self, body: bytes) -> Answer:
        """The upstream's answer. It gets the client's Host: its links lead back here."""
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
        """Close with a reset: the client loses what it has not read yet."""
        self.server.proxy.note(Met(self.command, self.path, None, done))
        at_once = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        os.close(self.connection.detach())
