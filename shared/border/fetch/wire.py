"""httpcore2, the border: one HTTP/1.1 request and its answer over a connection of their own."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

import httpcore2

from shared.border.fetch.deadline import Deadline
from shared.border.fetch.dialling import dial
from shared.border.fetch.errors import Unreachable
from shared.border.fetch.target import Target


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server says; the body is still on its way."""

    status: int
    headers: Mapping[str, str]  # names in lower case, values of the same name joined by commas
    chunks: Iterator[bytes]


@contextmanager
def exchange(
    target: Target, headers: Mapping[str, str], body: bytes | None, deadline: Deadline
) -> Iterator[Reply]:
    """The reply to a POST of `body`, or to a GET. Raises Unreachable, as its chunks do, or Blocked.

    No connection is kept for a later request: it would outlive the check of its address.
    """
    request = httpcore2.Request(
        "GET" if body is None else "POST",
        httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
        headers=list(_headers(target, headers, body).items()),
        content=body,
    )
    with closing(dial(target, deadline)) as connection:
        stream = _Stream(connection, target.host, deadline)
        with _protocol(target.host):
            response = httpcore2.HTTP11Connection(request.url.origin, stream).handle_request(
                request
            )
        yield Reply(response.status, _joined(response.headers), _chunks(response, target.host))


def _headers(target: Target, more: Mapping[str, str], body: bytes | None) -> dict[str, str]:
    length = {} if body is None else {"content-length": str(len(body))}
    return {
        "host": target.authority,
        "user-agent": "Darkroom",
        "accept-encoding": "identity",  # nothing is ever decompressed: no bomb can go off
        "connection": "close",
        **length,
        **{name.lower(): value for name, value in more.items()},
    }


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _chunks(response: httpcore2.Response, host: str) -> Iterator[bytes]:
    with _protocol(host):
        yield from response.iter_stream()


@contextmanager
def _protocol(host: str) -> Iterator[None]:
    try:
        yield
    except httpcore2.RemoteProtocolError as error:
        raise Unreachable(f"the answer from {host} breaks HTTP: {str(error)[:200]}") from error


class _Stream(httpcore2.NetworkStream):
    """A socket whose every operation has what is left of the time, not a time-out of its own."""

    def __init__(self, connection: socket.socket, host: str, deadline: Deadline) -> None:
        self._socket = connection
        self._host = host
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        with self._deadline.bounding(f"the answer from {self._host}") as left:
            self._socket.settimeout(left)
            return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        rest = memoryview(buffer)
        while rest:
            with self._deadline.bounding(f"the request to {self._host}") as left:
                self._socket.settimeout(left)
                rest = rest[self._send(rest) :]

    def _send(self, rest: memoryview) -> int:
        try:
            return self._socket.send(rest)
        except ConnectionError as error:  # it may have answered before it hung up: httpcore2 looks
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()
