"""One HTTP/1.1 request over a connection of its own, by httpcore2."""

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
    """A server's answer; its body is still being received."""

    status: int
    headers: Mapping[str, str]  # names in lower case, values of the same name joined by commas
    chunks: Iterator[bytes]


@contextmanager
def exchange(
    target: Target, headers: Mapping[str, str], body: bytes | None, deadline: Deadline
) -> Iterator[Reply]:
    """The reply to a POST of `body`, or to a GET. Raises Unreachable, as its chunks do, or Blocked.

    Connections are not reused: a later request has to check the address again.
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
        "accept-encoding": "identity",  # nothing is decompressed: no zip bombs
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
    """A socket; every operation's timeout is the time left until the deadline."""

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
