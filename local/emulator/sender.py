"""HTTP requests to the targets of events, messages and tasks."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import Lock
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

# What a request without an answer raises; ValueError: a host or header that cannot be sent.
FAILURES = (OSError, HTTPException, ValueError)
_READ = 65_536  # bytes of an answer that are read, for the target not to see a reset


class Answer(NamedTuple):
    """A target's answer; its body is not kept."""

    status: int
    headers: Message


class Sender:
    """Makes requests, each over a connection of its own, until it is closed.

    No redirect is followed.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: set[socket] = set()  # a connection forgets its own before the answer is read
        self._closed = False

    def send(
        self, method: str, url: str, body: str | bytes, headers: Mapping[str, str], timeout: float
    ) -> Answer:
        """The answer; `timeout` in seconds. Raises one of FAILURES if there is none."""
        target = urlsplit(url)
        with self._connected(target, timeout) as connection:
            connection.request(method, _path(target), body, headers)
            answer = connection.getresponse()
            answer.read(_READ)
            return Answer(answer.status, answer.headers)

    def close(self) -> None:
        """Break all requests under way, however slow the target; later ones fail at once."""
        with self._lock:
            self._closed = True
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(SHUT_RDWR)

    @contextmanager
    def _connected(self, target: SplitResult, timeout: float) -> Iterator[HTTPConnection]:
        kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
        connection = kind(target.netloc.rpartition("@")[2], timeout=timeout)
        with closing(connection):
            connection.connect()
            spoken = connection.sock
            with self._lock:
                if self._closed:
                    raise ConnectionAbortedError("the sender is closed")
                self._open.add(spoken)
            try:
                yield connection
            finally:
                with self._lock:
                    self._open.discard(spoken)


def _path(target: SplitResult) -> str:
    """Path and query, what HTTP does not allow in them percent-encoded."""
    path = f"{target.path or '/'}{'?' if target.query else ''}{target.query}"
    return quote(path, safe="!#$%&'()*+,/:;=?@[]~")
